import {
  AbortError,
  type AssistantTurn,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  CrewError,
  type CrewEvent,
  EmptyReplyError,
  type Message,
  notifyListeners,
  type Prompt,
  ProtocolError,
  RateLimitError,
  type StreamPart,
  systemClock,
  TimeoutError,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';

/** A custom LLM as users write it: call() and the three capabilities. */
class HandWritten extends BaseLLM {
  readonly seen: { messages: Prompt; options: CallOptions | undefined }[] = [];
  stopWords = true;
  reply: (messages: Prompt, options?: CallOptions) => Promise<string | AssistantTurn> = async () => 'hello';

  call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn> {
    this.seen.push({ messages, options });
    return this.reply(messages, options);
  }
  supportsFunctionCalling(): boolean {
    return true;
  }
  supportsStopWords(): boolean {
    return this.stopWords;
  }
  getContextWindowSize(): number {
    return 4096;
  }
}

async function collect(parts: AsyncIterable<StreamPart>): Promise<StreamPart[]> {
  const all: StreamPart[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

/** A clock whose sleeps end when the test requests it. */
function createManualClock(): { clock: typeof systemClock; ring: () => void; sleeping: () => number } {
  const wakers = new Set<() => void>();
  return {
    clock: {
      ...systemClock,
      sleep: (_milliseconds, signal) =>
        new Promise((resolve, reject) => {
          wakers.add(resolve);
          signal.addEventListener('abort', () => {
            wakers.delete(resolve);
            reject(signal.reason);
          });
        }),
    },
    ring: () => {
      for (const wake of wakers) wake();
    },
    sleeping: () => wakers.size,
  };
}

describe('BaseLLM.call()', () => {
  it('generate() works with a hand-written call() alone', async () => {
    const llm = new HandWritten();
    const generation = await llm.generate('Hi');
    expect(generation).toEqual({
      text: 'hello',
      toolCalls: [],
      finishReason: 'unknown',
      reasoning: undefined,
      usage: undefined,
      model: undefined,
      requestId: undefined,
    });
    expect(llm.seen[0]?.messages).toEqual([{ role: 'user', content: 'Hi' }]);
  });

  it("call() returns exactly the author's result when it is called directly", async () => {
    const llm = new HandWritten({ stop: 'l' });
    expect(await llm.call('Hi')).toBe('hello');
  });

  it('a call() that returns nothing although tools were offered is rejected with the expected result', async () => {
    const llm = new HandWritten();
    // The document's example returns null for a reply that consists of tool calls.
    llm.reply = async () => null as unknown as string;
    const tools = [{ name: 'search', description: 'Searches.', parameters: { type: 'object' } }];
    const error = await llm.generate('Hi', { tools }).catch(thrown => thrown);
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect(error.message).toContain('HandWritten.call() returned nothing although tools were offered');
    expect(error.message).toContain('{ text, toolCalls: [{ id, name, arguments }] }');
  });

  it('a call() that returns anything except a turn is rejected', async () => {
    const llm = new HandWritten();
    llm.reply = async () => ({ content: 'x' }) as unknown as string;
    await expect(llm.generate('Hi')).rejects.toThrow('must return a string or an AssistantTurn');
  });

  it.each([
    [
      'tool calls in the wire format',
      { text: '', toolCalls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] },
      'toolCalls',
    ],
    ['arguments that are not a string', { text: '', toolCalls: [{ id: 'a', name: 'f', arguments: {} }] }, 'toolCalls'],
    ['a usage in the wire format', { text: 'x', usage: { prompt_tokens: 1, completion_tokens: 2 } }, 'usage'],
  ])('a call() that returns %s is rejected with the expected form', async (_what, reply, field) => {
    const llm = new HandWritten();
    llm.reply = async () => reply as unknown as AssistantTurn;
    const error = await llm.generate('Hi').catch(thrown => thrown);
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect(error.message).toContain(`HandWritten.call() returned ${field === 'usage' ? 'a usage' : field}`);
    expect(error.message).toContain('decodeTurn of @crew/core/chat-completions');
  });

  it.each([
    ['with its options', (llm: HandWritten, _messages: Prompt, options?: CallOptions) => llm.generate('x', options)],
    ['with its messages', (llm: HandWritten, messages: Prompt) => llm.generate(messages)],
    [
      'with a copy of its options',
      (llm: HandWritten, _m: Prompt, options?: CallOptions) => llm.generate('x', { ...options }),
    ],
  ])('a call() that calls this.generate() %s is rejected instead of recursing endlessly', async (_how, recurse) => {
    const llm = new HandWritten();
    llm.reply = async (messages, options) => (await recurse(llm, messages, options)).text;
    const error = await llm.generate('Hi').catch(thrown => thrown);
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect(error.message).toContain('HandWritten.call() called this.generate()');
    expect(llm.seen).toHaveLength(1);
  });

  it('call() may pass its options on to another LLM', async () => {
    const inner = new HandWritten();
    const outer = new HandWritten();
    outer.reply = async (messages, options) => (await inner.generate(messages, options)).text;
    expect((await outer.generate('Hi')).text).toBe('hello');
  });
});

describe('messages', () => {
  it.each([
    [[], 'messages is empty'],
    [42, 'messages must be a string or a list of messages, not a value of type number'],
    [
      [
        { role: 'user', content: 'a' },
        { role: 'robot', content: 'b' },
      ],
      'messages[1].role must be',
    ],
    [[{ role: 'user', content: null }], 'messages[0].content must be a string or a list of content parts, not null'],
    [[{ role: 'system', content: ['x'] }], 'messages[0].content must be a string, not a list'],
    [[{ role: 'user', content: [{ type: 'audio' }] }], 'messages[0].content[0] must be'],
    [
      [{ role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'b', arguments: {} }] }],
      'messages[0].toolCalls[0].arguments must be a string',
    ],
    [[{ role: 'tool', content: 'x' }], 'messages[0].toolCallId must be a string, not undefined'],
    [['Hi'], 'messages[0] must be an object'],
  ])('the messages %j are a ConfigurationError', async (messages, problem) => {
    const error = await new HandWritten().generate(messages as unknown as Prompt).catch(thrown => thrown);
    expect(ConfigurationError.isInstance(error)).toBe(true);
    expect(error.message).toContain(problem);
  });

  it("the caller's messages are never changed or frozen, and are read again by each turn", async () => {
    const llm = new HandWritten();
    const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'one' }] }];
    const before = structuredClone(messages);
    await llm.generate(messages);
    expect(messages).toEqual(before);
    messages[0] = { role: 'user', content: 'two' };
    const [first] = messages;
    if (first?.role === 'user') Object.assign(first, { content: 'three' });
    await llm.generate(messages);
    expect(llm.seen.map(({ messages }) => messages)).toEqual([before, [{ role: 'user', content: 'three' }]]);
  });

  it('call() cannot change the messages that it receives', async () => {
    const llm = new HandWritten();
    llm.reply = async messages => {
      expect(() => (messages as Message[]).push({ role: 'user', content: 'more' })).toThrow(TypeError);
      return 'ok';
    };
    expect((await llm.generate([{ role: 'user', content: 'Hi' }])).text).toBe('ok');
  });
});

