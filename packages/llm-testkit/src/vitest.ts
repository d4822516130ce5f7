import { describe, it } from 'vitest';
import type { AdapterDescription } from './adapter.ts';
import type { Check } from './check/check.ts';
import { CHECK_LIMIT, inapplicable, runCheck } from './check-adapter.ts';
import { checks } from './checks.ts';
import { explain } from './report.ts';

/**
 * The suite as vitest tests: one for each check that applies to the adapter, by family.
 *
 * @example
 * describeAdapter({ name: 'my-auth', create: ({ endpoint, issuer }) => ({ llm: ..., credential: ... }) });
 */
export function describeAdapter(adapter: AdapterDescription): void {
  const applicable = checks.filter(check => inapplicable(check, adapter.capabilities) === undefined);
  describe(adapter.name, () => {
    for (const [family, members] of Map.groupBy(applicable, check => check.family)) {
      describe(family, () => {
        for (const check of members) {
          // The check has limits of its own, and says what was late.
          it(check.name, { timeout: 3 * CHECK_LIMIT }, async () => {
            try {
              await runCheck(check, adapter);
            } catch (thrown) {
              throw explained(check, thrown);
            }
          });
        }
      });
    }
  });
}

/** The error itself, so that its values and its line are shown, with the check's reason and guide. */
function explained(check: Check, thrown: unknown): unknown {
  if (thrown instanceof Error) thrown.message = explain(check, thrown);
  return thrown;
}
