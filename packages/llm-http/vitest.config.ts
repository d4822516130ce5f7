import { defineConfig } from 'vitest/config';
import { propertySetup, shared } from '../../vitest.shared.ts';

/**
 * Files that speak HTTP/2. Each has its own process: Node aborts its process when it collects some HTTP/2 sessions that were
 * reset in the middle of a head (an assertion in its own code), and such a session must not end the other files.
 */
const http2 = ['client-certificate', 'http2-*', 'proxy', 'response-limits', 'transport'].map(
  name => `test/${name}.test.ts`,
);

// The projects inherit everything else, lists included, and add to them.
const { include, setupFiles = [], ...base } = shared.test ?? {};

export default defineConfig({
  ...shared,
  test: {
    ...base,
    setupFiles: [setupFiles, propertySetup].flat(),
    projects: [
      { extends: true, test: { name: 'http2', include: http2, isolate: true } },
      { extends: true, test: { name: 'one process', include: include ?? [], exclude: http2 } },
    ],
  },
});
