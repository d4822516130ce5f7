import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

/**
 * Time after which a test or hook that hangs is ended, in milliseconds. It is the only limit of its kind and the same for
 * every test: it is far from what any test takes on a busy machine, so that it never decides whether one passes.
 */
const HANGS = 600_000;

/** Seed of fast-check, which `pnpm test:busy` fixes. Default: a new one for each property, printed when it fails. */
const propertySeed = process.env['CREW_TEST_SEED'];

/** Setup files of packages that test properties with fast-check. */
export const propertySetup: string[] =
  propertySeed === undefined ? [] : [fileURLToPath(new URL('scripts/fix-property-seed.ts', import.meta.url))];

/** Where programs that tests start keep what Node makes of their modules. */
const compileCache = fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url));

/** Base of every package's vitest.config.ts: tests run on the sources of all packages, without a build. */
export const shared: ViteUserConfig = {
  resolve: { conditions: ['@crew/source', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@crew/source', 'node', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('test-support/trust-one-authority.ts', import.meta.url))],
    pool: 'forks',
    // Files share a process: a new one for each file takes longer than most files. A test cleans up what outlives it.
    isolate: false,
    testTimeout: HANGS,
    hookTimeout: HANGS,
    teardownTimeout: HANGS,
    expect: { poll: { timeout: HANGS } },
    restoreMocks: true,
    unstubEnvs: true,
    // Node strips and compiles the sources once for all the programs that tests start.
    env: { NODE_COMPILE_CACHE: compileCache },
    // The table at the end of `npm test` is made of these reports. turbo keeps them with its other outputs.
    ...(process.env['TURBO_HASH'] === undefined
      ? {}
      : { reporters: ['default', 'json'], outputFile: { json: 'test-results/vitest.json' } }),
  },
};
