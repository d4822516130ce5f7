import {
  AbortError,
  Agent,
  AuthenticationError,
  ConfigurationError,
  ConnectionError,
  ContextWindowExceededError,
  CredentialError,
  CrewError,
  type CrewEvent,
  EmptyReplyError,
  GuardrailError,
  ProtocolError,
  RateLimitError,
  ResponseError,
  TimeoutError,
  type Tool,
  ToolLoopError,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, counted, lastText, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

/** A clock on which every sleep is over at once, and is written down. */
function eagerClock() {
  let now = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    wall: () => now,
    monotonic: () => now,
    sleep: async (milliseconds: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  };
}

function counter(settings: Partial<Tool> = {}) {
  const runs: string[] = [];
  const find = tool({
    name: 'find',
    description: 'Finds a book.',
    parameters: { type: 'object', properties: { title: { type: 'string' } } },
    ...settings,
    execute: ({ title }) => {
      runs.push(String(title));
      if (title === 'Lost') throw new Error('it is lost');
      return `${title} is on shelf ${runs.length}`;
    },
  });
  return { find, runs };
}

describe('maxIterations', () => {
  it('of 1 is at most two model calls, the second one a user message without tools', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), 'Shelf 1.']);
    const { find } = counter();
    const agent = new Agent({ ...persona, llm, tools: [find], maxIterations: 1 });
    expect(await agent.executeTask(task)).toBe('Shelf 1.');
    expect(llm.requests).toHaveLength(2);
    expect(llm.requests[1]?.messages.at(-1)?.role).toBe('user');
    expect(llm.requests[1]?.tools).toBeUndefined();
  });

  it('is 25 when unset: 26 model calls, then an error that is not retried', async () => {
    const llm = new ScriptedLLM(() => callsTo(['find', { title: 'Emma' }]));
    const { find, runs } = counter();
    const agent = new Agent({ ...persona, llm, tools: [find], clock: eagerClock() });
    await expect(agent.executeTask(task)).rejects.toBeInstanceOf(ToolLoopError);
    expect(llm.requests).toHaveLength(26);
    expect(runs).toHaveLength(25);
  });
});

const retried: readonly CrewError[] = [
  new ConnectionError('lost'),
  new ProtocolError('garbled'),
  new EmptyReplyError('nothing'),
  new TimeoutError('late', { deadline: 'turn' }),
  new RateLimitError('busy', { status: 429 }),
  new ResponseError('down', { status: 503 }),
  new ResponseError('an error event without a status'),
  new CredentialError('the token server is away'),
  new CrewError('UNEXPECTED', 'odd'),
];

const final: readonly CrewError[] = [
  new AuthenticationError('refused', { status: 401 }),
  new ConfigurationError('wrong'),
  new AbortError('stopped'),
  new GuardrailError('no'),
  new ContextWindowExceededError('long'),
  new CredentialError('the secret is wrong', { terminal: true }),
  new ResponseError('bad request', { status: 400 }),
  new ResponseError('not found', { status: 404 }),
  new RateLimitError('paid out', { status: 429, serverCode: 'insufficient_quota' }),
  new RateLimitError('come back tomorrow', { status: 429, retryAfter: 86_400 }),
];

