import {
  type AssistantTurn,
  BaseLLM,
  type BaseLLMOptions,
  type CrewEvent,
  type ObservedTurn,
  type StreamPart,
  wrapLLM,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, counted, ScriptedLLM } from './scripted-llm.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A custom LLM as users write it: call() and the three capabilities. */
class HandWritten extends BaseLLM {
  readonly #reply: AssistantTurn;

  constructor(reply: AssistantTurn) {
    super();
    this.#reply = reply;
  }
  async call(): Promise<AssistantTurn> {
    return this.#reply;
  }
  supportsFunctionCalling(): boolean {
    return true;
  }
  supportsStopWords(): boolean {
    return true;
  }
  getContextWindowSize(): number {
    return 4096;
  }
}

/** An LLM whose streams never finish cleaning up. */
class NeverClosing extends ScriptedLLM {
  constructor(options: BaseLLMOptions) {
    super(['one two STOP four'], options);
  }
  override async *respondStream(...request: Parameters<ScriptedLLM['respondStream']>): AsyncIterable<StreamPart> {
    try {
      yield* super.respondStream(...request);
    } finally {
      await new Promise(() => undefined);
    }
  }
}

async function lastOf(parts: AsyncIterable<StreamPart>): Promise<StreamPart | undefined> {
  let last: StreamPart | undefined;
  for await (const part of parts) last = part;
  return last;
}

describe('stream left at its last text', () => {
  it.each([
    ['as one part', new HandWritten(counted('Hello.')), 'Hello.', {}],
    ['held back for a stop word', new ScriptedLLM([counted('Hello S')]), 'Hello S', { stop: 'STOP' }],
  ])(
    'a stream left at its last text, %s, has succeeded, and its tokens are counted',
    async (_how, llm, whole, options) => {
      const events: string[] = [];
      let text = '';
      for await (const part of llm.stream('Hi', { ...options, callbacks: [event => events.push(event.type)] })) {
        if (part.type === 'text') text += part.text;
        if (text === whole) break;
      }
      expect(events.filter(type => type !== 'turn-delta')).toEqual(['turn-start', 'turn-finish']);
      expect(llm.usage).toEqual({ inputTokens: 10, outputTokens: 1 });
    },
  );

  it('a stream cut at a stop word and left at its last text has succeeded', async () => {
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM(['one.STOP four']);
    for await (const _part of llm.stream('Hi', { stop: 'STOP', callbacks: [event => events.push(event)] })) break;
    expect(events.map(({ type }) => type)).toEqual(['turn-start', 'turn-delta', 'turn-finish']);
    expect(events.at(-1)).toMatchObject({ generation: { text: 'one.', finishReason: 'stop' } });
  });

  it('an empty stream has failed, and its tokens are counted', async () => {
    const events: string[] = [];
    const llm = new HandWritten(counted(' \n'));
    for await (const part of llm.stream('Hi', { callbacks: [event => events.push(event.type)] })) {
      expect(part).toEqual({ type: 'text', text: ' \n' });
      break;
    }
    expect(events).toEqual(['turn-start', 'turn-delta', 'turn-error']);
    expect(llm.usage).toEqual({ inputTokens: 10, outputTokens: 1 });
  });

  it('a stream left by an error of its consumer ends once', async () => {
    const events: string[] = [];
    const llm = new HandWritten(counted('Hello.'));
    const parts = llm.stream('Hi', { callbacks: [event => events.push(event.type)] })[Symbol.asyncIterator]();
    await parts.next();
    await parts.throw?.(new Error('no more')).catch(() => undefined);
    expect(events).toEqual(['turn-start', 'turn-delta', 'turn-finish']);
  });
});

describe('default finish reason', () => {
  const { toolCalls } = callsTo(['look', {}]);
  it.each([
    ['with tool calls', { text: '', toolCalls }, 'tool-calls'],
    ['with text', { text: 'Hello.' }, 'unknown'],
  ])(
    'the default finish reason of a turn %s is the same, generated, streamed, or from the cache',
    async (_kind, reply, finishReason) => {
      const llm = new HandWritten(reply);
      expect(await llm.generate('Hi')).toMatchObject({ finishReason });
      expect(await lastOf(llm.stream('Hi'))).toMatchObject({ generation: { finishReason } });
      const cached = wrapLLM(llm, { cache: new Map() });
      await cached.generate('Hi');
      expect(await cached.generate('Hi')).toMatchObject({ finishReason });
      expect(await lastOf(cached.stream('Hi'))).toMatchObject({ generation: { finishReason } });
    },
  );
});

describe('hook that never finishes cleaning up', () => {
  it.each([
    ['read to its end', {}],
    ['cut at a stop word', { stop: 'STOP' }],
  ])('a hook that never finishes cleaning up does not block a stream %s', async (_how, options) => {
    const clock = new VirtualClock();
    const last = await lastOf(new NeverClosing({ clock }).stream('Hi', options));
    expect(last).toMatchObject({ type: 'finish' });
    expect(clock.monotonic()).toBe(1_000);
  });

  it('a hook that never finishes cleaning up does not block a consumer that leaves', async () => {
    const clock = new VirtualClock();
    for await (const _part of new NeverClosing({ clock }).stream('Hi')) break;
    expect(clock.monotonic()).toBe(1_000);
  });

  it('a hook that never finishes cleaning up gets no more time than the turn', async () => {
    const clock = new VirtualClock();
    expect(await lastOf(new NeverClosing({ clock }).stream('Hi', { timeout: 50 }))).toMatchObject({ type: 'finish' });
    expect(clock.monotonic()).toBe(50);
  });
});

describe('observer of a stream cut at a stop word', () => {
  it.each([
    ['after some text', 'one two STOP four', 'one two '],
    ['immediately', 'STOP four', ''],
  ])(
    'the observer of a stream cut %s at a stop word receives the turn up to the stop word',
    async (_where, reply, text) => {
      const seen: ObservedTurn[] = [];
      const inner = wrapLLM(new ScriptedLLM([reply]), { respond: (request, next) => next(request) });
      const whole = new ScriptedLLM([reply]);
      for (const llm of [inner, whole]) {
        const observed = wrapLLM(llm, { observe: turn => void seen.push(turn) });
        await lastOf(observed.stream('Hi', { stop: 'STOP' })).catch(() => undefined);
      }
      expect(seen.map(({ error }) => error)).toEqual([undefined, undefined]);
      expect(seen[1]?.turn).toMatchObject({ text, finishReason: 'stop' });
    },
  );
});

describe('observer of a stream without a finish part', () => {
  it('the observer of a stream without a finish part receives the same error as its consumer', async () => {
    class Breaking extends ScriptedLLM {
      override async *respondStream(): AsyncIterable<StreamPart> {
        yield { type: 'text', text: 'one ' };
        yield { type: 'text', text: 'two' };
      }
    }
    const seen: ObservedTurn[] = [];
    const llm = wrapLLM(new Breaking([]), { observe: turn => void seen.push(turn) });
    const told = { code: 'PROTOCOL', message: 'The stream ended without its finish part.', partialText: 'one two' };
    await expect(lastOf(llm.stream('Hi'))).rejects.toMatchObject(told);
    expect(seen).toMatchObject([{ turn: undefined, error: told, streamed: true }]);
  });
});
