import { describe, it } from 'vitest';
import type { AdapterDescription } from './adapter.ts';
import type { Check } from './check/check.ts';
import { CHECK_LIMIT_MS, checks, reasonToSkip, runCheck } from './check-adapter.ts';
import { explain } from './report.ts';

/**
 * Registers the conformance suite as vitest tests: one test per check that applies to the adapter, grouped by family.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM } from '@crew/llm-http';
 * import { describeAdapter } from '@crew/llm-testkit/vitest';
 *
 * describeAdapter({
 *   name: 'HttpLLM with a fixed key',
 *   create: async ({ endpoint, ca, clock, issuer }) => ({
 *     llm: new HttpLLM({ endpoint, ca, clock, headers: { 'x-api-key': await issuer.issue() } }),
 *     credential: ({ headers }) => issuer.check(headers['x-api-key']),
 *   }),
 *   capabilities: { credential: 'fixed' },
 * });
 * ```
 */
export function describeAdapter(adapter: AdapterDescription): void {
  const applicable = checks.filter(check => reasonToSkip(check, adapter.capabilities) === undefined);
  describe(adapter.name, () => {
    for (const [family, members] of Map.groupBy(applicable, check => check.family)) {
      describe(family, () => {
        for (const check of members) {
          // The check has its own time limits, whose errors name the missing event.
          it(check.name, { timeout: 3 * CHECK_LIMIT_MS }, async () => {
            try {
              await runCheck(check, adapter);
            } catch (thrown) {
              throw explainError(check, thrown);
            }
          });
        }
      });
    }
  });
}

/** Adds the reason and the guide of the check to the error, and returns the same error so that its values and line are shown. */
function explainError(check: Check, thrown: unknown): unknown {
  if (thrown instanceof Error) thrown.message = explain(check, thrown);
  return thrown;
}
