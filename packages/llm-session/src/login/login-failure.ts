import { inspect } from 'node:util';
import { type Clock, CredentialError, CrewError } from '@crew/core';
import { Scrubber, sanitiseCauses } from '@crew/llm-http/adapter';
import { printableUrl } from '../url.ts';
import type { LoginOutcome, LoginResponse } from './login.ts';

/** Seconds until a throttled login is tried again, where the server does not say. */
const DEFAULT_RETRY_AFTER = 300;

const DESCRIPTIONS: Readonly<Record<Exclude<LoginOutcome, 'logged-in'>, string>> = {
  refused: 'refused the login. Check the user name and the password',
  locked: 'says that the account is locked. Have it unlocked',
  'second-factor': 'asks for a second factor. Give the session an `otp`, such as totp(secret)',
  throttled: 'asks to log in less often',
  unavailable: 'could not answer the login',
};

/**
 * The error of a login that failed. Terminal, unless the server was only busy: trying again with the same user name
 * and password could lock the account.
 */
export function failedLoginError(
  outcome: Exclude<LoginOutcome, 'logged-in'>,
  answer: LoginResponse,
  clock: Clock,
): CredentialError {
  const where = printableUrl(new URL(answer.url));
  const terminal = outcome !== 'throttled' && outcome !== 'unavailable';
  const asked = parseRetryAfter(answer, clock);
  return new CredentialError(`${where} ${DESCRIPTIONS[outcome]} (status ${answer.status}).`, {
    terminal,
    retryAfter: outcome === 'throttled' ? (asked ?? DEFAULT_RETRY_AFTER) : asked,
  });
}

/** The error of a login that is not tried, because the latest ones came to nothing. `rest`: for how long, in milliseconds. */
export function pausedLoginError(origin: string, rest: number): CredentialError {
  return new CredentialError(
    `The latest logins to ${origin} were cancelled on their way, or gave sessions that were not accepted. The next one ` +
      'is tried after a rest. If calls have too little time for a login, give them more, or call ready() first.',
    { retryAfter: Math.ceil(rest / 1000) },
  );
}

/** The error of a login that was refused, for those who come later. */
export function repeatedLoginError(error: CredentialError): CredentialError {
  const note = 'No further login is tried, so as not to lock the account, until the user name or the password changes';
  return new CredentialError(`${error.message} (${note}, or retryLogin() is called.)`, { terminal: true });
}

/** What the status alone says of an answer to a login. `undefined`: nothing. */
export function outcomeFromStatus(status: number): LoginOutcome | undefined {
  if (status === 423) return 'locked';
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'unavailable';
  return status >= 400 ? 'refused' : undefined;
}

/** Returns the seconds that `Retry-After` asks for (RFC 9110, section 10.2.3). */
function parseRetryAfter({ headers }: LoginResponse, clock: Clock): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - clock.wall()) / 1000;
  return seconds >= 0 ? Math.ceil(seconds) : undefined;
}

/**
 * What a login threw, fit to be shown. Logins are also written by others, and HTTP clients put whole requests into their
 * errors: a cause that is no `CrewError` is reduced to name, message, code and stack. When what is left holds one of the
 * secrets all the same, another error takes its place.
 */
export function sanitiseLoginError(given: unknown, secrets: readonly (string | undefined)[]): unknown {
  const scrubber = new Scrubber(secrets.filter(secret => secret !== undefined));
  const thrown = CrewError.isInstance(given) ? sanitiseCauses(given) : given;
  if (!printedTexts(thrown).some(text => scrubber.text(text) !== text)) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new CredentialError(`The login failed with a ${kind}. It quotes a secret, so it is not shown.`, {
    terminal: CredentialError.isInstance(thrown) ? thrown.terminal : undefined,
    retryAfter: CredentialError.isInstance(thrown) ? thrown.retryAfter : undefined,
  });
}

function printedTexts(thrown: unknown): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  for (let one: unknown = thrown; one instanceof Error && !seen.has(one); one = one.cause) {
    seen.add(one);
    texts.push(one.message, one.stack ?? '', CrewError.isInstance(one) ? JSON.stringify(one) : '', inspectProperties(one));
  }
  return texts;
}

/** The error's own properties and what is in them, as far as a printed error would show it, and further. */
function inspectProperties(error: Error): string {
  return inspect({ ...error }, { depth: 10, customInspect: false, maxArrayLength: null, maxStringLength: null });
}