describe('stop words', () => {
  it("the LLM's stop words come first, then the turn's, without duplicates", async () => {
    const llm = new ScriptedLLM(['ok'], { stop: ['END', 'STOP'] });
    await llm.generate('Hi', { stop: ['STOP', 'HALT'] });
    expect(llm.requests[0]?.stop).toEqual(['END', 'STOP', 'HALT']);
    expect(llm.stop).toEqual(['END', 'STOP']);
  });

  it('stop words cut the reply but are not sent to a provider that does not support them', async () => {
    const llm = new ScriptedLLM(['one STOP two'], { stopWords: false });
    const generation = await llm.generate('Hi', { stop: 'STOP' });
    expect(llm.requests[0]?.stop).toEqual([]);
    expect(generation).toMatchObject({ text: 'one ', finishReason: 'stop' });
  });

  it('the reply is cut at the earliest stop word even if the provider supports stop words', async () => {
    const llm = new ScriptedLLM(['a B c A'], { stop: ['A', 'B'] });
    expect((await llm.generate('Hi')).text).toBe('a ');
  });

  it('tool calls after a stop word are dropped', async () => {
    const turn: AssistantTurn = { ...callsTo(['search', {}]), text: 'thinking\nObservation: made up' };
    const generation = await new ScriptedLLM([turn]).generate('Hi', { stop: '\nObservation:' });
    expect(generation).toMatchObject({ text: 'thinking', toolCalls: [], finishReason: 'stop' });
  });

  it('a stream is cut where the whole text would be cut, whether or not the stop word is split across deltas', async () => {
    const llm = new ScriptedLLM(['one two STOP three']);
    const parts = await collect(llm.stream('Hi', { stop: 'o STOP th' }));
    expect(parts.flatMap(part => (part.type === 'text' ? [part.text] : []))).toEqual(['one', ' tw']);
    expect(parts.at(-1)).toMatchObject({ type: 'finish', generation: { text: 'one tw', finishReason: 'stop' } });
    expect(llm.requests[0]?.signal.aborted).toBe(true);
  });

  it('an empty stop word is rejected', async () => {
    expect(() => new HandWritten({ stop: '' })).toThrow(ConfigurationError);
    await expect(new HandWritten().generate('Hi', { stop: ['a', ''] })).rejects.toThrow('stop must be');
  });
});

