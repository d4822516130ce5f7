import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';

// Core has no Node-only API. All tests run on Node, and once more in an edge runtime, which has none of it; those named
// *.node.test.ts need Node themselves (real sockets, another process, files).
export default defineConfig({
  ...shared,
  test: {
    projects: [
      { ...shared, test: { ...shared.test, name: 'node' } },
      {
        ...shared,
        test: { ...shared.test, name: 'edge', environment: 'edge-runtime', exclude: ['test/**/*.node.test.ts'] },
      },
    ],
  },
});
