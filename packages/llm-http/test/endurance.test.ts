import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Batches, EnduranceFigures } from './endurance-client.ts';

const client = fileURLToPath(new URL('endurance-client.ts', import.meta.url));

/** Growth of the heap in bytes for each call, from one batch to the next, equal one. */
function growth({ after: [first, second] }: Batches): number {
  return (second.heap - first.heap) / second.answered;
}

it('4,000 calls one after the other and 4,000 at once leave no socket, listener, timer or memory behind', async () => {
  // A process of its own, whose heap is the client's alone.
  const program = ['--expose-gc', '--conditions=@crew/source', client];
  const { stdout } = await promisify(execFile)(process.execPath, program);
  const { sequential, concurrent, left }: EnduranceFigures = JSON.parse(stdout);

  // Every call, of the warm-up too, was answered by one request.
  expect(sequential.after.map(({ answered }) => answered)).toEqual([2_000, 2_000]);
  expect(concurrent.after.map(({ answered }) => answered)).toEqual([4_000, 4_000]);
  expect([sequential.endpoint.answered, concurrent.endpoint.answered]).toEqual([4_500, 8_500]);

  // A connection is used again, also after a stream; at once there are no more than the pool's 256.
  expect(sequential.endpoint.connections).toBeLessThanOrEqual(3);
  expect(concurrent.endpoint.connections).toBeLessThanOrEqual(256);

  const [before] = sequential.after;
  for (const { onSignal, onProcess } of [...sequential.after, ...concurrent.after]) {
    expect({ onSignal, onProcess }).toEqual({ onSignal: 0, onProcess: before.onProcess });
  }
  // What a call holds (its request, promises and listeners) is several kilobytes: if each left some of it behind, it would
  // be more than this. Compiled code and caches still grow a little in the second batch.
  expect(growth(sequential)).toBeLessThan(256);
  expect(growth(concurrent)).toBeLessThan(256);
  expect(left).toEqual([]);
});
