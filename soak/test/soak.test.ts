import { expect, it } from 'vitest';
import { soak } from '../src/soak.ts';

it('three seconds of faults: every call ends as it must, after as many requests as it must', async () => {
  const figures = await soak({ seconds: 3, seed: 20_261_122, concurrency: 32 });
  expect(figures.complaints).toEqual([]);
  expect(figures.calls).toBeGreaterThan(100);
  expect(figures.attempts).toBe(figures.requests + figures.unseen);
  expect(figures.connections.leftOpen).toBe(0);
  expect(figures.listeners).toBe(0);
}, 60_000);
