import {
  AbortError,
  ConfigurationError,
  CrewError,
  type CrewEvent,
  type Message,
  RateLimitError,
  runToolLoop,
  type Tool,
  ToolLoopError,
  tool,
} from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turns } from './event-loop.ts';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';

const noParameters = { type: 'object', properties: {} } as const;

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  execute: ({ a, b }) => Number(a) + Number(b),
});

/** Returns a tool that waits until the test opens the gate. */
function gate(name: string, settings: { sequential?: boolean; timeout?: number } = {}) {
  const opened = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<AbortSignal>();
  const waits = tool({
    name,
    description: 'Waits.',
    parameters: noParameters,
    ...settings,
    execute: async (_input, { signal }) => {
      entered.resolve(signal);
      await opened.promise;
      return `${name} done`;
    },
  });
  return { tool: waits, open: opened.resolve, entered: entered.promise };
}

function toolMessages(messages: readonly Message[] | undefined): string[] {
  return (messages ?? []).flatMap(message => (message.role === 'tool' ? [message.content] : []));
}

/** Asserts that every tool call is answered by exactly one tool message, directly after its turn, in request order. */
function expectEachCallAnsweredOnce(messages: readonly Message[]): void {
  const seen = new Set<string>();
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    if (message?.role !== 'assistant' || message.toolCalls === undefined) continue;
    const answers = messages.slice(index + 1, index + 1 + message.toolCalls.length);
    expect(answers.map(answer => (answer.role === 'tool' ? answer.toolCallId : answer.role))).toEqual(
      message.toolCalls.map(({ id }) => id),
    );
    for (const { id } of message.toolCalls) {
      expect(seen.has(id)).toBe(false);
      seen.add(id);
    }
    index += message.toolCalls.length;
  }
  expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(seen.size);
}

describe('conversation', () => {
  it('contains one assistant message with all calls of a turn, then a tool message per call, in request order', async () => {
    const slow = gate('slow');
    const llm = new ScriptedLLM([
      { ...callsTo(['slow', {}], ['add', { a: 1, b: 2 }]), text: 'Let me see.' },
      request => {
        expect(request.messages).toEqual([
          { role: 'user', content: 'Go' },
          {
            role: 'assistant',
            content: 'Let me see.',
            toolCalls: [
              { id: 'id-0', name: 'slow', arguments: '{}' },
              { id: 'id-1', name: 'add', arguments: '{"a":1,"b":2}' },
            ],
          },
          { role: 'tool', toolCallId: 'id-0', name: 'slow', content: 'slow done' },
          { role: 'tool', toolCallId: 'id-1', name: 'add', content: '3' },
        ]);
        return 'Done.';
      },
    ]);
    slow.entered.then(() => slow.open());
    const result = await runToolLoop(llm, { messages: 'Go', tools: [slow.tool, add] });
    expect(result.text).toBe('Done.');
    expect(result.messages.at(-1)).toEqual({ role: 'assistant', content: 'Done.' });
    expect(result).toMatchObject({ turns: 2, toolCalls: 2 });
  });

  it("does not change the caller's messages", async () => {
    const messages: Message[] = [{ role: 'user', content: 'Go' }];
    await runToolLoop(new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), 'Done.']), { messages, tools: [add] });
    expect(messages).toEqual([{ role: 'user', content: 'Go' }]);
    expect(Object.isFrozen(messages[0])).toBe(false);
  });

  it('gives a call another id if its id was used before', async () => {
    const turn = callsTo(['add', { a: 1, b: 2 }]);
    const llm = new ScriptedLLM([turn, callsTo(['add', { a: 3, b: 4 }]), 'Done.']);
    const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [add] });
    expectEachCallAnsweredOnce(messages);
    expect(toolMessages(messages)).toEqual(['3', '7']);
  });
});

