import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Batches, EnduranceFigures } from './endurance-client.ts';

const client = fileURLToPath(new URL('endurance-client.ts', import.meta.url));

/**
 * Growth of the heap in bytes per call, from one batch to the next: the median, because compiled code and caches still grow
 * in some batches. Anything that each call leaves behind would appear in all of them.
 */
function growth({ after }: Batches): number {
  const growths = after.slice(1).map(({ heap, answered }, index) => (heap - (after[index]?.heap ?? 0)) / answered);
  return growths.sort((a, b) => a - b)[Math.floor(growths.length / 2)] ?? Number.POSITIVE_INFINITY;
}

it('2,000 sequential calls and four times 500 concurrent ones leave no socket, listener, timer or memory behind', async () => {
  // A separate process, whose heap belongs to the client only.
  const program = ['--expose-gc', '--conditions=@crew/source', client];
  const { stdout } = await promisify(execFile)(process.execPath, program);
  const { sequential, concurrent, left }: EnduranceFigures = JSON.parse(stdout);

  // Every call, including the warm-up, took one request.
  expect(sequential.after.map(({ answered }) => answered)).toEqual([500, 500, 500, 500]);
  expect(concurrent.after.map(({ answered }) => answered)).toEqual([500, 500, 500, 500]);
  expect([sequential.endpoint.answered, concurrent.endpoint.answered]).toEqual([2_500, 2_500]);

  // A connection is used again, also after a stream; at once there are no more than the pool's 256.
  expect(sequential.endpoint.connections).toBeLessThanOrEqual(3);
  expect(concurrent.endpoint.connections).toBeLessThanOrEqual(256);

  const onProcessBefore = sequential.after[0]?.onProcess;
  for (const { onSignal, onProcess } of [...sequential.after, ...concurrent.after]) {
    expect({ onSignal, onProcess }).toEqual({ onSignal: 0, onProcess: onProcessBefore });
  }
  // A call uses several kilobytes for its request, promises and listeners. If each call left some of it behind, it would
  // be more than this.
  expect(growth(sequential)).toBeLessThan(1_024);
  expect(growth(concurrent)).toBeLessThan(1_024);
  expect(left).toEqual([]);
});