describe('empty replies', () => {
  it.each([
    [{ text: '' }, 'neither text nor a tool call'],
    [{ text: ' \n' }, 'neither text nor a tool call'],
    [{ text: '', finishReason: 'length' as const }, 'Raise maxTokens'],
    [{ text: '', finishReason: 'content-filter' as const }, 'content filter'],
    [{ text: 'STOP and more' }, 'nothing but a stop word'],
  ])('the empty turn %j is rejected, generated or streamed', async (turn, reason) => {
    for (const ask of [
      (llm: BaseLLM) => llm.generate('Hi', { stop: 'STOP' }),
      (llm: BaseLLM) => collect(llm.stream('Hi', { stop: 'STOP' })),
    ]) {
      const error = await ask(new ScriptedLLM([turn])).catch(thrown => thrown);
      expect(EmptyReplyError.isInstance(error)).toBe(true);
      expect(error.message).toContain(reason);
    }
  });

  it('a turn without text is accepted if it has tool calls', async () => {
    const generation = await new ScriptedLLM([callsTo(['search', {}])]).generate('Hi');
    expect(generation.toolCalls).toHaveLength(1);
  });
});

describe('tool call IDs', () => {
  it('missing and duplicate IDs of tool calls are replaced by unique ones', async () => {
    const call = { name: 'search', arguments: '{}' };
    const turn = {
      text: '',
      toolCalls: [
        { ...call, id: '' },
        { ...call, id: 'a' },
        { ...call, id: 'a' },
      ],
    };
    const { toolCalls, finishReason } = await new ScriptedLLM([turn]).generate('Hi');
    expect(toolCalls.map(({ id }) => id)).toEqual(['call00000', 'a', 'call00001']);
    expect(finishReason).toBe('tool-calls');
  });
});

describe('errors', () => {
  it('other errors become a CrewError with their cause', async () => {
    const cause = new TypeError('fetch failed');
    const error = await new ScriptedLLM([cause]).generate('Hi').catch(thrown => thrown);
    expect(CrewError.isInstance(error)).toBe(true);
    expect(error.message).toBe('The model turn failed: fetch failed');
    expect(error.cause).toBe(cause);
  });

  it("the platform's timeout errors become TimeoutErrors", async () => {
    const thrown = new DOMException('The operation timed out.', 'TimeoutError');
    const error = await new ScriptedLLM([thrown]).generate('Hi').catch(caught => caught);
    expect(TimeoutError.isInstance(error)).toBe(true);
    expect(error.cause).toBe(thrown);
  });

  it('errors of Crew are passed on unchanged', async () => {
    const thrown = new RateLimitError('Slow down.', { retryAfter: 2 });
    await expect(new ScriptedLLM([thrown]).generate('Hi')).rejects.toBe(thrown);
  });
});

