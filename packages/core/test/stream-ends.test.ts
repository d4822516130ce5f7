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

/** What a user writes: call() and the three capabilities. */
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

/** A model whose stream never finishes cleaning up. */
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

describe('a stream that is left at its last text', () => {
  it.each([
    ['in one piece', new HandWritten(counted('Hello.')), 'Hello.', {}],
    ['held back for a stop word', new ScriptedLLM([counted('Hello S')]), 'Hello S', { stop: 'STOP' }],
  ])('%s has ended well, and is counted', async (_how, llm, whole, options) => {
    const events: string[] = [];
    let text = '';
    for await (const part of llm.stream('Hi', { ...options, callbacks: [event => events.push(event.type)] })) {
      if (part.type === 'text') text += part.text;
      if (text === whole) break;
    }
    expect(events.filter(type => type !== 'turn-delta')).toEqual(['turn-start', 'turn-finish']);
    expect(llm.usage).toEqual({ inputTokens: 10, outputTokens: 1 });
  });

  it('cut at a stop word has ended well, too', async () => {
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM(['one.STOP four']);
    for await (const _part of llm.stream('Hi', { stop: 'STOP', callbacks: [event => events.push(event)] })) break;
    expect(events.map(({ type }) => type)).toEqual(['turn-start', 'turn-delta', 'turn-finish']);
    expect(events.at(-1)).toMatchObject({ generation: { text: 'one.', finishReason: 'stop' } });
  });

  it('that holds nothing has failed, and is counted', async () => {
    const events: string[] = [];
    const llm = new HandWritten(counted(' \n'));
    for await (const part of llm.stream('Hi', { callbacks: [event => events.push(event.type)] })) {
      expect(part).toEqual({ type: 'text', text: ' \n' });
      break;
    }
    expect(events).toEqual(['turn-start', 'turn-delta', 'turn-error']);
    expect(llm.usage).toEqual({ inputTokens: 10, outputTokens: 1 });
  });

  it('by an error of its consumer has one end', async () => {
    const events: string[] = [];
    const llm = new HandWritten(counted('Hello.'));
    const parts = llm.stream('Hi', { callbacks: [event => events.push(event.type)] })[Symbol.asyncIterator]();
    await parts.next();
    await parts.throw?.(new Error('no more')).catch(() => undefined);
    expect(events).toEqual(['turn-start', 'turn-delta', 'turn-finish']);
  });
});

describe('the finish reason of a turn that does not say one', () => {
  const { toolCalls } = callsTo(['look', {}]);
  it.each([
    ['with tool calls', { text: '', toolCalls }, 'tool-calls'],
    ['with text', { text: 'Hello.' }, 'unknown'],
  ])('%s is the same, generated, streamed, or out of a cache', async (_what, reply, finishReason) => {
    const llm = new HandWritten(reply);
    expect(await llm.generate('Hi')).toMatchObject({ finishReason });
    expect(await lastOf(llm.stream('Hi'))).toMatchObject({ generation: { finishReason } });
    const cached = wrapLLM(llm, { cache: new Map() });
    await cached.generate('Hi');
    expect(await cached.generate('Hi')).toMatchObject({ finishReason });
    expect(await lastOf(cached.stream('Hi'))).toMatchObject({ generation: { finishReason } });
  });
});

describe('a hook that never finishes cleaning up', () => {
  it.each([
    ['read to its end', {}],
    ['cut at a stop word', { stop: 'STOP' }],
  ])('holds no stream up that is %s', async (_how, options) => {
    const clock = new VirtualClock();
    const last = await lastOf(new NeverClosing({ clock }).stream('Hi', options));
    expect(last).toMatchObject({ type: 'finish' });
    expect(clock.monotonic()).toBe(1_000);
  });

  it('holds no stream up that is left', async () => {
    const clock = new VirtualClock();
    for await (const _part of new NeverClosing({ clock }).stream('Hi')) break;
    expect(clock.monotonic()).toBe(1_000);
  });

  it('has no more time than the turn', async () => {
    const clock = new VirtualClock();
    expect(await lastOf(new NeverClosing({ clock }).stream('Hi', { timeout: 50 }))).toMatchObject({ type: 'finish' });
    expect(clock.monotonic()).toBe(50);
  });
});

describe('an observer of a stream that was cut at a stop word', () => {
  it.each([
    ['after some text', 'one two STOP four', 'one two '],
    ['at once', 'STOP four', ''],
  ])('%s is told of the turn as far as it was shown', async (_where, reply, text) => {
    const seen: ObservedTurn[] = [];
    const inner = wrapLLM(new ScriptedLLM([reply]), { respond: (request, next) => next(request) });
    const whole = new ScriptedLLM([reply]);
    for (const llm of [inner, whole]) {
      const observed = wrapLLM(llm, { observe: turn => void seen.push(turn) });
      await lastOf(observed.stream('Hi', { stop: 'STOP' })).catch(() => undefined);
    }
    expect(seen.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(seen[1]?.turn).toMatchObject({ text, finishReason: 'stop' });
  });
});

describe('an observer of a stream that ended without its finish part', () => {
  it('is told the same as whoever reads it', async () => {
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
