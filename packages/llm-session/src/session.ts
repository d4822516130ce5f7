import { ConfigurationError } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import {
  type AuthContext,
  type AuthHost,
  checkOptionNames,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  type ResponseHead,
} from '@crew/llm-http/adapter';
import { isValidToken, isUnsafeMethod, percentDecode } from './csrf.ts';
import { OriginSession } from './origin-session.ts';
import { MIN_SECRET_LENGTH } from './session-cookies.ts';
import {
  checkOptionsObject,
  checkOptions,
  OPTION_NAMES,
  type SessionOptions,
  type SessionSettings,
} from './session-options.ts';
import type { SessionState } from './session-state.ts';

/** An authenticator that logs in. */
export interface SessionAuthenticator extends Authenticator {
  /**
   * Lets the next call log in again after the server refused a login (the account was unlocked, say), or refused all that
   * was asked with the session. Not optionsByLogin after the user name or the password changed.
   */
  retryLogin(): void;
}

/**
 * Logs in, keeps the cookies (RFC 6265) and sends them, with the CSRF token where one is wanted. When the session ends,
 * one login is made for all callers, and what was refused is sent once more. One authenticator may serve several LLMs;
 * each origin has a session of its own.
 *
 * A login that the server refuses (wrong password, locked account, second factor optionsByLogin) is a terminal
 * `CredentialError`, and is not tried again with the same user name and password.
 *
 * @example
 * new HttpLLM({
 *   endpoint,
 *   auth: session({ login: formLogin({ page: '/login' }), username: 'ada', password: fromEnv('LLM_PASSWORD') }),
 * })
 *
 * @throws {ConfigurationError} for options that cannot work.
 */
export function session(options: SessionOptions): SessionAuthenticator {
  checkOptionsObject(options);
  checkOptionNames(options, OPTION_NAMES, 'session()');
  return new Session(options);
}

/** The authenticator that `session()` makes. */
export class Session implements SessionAuthenticator {
  readonly name: string;
  readonly #settings: SessionSettings;
  readonly #csrfHeader: string;
  readonly #byOrigin = new Map<string, OriginSession>();
  readonly #sent = new WeakMap<AuthContext, SessionState>();

  constructor(options: SessionOptions) {
    this.#settings = checkOptions(options);
    this.#csrfHeader = this.#settings.csrf?.header ?? 'x-csrf-token';
    this.name = this.#settings.name;
  }

  attach(host: AuthHost): void {
    const known = this.#byOrigin.get(host.origin);
    if (known === undefined && this.#settings.store !== undefined && this.#byOrigin.size > 0) {
      throw new ConfigurationError(
        'A session with a store serves one origin. Make one for each origin, each with a store of its own.',
      );
    }
    if (known !== undefined) known.hosts.add(host);
    else this.#byOrigin.set(host.origin, new OriginSession(this.#settings, host));
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const account = this.#accountOf(request.url);
    const current = account.current(request.url);
    if (current !== undefined) return this.#put(current, request, context);
    return account.get(context.signal, context.emit).then(found => this.#put(found, request, context));
  }

  onResponse(response: ResponseHead, context: AuthContext): void {
    const sent = this.#sent.get(context);
    if (sent === undefined) return;
    const { 'set-cookie': cookies = [] } = response.headers;
    const changed = sent.cookies.set([cookies].flat(), response.url);
    const account = this.#byOrigin.get(new URL(response.url).origin);
    account?.reportDroppedCookies(sent);
    if (!isAcceptance(response)) return;
    const from = this.#settings.csrf?.from;
    if (from !== undefined && 'header' in from) {
      const [token] = [response.headers[from.header.toLowerCase()] ?? []].flat();
      if (token && isValidToken(token)) sent.csrf = token;
    }
    account?.accepted(sent, changed);
  }

  isRefusal(response: Refusal): boolean {
    const { expired } = this.#settings;
    return expired === undefined ? isSessionEnd(response) : expired(response);
  }

  async onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const sent = this.#sent.get(context);
    // What was already sent again is not sent a third time: a login would be for nothing.
    if (sent === undefined || context.renewed) return false;
    const isReplaced = await this.#accountOf(refusal.url).replace(sent, context.signal, context.emit);
    return isReplaced && 'renewed';
  }

  retryLogin(): void {
    for (const account of this.#byOrigin.values()) account.retryLogin();
  }

  async close(): Promise<void> {
    const accounts = [...this.#byOrigin.values()];
    this.#byOrigin.clear();
    await Promise.all(accounts.map(account => account.close()));
  }

  #accountOf(url: string): OriginSession {
    const { origin } = new URL(url);
    const account = this.#byOrigin.get(origin);
    if (account !== undefined) return account;
    throw new ConfigurationError(`The ${this.name} is not for ${origin}: it was attached to no LLM of that origin.`);
  }

  #put(live: SessionState, request: OutgoingRequest, context: AuthContext): void {
    const { csrf, clock } = this.#settings;
    const lack = live.missingCredential(request.url, csrf);
    if (lack !== undefined) throw lack;
    request.setHeader('cookie', live.cookieHeader(request.url));
    for (const value of live.cookies.values(request.url)) {
      if (value.length < MIN_SECRET_LENGTH) continue;
      request.addSecret(value);
      if (value.includes('%')) request.addSecret(percentDecode(value));
    }
    const token = live.csrfToken(csrf, request.url);
    if (csrf !== undefined && token !== undefined && isUnsafeMethod(request.method)) {
      request.setHeader(this.#csrfHeader, token);
    }
    live.used(request.url, clock.monotonic());
    this.#sent.set(context, live);
  }
}

/** 419 is Laravel's "page expired", 440 is IIS's "login time-out". */
const STATUSES: ReadonlySet<number> = new Set([302, 303, 307, 403, 419, 440]);

/** Whether a response says that the session ended: a refusal, the way to the login page, or that page itself. */
function isSessionEnd(response: Refusal): boolean {
  return STATUSES.has(response.status) || isHtmlPage(response);
}

/** Whether a response shows that the server accepts the session. */
function isAcceptance(response: ResponseHead): boolean {
  return response.status >= 200 && response.status < 300 && !isHtmlPage(response);
}

function isHtmlPage({ status, headers }: ResponseHead): boolean {
  const [type = ''] = [headers['content-type'] ?? ''].flat();
  return status >= 200 && status < 300 && /^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type);
}
