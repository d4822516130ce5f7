import { CredentialError } from '@crew/core';
import { withoutQuery } from '../resolve-url.ts';
import type { LoginAnswer, LoginOutcome } from './login.ts';

/** Seconds until a throttled login is tried again, where the server does not say. */
const THROTTLED = 300;

const SENTENCES: Readonly<Record<Exclude<LoginOutcome, 'logged-in'>, string>> = {
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
export function loginFailure(outcome: Exclude<LoginOutcome, 'logged-in'>, answer: LoginAnswer): CredentialError {
  const where = withoutQuery(new URL(answer.url));
  const terminal = outcome !== 'throttled' && outcome !== 'unavailable';
  const asked = retryAfterOf(answer);
  return new CredentialError(`${where} ${SENTENCES[outcome]} (status ${answer.status}).`, {
    terminal,
    retryAfter: outcome === 'throttled' ? (asked ?? THROTTLED) : asked,
  });
}

/** What the status alone says of an answer to a login. `undefined`: nothing. */
export function outcomeOfStatus(status: number): LoginOutcome | undefined {
  if (status === 423) return 'locked';
  if (status === 429) return 'throttled';
  if (status >= 500 || status === 408) return 'unavailable';
  return status >= 400 ? 'refused' : undefined;
}

/** RFC 9110, section 10.2.3. */
function retryAfterOf({ headers }: LoginAnswer): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return seconds >= 0 ? Math.ceil(seconds) : undefined;
}