describe('calls of one turn', () => {
  it('runs the calls of one turn at the same time', async () => {
    const first = gate('first');
    const second = gate('second');
    const run = runToolLoop(new ScriptedLLM([callsTo(['first', {}], ['second', {}]), 'Done.']), {
      messages: 'Go',
      tools: [first.tool, second.tool],
    });
    await Promise.all([first.entered, second.entered]);
    second.open();
    first.open();
    expect(toolMessages((await run).messages)).toEqual(['first done', 'second done']);
  });

  it('runs at most eight calls of one turn at the same time', async () => {
    let running = 0;
    let most = 0;
    const busy = tool({
      name: 'busy',
      description: 'Works.',
      parameters: noParameters,
      execute: async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        await Promise.resolve();
        running -= 1;
        return 'ok';
      },
    });
    const calls = Array.from({ length: 20 }, () => ['busy', {}] as [string, unknown]);
    const { messages } = await runToolLoop(new ScriptedLLM([callsTo(...calls), 'Done.']), {
      messages: 'Go',
      tools: [busy],
    });
    expect(most).toBe(8);
    expect(toolMessages(messages)).toHaveLength(20);
  });

  it('runs calls of a sequential tool one after another', async () => {
    const order: string[] = [];
    const make = (name: string, sequential: boolean): Tool =>
      tool({
        name,
        description: 'Works.',
        parameters: noParameters,
        sequential,
        execute: async () => {
          order.push(`${name}+`);
          await turns();
          order.push(`${name}-`);
        },
      });
    await runToolLoop(new ScriptedLLM([callsTo(['a', {}], ['b', {}], ['write', {}], ['c', {}]), 'Done.']), {
      messages: 'Go',
      tools: [make('a', false), make('b', false), make('c', false), make('write', true)],
    });
    expect(order).toEqual(['a+', 'b+', 'a-', 'b-', 'write+', 'write-', 'c+', 'c-']);
  });
});

describe('tool errors', () => {
  const fails = tool({
    name: 'fails',
    description: 'Fails.',
    parameters: noParameters,
    execute: () => {
      throw new Error('the disk is full');
    },
  });

  it.each([
    ['bad JSON', ['add', '{"a": 1,'], 'are not valid JSON'],
    ['arguments that are not an object', ['add', '[1, 2]'], 'must be one JSON object'],
    [
      'arguments that fail the schema',
      ['add', { a: 'one', b: 2 }],
      'a: Instance type "string" is invalid. Expected "number"',
    ],
    ['a missing argument', ['add', { a: 1 }], 'does not have required property "b"'],
    ['a tool that throws', ['fails', {}], 'Error: the disk is full'],
    ['an unknown tool', ['subtract', {}], 'there is no tool "subtract". The tools are: "add", "fails"'],
    ['a tool named __proto__', ['__proto__', {}], 'there is no tool "__proto__"'],
    ['a tool named constructor', ['constructor', {}], 'there is no tool "constructor"'],
    ['a tool named toString', ['toString', {}], 'there is no tool "toString"'],
  ] as [string, [string, unknown], string][])(
    'answers %s with an error for the model, and continues',
    async (_what, call, said) => {
      const { text, messages } = await runToolLoop(new ScriptedLLM([callsTo(call), 'Done.']), {
        messages: 'Go',
        tools: [add, fails],
      });
      expect(text).toBe('Done.');
      expect(toolMessages(messages)[0]).toContain(said);
    },
  );

  it('treats empty arguments as no arguments', async () => {
    const hello = tool({ name: 'hello', description: 'Greets.', parameters: noParameters, execute: () => 'hi' });
    const { messages } = await runToolLoop(new ScriptedLLM([callsTo(['hello', '']), 'Done.']), {
      messages: 'Go',
      tools: [hello],
    });
    expect(toolMessages(messages)).toEqual(['hi']);
  });

  it('cancels a tool that never returns after its timeout', async () => {
    const never = gate('never', { timeout: 20 });
    const { text, messages } = await runToolLoop(new ScriptedLLM([callsTo(['never', {}]), 'Done.']), {
      messages: 'Go',
      tools: [never.tool],
    });
    expect(text).toBe('Done.');
    expect(toolMessages(messages)[0]).toContain('took longer than its timeout of 20 ms');
    expect((await never.entered).aborted).toBe(true);
  });

  it('answers calls beyond the maxUses of a tool with an error', async () => {
    const once = tool({
      name: 'once',
      description: 'Once.',
      parameters: noParameters,
      maxUses: 1,
      execute: () => 'ok',
    });
    const { messages, toolCalls } = await runToolLoop(
      new ScriptedLLM([callsTo(['once', { n: 1 }], ['once', { n: 2 }]), callsTo(['once', { n: 3 }]), 'Done.']),
      { messages: 'Go', tools: [once] },
    );
    expect(toolMessages(messages)).toEqual([
      'ok',
      'Error: "once" may be used once in a run, and was. Go on without it.',
      'Error: "once" may be used once in a run, and was. Go on without it.',
    ]);
    expect(toolCalls).toBe(1);
  });
});

