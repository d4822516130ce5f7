import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['release/**/*.test.ts'],
    // The registry runs in this process and needs all authorities of Node to reach the usual one.
    setupFiles: [],
    // Each file starts a registry of its own and installs into folders of its own; two cores do no more at once.
    fileParallelism: false,
  },
});