describe('abort signal and deadline', () => {
  it('an abort ends a call() that ignores its signal', async () => {
    const llm = new HandWritten();
    llm.reply = () => new Promise(() => undefined);
    const controller = new AbortController();
    const generation = llm.generate('Hi', { signal: controller.signal });
    controller.abort(new Error('changed my mind'));
    const error = await generation.catch(thrown => thrown);
    expect(AbortError.isInstance(error)).toBe(true);
    expect(error.cause).toEqual(new Error('changed my mind'));
    expect(llm.seen[0]?.options?.signal?.aborted).toBe(true);
  });

  it('a signal that is already aborted ends the turn at once', async () => {
    const llm = new ScriptedLLM(['never read']);
    const error = await llm.generate('Hi', { signal: AbortSignal.abort() }).catch(thrown => thrown);
    expect(AbortError.isInstance(error)).toBe(true);
  });

  it.each([
    ['generate', (llm: BaseLLM) => llm.generate('Hi', { timeout: 5000 })],
    ['stream', (llm: BaseLLM) => collect(llm.stream('Hi', { timeout: 5000 }))],
  ])('timeout limits %s()', async (_name, ask) => {
    const { clock, ring, sleeping } = createManualClock();
    const llm = new HandWritten({ clock });
    llm.reply = () => new Promise(() => undefined);
    const asked = ask(llm);
    ring();
    const error = await asked.catch(thrown => thrown);
    expect(TimeoutError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ deadline: 'turn', milliseconds: 5000 });
    expect(sleeping()).toBe(0);
  });

  it('a turn that has ended leaves no timer behind', async () => {
    const { clock, sleeping } = createManualClock();
    await new HandWritten({ clock }).generate('Hi', { timeout: 5000 });
    expect(sleeping()).toBe(0);
  });

  it.each([[0], [-1], [Number.NaN]])('a timeout of %d is a ConfigurationError', async timeout => {
    await expect(new HandWritten().generate('Hi', { timeout })).rejects.toThrow(ConfigurationError);
  });
});

describe('BaseLLM.stream()', () => {
  it('stream() emits the text of a hand-written call() as one part', async () => {
    const parts = await collect(new HandWritten().stream('Hi'));
    expect(parts.map(part => part.type)).toEqual(['text', 'finish']);
    expect(parts[0]).toEqual({ type: 'text', text: 'hello' });
  });

  it('the request is cancelled when the consumer leaves the stream early', async () => {
    const llm = new ScriptedLLM(['one two three']);
    for await (const part of llm.stream('Hi')) {
      expect(part).toEqual({ type: 'text', text: 'one' });
      break;
    }
    expect(llm.requests[0]?.signal.aborted).toBe(true);
  });

  it('the hook can clean up after its last part', async () => {
    let cleaned = false;
    class Cleans extends ScriptedLLM {
      override async *respondStream(): AsyncIterable<StreamPart> {
        try {
          yield { type: 'finish', generation: { ...(await new HandWritten().generate('x')) } };
        } finally {
          cleaned = true;
        }
      }
    }
    await collect(new Cleans([]).stream('Hi'));
    expect(cleaned).toBe(true);
  });

  it('a stream without a finish part is a ProtocolError with the text so far', async () => {
    class Ends extends ScriptedLLM {
      override async *respondStream(): AsyncIterable<StreamPart> {
        yield { type: 'text', text: 'half an ans' };
      }
    }
    const error = await collect(new Ends([]).stream('Hi')).catch(thrown => thrown);
    expect(ProtocolError.isInstance(error)).toBe(true);
    expect(error.partialText).toBe('half an ans');
  });
});