describe('maxRetryLimit', () => {
  it.each(retried.map(error => [error.name, error.message, error] as const))(
    'asks again after a %s (%s)',
    async (_name, _message, error) => {
      const llm = new ScriptedLLM([error, error, 'Shelf 3.']);
      const agent = new Agent({ ...persona, llm, clock: eagerClock() });
      expect(await agent.executeTask(task)).toBe('Shelf 3.');
    },
  );

  it.each(final.map(error => [error.name, error.message, error] as const))(
    'never asks again after a %s (%s)',
    async (_name, _message, error) => {
      const llm = new ScriptedLLM([error, 'Shelf 3.']);
      const agent = new Agent({ ...persona, llm, respectContextWindow: false, clock: eagerClock() });
      await expect(agent.executeTask(task)).rejects.toBe(error);
      expect(llm.requests).toHaveLength(1);
    },
  );

  it('holds for the whole run, not for each turn', async () => {
    const lost = new ConnectionError('lost');
    const llm = new ScriptedLLM([lost, callsTo(['find', { title: 'Emma' }]), lost, lost, 'Shelf 3.']);
    const { find } = counter();
    const agent = new Agent({ ...persona, llm, tools: [find], clock: eagerClock() });
    await expect(agent.executeTask(task)).rejects.toBe(lost);
    expect(llm.requests).toHaveLength(4);
  });

  it('holds for each run, not for the life of the agent', async () => {
    const lost = new ConnectionError('lost');
    const llm = new ScriptedLLM([lost, lost, 'one', lost, lost, 'two']);
    const agent = new Agent({ ...persona, llm, clock: eagerClock() });
    expect(await agent.executeTask(task)).toBe('one');
    expect(await agent.executeTask(task)).toBe('two');
  });

  it('asks the failed turn again and runs no tool twice', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), new ConnectionError('lost'), 'Shelf 1.']);
    const { find, runs } = counter();
    const agent = new Agent({ ...persona, llm, tools: [find], clock: eagerClock() });
    expect(await agent.executeTask(task)).toBe('Shelf 1.');
    expect(runs).toEqual(['Emma']);
    expect(llm.requests[2]?.messages).toEqual(llm.requests[1]?.messages);
  });

  it('of 0 asks never again', async () => {
    const llm = new ScriptedLLM([new ConnectionError('lost')]);
    const agent = new Agent({ ...persona, llm, maxRetryLimit: 0, clock: eagerClock() });
    await expect(agent.executeTask(task)).rejects.toBeInstanceOf(ConnectionError);
  });

  it('waits longer each time, and as long as the server asked', async () => {
    const clock = eagerClock();
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM([
      new ConnectionError('lost'),
      new ConnectionError('lost'),
      new RateLimitError('busy', { status: 429, retryAfter: 7 }),
      'Shelf 3.',
    ]);
    const callbacks = [(event: CrewEvent) => events.push(event)].map(push => (event: CrewEvent) => void push(event));
    await new Agent({ ...persona, llm, maxRetryLimit: 3, clock, callbacks }).executeTask(task);
    expect(clock.sleeps).toEqual([500, 1_000, 7_000]);
    const retries = events.filter(event => event.type === 'turn-retry');
    expect(retries).toMatchObject([
      { attempt: 1, delayMs: 500, error: { name: 'ConnectionError' } },
      { attempt: 2, delayMs: 1_000 },
      { attempt: 3, delayMs: 7_000, error: { name: 'RateLimitError' } },
    ]);
    expect(new Set(retries.map(event => event.runId))).toEqual(new Set([events[0]?.runId]));
  });
});

describe('cache', () => {
  const twice = [
    callsTo(['find', { title: 'Emma' }]),
    callsTo(['find', { title: 'Emma' }]),
    callsTo(['find', { title: 'Lost' }]),
    callsTo(['find', { title: 'Lost' }]),
    'done',
  ];

  it('is opt-in', async () => {
    const { find, runs } = counter();
    await new Agent({ ...persona, llm: new ScriptedLLM(twice), tools: [find] }).executeTask(task);
    expect(runs).toEqual(['Emma', 'Emma', 'Lost', 'Lost']);
  });

  it('remembers successes, never failures', async () => {
    const { find, runs } = counter();
    const llm = new ScriptedLLM(twice);
    await new Agent({ ...persona, llm, tools: [find], cache: true }).executeTask(task);
    expect(runs).toEqual(['Emma', 'Lost', 'Lost']);
    expect(lastText(llm.requests[2])).toContain('Emma is on shelf 1');
  });

  it('leaves out a tool that says cache: false', async () => {
    const { find, runs } = counter({ cache: false });
    await new Agent({ ...persona, llm: new ScriptedLLM(twice), tools: [find], cache: true }).executeTask(task);
    expect(runs).toHaveLength(4);
  });

  it('carries nothing over to the next run', async () => {
    const { find, runs } = counter();
    const llm = new ScriptedLLM([...twice, ...twice]);
    const agent = new Agent({ ...persona, llm, tools: [find], cache: true });
    await agent.executeTask(task);
    await agent.executeTask(task);
    expect(runs).toEqual(['Emma', 'Lost', 'Lost', 'Emma', 'Lost', 'Lost']);
  });
});

