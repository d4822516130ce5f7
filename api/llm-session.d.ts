// The public surface of @crew/llm-session. Written by `pnpm api:update`; see docs/versions.md.

// csrf.d.ts
import type { LoginResponse } from './login/login.ts';
/**
 * Source of the server's CSRF token, and the header that sends it back.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, SessionLLM } from '@crew/llm-session';
 *
 * // Laravel: the token is in a cookie that a page sets, and is expected in the header X-XSRF-TOKEN.
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   csrf: { from: { cookie: 'XSRF-TOKEN' }, header: 'x-xsrf-token', page: '/sanctum/csrf-cookie' },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export interface CsrfOptions {
    /**
     * Source of the token:
     * - `cookie`: the current value of the cookie of that name, percent-decoded;
     * - `header`: the header of that name in a response of the login, and in every later response that has it;
     * - `json`: a member of the JSON in a response of the login, by its name or by the path of names to it;
     * - `field`: the hidden form field, or the `meta` element, of that name in an HTML page of the login.
     *
     * If several responses of the login contain a token, the last one is used.
     */
    readonly from: {
        readonly cookie: string;
    } | {
        readonly header: string;
    } | {
        readonly json: string | readonly string[];
    } | {
        readonly field: string;
    };
    /** Header of the LLM's requests that carries the token. Default `x-csrf-token`. */
    readonly header?: string | undefined;
    /** Page that is fetched (GET) after a login that shows no token: a URL, or a path on the endpoint's origin. */
    readonly page?: string | URL | undefined;
}
/** Returns true if a request with this method can change something on the server, and therefore requires the token. */
export declare function isUnsafeMethod(method: string): boolean;
/**
 * Checks the `csrf` option and returns a copy.
 *
 * @throws {ConfigurationError} if a part is missing or invalid.
 */
export declare function checkCsrfOptions(options: CsrfOptions): CsrfOptions;
/** Returns the token in a response of the login, or `undefined` if there is none or the token is in a cookie. */
export declare function findToken(response: LoginResponse, { from }: CsrfOptions): string | undefined;
/** Returns the percent-decoded value of a cookie, or the value itself if it cannot be decoded. */
export declare function percentDecode(value: string): string;
/**
 * Checks that a header can carry the token, and returns it.
 *
 * @throws {ConfigurationError} for any other token, without quoting it.
 */
export declare function checkToken(token: string): string;
/** Returns true if a header can carry the token. */
export declare function isValidToken(token: string): boolean;

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions, type Secret } from '@crew/llm-http';
export type { CsrfOptions } from './csrf.ts';
export { type FormLoginOptions, formLogin } from './login/form-login.ts';
export { type JsonLoginOptions, jsonLogin } from './login/json-login.ts';
export type { Login, LoginContext, LoginOutcome, LoginResponse, LoginResult } from './login/login.ts';
export { type TotpOptions, totp } from './login/totp.ts';
export { type SessionAuthenticator, session } from './session.ts';
export { SessionLLM, type SessionLLMOptions } from './session-llm.ts';
export type { LogoutContext, SessionOptions } from './session-options.ts';
export { fileSessionStore, type SessionStore } from './store/session-store.ts';

