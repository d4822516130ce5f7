import type { AdapterCapabilities, AdapterDescription } from './adapter.ts';
import { within } from './check/assertions.ts';
import type { Check, CheckResult, Need } from './check/check.ts';
import { checks } from './checks.ts';
import { Trial } from './trial/trial.ts';

/** Milliseconds that one check may take. */
export const CHECK_LIMIT = 20_000;

/**
 * Runs the whole suite on an adapter, without a test runner, one check after the other: some look at what the process prints.
 * Failures are results, never rejections.
 *
 * @example
 * const results = await checkAdapter(adapter);
 * process.exitCode = results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
 */
export async function checkAdapter(adapter: AdapterDescription): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await resultOf(check, adapter));
  return results;
}

async function resultOf(check: Check, adapter: AdapterDescription): Promise<CheckResult> {
  const { name, family, why, guide } = check;
  const start = performance.now();
  const result = (outcome: CheckResult['outcome'], more: Partial<CheckResult> = {}): CheckResult => ({
    ...{ name, family, why, guide, outcome, durationMs: performance.now() - start },
    ...more,
  });
  const reason = inapplicable(check, adapter.capabilities);
  if (reason !== undefined) return result('not-applicable', { reason });
  try {
    await runCheck(check, adapter);
    return result('passed');
  } catch (thrown) {
    return result('failed', { error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
  }
}

/** Runs one check on a new LLM. Rejects when the adapter fails it. */
export async function runCheck(check: Check, adapter: AdapterDescription): Promise<void> {
  // Not `await using`: tests run this source on Node 22 too, which does not know it.
  const trial = await within(CHECK_LIMIT, Trial.open(adapter, check.trial), 'The start of the check');
  try {
    await within(CHECK_LIMIT, check.run(trial), 'The end of the check');
  } finally {
    await trial[Symbol.asyncDispose]();
  }
}

/** Why a check does not apply to an adapter with these capabilities; undefined when it does. */
export function inapplicable(check: Check, capabilities: AdapterCapabilities = {}): string | undefined {
  const missing = (check.needs ?? []).find(need => !has(need, capabilities));
  if (missing === undefined) return undefined;
  if (missing !== 'credential' && missing !== 'renewal') return `capabilities.${missing} is false`;
  return `capabilities.credential is '${capabilities.credential}'`;
}

function has(need: Need, capabilities: AdapterCapabilities): boolean {
  const { credential = 'renewed' } = capabilities;
  if (need === 'credential') return credential !== 'none';
  if (need === 'renewal') return credential === 'renewed';
  return capabilities[need] ?? true;
}