describe('results', () => {
  const circular: { self?: unknown; n: bigint } = { n: 10n };
  circular.self = circular;
  const shared = { x: 1 };
  it.each([
    ['text', 'text'],
    [{ a: [1, null] }, '{"a":[1,null]}'],
    [undefined, '(no output)'],
    [null, 'null'],
    [12n, '"12"'],
    [circular, '{"n":"10","self":"[circular]"}'],
    [{ a: shared, b: shared }, '{"a":{"x":1},"b":{"x":1}}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [Promise.resolve([1]), '[1]'],
    [
      {
        toJSON() {
          throw new Error('no JSON');
        },
      },
      '[the result cannot be written as JSON: no JSON]',
    ],
  ] as [unknown, string][])('sends result %# of the table to the model as $1', async (result, said) => {
    const gives = tool({ name: 'gives', description: 'Gives.', parameters: noParameters, execute: () => result });
    const { messages } = await runToolLoop(new ScriptedLLM([callsTo(['gives', {}]), 'Done.']), {
      messages: 'Go',
      tools: [gives],
    });
    expect(toolMessages(messages)).toEqual([said]);
  });

  it('caches successful results of a cached tool in this run, but no failures', async () => {
    let runs = 0;
    const flaky = tool({
      name: 'flaky',
      description: 'Fails first.',
      parameters: noParameters,
      cache: true,
      repeatable: true,
      execute: () => {
        runs += 1;
        if (runs === 1) throw new Error('not yet');
        return `run ${runs}`;
      },
    });
    const call = callsTo(['flaky', {}]);
    const { messages } = await runToolLoop(new ScriptedLLM([call, call, call, 'Done.']), {
      messages: 'Go',
      tools: [flaky],
    });
    expect(toolMessages(messages)).toEqual(['Error: not yet', 'run 2', 'run 2']);
  });
});

describe('identical call in the next turn', () => {
  it('runs an identical call again, with a note to the model', async () => {
    const call = callsTo(['add', { a: 1, b: 2 }]);
    const spaced = callsTo(['add', '{ "a": 1, "b": 2 }']);
    const { messages, toolCalls } = await runToolLoop(new ScriptedLLM([call, spaced, 'Done.']), {
      messages: 'Go',
      tools: [add],
    });
    const [first, second] = toolMessages(messages);
    expect(first).toBe('3');
    expect(second).toMatch(/^3\n\nThis was an identical call/);
    expect(toolCalls).toBe(2);
  });

  it('adds no note to an identical call of a repeatable tool', async () => {
    const poll = tool({
      name: 'poll',
      description: 'Polls.',
      parameters: noParameters,
      repeatable: true,
      execute: () => 'wait',
    });
    const call = callsTo(['poll', {}]);
    const { messages } = await runToolLoop(new ScriptedLLM([call, call, 'Done.']), { messages: 'Go', tools: [poll] });
    expect(toolMessages(messages)).toEqual(['wait', 'wait']);
  });
});

describe('cut-off turn', () => {
  it('runs no call of a cut-off turn; answers complete calls, and drops incomplete ones', async () => {
    const cut = { ...callsTo(['add', { a: 1, b: 2 }], ['add', '{"a": 1, "b"']), finishReason: 'length' as const };
    const { messages, toolCalls } = await runToolLoop(new ScriptedLLM([cut, 'Done.']), {
      messages: 'Go',
      tools: [add],
    });
    expect(toolCalls).toBe(0);
    expect(messages.slice(1, 3)).toEqual([
      { role: 'assistant', content: '', toolCalls: [{ id: 'id-0', name: 'add', arguments: '{"a":1,"b":2}' }] },
      { role: 'tool', toolCallId: 'id-0', name: 'add', content: 'not run: the reply was cut off (length)' },
    ]);
  });

  it('informs the model if a cut-off turn has no complete call', async () => {
    const cut = { ...callsTo(['add', '{"a"']), finishReason: 'content-filter' as const };
    const { text, messages } = await runToolLoop(new ScriptedLLM([cut, 'Done.']), { messages: 'Go', tools: [add] });
    expect(text).toBe('Done.');
    expect(messages[1]).toMatchObject({ role: 'user', content: expect.stringContaining('cut off (content-filter)') });
  });
});

describe('maxToolRounds', () => {
  it('makes at most two requests for one round, the last one with a user message and without tools', async () => {
    const llm = new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), 'Forced.']);
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 });
    expect(text).toBe('Forced.');
    expect(llm.requests).toHaveLength(2);
    expect(llm.requests[1]?.tools).toBeUndefined();
    expect(llm.requests[1]?.messages.at(-1)).toMatchObject({
      role: 'user',
      content: expect.stringContaining('final answer'),
    });
  });

  it('requires an answer after 25 rounds by default', async () => {
    const script = Array.from({ length: 25 }, (_, n) => callsTo(['add', { a: n, b: 1 }]));
    const llm = new ScriptedLLM([...script, 'Forced.']);
    expect((await runToolLoop(llm, { messages: 'Go', tools: [add] })).text).toBe('Forced.');
    expect(llm.requests).toHaveLength(26);
  });

  it('ends in a ToolLoopError when the model calls tools where an answer is required', async () => {
    const llm = new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), callsTo(['add', { a: 1, b: 2 }])]);
    const error = await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 }).catch(thrown => thrown);
    expect(ToolLoopError.isInstance(error)).toBe(true);
    expect(error.message).toContain('after the maximum number of rounds (1)');
    expect(error.messages).toHaveLength(4);
  });

  it('keeps the tools, with toolChoice none, if the provider requires them in the history', async () => {
    class Strict extends ScriptedLLM {
      override readonly toolsInHistory = true;
    }
    const llm = new Strict([callsTo(['add', { a: 1, b: 2 }]), 'Forced.']);
    await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 });
    expect(llm.requests[1]).toMatchObject({ toolChoice: 'none', tools: [{ name: 'add' }] });
  });

  it('applies a toolChoice that requires a call to the first turn only', async () => {
    const llm = new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), 'Done.']);
    await runToolLoop(llm, { messages: 'Go', tools: [add], toolChoice: 'required' });
    expect(llm.requests.map(({ toolChoice }) => toolChoice)).toEqual(['required', undefined]);
  });
});