describe('usage', () => {
  it('usage adds up the turns of an LLM and counts nothing if nothing was reported', async () => {
    const llm = new ScriptedLLM([
      { text: 'a', usage: { inputTokens: 10, outputTokens: 2 } },
      'b',
      { text: 'c', usage: { inputTokens: 5, outputTokens: 1, cachedInputTokens: 4 } },
    ]);
    await llm.generate('Hi');
    await llm.generate('Hi');
    await collect(llm.stream('Hi'));
    expect(llm.usage).toEqual({ inputTokens: 15, outputTokens: 3, cachedInputTokens: 4 });
  });
});

describe('events', () => {
  it('the events of a turn reach callbacks and on() with the same run ID', async () => {
    const llm = new ScriptedLLM([{ text: 'one two', usage: { inputTokens: 1, outputTokens: 2 } }], { model: 'm' });
    const events: CrewEvent[] = [];
    const finished: CrewEvent[] = [];
    const off = llm.on('turn-finish', event => finished.push(event));
    await collect(llm.stream('Hi', { callbacks: [event => events.push(event)] }));
    off();
    expect(events.map(({ type }) => type)).toEqual(['turn-start', 'turn-delta', 'turn-delta', 'turn-finish']);
    expect(new Set(events.map(({ runId }) => runId)).size).toBe(1);
    expect(finished).toEqual([events.at(-1)]);
    expect(finished[0]).toMatchObject({ usage: { inputTokens: 1, outputTokens: 2 } });
  });

  it('the event of a failed turn contains the error as JSON', async () => {
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM([new RateLimitError('Slow down.', { status: 429 })]);
    await llm.generate('Hi', { callbacks: [event => events.push(event)] }).catch(() => undefined);
    expect(events.at(-1)).toMatchObject({ type: 'turn-error', error: { name: 'RateLimitError', status: 429 } });
  });

  it('leaving a stream emits the end of its span', async () => {
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM(['one two three']);
    for await (const _ of llm.stream('Hi', { callbacks: [event => events.push(event)] })) break;
    expect(events.map(({ type }) => type)).toEqual(['turn-start', 'turn-delta', 'turn-error']);
    expect(events.at(-1)).toMatchObject({ runId: events[0]?.runId, error: { code: 'ABORTED' } });
  });

  it('an error thrown by a listener does not break the turn', async () => {
    const llm = new ScriptedLLM(['ok']);
    const throws = (): never => {
      throw new Error('listener');
    };
    const rejects = (async () => throws()) as () => void;
    expect((await llm.generate('Hi', { callbacks: [throws, rejects] })).text).toBe('ok');
  });

  it('no events are created when nothing listens', async () => {
    const llm = new ScriptedLLM(['ok', 'ok']);
    await llm.generate('Hi');
    await llm.generate('Hi', { callbacks: [] });
    expect(llm.requests.map(({ callbacks }) => callbacks)).toEqual([undefined, undefined]);
  });

  it('events that belong to no turn reach on() through notifyListeners()', () => {
    const llm = new HandWritten();
    const seen: string[] = [];
    llm.on('credential', event => seen.push(event.action));
    notifyListeners(llm, { type: 'credential', action: 'renewed', authenticator: 'jwt', at: 0 });
    expect(seen).toEqual(['renewed']);
  });
});

describe('constructor options', () => {
  it.each([
    [{ model: '' }, 'model'],
    [{ model: 5 }, 'model'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ temperature: Number.NaN }, 'temperature'],
    [{ stop: [1] }, 'stop'],
    [{ stop: {} }, 'stop'],
  ])('the options %j are a ConfigurationError', (options, named) => {
    expect(() => new HandWritten(options as never)).toThrow(ConfigurationError);
    expect(() => new HandWritten(options as never)).toThrow(named);
  });

  it("turns without a temperature use the LLM's", async () => {
    const llm = new ScriptedLLM(['a', 'b'], { temperature: 0.5 });
    await llm.generate('Hi');
    await llm.generate('Hi', { temperature: 0 });
    expect(llm.requests.map(({ temperature }) => temperature)).toEqual([0.5, 0]);
  });
});
