// The public surface of @crew/llm-session. Written by `pnpm api:update`; see docs/versions.md.

// csrf/csrf.d.ts
import type { LoginResponse } from '../login/login.ts';
/** Where the server gives its CSRF token, and where it wants it back. */
export interface CsrfOptions {
    /**
     * Where the token is found:
     * - `cookie`: in the cookie of that name, as it is at each request (percent-decoded);
     * - `header`: in that header of the login's answer, and of every later answer that has it;
     * - `json`: in the JSON of the login's answer, by member name or by the path of names to it;
     * - `field`: in the hidden form field, or the `meta` element, of that name, in HTML that the login was shown.
     *
     * Where several answers of the login hold one, the last counts.
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
    /** The header of the LLM's requests that takes the token. Default `x-csrf-token`. */
    readonly header?: string | undefined;
    /** Fetched (GET) after the login, where the login itself shows no token: a URL, or a path on the endpoint's origin. */
    readonly page?: string | URL | undefined;
}
/** Whether a request with this method can change something, and so needs the token. */
export declare function isUnsafe(method: string): boolean;
/**
 * The option, as nobody can change it.
 *
 * @throws {ConfigurationError} when a part is missing or wrong.
 */
export declare function checkCsrf(given: CsrfOptions): CsrfOptions;
/** The token in an answer. `undefined` when there is none, or it belongs to a cookie. */
export declare function tokenIn(answer: LoginResponse, { from }: CsrfOptions): string | undefined;
/** The value of a cookie, as the server meant it. */
export declare function percentDecoded(value: string): string;
/** @throws {ConfigurationError} for a token that no header can hold; never with the token. */
export declare function checkToken(token: string): string;
/** Returns true for a token that a header can hold. */
export declare function isSendableToken(token: string): boolean;

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions, type Secret } from '@crew/llm-http';
export type { CsrfOptions } from './csrf/csrf.ts';
export { type FormLoginOptions, formLogin } from './login/form-login.ts';
export { type JsonLoginOptions, jsonLogin } from './login/json-login.ts';
export type { Login, LoginContext, LoginOutcome, LoginResponse, LoginResult } from './login/login.ts';
export { type TotpOptions, totp } from './login/totp.ts';
export { type SessionAuthenticator, session } from './session.ts';
export { SessionLLM, type SessionLLMOptions } from './session-llm.ts';
export type { LogoutContext, SessionOptions } from './session-options.ts';
export { fileSessionStore } from './store/file-store.ts';
export type { SessionStore } from './store/session-store.ts';

// login/form-login.d.ts
import type { Login, LoginOutcome, LoginResponse } from './login.ts';
/** What `formLogin` may be given. */
export interface FormLoginOptions {
    /** The page with the login form: a URL, or a path on the endpoint's origin. */
    readonly page: string | URL;
    /** The name of the user name's field. Default: the last text or e-mail field before the password's. */
    readonly usernameField?: string | undefined;
    /** The name of the password's field. Default: the form's first field of type `password`. */
    readonly passwordField?: string | undefined;
    /**
     * The name of the second factor's field, in the login form or on the page that follows. Default: the field with
     * `autocomplete="one-time-code"`, or the one called `otp`.
     */
    readonly otpField?: string | undefined;
    /** Further fields to send, in place of what the form presets. */
    readonly fields?: Readonly<Record<string, string>> | undefined;
    /** Says what became of the login where the default does not see it. `undefined` leaves it to the default. */
    readonly outcome?: ((answer: LoginResponse) => LoginOutcome | undefined) | undefined;
}
/**
 * Logs in as a browser does: fetches the page, fills in its form, keeps its hidden fields (the CSRF token among them),
 * and sends it. The second factor is asked for by the same form or by the page that follows.
 *
 * The login is refused when the answer is a 4xx status, or shows a form with a password again; a redirect to another
 * page of the same origin is followed (by GET) to see what it shows. Redirects to other origins are not followed.
 *
 * @throws {ConfigurationError} for wrong options; the login itself as `Login` says.
 */
export declare function formLogin(given: FormLoginOptions): Login;

// login/json-login.d.ts
import type { Login, LoginOutcome, LoginResponse } from './login.ts';
/** What `jsonLogin` may be given. */
export interface JsonLoginOptions {
    /** Where the credentials are posted: a URL, or a path on the endpoint's origin. */
    readonly url: string | URL;
    /** Default `username`. */
    readonly usernameField?: string | undefined;
    /** Default `password`. */
    readonly passwordField?: string | undefined;
    /** Default `otp`. */
    readonly otpField?: string | undefined;
    /** Where the second factor's code is posted, after the password was accepted. Default: it goes with the password. */
    readonly otpUrl?: string | URL | undefined;
    /** Further members of the JSON object. */
    readonly fields?: Readonly<Record<string, unknown>> | undefined;
    /**
     * Says what became of the login where the default does not see it; `second-factor` sends the code to `otpUrl`.
     * `undefined` leaves it to the default: a 4xx status, or JSON with `success: false`, `ok: false` or an `error`, is a
     * refusal.
     */
    readonly outcome?: ((answer: LoginResponse) => LoginOutcome | undefined) | undefined;
}
/**
 * Logs in by posting user name and password as a JSON object.
 *
 * @throws {ConfigurationError} for wrong options; the login itself as `Login` says.
 */