describe('resultAsAnswer', () => {
  it('answers with the first successful result in request order, after all calls ran', async () => {
    const answers = (name: string, result: () => unknown): Tool =>
      tool({ name, description: 'Answers.', parameters: noParameters, resultAsAnswer: true, execute: result });
    const fails = answers('fails', () => {
      throw new Error('no');
    });
    const llm = new ScriptedLLM([callsTo(['fails', {}], ['slow', {}], ['fast', {}], ['add', { a: 1, b: 1 }])]);
    const slow = answers('slow', async () => {
      await turns();
      return 'the slow one';
    });
    const { text, toolCalls } = await runToolLoop(llm, {
      messages: 'Go',
      tools: [fails, slow, answers('fast', () => 'the fast one'), add],
    });
    expect(text).toBe('the slow one');
    expect(toolCalls).toBe(4);
  });

  it('does not use a failed call as the answer', async () => {
    const fails = tool({
      name: 'fails',
      description: 'Fails.',
      parameters: noParameters,
      resultAsAnswer: true,
      execute: () => Promise.reject(new Error('no')),
    });
    const llm = new ScriptedLLM([callsTo(['fails', {}]), 'The model answers.']);
    expect((await runToolLoop(llm, { messages: 'Go', tools: [fails] })).text).toBe('The model answers.');
  });
});