// login/form-login.d.ts
import { type Login, type LoginOutcome, type LoginResponse } from './login.ts';
/** Options of `formLogin`. */
export interface FormLoginOptions {
    /** Page with the login form: a URL, or a path on the endpoint's origin. */
    readonly page: string | URL;
    /** Name of the user name field. Default: the last text or email field before the password field. */
    readonly usernameField?: string | undefined;
    /** Name of the password field. Default: the form's first field of type `password`. */
    readonly passwordField?: string | undefined;
    /**
     * Name of the second factor's field, in the login form or on the page that follows. Default: the field with
     * `autocomplete="one-time-code"`, or the field named `otp`.
     */
    readonly otpField?: string | undefined;
    /** Further fields to send. They replace the values of the form's fields of the same name. */
    readonly fields?: Readonly<Record<string, string>> | undefined;
    /** Returns the outcome of the login if the default does not recognise it, otherwise `undefined`. */
    readonly outcome?: ((response: LoginResponse) => LoginOutcome | undefined) | undefined;
}
/**
 * Creates a login that works like a browser: it fetches the page, fills in the form, keeps its hidden fields (such as the CSRF
 * token), and submits it. The second factor can be part of the same form or of the page that follows.
 *
 * The login counts as refused if the response has a 4xx status or shows a form with a password field again. A redirect to
 * another page of the same origin is followed with GET, redirects to other origins are not. The login fails as described for
 * `Login`.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, SessionLLM, totp } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: 'https://login.example/sign-in', fields: { remember: 'on' } }),
 *   origins: ['https://login.example'],
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   otp: totp(fromEnv('LLM_TOTP_SECRET')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export declare function formLogin(options: FormLoginOptions): Login;

// login/json-login.d.ts
import { type Login, type LoginOutcome, type LoginResponse } from './login.ts';
/** Options of `jsonLogin`. */
export interface JsonLoginOptions {
    /** Address that the credentials are posted to: a URL, or a path on the endpoint's origin. */
    readonly url: string | URL;
    /** Name of the JSON member that holds the user name. Default `username`. */
    readonly usernameField?: string | undefined;
    /** Name of the JSON member that holds the password. Default `password`. */
    readonly passwordField?: string | undefined;
    /** Name of the JSON member that holds the second factor's code. Default `otp`. */
    readonly otpField?: string | undefined;
    /** Address that the second factor's code is posted to, after the password was accepted. Default: sent with the password. */
    readonly otpUrl?: string | URL | undefined;
    /** Further members of the JSON object. */
    readonly fields?: Readonly<Record<string, unknown>> | undefined;
    /**
     * Returns the outcome of the login if the default does not recognise it, otherwise `undefined`; `second-factor` sends the
     * code to `otpUrl`. By default a 4xx status, or JSON with `success: false`, `ok: false` or an `error`, is a refusal.
     */
    readonly outcome?: ((response: LoginResponse) => LoginOutcome | undefined) | undefined;
}
/**
 * Creates a login that posts user name and password as a JSON object. The login fails as described for `Login`.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, jsonLogin, SessionLLM } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: jsonLogin({ url: '/api/login', usernameField: 'email', fields: { remember: true } }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   csrf: { from: { json: ['data', 'csrfToken'] } },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export declare function jsonLogin(options: JsonLoginOptions): Login;
/** Parses a JSON object. Returns an empty object for any other text. */
export declare function parseObject(text: string): object;

