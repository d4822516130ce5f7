import type { AdapterCapabilities, AdapterDescription } from './adapter.ts';
import { within } from './check/assertions.ts';
import type { Check, CheckResult, RequiredCapability } from './check/check.ts';
import { cancellationChecks, closingChecks } from './contract/cancellation.ts';
import { errorChecks } from './contract/errors.ts';
import { isolationChecks, messageChecks } from './contract/messages.ts';
import { toolChecks } from './contract/tools.ts';
import { schemaChecks, stopWordChecks, streamingChecks, usageChecks } from './contract/turns.ts';
import { acquisitionChecks } from './credentials/acquisition.ts';
import { refusalChecks } from './credentials/refusal.ts';
import { leakChecks } from './leaks/secrets.ts';
import { brokenResponseChecks } from './transport/broken-responses.ts';
import { retryChecks } from './transport/retries.ts';
import { redirectChecks, serverIdentityChecks } from './transport/server-trust.ts';
import { Trial } from './trial/trial.ts';

/** Time limit of a check, in milliseconds. */
export const CHECK_LIMIT_MS = 20_000;

/**
 * Runs the conformance suite on an adapter without a test runner. The checks run one after the other, because some of them inspect the
 * output of the process. Failures are reported as results; the promise never rejects.
 *
 * @example
 * ```ts
 * import { HttpLLM } from '@crew/llm-http';
 * import { checkAdapter, report } from '@crew/llm-testkit';
 *
 * const results = await checkAdapter({
 *   name: 'HttpLLM with a fixed key',
 *   create: async ({ endpoint, ca, clock, issuer }) => ({
 *     llm: new HttpLLM({ endpoint, ca, clock, headers: { 'x-api-key': await issuer.issue() } }),
 *     credential: ({ headers }) => issuer.check(headers['x-api-key']),
 *   }),
 *   capabilities: { credential: 'fixed' },
 * });
 * console.log(report('HttpLLM with a fixed key', results));
 * process.exitCode = results.some(({ outcome }) => outcome === 'failed') ? 1 : 0;
 * ```
 */
export async function checkAdapter(adapter: AdapterDescription): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await runForResult(check, adapter));
  return results;
}

/**
 * All conformance checks, in the order in which they are reported. The checks are independent of each other.
 *
 * @example
 * ```ts
 * import { checks } from '@crew/llm-testkit';
 *
 * for (const { family, name, why } of checks) console.log(`${family}: ${name}. ${why}`);
 * ```
 */
export const checks: readonly Check[] = [
  ...messageChecks,
  ...toolChecks,
  ...stopWordChecks,
  ...schemaChecks,
  ...cancellationChecks,
  ...usageChecks,
  ...streamingChecks,
  ...isolationChecks,
  ...errorChecks,
  ...closingChecks,
  ...redirectChecks,
  ...retryChecks,
  ...brokenResponseChecks,
  ...serverIdentityChecks,
  ...refusalChecks,
  ...acquisitionChecks,
  ...leakChecks,
];

async function runForResult(check: Check, adapter: AdapterDescription): Promise<CheckResult> {
  const { name, family, why, guide } = check;
  const start = performance.now();
  const result = (outcome: CheckResult['outcome'], details: Partial<CheckResult> = {}): CheckResult => ({
    ...{ name, family, why, guide, outcome, durationMs: performance.now() - start },
    ...details,
  });
  const reason = reasonToSkip(check, adapter.capabilities);
  if (reason !== undefined) return result('not-applicable', { reason });
  try {
    await runCheck(check, adapter);
    return result('passed');
  } catch (thrown) {
    return result('failed', { error: thrown instanceof Error ? thrown : new Error(String(thrown)) });
  }
}

/** Runs one check on a new LLM. Rejects if the adapter fails it. */
export async function runCheck(check: Check, adapter: AdapterDescription): Promise<void> {
  // No `await using`: tests also run this source on Node 22, which does not support it.
  const trial = await within(CHECK_LIMIT_MS, Trial.open(adapter, check.trial), 'The start of the check');
  try {
    await within(CHECK_LIMIT_MS, check.run(trial), 'The end of the check');
  } finally {
    await trial[Symbol.asyncDispose]();
  }
}

/** Returns the reason why a check does not apply to an adapter with the given capabilities, or undefined if it applies. */
export function reasonToSkip(check: Check, capabilities: AdapterCapabilities = {}): string | undefined {
  const missing = (check.requires ?? []).find(required => !hasCapability(required, capabilities));
  if (missing === undefined) return undefined;
  if (missing !== 'credential' && missing !== 'renewal') return `capabilities.${missing} is false`;
  return `capabilities.credential is '${capabilities.credential}'`;
}

function hasCapability(required: RequiredCapability, capabilities: AdapterCapabilities): boolean {
  const { credential = 'renewed' } = capabilities;
  if (required === 'credential') return credential !== 'none';
  if (required === 'renewal') return credential === 'renewed';
  return capabilities[required] ?? true;
}