describe('cancellation', () => {
  it('cancels a running tool; the error contains the conversation with open calls answered "cancelled"', async () => {
    const controller = new AbortController();
    const waits = gate('waits');
    const run = runToolLoop(new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }], ['waits', {}])]), {
      messages: 'Go',
      tools: [add, waits.tool],
      signal: controller.signal,
    });
    const signal = await waits.entered;
    await turns(); // lets the other tool end
    controller.abort();
    const error = await run.catch(thrown => thrown);
    expect(AbortError.isInstance(error)).toBe(true);
    expect(signal.aborted).toBe(true);
    expectEachCallAnsweredOnce(error.messages);
    expect(toolMessages(error.messages)).toEqual(['3', 'cancelled']);
    expect(JSON.stringify(error)).not.toContain('cancelled"');
    expect(Object.keys(error)).not.toContain('messages');
  });

  it('cancels a running model request', async () => {
    const controller = new AbortController();
    const llm = new ScriptedLLM([
      request =>
        new Promise((_resolve, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason));
          controller.abort();
        }),
    ]);
    const error = await runToolLoop(llm, { messages: 'Go', tools: [add], signal: controller.signal }).catch(e => e);
    expect(AbortError.isInstance(error)).toBe(true);
    expect(error.messages).toEqual([{ role: 'user', content: 'Go' }]);
  });

  it('attaches the conversation to an error of the model', async () => {
    const llm = new ScriptedLLM([callsTo(['add', { a: 1, b: 2 }]), new RateLimitError('Slow down.')]);
    const error = await runToolLoop(llm, { messages: 'Go', tools: [add] }).catch(thrown => thrown);
    expect(RateLimitError.isInstance(error)).toBe(true);
    expect(error.messages).toHaveLength(3);
  });
});

describe('availableFunctions', () => {
  const definition = { name: 'add', description: 'Adds.', parameters: add.parameters };

  it('calls availableFunctions with the parsed arguments', async () => {
    const llm = new ScriptedLLM([callsTo(['add', { a: 2, b: 3 }]), 'Five.']);
    const { messages } = await runToolLoop(llm, {
      messages: 'Go',
      tools: [definition],
      availableFunctions: { add: ({ a, b }: { a: number; b: number }) => a + b },
    });
    expect(toolMessages(messages)).toEqual(['5']);
  });

  it.each([
    [
      'a function without a definition',
      { tools: [definition], availableFunctions: { add: () => 1, sub: () => 1 } },
      '"sub"',
    ],
    ['a definition without a function', { tools: [definition], availableFunctions: {} }, '"add"'],
    [
      'a function only by inheritance',
      { tools: [{ ...definition, name: 'toString' }], availableFunctions: {} },
      '"toString"',
    ],
    ['a definition that cannot be run', { tools: [definition] }, '"add" has no run function'],
    ['two tools of one name', { tools: [add, add] }, 'Two tools are named "add"'],
    ['maxToolRounds of 0', { tools: [add], maxToolRounds: 0 }, 'maxToolRounds'],
  ])('rejects %s with a ConfigurationError', async (_what, options, said) => {
    const error = await runToolLoop(new ScriptedLLM([]), { messages: 'Go', ...options }).catch(thrown => thrown);
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect(error.message).toContain(said);
  });
});

describe('tool context', () => {
  it('contains the ids of run and call, and the unchanged authContext', async () => {
    const tenant = { tenant: 'a' };
    let seen: unknown;
    const asks = tool({
      name: 'asks',
      description: 'Asks.',
      parameters: noParameters,
      execute: (_input, context) => {
        seen = context;
      },
    });
    const llm = new ScriptedLLM([callsTo(['asks', {}]), 'Done.']);
    const events: CrewEvent[] = [];
    await runToolLoop(llm, {
      messages: 'Go',
      tools: [asks],
      authContext: tenant,
      runId: 'run-7',
      callbacks: [event => events.push(event)],
    });
    expect(seen).toMatchObject({ runId: 'run-7', toolCallId: 'id-0' });
    expect((seen as { authContext: unknown }).authContext).toBe(tenant);
    expect(llm.requests[0]?.authContext).toBe(tenant);
    expect(JSON.stringify(events)).not.toContain('tenant');
    expect(events.map(({ type, parentId }) => [type, parentId])).toEqual(
      ['turn-start', 'turn-finish', 'tool-start', 'tool-finish', 'turn-start', 'turn-finish'].map(type => [
        type,
        'run-7',
      ]),
    );
  });
});

