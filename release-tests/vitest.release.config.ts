import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['release/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // Each file starts a registry of its own and installs into folders of its own; two cores do no more at once.
    fileParallelism: false,
  },
});