describe('respectContextWindow', () => {
  const context = 'Emma was moved from shelf to shelf. '.repeat(200);

  it('false refuses a conversation that does not fit, without asking and without a retry', async () => {
    const llm = new ScriptedLLM(['never'], { contextWindow: 500 });
    const agent = new Agent({ ...persona, llm, respectContextWindow: false });
    await expect(agent.executeTask(task, { context })).rejects.toBeInstanceOf(ContextWindowExceededError);
    expect(llm.requests).toHaveLength(0);
  });

  it('summarises one that outgrows the window when unset', async () => {
    const long = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => context });
    const llm = new ScriptedLLM(
      request =>
        request.messages.length === 2 && lastText(request).includes('Where is Emma?')
          ? callsTo(['find', {}])
          : 'Shelf 3.',
      { contextWindow: 1_500 },
    );
    const types: string[] = [];
    const agent = new Agent({ ...persona, llm, tools: [long], callbacks: [event => void types.push(event.type)] });
    expect(await agent.executeTask(task)).toBe('Shelf 3.');
    expect(types).toContain('context-summarised');
    for (const { messages } of llm.requests) expect(llm.countTokens(messages)).toBeLessThanOrEqual(1_500);
  });
});

describe('resultAsAnswer', () => {
  it('makes a successful result the answer', async () => {
    const { find } = counter({ resultAsAnswer: true });
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }])]);
    expect(await new Agent({ ...persona, llm, tools: [find] }).executeTask(task)).toBe('Emma is on shelf 1');
  });

  it('makes a failed one no answer', async () => {
    const { find } = counter({ resultAsAnswer: true });
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Lost' }]), 'I do not know.']);
    expect(await new Agent({ ...persona, llm, tools: [find] }).executeTask(task)).toBe('I do not know.');
  });
});

describe('a signal', () => {
  it('cancels the request in flight, and the error holds the conversation', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const llm = new ScriptedLLM(({ signal }) => {
      seen = signal;
      queueMicrotask(() => controller.abort());
      return untilAborted(signal);
    });
    const run = new Agent({ ...persona, llm }).executeTask(task, { signal: controller.signal });
    const error = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ messages: [{ role: 'system' }, { role: 'user' }] });
    expect(seen?.aborted).toBe(true);
  });

  it('that is aborted already asks the model nothing', async () => {
    const llm = new ScriptedLLM(['never']);
    const run = new Agent({ ...persona, llm }).executeTask(task, { signal: AbortSignal.abort() });
    await expect(run).rejects.toBeInstanceOf(AbortError);
    expect(llm.requests).toHaveLength(0);
  });

  it('cancels the wait before a retry', async () => {
    const controller = new AbortController();
    const llm = new ScriptedLLM([new RateLimitError('busy', { status: 429, retryAfter: 60 })]);
    const callbacks = [
      (event: CrewEvent) => {
        if (event.type === 'turn-retry') queueMicrotask(() => controller.abort());
      },
    ];
    const run = new Agent({ ...persona, llm, callbacks }).executeTask(task, { signal: controller.signal });
    await expect(run).rejects.toBeInstanceOf(AbortError);
  });

  it('leaves no listener behind on the one that was given', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const { find } = counter();
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), counted('Shelf 1.')]);
    await new Agent({ ...persona, llm, tools: [find] }).executeTask(task, { signal });
    expect(listeners).toBe(0);
  });
});