describe('steps', () => {
  /** Records results as JSON and returns them in the second run, like a durable runtime. */
  function journal() {
    const entries = new Map<string, string>();
    const started: string[] = [];
    return {
      entries,
      started,
      steps: {
        run: async <T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> => {
          started.push(name);
          const known = entries.get(name);
          if (known !== undefined) return JSON.parse(known) as T;
          const result = await action(new AbortController().signal);
          entries.set(name, JSON.stringify(result));
          return result;
        },
        sleep: async () => undefined,
        now: async () => 0,
        randomId: async () => 'fixed',
      },
    };
  }

  it('replays steps with stable names, without requests to the model or tool runs', async () => {
    const { steps, started } = journal();
    const llm = new ScriptedLLM([
      {
        ...callsTo(['add', { a: 1, b: 2 }], ['nope', {}], ['add', { a: 2, b: 2 }]),
        usage: { inputTokens: 3, outputTokens: 4 },
      },
      { text: 'Done.', usage: { inputTokens: 5, outputTokens: 6 } },
    ]);
    const options = { messages: 'Go', tools: [add], steps, stepPrefix: 'task-1/' } as const;
    const first = await runToolLoop(llm, options);
    expect(started).toEqual(['task-1/turn/1', 'task-1/tool/1/1', 'task-1/tool/1/3', 'task-1/turn/2']);
    const again = await runToolLoop(new ScriptedLLM([]), options);
    expect(again).toEqual(first);
    expect(again.usage).toEqual({ inputTokens: 8, outputTokens: 10 });
  });

  it('carries an expected error through a step as data, with the same class', async () => {
    const { steps } = journal();
    const llm = new ScriptedLLM([new RateLimitError('Slow down.', { retryAfter: 7, status: 429 })]);
    await runToolLoop(llm, { messages: 'Go', steps }).catch(() => undefined);
    const error = await runToolLoop(new ScriptedLLM([]), { messages: 'Go', steps }).catch(thrown => thrown);
    expect(RateLimitError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ retryAfter: 7, status: 429, code: 'RATE_LIMIT' });
  });

  it('does not record a cancellation as the result of a step', async () => {
    const { steps, entries } = journal();
    const llm = new ScriptedLLM([new AbortError('Gone.')]);
    await runToolLoop(llm, { messages: 'Go', steps }).catch(() => undefined);
    expect([...entries.keys()]).toEqual([]);
  });
});

describe('random runs', () => {
  const behaviours = fc.constantFrom('good', 'bad-json', 'wrong', 'unknown', 'throws', 'hangs', 'same-id', 'no-id');
  const scripts = fc.array(fc.array(behaviours, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 4 });
  const good = tool({ name: 'good', description: 'Good.', parameters: noParameters, execute: async () => 'fine' });
  const throws = tool({
    name: 'throws',
    description: 'Throws.',
    parameters: noParameters,
    execute: () => {
      throw new Error('no');
    },
  });
  const hangs = tool({
    name: 'hangs',
    description: 'Hangs.',
    parameters: noParameters,
    timeout: 1,
    execute: () => new Promise(() => undefined),
  });

  const turn = (kinds: readonly string[]) => ({
    text: '',
    toolCalls: kinds.map((kind, index) => ({
      id: kind === 'same-id' ? 'same' : kind === 'no-id' ? '' : `c${index}`,
      name: kind === 'wrong' ? 'add' : ['throws', 'hangs', 'unknown'].includes(kind) ? kind : 'good',
      arguments: kind === 'bad-json' ? '{' : '{}',
    })),
  });

  it('answers each call exactly once, whatever the model and the tools do', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async script => {
        const llm = new ScriptedLLM([...script.map(turn), 'Done.']);
        const { messages, text } = await runToolLoop(llm, { messages: 'Go', tools: [add, good, throws, hangs] });
        expect(text).toBe('Done.');
        expectEachCallAnsweredOnce(messages);
        expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(script.flat().length);
      }),
      { numRuns: 60 },
    );
  });

  it('answers each call exactly once when the run is cancelled at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 0, max: 40 }), async (script, microtasks) => {
        const controller = new AbortController();
        const llm = new ScriptedLLM([...script.map(turn), 'Done.']);
        const run = runToolLoop(llm, {
          messages: 'Go',
          tools: [add, good, throws, hangs],
          signal: controller.signal,
        }).catch(thrown => thrown);
        for (let n = 0; n < microtasks; n += 1) await null;
        controller.abort();
        const ended = await run;
        expect(CrewError.isInstance(ended) ? AbortError.isInstance(ended) : ended.text === 'Done.').toBe(true);
        expectEachCallAnsweredOnce(ended.messages);
      }),
      { numRuns: 60 },
    );
  });
});
