import { randomUUID } from 'node:crypto';
import type { Clock } from '@crew/core';
import { SessionCookies, type StoredCookie } from './cookies/session-cookies.ts';
import { type CsrfOptions, isSendableToken, percentDecoded } from './csrf/csrf.ts';
import { lackOf } from './lacking.ts';
import { askedOf } from './resolve-url.ts';

/** More URLs than these are not remembered. */
const MOST_URLS = 100;

/** Whose session it is, for the store. */
export interface SessionOwner {
  readonly origin: string;
  readonly username: string | undefined;
}

interface StoredSession extends SessionOwner {
  readonly version: 1;
  readonly id: string;
  readonly startedAt: number;
  readonly expiresAt?: number | undefined;
  readonly csrf?: string | undefined;
  readonly cookies: readonly StoredCookie[];
}

/** What one login gave, and what became of it since. */
export class LiveSession {
  readonly id: string;
  readonly cookies: SessionCookies;
  /** When the login was made, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the login said that it ends, in milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** The CSRF token, unless it is in a cookie. */
  csrf: string | undefined;
  /** By the monotonic clock. */
  lastUsed: number;
  /** Whether the server has accepted it at least once. */
  isAccepted = false;
  /** The URLs, without queries, that requests were sent to with it. */
  readonly #wholeFor = new Set<string>();

  constructor(
    clock: Clock,
    facts: {
      readonly cookies: SessionCookies;
      readonly csrf: string | undefined;
      readonly expiresAt: number | undefined;
      readonly id?: string;
      readonly startedAt?: number;
    },
  ) {
    this.id = facts.id ?? randomUUID();
    this.cookies = facts.cookies;
    this.csrf = facts.csrf;
    this.startedAt = facts.startedAt ?? clock.wall();
    this.expiresAt = facts.expiresAt;
    this.lastUsed = clock.monotonic();
  }

  /** The `cookie` header for that URL; empty when the login gave no cookie that belongs there. */
  cookieHeader(url: string): string {
    return this.cookies.header(url);
  }

  /** Notes, by the monotonic clock, that a request to that URL was sent with it: it had all that is needed there. */
  used(url: string, now: number): void {
    this.lastUsed = now;
    const asked = askedOf(url);
    if (this.#wholeFor.has(asked)) return;
    this.#wholeFor.add(asked);
    const [oldest] = this.#wholeFor;
    if (this.#wholeFor.size > MOST_URLS && oldest !== undefined) this.#wholeFor.delete(oldest);
  }

  /** Whether it had what requests to that URL need, and lacks it now: cookies expired, or the server took them back. */
  isSpent(url: string, csrf: CsrfOptions | undefined): boolean {
    return this.#wholeFor.has(askedOf(url)) && lackOf(this, url, csrf) !== undefined;
  }

  /** The CSRF token for a request to that URL. */
  csrfToken(csrf: CsrfOptions | undefined, url: string): string | undefined {
    if (csrf === undefined || this.csrf !== undefined || !('cookie' in csrf.from)) return this.csrf;
    const value = this.cookies.value(csrf.from.cookie, url);
    return value && percentDecoded(value);
  }

  /** The session as text for a store. It is a secret. */
  toText({ origin, username }: SessionOwner): string {
    const { id, startedAt, expiresAt, csrf } = this;
    const stored: StoredSession = {
      version: 1,
      origin,
      username,
      id,
      startedAt,
      expiresAt,
      csrf,
      cookies: this.cookies.stored,
    };
    return JSON.stringify(stored);
  }

  /**
   * The session that `toText` gave; `undefined` when the text is anything else, belongs to someone else, or holds what could
   * not be sent. A session that claims to have begun in the future, because the clock went back, counts as the oldest.
   */
  static fromText(text: unknown, owner: SessionOwner, clock: Clock): LiveSession | undefined {
    const stored = parsed(text);
    if (stored === undefined || stored.origin !== owner.origin || stored.username !== owner.username) return undefined;
    const cookies = SessionCookies.restore(clock, stored.cookies);
    if (cookies === undefined) return undefined;
    const { id, csrf, expiresAt } = stored;
    const startedAt = stored.startedAt > clock.wall() ? 0 : stored.startedAt;
    return new LiveSession(clock, { id, startedAt, csrf, expiresAt, cookies });
  }
}

/** Longest text of a store that is read, in characters. A store of somebody's own may give anything. */
const LARGEST = 1_048_576;
const LONGEST_ID = 100;

function parsed(
  text: unknown,
): (Omit<StoredSession, 'cookies'> & { readonly cookies: readonly unknown[] }) | undefined {
  if (typeof text !== 'string' || text.length > LARGEST) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, origin, username, id, startedAt, expiresAt, csrf, cookies }: Record<string, unknown> = { ...value };
  if (version !== 1 || typeof origin !== 'string' || !Array.isArray(cookies)) return undefined;
  if (username !== undefined && typeof username !== 'string') return undefined;
  if (typeof id !== 'string' || id === '' || id.length > LONGEST_ID || !isTime(startedAt)) return undefined;
  if (expiresAt !== undefined && !isTime(expiresAt)) return undefined;
  if (csrf !== undefined && (typeof csrf !== 'string' || !isSendableToken(csrf))) return undefined;
  return { version, origin, username, id, startedAt, expiresAt, csrf, cookies };
}

/** Returns true for milliseconds since the epoch that a date can have (ECMA-262, section 21.4.1.1). */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}