export declare function jsonLogin(given: JsonLoginOptions): Login;
/** The text as an object; an empty one when it is anything else. */
export declare function jsonOf(text: string): object;

// login/login.d.ts
import type { Clock } from '@crew/core';
/** What a login gets to work with. */
export interface LoginContext {
    /** Scheme, host and port of the LLM's endpoint. */
    readonly origin: string;
    /** The session's user name, read for this login. `undefined` when the session was given none. */
    readonly username: string | undefined;
    /** The session's password, likewise. */
    readonly password: string | undefined;
    /** Gives the code of the second factor. `undefined` when the session was given no `otp`. */
    readonly otp: (() => Promise<string>) | undefined;
    /**
     * A `fetch` on the LLM's transport that keeps the new session's cookies and sends them back. Relative URLs are paths
     * on `origin`. Redirects are returned, not followed. It asks the endpoint's origin and the session's `origins`, and
     * throws a `ConfigurationError` for any other.
     */
    readonly fetch: typeof fetch;
    /** Aborted when the login's deadline passes, or nobody waits for the session any more. */
    readonly signal: AbortSignal;
    /** The session's clock. */
    readonly clock: Clock;
}
/** What a login may know besides the cookies. */
export interface LoginResult {
    /** The CSRF token, in place of what the session's `csrf` option would find. */
    readonly csrf?: string | undefined;
    /** When the session ends, in milliseconds since the epoch. Default: as the session's `lifetime` says. */
    readonly expiresAt?: number | undefined;
}
/**
 * Logs in: fetches what it must with `context.fetch`, which keeps the cookies. `formLogin` and `jsonLogin` make such
 * functions; write your own for anything else.
 *
 * What it throws is its verdict: the login is then not tried again with the same user name and password. Throw a
 * `CredentialError` without `terminal` for what will pass; the errors of `context.fetch` (the server is away) do too.
 */
export type Login = (context: LoginContext) => Promise<LoginResult | void>;
/** What became of a login, by the server's answer. */
export type LoginOutcome = 'logged-in' | 'refused' | 'locked' | 'second-factor' | 'throttled' | 'unavailable';
/** The server's answer to a login. */
export interface LoginResponse {
    readonly status: number;
    /** The URL that answered. */
    readonly url: string;
    readonly headers: Headers;
    /** The body, its first MiB. */
    readonly text: string;
}

