import type { Check } from './check/check.ts';
import { cancellationChecks, closingChecks } from './contract/cancellation.ts';
import { errorChecks } from './contract/errors.ts';
import { isolationChecks, messageChecks } from './contract/messages.ts';
import { toolChecks } from './contract/tools.ts';
import { stopWordChecks, streamingChecks, usageChecks } from './contract/turns.ts';
import { acquisitionChecks } from './credentials/acquisition.ts';
import { refusalChecks } from './credentials/refusal.ts';
import { leakChecks } from './leaks/secrets.ts';
import { brokenResponseChecks } from './transport/broken-responses.ts';
import { retryChecks } from './transport/retries.ts';
import { redirectChecks, serverIdentityChecks } from './transport/server-trust.ts';

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