// login/login.d.ts
import { type Clock } from '@crew/core';
/**
 * A login procedure: sends its requests with `context.fetch`, which stores the cookies. `formLogin` and `jsonLogin` create such
 * functions; write your own for any other login.
 *
 * An exception is final: the login is not repeated with the same user name and password. Throw a `CredentialError` without
 * `terminal` for a transient failure. The errors of `context.fetch`, such as an unreachable server, also count as transient.
 *
 * @example
 * ```ts no-run
 * import { CredentialError } from '@crew/core';
 * import { fromEnv, type Login, SessionLLM } from '@crew/llm-session';
 *
 * const login: Login = async ({ fetch, username, password, signal }) => {
 *   const response = await fetch('/api/login', {
 *     method: 'POST',
 *     headers: { 'content-type': 'application/json' },
 *     body: JSON.stringify({ user: username, secret: password }),
 *     signal,
 *   });
 *   if (response.status === 503) throw new CredentialError('The login is under maintenance.');
 *   if (!response.ok) throw new Error(`The gateway refused the login (status ${response.status}).`);
 *   return { csrf: response.headers.get('x-csrf-token') ?? undefined };
 * };
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login,
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export type Login = (context: LoginContext) => Promise<LoginResult | void>;
/** The context of a login procedure. */
export interface LoginContext {
    /** Scheme, host and port of the LLM's endpoint. */
    readonly origin: string;
    /** The user name, read for this login. `undefined` if the session has none. */
    readonly username: string | undefined;
    /** The password, read for this login. `undefined` if the session has none. */
    readonly password: string | undefined;
    /** Returns the code of the second factor. `undefined` if the session has no `otp`. */
    readonly otp: (() => Promise<string>) | undefined;
    /**
     * A `fetch` on the LLM's transport that stores the cookies of the new session and sends them back. Relative URLs are paths
     * on `origin`. Redirects are returned, not followed. Only the endpoint's origin and the session's `origins` are allowed;
     * a request to any other origin throws a `ConfigurationError`.
     */
    readonly fetch: typeof fetch;
    /** Aborted when the login's deadline expires, or no call waits for the session any longer. */
    readonly signal: AbortSignal;
    /** The clock of the session. */
    readonly clock: Clock;
}
/** Facts about the new session, besides its cookies. */
export interface LoginResult {
    /** The CSRF token, instead of the one that the session's `csrf` option finds. */
    readonly csrf?: string | undefined;
    /** Time at which the session ends, in milliseconds since the epoch. Default: determined by the session's `lifetime`. */
    readonly expiresAt?: number | undefined;
}
/** Outcome of a login, according to the server's response. */
export type LoginOutcome = 'logged-in' | 'refused' | 'locked' | 'second-factor' | 'throttled' | 'unavailable';
/** A response of the server to a login. */
export interface LoginResponse {
    readonly status: number;
    /** URL of the request. */
    readonly url: string;
    readonly headers: Headers;
    /** The first MiB of the body. */
    readonly text: string;
}
/** Session options that a login requires. */
export type RequiredOption = 'username' | 'password' | 'otp';
/** Registers the session options that a login requires, and returns the login. */
export declare function requireOptions(login: Login, options: readonly RequiredOption[]): Login;
/** Returns the session options that the login requires. For a custom function they are unknown, and the list is empty. */
export declare function requiredOptions(login: Login): readonly RequiredOption[];
/**
 * Copies the options of `formLogin` or `jsonLogin`, and checks those that both have.
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export declare function checkLoginOptions<T extends object>(options: T, names: readonly string[], subject: string): T;
/**
 * Returns a function that reads a secret which is sent in a body. Unlike the secret of a header, it may contain any character.
 *
 * @throws {ConfigurationError} for anything that is not a secret, at once or from the returned function.
 */
export declare function secretReader(secret: unknown, subject: string): (signal: AbortSignal) => Promise<string>;

// login/totp.d.ts
import { type Clock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
/** Options of `totp`. */
export interface TotpOptions {
    /** Number of digits of a code. Default: the value of the URI, or 6. */
    readonly digits?: number | undefined;
    /** Time for which a code is valid, in seconds. Default: the value of the URI, or 30. */
    readonly period?: number | undefined;
    /** Hash algorithm. Default: the value of the URI, or `SHA1`. */
    readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512' | undefined;
    /** Source of the time. Default: the clock of the machine. */
    readonly clock?: Clock | undefined;
}
/**
 * Returns a function that generates one-time codes (TOTP, RFC 6238) from a secret shared with the server, for the `otp` option
 * of a session. The secret is in base32, the format of authenticator apps, or an `otpauth://totp/` URI. Each code is returned
 * only once, because servers accept it only once (RFC 6238, section 5.2): a call that comes too early waits for the next code,
 * at most one period.
 *
 * @example
 * ```ts
 * import { totp } from '@crew/llm-session';
 *
 * const otp = totp('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
 * console.log(await otp({ signal: AbortSignal.timeout(60_000) })); // such as 287082
 * ```
 *
 * @throws {ConfigurationError} for an invalid secret: at once if it is a string, otherwise from the returned function.
 */
export declare function totp(secret: Secret, options?: TotpOptions): (context: {
    readonly signal: AbortSignal;
}) => Promise<string>;

// session-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { type SessionOptions } from './session-options.ts';
/** Options of a `SessionLLM`: those of `HttpLLM` and those of `session()`. */
export type SessionLLMOptions = HttpLLMOptions & SessionOptions;
/**
 * An LLM behind a login: an `HttpLLM` that logs in, sends the session cookies and the CSRF token, and logs in again when the
 * session ends. Further authenticators can follow in `auth`.
 *
 * @example
 * ```ts no-run
 * import { formLogin, fromEnv, SessionLLM } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   model: 'large',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   logout: '/logout',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare class SessionLLM extends HttpLLM {
    #private;
    /** @throws {ConfigurationError} for an invalid option, which the message names. */
    constructor(options: SessionLLMOptions);
    /**
     * Allows the next call to log in again after the server refused the login (because the account has been unlocked, for
     * example) or refused every request of the session. Not needed after the user name or the password has changed.
     */
    retryLogin(): void;
}

