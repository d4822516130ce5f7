import { defineConfig } from 'vitest/config';
import { shared } from '../vitest.shared.ts';

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['release/**/*.test.ts'],
    // The registry runs in this process and needs all CA certificates of Node to reach the upstream registry.
    setupFiles: [],
    // Each file starts its own registry and installs into its own folders, which keeps two cores busy.
    fileParallelism: false,
  },
});
