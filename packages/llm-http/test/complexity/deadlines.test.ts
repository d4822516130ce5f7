import type { Clock } from '@crew/core';
import { huge, type Reply, startEndpoint, trackResources } from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { chatCompletions, HttpLLM, type HttpLLMOptions, type Protocol } from '../../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const LENGTH = 8 * 1024 * 1024;
const STREAM: Reply = { ...huge(LENGTH), headers: { 'content-type': 'text/event-stream' } };

/** A protocol that reads a whole stream without waiting, and the bytes that it received. */
function busyProtocol(onFirst: () => void): { readonly protocol: Protocol; readonly seen: { bytes: number } } {
  const seen = { bytes: 0 };
  const protocol: Protocol = {
    ...chatCompletions(),
    // biome-ignore lint/correctness/useYield: it never comes to an end.
    async *decodeEvents(chunks) {
      for await (const chunk of chunks) {
        if (seen.bytes === 0) onFirst();
        seen.bytes += chunk.byteLength;
      }
      throw new Error('The stream was read to its end.');
    },
  };
  return { protocol, seen };
}

async function drain(options: Partial<HttpLLMOptions>, signal?: AbortSignal): Promise<void> {
  await using endpoint = await startEndpoint({ respond: () => STREAM });
  await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 }, ...options });
  for await (const _part of llm.stream('Hello', { signal }));
}

describe('a stream of 8 MiB that is decoded without a wait', () => {
  it('aborts a stream before another 512 KiB are decoded [X1]', async () => {
    const caller = new AbortController();
    const { protocol, seen } = busyProtocol(() => setImmediate(() => caller.abort()));
    await expect(drain({ protocol }, caller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(seen.bytes).toBeLessThan(524_288);
  });

  it('checks the total timeout between two chunks of a stream, although no timer can fire [X1]', async () => {
    let now = 0;
    const clock: Clock = {
      wall: () => now,
      monotonic: () => now,
      sleep: (_milliseconds, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const { protocol, seen } = busyProtocol(() => {
      now += 10_000;
    });
    const timeouts = { total: 5_000 };
    await expect(drain({ protocol, clock, timeouts })).rejects.toMatchObject({ code: 'TIMEOUT', deadline: 'total' });
    expect(seen.bytes).toBeLessThan(131_072);
  });

  it('gives the event loop a turn after each 64 KiB of a stream [X1]', async () => {
    let turns = 0;
    let isOver = false;
    const countTurns = (): void => {
      turns += 1;
      if (!isOver) setImmediate(countTurns);
    };
    const { protocol, seen } = busyProtocol(countTurns);
    await drain({ protocol }).catch(() => undefined);
    isOver = true;
    expect(seen.bytes).toBe(LENGTH);
    expect(turns).toBeGreaterThan(LENGTH / 65_536 / 2);
  });
});
