import type { ViteUserConfig } from 'vitest/config';

/** What every package's vitest.config.ts starts from: tests run on the sources of all packages, without a build. */
export const shared: ViteUserConfig = {
  resolve: { conditions: ['@crew/source', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@crew/source', 'node', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 15_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
};
