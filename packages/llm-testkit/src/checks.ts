import type { Check } from './check/check.ts';
import { cancellationChecks } from './contract/cancellation.ts';
import { closingChecks } from './contract/closing.ts';
import { errorChecks } from './contract/errors.ts';
import { isolationChecks } from './contract/isolation.ts';
import { messageChecks } from './contract/messages.ts';
import { stopWordChecks } from './contract/stop-words.ts';
import { streamingChecks } from './contract/streaming.ts';
import { toolChecks } from './contract/tools.ts';
import { usageChecks } from './contract/usage.ts';
import { obtainingChecks } from './credentials/obtaining.ts';
import { refusalChecks } from './credentials/refusal.ts';
import { leakChecks } from './leaks/checks.ts';
import { brokenAnswerChecks } from './transport/broken-answers.ts';
import { redirectChecks } from './transport/redirects.ts';
import { retryChecks } from './transport/retries.ts';
import { serverIdentityChecks } from './transport/server-identity.ts';

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