// session-options.d.ts
import { type Clock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { type Refusal } from '@crew/llm-http/adapter';
import { type CsrfOptions } from './csrf.ts';
import { type Login } from './login/login.ts';
import type { SessionStore } from './store/session-store.ts';
/**
 * The context of a `logout` function.
 *
 * @example
 * ```ts no-run
 * import { jsonLogin, type LogoutContext, SessionLLM } from '@crew/llm-session';
 *
 * // This gateway ends a session with DELETE instead of POST.
 * const logout = async ({ fetch, csrf, signal }: LogoutContext): Promise<void> => {
 *   await fetch('/api/session', { method: 'DELETE', headers: { 'x-csrf-token': csrf ?? '' }, signal });
 * };
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: jsonLogin({ url: '/api/login' }),
 *   username: 'ada',
 *   password: 'secret',
 *   logout,
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export interface LogoutContext {
    /** Scheme, host and port of the LLM's endpoint. */
    readonly origin: string;
    /** A `fetch` like that of a login, with the cookies of the session. */
    readonly fetch: typeof fetch;
    /** The CSRF token of the session, if it has one. */
    readonly csrf: string | undefined;
    /** Aborted after 5 seconds. */
    readonly signal: AbortSignal;
}
/** Options of `session`. */
export interface SessionOptions {
    /** The login procedure: `formLogin({ page })`, `jsonLogin({ url })`, or your own function. */
    readonly login: Login;
    /** The user name. It is read for each login. */
    readonly username?: Secret | undefined;
    /** The password. It is read for each login. Unlike other secrets, it may contain any character. */
    readonly password?: Secret | undefined;
    /** Returns the code of the second factor, such as `totp(secret)`. Called only if a login asks for it. */
    readonly otp?: ((context: {
        readonly signal: AbortSignal;
    }) => string | Promise<string>) | undefined;
    /** Source and destination of the CSRF token. Default: none is sent. */
    readonly csrf?: CsrfOptions | undefined;
    /**
     * Logout on `close()`: a URL or path that receives a POST with the CSRF header, or a function. It is limited to 5 seconds,
     * and a failure does not stop `close()`. Default: no logout; the session expires on the server.
     */
    readonly logout?: string | URL | ((context: LogoutContext) => Promise<void>) | undefined;
    /**
     * Returns true if a response, other than a 401, shows that the session ended. Default: true for the statuses 403, 419 and
     * 440, the redirects 302, 303 and 307, and any HTML page with a 2xx status, none of which a chat endpoint returns otherwise.
     */
    readonly expired?: ((response: Refusal) => boolean) | undefined;
    /** Time without a call after which the server ends the session, in milliseconds. Default: unknown. */
    readonly idleTimeout?: number | undefined;
    /** Time after the login at which the session ends, in milliseconds. It is renewed slightly earlier. Default: unknown. */
    readonly lifetime?: number | undefined;
    /**
     * Origins besides the endpoint's that the login may send requests to. They are trusted with the password, and share the
     * session's cookies as far as the domains of the cookies allow.
     */
    readonly origins?: readonly (string | URL)[] | undefined;
    /** Storage that preserves the session across restarts, such as `fileSessionStore(path)`. Default: none. */
    readonly store?: SessionStore | undefined;
    /** Maximum duration of one login, in milliseconds. Default 60,000, because a login may have to wait for a one-time code. */
    readonly deadline?: number | undefined;
    /** Name of the authenticator in errors and events. Default `session`. */
    readonly name?: string | undefined;
    /** Source of the time. Default: the clock of the machine. */
    readonly clock?: Clock | undefined;
}
/** Names of all session options. */
export declare const OPTION_NAMES: readonly string[];
/** Checked options with their defaults. */
export interface SessionSettings extends Omit<SessionOptions, 'origins' | 'username' | 'password'> {
    readonly username: ((signal: AbortSignal) => Promise<string>) | undefined;
    readonly password: ((signal: AbortSignal) => Promise<string>) | undefined;
    readonly origins: ReadonlySet<string>;
    readonly deadline: number;
    readonly name: string;
    readonly clock: Clock;
}
/**
 * Checks the options and fills in the defaults.
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
 */
