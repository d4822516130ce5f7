import { inspect } from 'node:util';
import { type Clock, CredentialError, CrewError } from '@crew/core';
import { Scrubber, sanitiseCauses } from '@crew/llm-http/adapter';
import { printableUrl } from '../url.ts';
import type { LoginOutcome, LoginResponse } from './login.ts';

/** Seconds until a throttled login is tried again, if the server does not specify them. */
const DEFAULT_RETRY_AFTER = 300;

const DESCRIPTIONS: Readonly<Record<Exclude<LoginOutcome, 'logged-in'>, string>> = {
  refused: 'refused the login. Check the user name and the password',
  locked: 'reported that the account is locked. Have it unlocked, then call retryLogin()',
  'second-factor': 'asked for a second factor. Set the `otp` option of the session, for example to totp(secret)',
  throttled: 'throttled the login',
  unavailable: 'could not process the login',
};

/** Returns the outcome of a login as far as the status alone determines it; `undefined` if it does not. */
export function outcomeFromStatus(status: number): LoginOutcome | undefined {
  if (status === 423) return 'locked';
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'unavailable';
  return status >= 400 ? 'refused' : undefined;
}

/**
 * Creates the error of a login that failed. It is terminal unless the server was only busy, because repeating a login with
 * the same user name and password could lock the account.
 */
export function failedLoginError(
  outcome: Exclude<LoginOutcome, 'logged-in'>,
  response: LoginResponse,
  clock: Clock,
): CredentialError {
  const url = printableUrl(new URL(response.url));
  const terminal = outcome !== 'throttled' && outcome !== 'unavailable';
  const retryAfter = parseRetryAfter(response, clock);
  return new CredentialError(`${url} ${DESCRIPTIONS[outcome]} (status ${response.status}).`, {
    terminal,
    retryAfter: outcome === 'throttled' ? (retryAfter ?? DEFAULT_RETRY_AFTER) : retryAfter,
  });
}

/** Creates the error of a login that is not tried for the next `pause` milliseconds, because the latest ones were useless. */
export function pausedLoginError(origin: string, pause: number): CredentialError {
  return new CredentialError(
    `The latest logins to ${origin} were cancelled before they finished, or their sessions were not accepted. The next one ` +
      'is tried after a pause. If calls are too short for a login, give them more time, or call ready() first.',
    { retryAfter: Math.ceil(pause / 1000) },
  );
}

/** Creates the error of calls that come after a refused login. */
export function repeatedLoginError(error: CredentialError): CredentialError {
  const note = 'To avoid locking the account, the login is not repeated until the user name or the password changes';
  return new CredentialError(`${error.message} (${note}, or retryLogin() is called.)`, { terminal: true });
}

/** Returns the seconds in the `Retry-After` header (RFC 9110, section 10.2.3). */
function parseRetryAfter({ headers }: LoginResponse, clock: Clock): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - clock.wall()) / 1000;
  return seconds >= 0 ? Math.ceil(seconds) : undefined;
}

/**
 * Sanitises an exception of a login. Logins are also written by users, and HTTP clients put whole requests into their errors:
 * a cause that is not a `CrewError` is reduced to name, message, code and stack. If the rest still contains one of the secrets,
 * the exception is replaced by another error.
 */
export function sanitiseLoginError(thrown: unknown, secrets: readonly (string | undefined)[]): unknown {
  const scrubber = new Scrubber(secrets.filter(secret => secret !== undefined));
  const sanitised = CrewError.isInstance(thrown) ? sanitiseCauses(thrown) : thrown;
  if (!printedTexts(sanitised).some(text => scrubber.text(text) !== text)) return sanitised;
  const kind = sanitised instanceof Error ? sanitised.name : typeof sanitised;
  return new CredentialError(`The login failed with a ${kind}. Its message contains a secret, so it is not shown.`, {
    terminal: CredentialError.isInstance(sanitised) ? sanitised.terminal : undefined,
    retryAfter: CredentialError.isInstance(sanitised) ? sanitised.retryAfter : undefined,
  });
}

function printedTexts(thrown: unknown): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  for (let error: unknown = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    const json = CrewError.isInstance(error) ? JSON.stringify(error) : '';
    texts.push(error.message, error.stack ?? '', json, inspectProperties(error));
  }
  return texts;
}

/** Returns the error's own properties with their contents, at least as far as a printed error shows them. */
function inspectProperties(error: Error): string {
  return inspect({ ...error }, { depth: 10, customInspect: false, maxArrayLength: null, maxStringLength: null });
}
