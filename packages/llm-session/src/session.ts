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
import { isUnsafeMethod, isValidToken, percentDecode } from './csrf.ts';
import { OriginSession } from './origin-session.ts';
import { MIN_SECRET_LENGTH } from './session-cookies.ts';
import {
  checkOptions,
  checkOptionsObject,
  OPTION_NAMES,
  type SessionOptions,
  type SessionSettings,
} from './session-options.ts';
import type { SessionState } from './session-state.ts';

/** An authenticator that logs in. */
export interface SessionAuthenticator extends Authenticator {
  /**
   * Allows the next call to log in again after the server refused the login (because the account has been unlocked, for
   * example) or refused every request of the session. Not needed after the user name or the password has changed.
   */
  retryLogin(): void;
}

/**
 * Creates an authenticator that logs in, stores the session cookies (RFC 6265) and sends them, together with the CSRF token if
 * one is configured. When the session ends, it logs in once for all waiting calls, and each refused request is sent once more.
 * One authenticator can serve several LLMs; each origin has its own session.
 *
 * A login that the server refuses (wrong password, locked account, missing second factor) is a terminal `CredentialError`,
 * and is not repeated with the same user name and password.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, HttpLLM, session } from '@crew/llm-session';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   model: 'large',
 *   auth: session({
 *     login: formLogin({ page: '/login' }),
 *     username: 'ada',
 *     password: fromEnv('LLM_PASSWORD'),
 *     csrf: { from: { cookie: 'XSRF-TOKEN' }, header: 'x-xsrf-token' },
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} for invalid options.
 */
export function session(options: SessionOptions): SessionAuthenticator {
  checkOptionsObject(options);
  checkOptionNames(options, OPTION_NAMES, 'session()');
  return new Session(options);
}

/** The authenticator that `session()` creates. */
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
        'A session with a `store` serves only one origin. Create a session with its own store for each origin.',
      );
    }
    if (known !== undefined) known.hosts.add(host);
    else this.#byOrigin.set(host.origin, new OriginSession(this.#settings, host));
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const owner = this.#originSession(request.url);
    const current = owner.current(request.url);
    if (current !== undefined) return this.#apply(current, request, context);
    return owner.get(context.signal, context.emit).then(state => this.#apply(state, request, context));
  }

  onResponse(response: ResponseHead, context: AuthContext): void {
    const sent = this.#sent.get(context);
    if (sent === undefined) return;
    const { 'set-cookie': cookies = [] } = response.headers;
    const changed = sent.cookies.set([cookies].flat(), response.url);
    const owner = this.#byOrigin.get(new URL(response.url).origin);
    owner?.reportDroppedCookies(sent);
    if (!isAcceptance(response)) return;
    const from = this.#settings.csrf?.from;
    if (from !== undefined && 'header' in from) {
      const [token] = [response.headers[from.header.toLowerCase()] ?? []].flat();
      if (token && isValidToken(token)) sent.csrf = token;
    }
    owner?.onAccepted(sent, changed);
  }

  isRefusal(response: Refusal): boolean {
    const { expired } = this.#settings;
    return expired === undefined ? isSessionEnd(response) : expired(response);
  }

  async onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const sent = this.#sent.get(context);
    // A request that was resent once is not sent a third time, so another login would be useless.
    if (sent === undefined || context.renewed) return false;
    const isReplaced = await this.#originSession(refusal.url).replace(sent, context.signal, context.emit);
    return isReplaced && 'renewed';
  }

  retryLogin(): void {
    for (const owner of this.#byOrigin.values()) owner.retryLogin();
  }

  async close(): Promise<void> {
    const owners = [...this.#byOrigin.values()];
    this.#byOrigin.clear();
    await Promise.all(owners.map(owner => owner.close()));
  }

  #originSession(url: string): OriginSession {
    const { origin } = new URL(url);
    const found = this.#byOrigin.get(origin);
    if (found !== undefined) return found;
    throw new ConfigurationError(
      `The authenticator "${this.name}" has no session for ${origin}. Pass it as \`auth\` to an LLM of that origin.`,
    );
  }

  #apply(state: SessionState, request: OutgoingRequest, context: AuthContext): void {
    const { csrf, clock } = this.#settings;
    const missing = state.missingCredential(request.url, csrf);
    if (missing !== undefined) throw missing;
    request.setHeader('cookie', state.cookieHeader(request.url));
    for (const value of state.cookies.values(request.url)) {
      if (value.length < MIN_SECRET_LENGTH) continue;
      request.addSecret(value);
      if (value.includes('%')) request.addSecret(percentDecode(value));
    }
    const token = state.csrfToken(csrf, request.url);
    if (csrf !== undefined && token !== undefined && isUnsafeMethod(request.method)) {
      request.setHeader(this.#csrfHeader, token);
    }
    state.onSent(request.url, clock.monotonic());
    this.#sent.set(context, state);
  }
}

/** 419 is Laravel's "page expired", 440 is the "login time-out" of IIS. */
const SESSION_END_STATUSES: ReadonlySet<number> = new Set([302, 303, 307, 403, 419, 440]);

/** Returns true if a response shows that the session ended: a refusal, a redirect to the login page, or that page itself. */
function isSessionEnd(response: Refusal): boolean {
  return SESSION_END_STATUSES.has(response.status) || isHtmlPage(response);
}

/** Returns true if a response shows that the server accepts the session. */
function isAcceptance(response: ResponseHead): boolean {
  return response.status >= 200 && response.status < 300 && !isHtmlPage(response);
}

function isHtmlPage({ status, headers }: ResponseHead): boolean {
  const [type = ''] = [headers['content-type'] ?? ''].flat();
  return status >= 200 && status < 300 && /^(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(type);
}
