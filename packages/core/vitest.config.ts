import { defineConfig } from 'vitest/config';
import { propertySetup, shared } from '../../vitest.shared.ts';

// Core has no Node-only API. All tests run on Node, and once more in an edge runtime without Node's globals; those named
// *.node.test.ts need Node themselves (real sockets, another process, files).
const { reporters, outputFile, ...test } = shared.test ?? {};
const complexity = 'test/complexity/**/*.test.ts';

export default defineConfig({
  ...shared,
  test: {
    ...(reporters === undefined ? {} : { reporters }),
    ...(outputFile === undefined ? {} : { outputFile }),
    projects: [
      { ...shared, test: { ...test, name: 'node', setupFiles: propertySetup, exclude: [complexity] } },
      // Steps are counted in code that is compiled for it: in a process of its own, from the beginning.
      { ...shared, test: { ...test, name: 'complexity', include: [complexity], isolate: true } },
      {
        ...shared,
        test: {
          ...test,
          name: 'edge',
          environment: 'edge-runtime',
          setupFiles: ['test/without-node.ts', ...propertySetup],
          exclude: ['test/**/*.node.test.ts', complexity],
        },
      },
    ],
  },
});
