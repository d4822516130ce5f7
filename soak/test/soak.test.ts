import { expect, it } from 'vitest';
import { soak } from '../src/soak.ts';

it('each of 1,500 calls with faults ends with the expected outcome and number of requests', async () => {
  const figures = await soak({ calls: 1_500, seed: 20_261_122, concurrency: 32 });
  expect(figures.problems).toEqual([]);
  expect(figures.calls).toBe(1_500);
  expect(figures.attempts).toBe(figures.requests + figures.unseen);
  expect(figures.connections.leftOpen).toBe(0);
  expect(figures.listeners).toBe(0);
});