// login/totp.d.ts
import { type Clock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
/** What `totp` may be given. */
export interface TotpOptions {
    /** Digits of a code. Default 6, or as the URI says. */
    readonly digits?: number | undefined;
    /** Seconds for which a code is good. Default 30, or as the URI says. */
    readonly period?: number | undefined;
    /** Default `SHA1`, or as the URI says. */
    readonly algorithm?: 'SHA1' | 'SHA256' | 'SHA512' | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Codes from a secret that is shared with the server (TOTP, RFC 6238), for a session's `otp`. The secret is in base32,
 * as authenticator apps take it, or an `otpauth://totp/` URI. No code is given twice, because servers accept each one
 * once (RFC 6238, section 5.2): asked again too early, it waits for the next, a period at most.
 *
 * @throws {ConfigurationError} at once for a wrong secret given as a string; from the returned function otherwise.
 */
export declare function totp(secret: Secret, options?: TotpOptions): (context: {
    readonly signal: AbortSignal;
}) => Promise<string>;

// session-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { type SessionOptions } from './session-options.ts';
/** The options of an `HttpLLM` and those of `session()`. */
export type SessionLLMOptions = HttpLLMOptions & SessionOptions;
/**
 * A model behind a login. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 * });
 * console.log(await llm.call('Say hello.'));
 */
export declare class SessionLLM extends HttpLLM {
    #private;
    /** @throws {ConfigurationError} naming the option that is wrong. */
    constructor(given: SessionLLMOptions);
    /**
     * Lets the next call log in again after the server refused a login (the account was unlocked, say), or refused all that
     * was asked with the session. Not needed after the user name or the password changed.
     */
    retryLogin(): void;
}

// session-options.d.ts
import { type Clock } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { type Refusal } from '@crew/llm-http/adapter';
import { type CsrfOptions } from './csrf/csrf.ts';
import type { Login } from './login/login.ts';
import type { SessionStore } from './store/session-store.ts';
/** What a logout of your own gets to work with. */
export interface LogoutContext {
    /** Scheme, host and port of the LLM's endpoint. */
    readonly origin: string;
    /** As in a login, with the session's cookies. */
    readonly fetch: typeof fetch;
    /** The session's CSRF token, where it has one. */
    readonly csrf: string | undefined;
    /** Aborted after 5 seconds. */
    readonly signal: AbortSignal;
}
/** What `session` may be given. */
export interface SessionOptions {
    /** How to log in: `formLogin({ page })`, `jsonLogin({ url })`, or a function of your own. */
    readonly login: Login;
    /** Read for each login. */
    readonly username?: Secret | undefined;
    /** Read for each login. Unlike other secrets it may hold any character. */
    readonly password?: Secret | undefined;
    /** Gives the code of the second factor, such as `totp(secret)`. Called only when a login needs it. */
    readonly otp?: ((context: {
        readonly signal: AbortSignal;
    }) => string | Promise<string>) | undefined;
    /** Where the server's CSRF token is found and sent. Default: none is sent. */
    readonly csrf?: CsrfOptions | undefined;
    /**
     * Logs out on `close()`: the URL or path to POST to (with the CSRF token's header), or a function. It gets 5 seconds;
     * when it fails, closing goes on. Default: the session is left to its end.
     */
    readonly logout?: string | URL | ((context: LogoutContext) => Promise<void>) | undefined;
    /**
     * Whether a response, other than a 401, says that the session ended. Default: the statuses 403, 419 and 440, the
     * redirects 302, 303 and 307, and any HTML page with a 2xx status, because a chat endpoint has none of them to give.
     */
    readonly expired?: ((response: Refusal) => boolean) | undefined;
    /** Milliseconds without a call after which the server forgets the session. Default: not known. */
    readonly idleTimeout?: number | undefined;
    /** Milliseconds after the login at which the session ends. It is renewed a little earlier. Default: not known. */
    readonly lifetime?: number | undefined;
    /**
     * Origins, other than the endpoint's, that the login may ask: those that are to be trusted with the password. They
     * share the session's cookies as far as the cookies' domains allow.
     */
    readonly origins?: readonly (string | URL)[] | undefined;
    /** Keeps the session over restarts, such as `fileSessionStore(path)`. Default: it ends with the program. */
    readonly store?: SessionStore | undefined;
    /** Milliseconds that one login may take. Default 60,000: a one-time code may have to be waited for. */
    readonly deadline?: number | undefined;
    /** For errors and events. Default `session`. */
    readonly name?: string | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** Every option there is. */
export declare const OPTION_NAMES: readonly string[];
/** The options, checked, with their defaults. */
export interface SessionSettings extends Omit<SessionOptions, 'origins' | 'username' | 'password'> {
    readonly username: ((signal: AbortSignal) => Promise<string>) | undefined;
    readonly password: ((signal: AbortSignal) => Promise<string>) | undefined;
    readonly origins: ReadonlySet<string>;
    readonly deadline: number;
    readonly name: string;
    readonly clock: Clock;
}
/** @throws {ConfigurationError} for options that cannot work. */
export declare function checkOptions(given: SessionOptions): SessionSettings;
/** @throws {ConfigurationError} for what is no object of options. */
export declare function checkObject(options: unknown): void;

// session.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type AuthHost, type OutgoingRequest, type Refusal, type RefusalResult, type ResponseHead } from '@crew/llm-http/adapter';
import { type SessionOptions } from './session-options.ts';
/** An authenticator that logs in. */
export interface SessionAuthenticator extends Authenticator {
    /**
     * Lets the next call log in again after the server refused a login (the account was unlocked, say), or refused all that
     * was asked with the session. Not needed after the user name or the password changed.
     */
    retryLogin(): void;
}
/**
 * Logs in, keeps the cookies (RFC 6265) and sends them, with the CSRF token where one is wanted. When the session ends,
 * one login is made for all callers, and what was refused is sent once more. One authenticator may serve several LLMs;
 * each origin has a session of its own.
 *
 * A login that the server refuses (wrong password, locked account, second factor needed) is a terminal
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
export declare function session(options: SessionOptions): SessionAuthenticator;
/** The authenticator that `session()` makes. */
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

// store/file-store.d.ts
import type { SessionStore } from './session-store.ts';
/**
 * Keeps a session in a file that only its owner can read (mode 0600, in a directory that is made with 0700). It is
 * replaced as a whole, so a reader never sees half of it; what a killed process left unfinished is removed by the next
 * write. One file holds one session: give each session its own.
 *
 * A symbolic link, anything else that is not an ordinary file, a file of another user, one that others can read or write and
 * one over 1 MiB are refused with a `CredentialError`: someone else may have put them there.
 */
export declare function fileSessionStore(path: string): SessionStore;

// store/session-store.d.ts
/**
 * Where a session is kept, so that a restarted program need not log in again. What is kept is a secret, as good as the
 * password for as long as the session lasts. `fileSessionStore` makes one.
 */
export interface SessionStore {
    /** What was saved last. `undefined` when there is nothing. */
    load(): Promise<string | undefined>;
    save(text: string): Promise<void>;
    remove(): Promise<void>;
}
