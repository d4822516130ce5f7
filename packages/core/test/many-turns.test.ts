import { type StreamPart, TimeoutError, type TurnRequest } from '@crew/core';
import { decodeEvents } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { bytesOf, DONE, delta, inPieces } from './chat-completions/event-bytes.ts';
import { ScriptedLLM } from './scripted-llm.ts';

/** A clock that stands still until the test ends all sleeps. */
function manualClock() {
  const sleepers = new Set<() => void>();
  return {
    wall: () => 0,
    monotonic: () => 0,
    sleep: (_milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        sleepers.add(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
    timeIsUp: () => {
      for (const wake of sleepers) wake();
    },
  };
}

/** An LLM whose whole stream arrives in one chunk. */
class HugeAnswer extends ScriptedLLM {
  override async *respondStream(_request: TurnRequest): AsyncIterable<StreamPart> {
    yield* decodeEvents(inPieces([bytesOf(delta({ content: 'x' }).repeat(100_000) + DONE)]));
  }
}

describe('deadline', () => {
  it('a deadline ends a turn while Crew decodes a chunk of very many events', async () => {
    const clock = manualClock();
    const llm = new HugeAnswer([], { clock });
    let parts = 0;
    const read = async (): Promise<void> => {
      for await (const _part of llm.stream('Go.', { timeout: 1000 })) {
        if (parts === 0) setTimeout(clock.timeIsUp, 0);
        parts += 1;
      }
    };
    await expect(read()).rejects.toBeInstanceOf(TimeoutError);
    expect(parts).toBeLessThan(50_000);
  });
});

describe('calls with a shared signal', () => {
  it.each([100, 800])('%i calls with a shared signal add one listener to it [X33]', async size => {
    const controller = new AbortController();
    const { signal } = controller;
    let added = 0;
    let removed = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<AbortSignal['addEventListener']>) => {
      added += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<AbortSignal['removeEventListener']>) => {
      removed += 1;
      remove(...args);
    };
    const llm = new ScriptedLLM(() => 'Hello');
    await Promise.all(Array.from({ length: size }, () => llm.generate('Hi', { signal })));
    expect([added, removed]).toEqual([1, 1]);
  });

  it('all calls with a shared signal end when it aborts', async () => {
    const controller = new AbortController();
    const llm = new ScriptedLLM(() => new Promise<string>(() => undefined));
    const calls = Array.from({ length: 100 }, () => llm.generate('Hi', { signal: controller.signal }));
    controller.abort();
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'rejected'));
  });
});