export declare function checkOptions(options: SessionOptions): SessionSettings;
/** @throws {ConfigurationError} if the options are not an object. */
export declare function checkOptionsObject(options: unknown): void;

// session.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type AuthHost, type OutgoingRequest, type Refusal, type RefusalResult, type ResponseHead } from '@crew/llm-http/adapter';
import { type SessionOptions } from './session-options.ts';
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
export declare function session(options: SessionOptions): SessionAuthenticator;
/** The authenticator that `session()` creates. */
export declare class Session implements SessionAuthenticator {
    #private;
    readonly name: string;
    constructor(options: SessionOptions);
    attach(host: AuthHost): void;
    authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
    onResponse(response: ResponseHead, context: AuthContext): void;
    isRefusal(response: Refusal): boolean;
    onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult>;
    retryLogin(): void;
    close(): Promise<void>;
}

// store/session-store.d.ts
/**
 * Storage for one session, so that a restarted program need not log in again. The stored string is a secret: until the session
 * ends it is worth as much as the password. `fileSessionStore` creates one that uses a file.
 *
 * @example
 * ```ts
 * import { formLogin, type SessionStore, session } from '@crew/llm-session';
 *
 * // Shares the session between the authenticators of one process. A key-value database works in the same way.
 * let stored: string | undefined;
 * const store: SessionStore = {
 *   load: async () => stored,
 *   save: async text => {
 *     stored = text;
 *   },
 *   remove: async () => {
 *     stored = undefined;
 *   },
 * };
 * const auth = session({ login: formLogin({ page: '/login' }), username: 'ada', password: 'secret', store });
 * console.log(auth.name); // session
 * ```
 */
export interface SessionStore {
    /** Returns the string that was saved last, or `undefined` if there is none. */
    load(): Promise<string | undefined>;
    /** Saves a string in place of the previous one. */
    save(text: string): Promise<void>;
    /** Removes the saved string. Does nothing if there is none. */
    remove(): Promise<void>;
}
/**
 * Creates a store that keeps a session in a file that only its owner can read (mode 0600, in a directory that is created with
 * mode 0700). The file is replaced atomically, so that a reader never sees an incomplete one; temporary files that a killed
 * process left behind are removed by the next write. One file holds one session: use a separate file for each session.
 *
 * Symbolic links, anything else that is not a regular file, files of another user, files that others can read or write, and
 * files of more than 1 MiB are refused with a `CredentialError`, because someone else may have put them there.
 *
 * @example
 * ```ts no-run
 * import { fileSessionStore, formLogin, fromEnv, SessionLLM } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   store: fileSessionStore('/var/lib/app/session.json'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} if the path is empty or not a string.
 */
export declare function fileSessionStore(path: string): SessionStore;
