import { fileURLToPath } from 'node:url';

/** Settings of one package's mutation tests, for its stryker.config.mjs. */
export interface MutationSettings {
  /** Source files and folders that are mutated, as globs relative to the package. */
  readonly mutate: readonly string[];
  /** Test files that are run, as globs. Tests whose programs run in another process see no mutant and only cost time. */
  readonly testFiles: readonly string[];
  /** Lowest score with which the command succeeds. */
  readonly lowest: number;
}

/** Returns the Stryker configuration that all packages share: vitest, on the sources of all packages. */
export function mutationTests({ mutate, testFiles, lowest }: MutationSettings): Record<string, unknown> {
  return {
    mutate,
    testFiles,
    testRunner: 'vitest',
    // As without mutations: some tests change the umask or the environment of their process.
    vitest: { pool: 'forks' },
    plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
    // From here vitest.config.ts finds vitest.shared.ts under the same relative path as from the package.
    tempDirName: '../../.stryker',
    // Without tsconfig.json: its references lead nowhere from a copy, and Stryker reads it through an API that TypeScript 7
    // no longer has.
    ignorePatterns: ['dist', 'reports', 'tsconfig*.json'],
    // Static mutants run once per worker, so each would need a new process and all tests.
    ignoreStatic: true,
    incremental: true,
    incrementalFile: 'reports/mutation/incremental.json',
    jsonReporter: { fileName: 'reports/mutation/mutation.json' },
    reporters: ['json', 'clear-text', 'progress-append-only'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: true },
    thresholds: { high: 90, low: 80, break: lowest },
    concurrency: 2,
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 15,
    warnings: { slow: false },
    allowEmpty: false,
  };
}
