import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';

// Core has no Node-only API. All tests run on Node, and once more in an edge runtime without Node's globals; those named
// *.node.test.ts need Node themselves (real sockets, another process, files). Files share a worker: none of them changes
// anything that outlives it, and a process for each would take three times as long.
const complexity = 'test/complexity/**/*.test.ts';
const test = { ...shared.test, isolate: false };

export default defineConfig({
  ...shared,
  test: {
    projects: [
      { ...shared, test: { ...test, name: 'node', exclude: [complexity] } },
      // Steps are counted in code that is compiled for it: in a process of its own, from the beginning.
      { ...shared, test: { ...shared.test, name: 'complexity', include: [complexity] } },
      {
        ...shared,
        test: {
          ...test,
          name: 'edge',
          environment: 'edge-runtime',
          setupFiles: ['test/without-node.ts'],
          exclude: ['test/**/*.node.test.ts', complexity],
        },
      },
    ],
  },
});
