import { defineConfig } from 'vitest/config';
import { propertySetup, shared } from '../../vitest.shared.ts';

// Core has no Node-only API. All tests run on Node, and once more in an edge runtime without Node's globals; those named
// *.node.test.ts need Node themselves (real sockets, another process, files).
const { reporters, outputFile, ...test } = shared.test ?? {};

export default defineConfig({
  ...shared,
  test: {
    ...(reporters === undefined ? {} : { reporters }),
    ...(outputFile === undefined ? {} : { outputFile }),
    projects: [
      { ...shared, test: { ...test, name: 'node', setupFiles: propertySetup } },
      {
        ...shared,
        test: {
          ...test,
          name: 'edge',
          environment: 'edge-runtime',
          setupFiles: ['test/without-node.ts', ...propertySetup],
          exclude: ['test/**/*.node.test.ts'],
        },
      },
    ],
  },
});
