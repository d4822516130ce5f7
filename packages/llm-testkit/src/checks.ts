import type { Check } from './check/check.ts';
import { cancellationChecks, closingChecks } from './contract/cancellation.ts';
import { errorChecks } from './contract/errors.ts';
import { isolationChecks, messageChecks } from './contract/messages.ts';
import { toolChecks } from './contract/tools.ts';
import { stopWordChecks, streamingChecks, usageChecks } from './contract/turns.ts';
import { obtainingChecks } from './credentials/acquisition.ts';
import { refusalChecks } from './credentials/refusal.ts';
import { leakChecks } from './leaks/secrets.ts';
import { brokenAnswerChecks } from './transport/broken-responses.ts';
import { retryChecks } from './transport/retries.ts';
import { redirectChecks, serverIdentityChecks } from './transport/server-trust.ts';

/** The whole suite, in the order in which it is reported. Each check stands for itself. */
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
  ...brokenAnswerChecks,
  ...serverIdentityChecks,
  ...refusalChecks,
  ...obtainingChecks,
  ...leakChecks,
];
