// The public surface of @crew/llm-http. Written by `pnpm api:update`; see docs/versions.md.

// adapter.d.ts
export type { AuthContext, AuthHost, ConnectionCredentials, OutgoingRequest, Refusal, RefusalResult, ResponseHead, TransportFetch, TransportFetchInit, } from './auth/authenticator.ts';
export { authenticators } from './auth/authenticators.ts';
export { BoundedMap } from './credential/bounded-map.ts';
export type { ObtainedCredential } from './credential/lifetime.ts';
export type { RenewingCredentialOptions } from './credential/renewing-credential.ts';
export { RenewingCredential } from './credential/renewing-credential.ts';
export { type CredentialKey, RenewingCredentials, type RenewingCredentialsOptions, } from './credential/renewing-credentials.ts';
export { quoteError, sanitiseCauses } from './errors/sanitise.ts';
export { showName } from './errors/show-name.ts';
export { hasPrivateFolder, type PrivateFileOptions, preparePrivateFolder, readPrivateFile, removePrivateFile, replacePrivateFile, } from './files/private-file.ts';
export { fileVersion, fileVersionSync, type ReadFileOptions, type RegularFile, readRegularFile, readRegularFileSync, withFileTimeout, } from './files/regular-file.ts';
export { checkClock, checkOptionNames } from './option-checks.ts';
export { Scrubber } from './scrubber/scrubber.ts';
export { checkSecret, isSynchronousSecret, readSecret } from './secret/secret.ts';
export { checkCredentialText, checkHeaderName } from './transport/headers.ts';
export { retryAfterDelay } from './turn/retry.ts';

// auth/attempt-request.d.ts
import type { Scrubber } from '../scrubber/scrubber.ts';
import type { OutgoingRequest } from './authenticator.ts';
/** The authenticator that sets a header; its `name` is for errors. */
interface Setter {
    readonly name: string;
}
/** The request of one attempt, which the authenticators complete. */
export declare class AttemptRequest implements OutgoingRequest {
    #private;
    readonly method = "POST";
    readonly body: Uint8Array;
    readonly headers: Record<string, string>;
    constructor(url: URL, headers: Readonly<Record<string, string>>, body: Uint8Array, scrubber: Scrubber);
    get url(): string;
    /** The URL to send the request to. */
    get target(): URL;
    /** Sets the authenticator that makes the following calls. Two authenticators may have the same name. */
    setBy(authenticator: Setter): void;
    setHeader(name: string, value: string): void;
    setQuery(name: string, value: string): void;
    addSecret(value: string): void;
}
export {};

// auth/authenticator.d.ts
import type { PeerCertificate } from 'node:tls';
import type { CrewEvent } from '@crew/core';
/**
 * A method of authentication: an object with a name and one method. An authenticator may serve several LLMs and many
 * concurrent calls. Keep the state of one call in local variables, or in a `WeakMap` with the request as key.
 *
 * @example
 * ```ts no-run
 * import { type Authenticator, HttpLLM } from '@crew/llm-http';
 *
 * const gateway: Authenticator = {
 *   name: 'gateway',
 *   authenticate(request) {
 *     request.setHeader('x-gateway-key', process.env['GATEWAY_KEY'] ?? '');
 *   },
 * };
 *
 * await using llm = new HttpLLM({ endpoint: 'https://gateway.example/v1/chat/completions', auth: gateway });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface Authenticator {
    /** Name for errors, events and diagnostics. It must not be a secret. */
    readonly name: string;
    /** Called once per LLM, when the LLM is constructed. Throw a `ConfigurationError` to reject the LLM. */
    attach?(host: AuthHost): void;
    /**
     * Returns the credentials to connect with, such as a client certificate. Called before each attempt, so it should return
     * at once if nothing has changed. Only one authenticator of an LLM may have this method.
     */
    connection?(context: {
        readonly signal: AbortSignal;
    }): ConnectionCredentials | Promise<ConnectionCredentials>;
    /** Puts the credential on the request of one attempt. Return a promise only if it has to wait. */
    authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
    /** Called for every response, including redirects. */
    onResponse?(response: ResponseHead, context: AuthContext): void;
    /** Returns true if a response other than 401 refuses this credential. Not called for 429, which is never a refusal. */
    isRefusal?(response: Refusal): boolean;
    /** Called when the server refused the credential. Obtain a new credential before returning `renewed`. */
    onRefusal?(request: OutgoingRequest, refusal: Refusal, context: AuthContext): RefusalResult | Promise<RefusalResult>;
    /**
     * Called for a response with status 429. Returns the milliseconds until this authenticator has another credential to try
     * (0: at once), which replace the delay that the server asked for. Returns `undefined` if there is no other credential.
     */
    onRateLimit?(response: ResponseHead, context: AuthContext): number | undefined;
    /** Releases resources. Called when the last LLM that it is attached to closes. */
    close?(): Promise<void>;
}
/** The request of one attempt. Each attempt gets a new copy. Values set here are removed from every error and event. */
export interface OutgoingRequest {
    readonly method: string;
    /** The full URL, including parameters added by `setQuery`. */
    readonly url: string;
    /** The header fields by lower-case name. */
    readonly headers: Readonly<Record<string, string>>;
    /** The bytes of the body. They must not be changed. */
    readonly body: Uint8Array;
    /**
     * Sets a header field. A field of the same name is replaced.
     *
     * @throws {ConfigurationError} if the name is not a token (RFC 9110, section 5.1) or belongs to the transport (`host`,
     * `content-length`, ...), if the value is not visible ASCII, or if another authenticator of the same LLM has set the field
     * (RFC 9110, section 11.6.2 allows one `authorization`).
     */
    setHeader(name: string, value: string): void;
    /** Sets a query parameter. Use it only if the server accepts its credential nowhere else (RFC 6750, section 2.3). */
    setQuery(name: string, value: string): void;
    /** Adds a secret of this attempt that is neither a header nor a parameter. It is removed from every error and event. */
    addSecret(value: string): void;
}
/** The status and header fields of a response. */
export interface ResponseHead {
    readonly status: number;
    /** The URL of the request, without its query. */
    readonly url: string;
    /** The header fields by lower-case name. The value is a list if the server sent the field several times. */
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
}
/** A response that may refuse the credential. */
export interface Refusal extends ResponseHead {
    /** The first 64 KiB of the body, as text. */
    readonly bodyStart: string;
}
/**
 * The result of `onRefusal`. `false`: the refusal is final. `renewed`: a new credential is available. `challenged`: the
 * credential is still valid, and the request can now answer the server's challenge, for example with a nonce. After
 * `renewed` and `challenged` the request is sent again, at most once for each of them per call.
 */
export type RefusalResult = false | 'renewed' | 'challenged';
/** Credentials of a connection. These are values only: the transport owns every connection. */
export interface ConnectionCredentials {
    /** Identifier of the credentials. When it changes, no further request is sent on connections made with the old ones. */
    readonly id: string;
    /** Certificate chain of the client, starting with its own certificate (PEM). */
    readonly cert?: string | undefined;
    /** Private key of the client certificate (PEM). */
    readonly key?: string | undefined;
    /** Certificates of the authorities to trust for the server (PEM). They replace all others. */
    readonly ca?: readonly string[] | undefined;
    /** Host name to request and to expect in the server's certificate (RFC 6066, section 3). Default: the host of the URL. */
    readonly serverName?: string | undefined;
    /** Minimum TLS version. Default: that of Node, TLS 1.2. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
    /**
     * Checks the identity of a server whose certificate chain has been verified, instead of comparing its host name. Return an
     * error to end the connection, as in node:tls. Not called for a proxy.
     */
    readonly checkServerIdentity?: ((host: string, certificate: PeerCertificate) => Error | undefined) | undefined;
}
/** Options of one request of a `TransportFetch`. */
export interface TransportFetchInit extends RequestInit {
    /**
     * Maximum size of the response, in bytes after decoding. The connection is closed when it is exceeded. Default, and upper
     * limit: the LLM's `maxResponseBytes`.
     */
    readonly maxResponseBytes?: number | undefined;
}
/** A `fetch` (WHATWG Fetch) over the transport of an LLM, which can limit the size of the response. */
export type TransportFetch = (input: Parameters<typeof fetch>[0], init?: TransportFetchInit) => Promise<Response>;
/** The LLM that an authenticator is attached to. */
export interface AuthHost {
    /** Scheme, host and port of the endpoint. */
    readonly origin: string;
    /**
     * Sends a request over the LLM's transport (certificate authorities, proxy, client certificate) without its
     * authenticators, for token requests and background renewals. Redirects are returned, not followed. The response is read
     * completely before the promise resolves, up to `maxResponseBytes`: set it to the largest size that you can use. Rejects
     * with a `CrewError`.
     *
     * @example
     * ```ts
     * import type { AuthHost } from '@crew/llm-http/adapter';
     *
     * export function requestToken(host: AuthHost, tokenEndpoint: string): Promise<Response> {
     *   const body = new URLSearchParams({ grant_type: 'client_credentials' });
     *   return host.fetch(tokenEndpoint, { method: 'POST', body, maxResponseBytes: 1_048_576 });
     * }
     * ```
     */
    readonly fetch: TransportFetch;
    /** Emits an event that belongs to no turn to the listeners of the LLM (`llm.on('credential', ...)`). */
    emit(event: CrewEvent): void;
}
/** The context of one attempt. All calls for the same attempt receive the same context and the same request. */
export interface AuthContext {
    /** Aborted when the turn is aborted. */
    readonly signal: AbortSignal;
    /** Number of the attempt, from 1. Each resend counts. */
    readonly attempt: number;
    /** True if this call was already sent again with a renewed credential. Another `renewed` has no effect. */
    readonly renewed: boolean;
    /** The `authContext` that the caller passed, unchanged. */
    readonly authContext: unknown;
    /** The credentials of the leased connection. Use their `id` as cache key for values that are bound to a connection. */
    readonly connection: ConnectionCredentials | undefined;
    /** Sends a request like `AuthHost.fetch`, on the leased connection. */
    readonly fetch: TransportFetch;
    /** Emits an event to the callbacks of the turn. Pass it to `RenewingCredential.get`. */
    emit(event: CrewEvent): void;
}

// auth/authenticators.d.ts
import { CrewError } from '@crew/core';
import type { AttemptRequest } from './attempt-request.ts';
import type { AuthContext, Authenticator, AuthHost, ConnectionCredentials, ResponseHead } from './authenticator.ts';
/** The value of the `auth` option: one authenticator, several, or none. */
export type Authentication = Authenticator | readonly Authenticator[] | undefined;
/**
 * Returns all authenticators in one list, in the given order. An adapter puts its own before those of its user.
 *
 * @throws {ConfigurationError} if a value is not an authenticator, if an authenticator occurs twice, or if two of them have
 * a `connection` method.
 *
 * @example
 * ```ts no-run
 * import { type Authenticator, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
 * import { authenticators } from '@crew/llm-http/adapter';
 *
 * const tenant: Authenticator = {
 *   name: 'tenant',
 *   authenticate: request => request.setHeader('x-tenant', 'blue'),
 * };
 *
 * class TenantLLM extends HttpLLM {
 *   constructor({ auth, ...rest }: HttpLLMOptions) {
 *     super({ ...rest, auth: authenticators(tenant, auth) });
 *   }
 * }
 *
 * await using llm = new TenantLLM({ endpoint: 'https://gateway.example/v1/chat/completions' });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export declare function authenticators(...auth: readonly Authentication[]): readonly Authenticator[];
/** The authenticators of one LLM, called in their order. Errors that they throw become `CrewError`s. */
export declare class AuthenticatorChain {
    #private;
    constructor(list: readonly Authenticator[]);
    /** The names of all authenticators, separated by commas; empty if there are none. */
    get names(): string;
    /** True if an authenticator recognises refusals by their body. */
    get hasRefusalCheck(): boolean;
    /** Attaches the authenticators to an LLM. If one of them throws, those before it are detached again. */
    attach(host: AuthHost): void;
    /** Closes the authenticators that no other LLM uses. Rejects with the first failure after all have been closed. */
    detach(): Promise<void>;
    /** Returns the credentials to connect with. Returns a promise only if the authenticator does. */
    connection(signal: AbortSignal): ConnectionCredentials | undefined | Promise<ConnectionCredentials>;
    /** Puts each credential on the request. Returns a promise only if an authenticator does. */
    authenticate(request: AttemptRequest, context: AuthContext, from?: number): void | Promise<void>;
    /** Notifies every authenticator of a response. */
    notifyResponse(head: ResponseHead, context: AuthContext): void;
    /**
     * Returns the authenticators whose credential the response refuses; `undefined` if it is not a refusal. A 401 does not
     * tell which of them is refused. A 429 is never a refusal. `bodyStart` is called only if an authenticator checks the body.
     */
    refused(head: ResponseHead, bodyStart: () => string): readonly Authenticator[] | undefined;
    /** Returns the milliseconds until an authenticator has another credential, if a 429 is about the credential. */
    rateLimitDelay(head: ResponseHead, context: AuthContext): number | undefined;
}
/** Returns an error that an authenticator threw as a `CrewError`. */
export declare function toCrewError(authenticator: Authenticator, thrown: unknown): CrewError;
/** Returns true for a promise. In JavaScript a method that should return nothing may still return a value. */
export declare function isThenable(value: unknown): value is PromiseLike<unknown>;

// credential/bounded-map.d.ts
/**
 * A map that holds a limited number of entries and removes the one that was set least recently, for values that are kept per
 * tenant, user or server.
 *
 * @example
 * ```ts
 * import { BoundedMap } from '@crew/llm-http/adapter';
 *
 * const clocks = new BoundedMap<string, Date>(2);
 * for (const server of ['a', 'b', 'c']) clocks.set(server, new Date());
 * console.log(clocks.get('a')); // undefined
 * ```
 */
export declare class BoundedMap<Key, Value> {
    #private;
    /** `size` is the largest number of entries. */
    constructor(size?: number);
    get(key: Key): Value | undefined;
    /** Sets a value, which makes it the newest entry. */
    set(key: Key, value: Value): void;
    /** Returns the values, the oldest first. */
    values(): Iterable<Value>;
}

// credential/lifetime.d.ts
import { type Clock } from '@crew/core';
/** A credential with its expiry, as returned by its source. */
export interface ObtainedCredential<T> {
    /** The credential, such as a token, a signed assertion or a set of cookies. Never `undefined`. */
    readonly value: T;
    /** Time of expiry, in milliseconds since the epoch. `undefined` if only a refusal ends the credential. */
    readonly expiresAt: number | undefined;
    /**
     * Time of the early renewal, in milliseconds since the epoch, if the server specifies it. A time that is not in the future is
     * ignored. Default: a tenth of the lifetime before the expiry, at least 30 seconds and at most 5 minutes, and never more than
     * half the lifetime.
     */
    readonly renewAfter?: number | undefined;
}
/** The time for which a credential is used, and the time from which it is renewed early. */
export declare class Lifetime {
    #private;
    /** @throws {CredentialError} if the expiry is not a number, or the credential had already expired. */
    constructor(obtained: ObtainedCredential<unknown>, clock: Clock, name: string);
    get isOver(): boolean;
    get isDueForRenewal(): boolean;
}

// credential/renewing-credential.d.ts
import { type Clock, type CrewEvent } from '@crew/core';
import { type ObtainedCredential } from './lifetime.ts';
/** Options of a `RenewingCredential`. */
export interface RenewingCredentialOptions<T> {
    /**
     * Obtains a new credential. `signal` aborts when the deadline passes or no caller waits any more. `refused` is the value that
     * the server refused, if that is the reason for the renewal. Throw a `CredentialError` on failure: its `terminal` and
     * `retryAfter` are honoured. A `ConfigurationError` is passed on; any other error is wrapped.
     */
    obtain(context: {
        readonly signal: AbortSignal;
        readonly refused: T | undefined;
    }): Promise<ObtainedCredential<T>>;
    /** Time limit for obtaining a credential, in milliseconds. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Name of the authenticator, for errors and events. Default `credential`. */
    readonly name?: string | undefined;
    /** Clock of expiry, delays and deadlines. Default: the system clock. */
    readonly clock?: Clock | undefined;
    /** Called for the events of renewals in the background, for which no caller waits. Pass `AuthHost.emit`. */
    readonly emit?: ((event: CrewEvent) => void) | undefined;
}
/**
 * A cached credential that is shared by all callers and renewed. The source only obtains; this class implements the policy:
 *
 * - Only one renewal is active at a time, however many callers wait. A caller that aborts ends its own wait only. When the
 *   last caller has left, the renewal is aborted.
 * - It is renewed early, on use and in the background, while callers get the old value. If an early renewal fails, the old
 *   value stays in use, and the renewal is repeated with increasing delays.
 * - It expires by the wall clock or the monotonic clock, whichever is first, slightly before its expiry (5 % of its lifetime,
 *   at most 10 s).
 * - After a failure callers fail at once with the same error until a delay has passed: 1 to 60 s, increasing, or the delay
 *   that the source asked for; 5 minutes after a terminal error.
 * - It has no timer: a program that stops using the credential does not renew it.
 *
 * @example
 * ```ts
 * import type { Authenticator } from '@crew/llm-http';
 * import { type AuthHost, RenewingCredential } from '@crew/llm-http/adapter';
 *
 * export function stsToken(tokenEndpoint: string): Authenticator {
 *   let host: AuthHost | undefined;
 *   const tokens = new RenewingCredential<string>({
 *     name: 'sts',
 *     obtain: async ({ signal }) => {
 *       const response = await (host?.fetch ?? fetch)(tokenEndpoint, { method: 'POST', signal });
 *       return { value: await response.text(), expiresAt: Date.now() + 3_600_000 };
 *     },
 *   });
 *   return {
 *     name: 'sts',
 *     attach: attached => {
 *       host = attached;
 *     },
 *     async authenticate(request, { signal, emit }) {
 *       request.setHeader('authorization', `Bearer ${await tokens.get(signal, emit)}`);
 *     },
 *     onRefusal: async (request, _refusal, { signal, emit }) => {
 *       const refused = request.headers['authorization']?.replace('Bearer ', '') ?? '';
 *       tokens.refused(refused);
 *       return (await tokens.get(signal, emit)) === refused ? false : 'renewed';
 *     },
 *     close: async () => tokens.close(),
 *   };
 * }
 * ```
 */
export declare class RenewingCredential<T> {
    #private;
    /** @throws {ConfigurationError} if `obtain` is not a function or the deadline is not a positive number. */
    constructor(unchecked: RenewingCredentialOptions<T>);
    /** Returns the value if it can be used without waiting. Starts the early renewal if it is due. */
    fresh(): T | undefined;
    /** True while a renewal is active. */
    get isRenewing(): boolean;
    /**
     * Returns the value, and obtains it if necessary. `emit` is called if this caller had to wait: pass `AuthContext.emit`.
     *
     * @throws {CredentialError} if the credential could not be obtained. Each caller gets its own error object.
     * @throws {AbortError} if `signal` aborts first.
     * @throws {ConfigurationError} inside the function that obtains this credential.
     */
    get(signal: AbortSignal, emit?: (event: CrewEvent) => void): Promise<T>;
    /**
     * Reports that the server refused a value. The value is dropped only if it is still current, so that many refused calls
     * cause one renewal, and a late refusal of an old value causes none. If the source returns the same value again, refusals of
     * it are ignored for one second.
     */
    refused(value: T): void;
    /** Aborts the active renewal, rejects waiting callers, and forgets the value. A later `get` obtains a new value. */
    close(): void;
}

// credential/renewing-credentials.d.ts
import type { ObtainedCredential } from './lifetime.ts';
import type { RenewingCredentialOptions } from './renewing-credential.ts';
import { RenewingCredential } from './renewing-credential.ts';
/** The cache key of a credential: everything that it depends on, such as tenant, scopes and resource. */
export type CredentialKey = readonly (string | undefined)[];
/** Options of `RenewingCredentials`. All but `obtain` and `size` are those of `RenewingCredential`. */
export interface RenewingCredentialsOptions<T> extends Omit<RenewingCredentialOptions<T>, 'obtain'> {
    /** Obtains the credential of a key, as `RenewingCredentialOptions.obtain` does. */
    obtain(context: {
        readonly key: CredentialKey;
        readonly signal: AbortSignal;
        readonly refused: T | undefined;
    }): Promise<ObtainedCredential<T>>;
    /** Maximum number of keys. Above it the least recently used key without an active renewal is removed. Default 1,000. */
    readonly size?: number | undefined;
}
/**
 * A bounded cache of renewing credentials, one per key.
 *
 * @example
 * ```ts
 * import type { Authenticator } from '@crew/llm-http';
 * import { RenewingCredentials } from '@crew/llm-http/adapter';
 *
 * const tokens = new RenewingCredentials<string>({
 *   name: 'tenant-token',
 *   obtain: async ({ key: [tenant], signal }) => {
 *     const response = await fetch(`https://login.example/${tenant}/token`, { method: 'POST', signal });
 *     return { value: await response.text(), expiresAt: Date.now() + 3_600_000 };
 *   },
 * });
 *
 * export const tenantToken: Authenticator = {
 *   name: 'tenant-token',
 *   async authenticate(request, { authContext, signal, emit }) {
 *     const token = await tokens.of([String(authContext)]).get(signal, emit);
 *     request.setHeader('authorization', `Bearer ${token}`);
 *   },
 *   close: async () => tokens.close(),
 * };
 * ```
 */
export declare class RenewingCredentials<T> {
    #private;
    /** @throws {ConfigurationError} if `obtain` is not a function or `size` is not a positive integer. */
    constructor(unchecked: RenewingCredentialsOptions<T>);
    /** Returns the credential of a key. Two keys are equal if all their parts are equal. */
    of(key: CredentialKey): RenewingCredential<T>;
    /** Closes every credential. */
    close(): void;
}

// errors/sanitise.d.ts
import { CrewError } from '@crew/core';
/**
 * Returns an error that is safe to use as a `cause`: a `CrewError` unchanged, any other value reduced to name, message, code
 * and stack. HTTP clients attach whole requests to their errors, including credentials, and a printed error prints its
 * cause. Message and stack may quote servers and certificates, so they are limited to a few thousand printable characters.
 */
export declare function sanitiseCause(thrown: unknown): Error;
/**
 * Returns the message of an error for quoting in another message: one line of at most 500 printable characters. It is cut
 * between words, so that no part of a secret remains that a `Scrubber` recognises only as a whole. Returns `fallback` if the
 * value is not an `Error`.
 */
export declare function quoteError(thrown: unknown, fallback?: string): string;
/**
 * Sanitises the causes of a `CrewError`: the first cause that is not a `CrewError` is reduced as by `sanitiseCause`. A frozen
 * error is copied, because secrets could not be removed from it either.
 */
export declare function sanitiseCauses(error: CrewError): CrewError;
/** Returns the first error of an `AggregateError`, in which Node reports every address that it tried. */
export declare function firstOf(thrown: unknown): unknown;
/** Returns the code of an error, or its name if it has no code. */
export declare function codeOf(error: Error): string;

// errors/show-name.d.ts
/**
 * Returns a name, a path or a URL in a form that is safe to show in an error message. Secrets are put into such options by
 * mistake, so a value that looks like one (PEM, a JWT, a key, or more than 64 characters without a separator) is replaced by
 * a description. In a path only the segments that look like secrets are replaced. User, password, query and fragment of a
 * URL are removed. Characters that are not printable are replaced.
 */
export declare function showName(value: unknown): string;

// files/private-file.d.ts
import { type ReadFileOptions } from './regular-file.ts';
/** Options for a file that only its owner can access: the subject of error messages. */
export type PrivateFileOptions = Pick<ReadFileOptions, 'subject'>;
/**
 * Reads a file that only its owner can access. Symbolic links, files that are not regular, files of another user, files that
 * are accessible to others and files larger than 1 MiB are rejected, because another user may have created them.
 *
 * @returns `undefined` if the file does not exist.
 * @throws {CredentialError} with the path and the reason, but not the content.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readPrivateFile, removePrivateFile, replacePrivateFile } from '@crew/llm-http/adapter';
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'crew-')), 'tokens.json');
 * await replacePrivateFile(path, JSON.stringify({ refreshToken: 'eyJhbGciOi' }), { subject: 'The token store' });
 * console.log(await readPrivateFile(path)); // {"refreshToken":"eyJhbGciOi"}
 * await removePrivateFile(path);
 * ```
 */
export declare function readPrivateFile(path: string, options?: PrivateFileOptions): Promise<string | undefined>;
/**
 * Replaces a file that only its owner can access. The replacement is atomic: readers see the old content or the new, even
 * after a crash. The directory is created if it is missing (mode 0700). Temporary files of killed writers are removed.
 *
 * @throws {CredentialError} with the path and the reason, but not the content.
 */
export declare function replacePrivateFile(path: string, text: string, options?: PrivateFileOptions): Promise<void>;
/** Removes the file if it exists. */
export declare function removePrivateFile(path: string, options?: PrivateFileOptions): Promise<void>;
/** Creates a directory that only its owner can access, if it is missing, and checks it as `hasPrivateFolder` does. */
export declare function preparePrivateFolder(path: string, options?: PrivateFileOptions): Promise<void>;
/**
 * Returns true if the directory exists.
 *
 * @throws {CredentialError} if it is not a directory, belongs to another user, or is accessible to others.
 */
export declare function hasPrivateFolder(path: string, options?: PrivateFileOptions): Promise<boolean>;

// files/regular-file.d.ts
import { type BigIntStats } from 'node:fs';
import { type Clock, CredentialError } from '@crew/core';
/** Content and version of a file. Both come from one open descriptor, so they belong together. */
export interface RegularFile {
    readonly bytes: Buffer;
    /** A string that changes whenever the file is written or replaced. */
    readonly version: string;
    /** Permission bits. Meaningless on Windows. */
    readonly mode: number;
    /** User id of the owner. Meaningless on Windows. */
    readonly uid: number;
}
/** Options for reading a small regular file. */
export interface ReadFileOptions {
    /** Subject of error messages. Default: the file, with its path as `showName` gives it. */
    readonly subject?: string | undefined;
    /** Selects whether symbolic links are followed. Default true. */
    readonly followLinks?: boolean | undefined;
    /** Signal that is checked between two reads. A read that the system has started cannot be cancelled. */
    readonly signal?: AbortSignal | undefined;
}
/** Size limit of secrets, certificates, tokens and store files, in bytes: 1 MiB. */
export declare const LARGEST_FILE = 1048576;
/**
 * Reads a small regular file. A FIFO, device, socket or directory is never opened, a read never waits for data, and at most
 * 1 MiB and one byte are read, even from a file that claims to be empty and never ends.
 *
 * @returns `undefined` if the file does not exist.
 * @throws {CredentialError} with the path and the reason, but not the content.
 *
 * @example
 * ```ts
 * import { readRegularFile } from '@crew/llm-http/adapter';
 *
 * const file = await readRegularFile('/etc/hosts', { subject: 'The hosts file' });
 * console.log(file?.bytes.toString('utf8'), file?.version);
 * ```
 */
export declare function readRegularFile(path: string, options?: ReadFileOptions): Promise<RegularFile | undefined>;
/**
 * Reads a small regular file synchronously, as `readRegularFile` does, for checks at construction. It does not hang on local
 * files. On a network file system that does not respond it blocks as long as the system does.
 */
export declare function readRegularFileSync(path: string, options?: ReadFileOptions): RegularFile | undefined;
/** Returns the current `version` of a file without opening it; `missing` if it does not exist. */
export declare function fileVersion(path: string): Promise<string>;
/** Returns the current `version` of a file synchronously, as `fileVersion` does. */
export declare function fileVersionSync(path: string): string;
/** Returns the name of the type of a file that is not regular. */
export declare function kindOf(stats: Pick<BigIntStats, 'isFIFO' | 'isSocket' | 'isDirectory' | 'isSymbolicLink'>): string;
/** Returns the error of a file: `The file /run/token is larger than 1 MiB.` */
export declare function fileError(path: string, why: string, options?: Pick<ReadFileOptions, 'subject'>): CredentialError;
/** Returns the system's error code of a failed file operation. */
export declare function codeOf(thrown: unknown): string;
/**
 * Waits for a file operation, at most 30 seconds. The operation itself continues after that, because a request to a network
 * file system cannot be cancelled. Do not start another operation on the same file in the meantime.
 *
 * @throws {CredentialError} with the path, if the time limit is exceeded.
 * @throws {AbortError} if the signal aborts first.
 */
export declare function withFileTimeout<T>(operation: Promise<T>, options: {
    readonly path: string;
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
}): Promise<T>;

// http-llm-options.d.ts
import { type BaseLLMOptions, type Clock } from '@crew/core';
import type { Authenticator } from './auth/authenticator.ts';
import { type Authentication } from './auth/authenticators.ts';
import { type Protocol } from './protocol.ts';
import { type EnvironmentProxies, type ProxyOptions, type ProxySettings } from './transport/proxy.ts';
import { type TimeoutSettings, type Timeouts } from './transport/timeouts.ts';
import { type RetryOptions, type RetrySettings } from './turn/retry.ts';
/** Options of an `HttpLLM`. Only `endpoint` is required. */
export interface HttpLLMOptions extends BaseLLMOptions {
    /** Full URL of the endpoint; nothing is appended. `https:`, or `http:` to this machine. */
    readonly endpoint: string | URL;
    /**
     * Authentication of requests: one authenticator, or several, applied in this order. An authenticator that signs requests
     * comes last.
     *
     * @example
     * ```ts no-run
     * import { type Authenticator, fromFile, HttpLLM } from '@crew/llm-http';
     * import { readSecret } from '@crew/llm-http/adapter';
     *
     * const token = fromFile('/run/secrets/token');
     *
     * const bearer: Authenticator = {
     *   name: 'bearer',
     *   async authenticate(request, { signal }) {
     *     request.setHeader('authorization', `Bearer ${await readSecret(token, 'token', { signal })}`);
     *   },
     * };
     * const tenant: Authenticator = {
     *   name: 'tenant',
     *   authenticate: (request, { authContext }) => request.setHeader('x-tenant', String(authContext)),
     * };
     *
     * await using llm = new HttpLLM({
     *   endpoint: 'https://gateway.example/v1/chat/completions',
     *   auth: [bearer, tenant],
     * });
     * console.log(await llm.call('Say good morning.', { authContext: 'blue' }));
     * ```
     */
    readonly auth?: Authentication;
    /** Wire protocol: encodes turns and decodes responses. Default: `chatCompletions()`. */
    readonly protocol?: Protocol | undefined;
    /** Additional header fields of every request, by name. Not for credentials: use `auth`. */
    readonly headers?: Readonly<Record<string, string>> | undefined;
    /** Time limits of connections, responses and turns. */
    readonly timeouts?: Timeouts | undefined;
    /** Number and timing of retries. */
    readonly retry?: RetryOptions | undefined;
    /** URL or options of a proxy, or `'environment'` to use `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Default: none. */
    readonly proxy?: string | URL | ProxyOptions | 'environment' | undefined;
    /** Certificates of private authorities to trust for the endpoint (PEM). */
    readonly ca?: string | readonly string[] | undefined;
    /** Selects whether `ca` extends or replaces the certificates that Node trusts. Default `append`. */
    readonly caMode?: 'append' | 'replace' | undefined;
    /** Enables HTTP/2 with servers that support it. Default false. */
    readonly allowH2?: boolean | undefined;
    /** Allows `http:` to other machines, for networks that are protected themselves. Default false. */
    readonly allowInsecureHttp?: boolean | undefined;
    /** Maximum size of a response, in bytes after decoding. Default 64 MiB. */
    readonly maxResponseBytes?: number | undefined;
    /**
     * Requests every reply as a stream and gathers it, for models that offer no other form. Calls resolve as they do without.
     * Default false.
     */
    readonly alwaysStream?: boolean | undefined;
    /** Set to false if the model cannot call tools: agents then use the ReAct protocol. Default true. */
    readonly functionCalling?: boolean | undefined;
    /** Set to false if the server does not support stop words. Replies are cut at them in either case. Default true. */
    readonly stopWords?: boolean | undefined;
    /**
     * Set to false if the server does not constrain replies to a JSON Schema (`response_format`): schemas are then part of the
     * prompt. Default: the value of `functionCalling`.
     */
    readonly responseFormat?: boolean | undefined;
    /** Size of the context window, in tokens. Default `Infinity`: only the server reports that a conversation is too long. */
    readonly contextWindow?: number | undefined;
}
/** The validated options, with defaults. */
export interface HttpLLMSettings {
    readonly url: URL;
    readonly authenticators: readonly Authenticator[];
    readonly protocol: Protocol;
    readonly headers: Readonly<Record<string, string>>;
    readonly timeouts: TimeoutSettings;
    readonly retry: RetrySettings;
    readonly proxy: ProxySettings | EnvironmentProxies | undefined;
    readonly ca: readonly string[] | undefined;
    readonly caMode: 'append' | 'replace';
    readonly allowH2: boolean;
    readonly allowInsecureHttp: boolean;
    readonly maxResponseBytes: number;
    readonly alwaysStream: boolean;
    readonly functionCalling: boolean;
    readonly stopWords: boolean;
    readonly responseFormat: boolean;
    readonly contextWindow: number;
    readonly clock: Clock;
}
/**
 * Validates the options and adds defaults.
 *
 * @throws {ConfigurationError} naming the invalid option, never its value.
 */
export declare function checkOptions(unchecked: HttpLLMOptions): HttpLLMSettings;

// http-llm.d.ts
import { type AssistantTurn, BaseLLM, type CallOptions, type Prompt, type StreamPart, type ToolFunction, type TurnRequest } from '@crew/core';
import { type HttpLLMOptions } from './http-llm-options.ts';
/** Options of a `call` that resolves to text: without tools, or with the functions that run them. */
type TextCallOptions = CallOptions & ({
    readonly tools?: undefined;
} | {
    readonly availableFunctions: Readonly<Record<string, ToolFunction>>;
});
/**
 * An LLM behind an HTTP endpoint, with any authentication. It combines a wire protocol, authenticators, retries and
 * connections. Close it when it is no longer needed.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM } from '@crew/llm-http';
 *
 * await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:8080/v1/chat/completions', model: 'llama-3.3-70b' });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export declare class HttpLLM extends BaseLLM {
    #private;
    /** @throws {ConfigurationError} naming the invalid option. */
    constructor(options: HttpLLMOptions);
    /**
     * Sends the messages to the model. With `availableFunctions` it runs the tools itself and resolves to the final text.
     * With `tools` alone it resolves to an `AssistantTurn`, whose tool calls the caller runs. Otherwise it resolves to the text.
     *
     * @throws {CrewError} `AuthenticationError`, `CredentialError`, `RateLimitError`, `ContextWindowExceededError`,
     * `ResponseError`, `ConnectionError`, `TimeoutError`, `ProtocolError`, `AbortError`, and with functions the errors of
     * `runToolLoop`.
     */
    call(messages: Prompt, options?: TextCallOptions): Promise<string>;
    call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
    supportsFunctionCalling(): boolean;
    /** Returns the `stopWords` option; false once the server has rejected stop words. */
    supportsStopWords(): boolean;
    /** Returns the `responseFormat` option; false once the server has rejected a response format. */
    supportsResponseFormat(): boolean;
    getContextWindowSize(): number;
    /**
     * Obtains the credentials of the connection and of the request ahead of the first call, so that errors in them surface
     * now. Sends nothing to the endpoint.
     *
     * @throws {ConfigurationError} if a credential cannot be used.
     * @throws {CredentialError} if a credential cannot be obtained.
     */
    ready(signal?: AbortSignal): Promise<void>;
    respond(request: TurnRequest): Promise<AssistantTurn>;
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
    /** Aborts running calls, closes the authenticators that no other LLM uses, and closes all connections. Idempotent. */
    close(): Promise<void>;
}
export {};

// index.d.ts
export type { Authenticator } from './auth/authenticator.ts';
export type { Authentication } from './auth/authenticators.ts';
export { HttpLLM } from './http-llm.ts';
export type { HttpLLMOptions } from './http-llm-options.ts';
export { type ChatCompletionsOptions, chatCompletions, type EncodedRequest, type Protocol, type ProtocolSettings, type ResponseContext, } from './protocol.ts';
export { type FromCommandOptions, fromCommand } from './secret/from-command.ts';
export { type FileSecret, type FromFileOptions, fromFile } from './secret/from-file.ts';
export type { Secret, SecretContext } from './secret/secret.ts';
export { fromEnv } from './secret/secret.ts';
export type { ProxyOptions } from './transport/proxy.ts';
export type { Timeouts } from './transport/timeouts.ts';
export type { RetryOptions } from './turn/retry.ts';

// option-checks.d.ts
import { type Clock } from '@crew/core';
/**
 * Rejects unknown options, so that a misspelt option is not ignored.
 *
 * @throws {ConfigurationError} naming the unknown option and all known ones.
 */
export declare function checkOptionNames(options: object, names: readonly string[], what: string): void;
/**
 * Returns the `clock` option, or the system clock if it is not set.
 *
 * @throws {ConfigurationError} if a method is missing.
 */
export declare function checkClock(clock: Clock | undefined): Clock;
/** Validates a group of numeric options and adds defaults. `problemOf` returns the problem of a value, if any. */
export declare function checkNumberOptions<Name extends string>(what: string, group: unknown, defaults: Readonly<Record<Name, number>>, problemOf: (name: Name, value: number) => string | undefined): Readonly<Record<Name, number>>;

// protocol.d.ts
import { type AssistantTurn, type Clock, type StreamPart, type TurnRequest } from '@crew/core';
import { type MaxTokensField } from '@crew/core/chat-completions';
/** Settings of the LLM that a protocol encodes into a request. */
export interface ProtocolSettings {
    readonly model: string | undefined;
    readonly stream: boolean;
    /** Returns true for ids of tool calls that the server has sent itself, and therefore accepts. Default: for none. */
    readonly keepsCallId?: ((id: string) => boolean) | undefined;
    /** True once the server has refused tool calls without its signature: those of other models are to be marked. */
    readonly marksUnsignedCalls?: boolean | undefined;
    /** The field for `maxTokens` that the server has demanded instead of the protocol's `maxTokensField`. */
    readonly maxTokensField?: MaxTokensField | undefined;
}
/** Context of a response, for errors. */
export interface ResponseContext {
    /** Origin and path of the endpoint. */
    readonly server: string;
    readonly requestId: string | undefined;
    /** The clock of the LLM, for the time in which a finished stream may end. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/** An encoded request. */
export interface EncodedRequest {
    /** The header fields by lower-case name, including `content-type`. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array;
}
/**
 * A wire protocol: encodes a turn as a request and decodes the response. Its methods are pure functions. Connections,
 * retries and errors of HTTP are handled by `HttpLLM`.
 *
 * @example
 * ```ts no-run
 * import { chatCompletions, HttpLLM, type Protocol } from '@crew/llm-http';
 *
 * const chat = chatCompletions();
 *
 * // Chat completions for a gateway that requires its own content type.
 * const gatewayProtocol: Protocol = {
 *   ...chat,
 *   name: 'gateway-chat',
 *   encodeRequest(turn, settings) {
 *     const { headers, body } = chat.encodeRequest(turn, settings);
 *     return { headers: { ...headers, 'content-type': 'application/vnd.gateway.chat+json' }, body };
 *   },
 * };
 *
 * await using llm = new HttpLLM({ endpoint: 'https://gateway.example/chat', protocol: gatewayProtocol });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface Protocol {
    /** Name for errors. */
    readonly name: string;
    /**
     * The field in which the protocol sends `maxTokens`. When a server refuses this field, the request is sent once more with
     * the other one in `settings.maxTokensField`, and so are all later requests. Default: such a refusal is an error.
     */
    readonly maxTokensField?: MaxTokensField | undefined;
    /** Encodes a turn. */
    encodeRequest(turn: TurnRequest, settings: ProtocolSettings): EncodedRequest;
    /**
     * Decodes the body of a response with status 2xx.
     *
     * @throws {ProtocolError} if the body does not follow the protocol.
     * @throws {ResponseError} if the body contains an error.
     */
    decodeResponse(body: string, context: ResponseContext): AssistantTurn;
    /** Decodes a streamed response. Closes `chunks` when the consumer stops. */
    decodeEvents(chunks: AsyncIterable<Uint8Array>, context: ResponseContext): AsyncIterable<StreamPart>;
}
/** Options of `chatCompletions`. */
export interface ChatCompletionsOptions {
    /**
     * The fields that a server puts on its turns beside the standard ones, such as `reasoning_content`, `reasoning_details` and
     * the signatures of tool calls. Many servers reject the next request of a tool loop without them.
     *
     * - `received` sends back what this model's turns had.
     * - `always` also sends `reasoning_content: ""` with every other turn, as DeepSeek V4 demands.
     * - `never` sends none, for a server that rejects its own fields, such as DeepSeek R1.
     *
     * Default `received`.
     */
    readonly replay?: 'received' | 'always' | 'never' | undefined;
    /**
     * The field in which `maxTokens` is sent. The other one is used once a server has refused this one, so that setting it only
     * saves the first request of each LLM. Default `max_tokens`.
     */
    readonly maxTokensField?: MaxTokensField | undefined;
}
/**
 * Returns the chat-completions protocol, which most servers support. It is the default of `HttpLLM`.
 *
 * @throws {ConfigurationError} if an option is unknown or invalid.
 *
 * @example
 * ```ts no-run
 * import { chatCompletions, HttpLLM } from '@crew/llm-http';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://api.example.com/v1/chat/completions',
 *   protocol: chatCompletions({ maxTokensField: 'max_completion_tokens' }),
 *   maxTokens: 2_000,
 * });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export declare function chatCompletions(options?: ChatCompletionsOptions): Protocol;
/** Parses JSON. Returns the text unchanged if it is not JSON: the error of the decoder quotes its start. */
export declare function parseJson(body: string): unknown;

// scrubber/scrubber.d.ts
/**
 * Removes secrets from strings, errors and JSON, in every form in which a server may repeat them: plain and in different
 * case, percent-encoded, with escapes of JSON or HTML, in base64, base64url or hex, in up to four of these encodings on top
 * of each other, and truncated (`sk-abc...`). The work is proportional to the length of the text.
 *
 * @example
 * ```ts
 * import { Scrubber } from '@crew/llm-http/adapter';
 *
 * const scrubber = new Scrubber(['sk-4f9a7c21']);
 * console.log(scrubber.text('The key sk-4f9a7c21 is not valid.')); // The key [redacted] is not valid.
 * console.log(scrubber.json({ debug: 'c2stNGY5YTdjMjE=' })); // { debug: '[redacted]=' }, the key in base64
 * ```
 */
export declare class Scrubber {
    #private;
    constructor(secrets?: Iterable<string>);
    /** Adds a secret. Secrets of fewer than 4 characters are ignored. */
    add(secret: string): void;
    /** Returns the text without secrets. */
    text(text: string): string;
    /** Returns a truncated text without secrets. The beginning of a secret at its end is removed too. */
    truncated(text: string): string;
    /** Returns an optional text, such as a request id, without secrets. */
    optional(text: string | undefined): string | undefined;
    /** Returns a parsed JSON value without secrets in strings and member names. Values nested deeper than 100 are left out. */
    json(value: unknown): unknown;
    /** Removes secrets from all strings of an error and of its causes, in place. Returns the same error. */
    error<E extends Error>(error: E): E;
}

// secret/from-command.d.ts
import { type Clock } from '@crew/core';
import type { SecretContext } from './secret.ts';
/** Options of `fromCommand`. */
export interface FromCommandOptions {
    /** Time limit of one run, in milliseconds. The command is killed when it is exceeded. Default 30,000. */
    readonly timeout?: number | undefined;
    /** Time for which the printed secret is cached, in milliseconds. Default 300,000. */
    readonly maxAge?: number | undefined;
    /** Clock of both times. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Returns a function that reads a secret from the output of a command, such as the CLI of a vault. The command runs without a
 * shell: `argv` is the program and its arguments. Only one run is active at a time. Its output (at most 1 MiB), without one
 * trailing line break, is cached for `maxAge` or until the server refuses it. Errors contain neither output nor arguments.
 *
 * The command runs only while a call waits for it. The program and all its child processes are killed when it exceeds
 * `timeout`, when no call waits any more (the calls were aborted, or the LLM was closed), when it prints too much, when the
 * program itself exits, and when this process exits (SIGKILL to its process group; on Windows `taskkill /T`). The command has
 * no terminal and an empty standard input.
 *
 * @throws {CredentialError} from the returned function, if the command fails, exceeds `timeout` or prints nothing.
 *
 * @example
 * ```ts
 * import { fromCommand } from '@crew/llm-http';
 *
 * const key = fromCommand([process.execPath, '-p', '"sk-4f9a7c21"'], { maxAge: 60_000 });
 * console.log((await key({ signal: AbortSignal.timeout(10_000) })).length); // 11
 * ```
 */
export declare function fromCommand(argv: readonly string[], options?: FromCommandOptions): (context: SecretContext) => string | Promise<string>;

// secret/from-file.d.ts
import { type Clock } from '@crew/core';
import { type SecretContext } from './secret.ts';
/** Options of `fromFile`. */
export interface FromFileOptions {
    /** Clock of the polling interval and the time limit. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/** A function that reads a secret from a file: synchronously if it is called without a context, otherwise without blocking. */
export interface FileSecret {
    (): string;
    (context: SecretContext): string | Promise<string>;
}
/**
 * Returns a function that reads a secret from a file, such as a mounted secret that is rotated. The file is checked at most
 * once per second, on use, and read again when its inode, size or modification time has changed. One trailing line break is
 * removed. While the file is missing, empty or unreadable, as during a rotation, the last value is used.
 *
 * The file must be a regular file of at most 1 MiB. A FIFO, device, socket or directory is rejected without being opened. At
 * most 1 MiB is read, even from a file that claims to be empty and never ends.
 *
 * Adapters call the function without a context at construction, where it reads synchronously, and with a context for each
 * attempt. It then returns the value at once if that is less than a second old. Otherwise it returns a promise, which
 * settles within 30 seconds or when the signal of the context aborts.
 *
 * @throws {CredentialError} from the returned function, if the file has never been read successfully.
 *
 * @example
 * ```ts no-run
 * import { fromFile } from '@crew/llm-http';
 *
 * const token = fromFile('/var/run/secrets/llm/token');
 * console.log(token().length);
 * ```
 */
export declare function fromFile(path: string, options?: FromFileOptions): FileSecret;

// secret/secret.d.ts
/** The context in which a secret is read. */
export interface SecretContext {
    /** Aborted when the secret is no longer needed. */
    readonly signal: AbortSignal;
    /** The value that the server has just refused, if the secret is read again for that reason. */
    readonly refused?: string | undefined;
}
/**
 * A secret, or a function that returns one. The function is called for every attempt, so it should cache values that are
 * expensive to obtain. `fromEnv`, `fromFile` and `fromCommand` return such functions. A string is used unchanged.
 */
export type Secret = string | ((context: SecretContext) => string | Promise<string>);
/**
 * Returns a function that reads a secret from an environment variable at every use. One trailing line break is removed.
 *
 * @throws {ConfigurationError} from the returned function, if the variable is unset or empty. Adapters call it at
 * construction.
 *
 * @example
 * ```ts
 * import { fromEnv } from '@crew/llm-http';
 *
 * process.env['LLM_API_KEY'] = 'sk-4f9a7c21';
 * const key = fromEnv('LLM_API_KEY');
 * console.log(key().length); // 11
 * ```
 */
export declare function fromEnv(name: string): () => string;
/**
 * Checks an option that holds a secret. Secrets in environment variables and files are read and checked too.
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export declare function checkSecret(secret: unknown, what: string): asserts secret is Secret;
/**
 * Reads the current value of a secret. Returns a promise only if the function of the secret does.
 *
 * @throws {CredentialError} if the function fails. Throws if the function throws, and rejects if it rejects.
 * @throws {ConfigurationError} if the value is empty or cannot be sent in a header.
 *
 * @example
 * ```ts
 * import type { Authenticator, Secret } from '@crew/llm-http';
 * import { checkSecret, readSecret } from '@crew/llm-http/adapter';
 *
 * export function keyHeader(key: Secret): Authenticator {
 *   checkSecret(key, 'key');
 *   return {
 *     name: 'key-header',
 *     async authenticate(request, { signal }) {
 *       request.setHeader('x-api-key', await readSecret(key, 'key', { signal }));
 *     },
 *   };
 * }
 * ```
 */
export declare function readSecret(secret: Secret, what: string, context: SecretContext): string | Promise<string>;
/** Marks a function that can be called at any time and returns its secret at once, so that it is checked at construction. */
export declare function markSynchronous<T extends () => string>(read: T): T;
/** Returns true for a function that can be called at any time and returns its secret at once, as those of `fromEnv` and `fromFile`. */
export declare function isSynchronousSecret(secret: unknown): secret is () => string;
/** Removes one trailing line break, which editors and commands add. */
export declare function withoutLineBreak(text: string): string;

// transport/headers.d.ts
/** The header fields of a response by lower-case name; a list where the server sent the field several times. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>;
/**
 * Validates the name of a header field and returns it in lower case.
 *
 * @throws {ConfigurationError} if it is not a token or belongs to the transport.
 */
export declare function checkHeaderName(name: unknown, what: string): string;
/** Validates the `headers` option and returns the values by lower-case name. */
export declare function checkHeaders(headers: unknown): Readonly<Record<string, string>>;
/**
 * Checks that a credential can be sent in a header unchanged: visible ASCII, with spaces only inside (RFC 9110, section 5.5;
 * RFC 6750, section 2.1, allows even less).
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export declare function checkCredentialText(value: unknown, what: string): asserts value is string;

// transport/proxy.d.ts
/**
 * Options of a proxy. Connections are tunnelled through it with `CONNECT` (RFC 9110, section 9.3.6), so it cannot read what is
 * sent.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM, type ProxyOptions } from '@crew/llm-http';
 *
 * const proxy: ProxyOptions = { url: 'http://proxy.example:3128', username: 'crew', password: 'correct horse' };
 * await using llm = new HttpLLM({ endpoint: 'https://api.example.com/v1/chat/completions', proxy });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface ProxyOptions {
    /** The `http:` or `https:` URL of the proxy. It may contain user and password, percent-encoded. */
    readonly url: string | URL;
    /** User name for Basic authentication (RFC 7617). */
    readonly username?: string | undefined;
    /** Password for Basic authentication. */
    readonly password?: string | undefined;
    /** Value of `proxy-authorization`, for any other scheme. */
    readonly authorization?: string | undefined;
    /** Certificates to trust for an `https:` proxy, in addition to those that Node trusts (PEM). */
    readonly ca?: string | readonly string[] | undefined;
}
/** The validated options of a proxy. */
export interface ProxySettings {
    readonly url: string;
    readonly authorization: string | undefined;
    readonly ca: readonly string[] | undefined;
}
/** The proxies set in the environment, by the scheme of the endpoint. */
export interface EnvironmentProxies {
    /** `NO_PROXY`. */
    readonly none: string;
    readonly http: EnvironmentProxy | undefined;
    readonly https: EnvironmentProxy | undefined;
}
interface EnvironmentProxy {
    /** The URL, including user and password if it has them. */
    readonly url: string;
    readonly authorization: string | undefined;
}
/**
 * Validates the `proxy` option. For `'environment'` it reads the current environment variables.
 *
 * @throws {ConfigurationError} which never quotes the URL, because it may contain a password.
 */
export declare function checkProxy(proxy: string | URL | ProxyOptions | 'environment' | undefined): ProxySettings | EnvironmentProxies | undefined;
/** Returns all `proxy-authorization` values of the settings. */
export declare function proxyCredentials(proxy: ProxySettings | EnvironmentProxies | undefined): readonly string[];
/** Returns true for a single proxy, false for those of the environment. */
export declare function isProxy(proxy: ProxySettings | EnvironmentProxies): proxy is ProxySettings;
export {};

// transport/timeouts.d.ts
import { type Clock, type CrewError } from '@crew/core';
/**
 * Time limits in milliseconds. `Infinity` disables a limit. `firstByte` and `idle` measure the server: if this process was
 * suspended or busy, such a limit is extended once, by the time that the process was late, and at most by the limit itself.
 */
export interface Timeouts {
    /** Time limit for connecting: name lookup, TCP, proxy and TLS. Default 10,000. */
    readonly connect?: number | undefined;
    /** Time limit from the request to the first byte of the response, during which the model may think. Default 300,000. */
    readonly firstByte?: number | undefined;
    /** Time limit between two chunks of the response. Default 120,000. */
    readonly idle?: number | undefined;
    /** Time limit of a whole turn, including its retries. Default 600,000. */
    readonly total?: number | undefined;
}
/** The validated options, with defaults. */
export type TimeoutSettings = {
    readonly [Name in keyof Timeouts]-?: number;
};
/**
 * Validates the `timeouts` option and adds defaults.
 *
 * @throws {ConfigurationError} if an option is unknown or not a positive number.
 */
export declare function checkTimeouts(timeouts: Timeouts | undefined): TimeoutSettings;
/** A wait for the server that has a time limit. */
export type Wait = 'first-byte' | 'idle';
/**
 * The deadlines of one turn, or of one fetch. The signal aborts when the signal of the caller aborts, when the LLM is closed,
 * or when the first deadline passes. All deadlines share one timer, which is rarely moved.
 */
export declare class Deadlines {
    #private;
    constructor(options: {
        readonly clock: Clock;
        /** Origin and path of the URL, for errors. */
        readonly server: string;
        /** Total time limit, in milliseconds. */
        readonly total: number;
        /** Part of the total that has already passed, in milliseconds. Default 0. */
        readonly elapsed?: number | undefined;
        /** The shortest wait that will occur, so that the timer need not be moved. */
        readonly shortest: number;
        readonly parent?: AbortSignal | undefined;
    });
    get signal(): AbortSignal;
    /** Remaining part of the total, in milliseconds. */
    get remaining(): number;
    /** Aborts the signal. */
    abort(reason: CrewError): void;
    /** Starts a wait. It replaces the previous one. */
    startWait(kind: Wait, limit: number): void;
    /** Restarts the current wait, because data has arrived. */
    restartWait(): void;
    /** Ends the current wait. */
    endWait(): void;
    /** Settles like the promise, or rejects with the abort reason as soon as the signal aborts. */
    race<T>(work: Promise<T>): Promise<T>;
    /**
     * Checks the total time limit. Call it in work that keeps the event loop busy, during which no timer fires.
     *
     * @throws the abort reason, if the signal is aborted or the total has passed.
     */
    throwIfExpired(): void;
    /** Waits until the time has passed or the signal aborts. */
    sleep(milliseconds: number): Promise<void>;
    /** Clears the timer and removes the listener. */
    dispose(): void;
}

// turn/retry.d.ts
import type { Clock } from '@crew/core';
import type { WireHeaders } from '../transport/headers.ts';
/**
 * Options for retries of failed attempts.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM, type RetryOptions } from '@crew/llm-http';
 *
 * const retry: RetryOptions = { retries: 5, baseDelay: 1_000, maxDelay: 30_000 };
 * await using llm = new HttpLLM({ endpoint: 'https://api.example.com/v1/chat/completions', retry });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface RetryOptions {
    /** Maximum number of retries. Default 2; 0 disables them. */
    readonly retries?: number | undefined;
    /**
     * Base of the exponential backoff with full jitter, in milliseconds: the first delay is random between 0 and this value,
     * and the upper bound doubles with each retry. Default 500.
     */
    readonly baseDelay?: number | undefined;
    /** Maximum delay of the backoff, in milliseconds. Default 8,000. */
    readonly maxDelay?: number | undefined;
    /** Maximum delay that a server can ask for, in milliseconds. The call fails if it asks for more. Default 60,000. */
    readonly maxRetryAfter?: number | undefined;
}
/** The validated options, with defaults. */
export type RetrySettings = {
    readonly [Name in keyof RetryOptions]-?: number;
};
/**
 * Validates the `retry` option and adds defaults.
 *
 * @throws {ConfigurationError} if an option is unknown, negative or not a number.
 */
export declare function checkRetryOptions(options: RetryOptions | undefined): RetrySettings;
/** Returns a random delay that increases with each retry, so that calls which failed together are not retried together. */
export declare function retryDelay(settings: RetrySettings, retriesSoFar: number): number;
/** Returns true if a request that failed with this status may be retried. `x-should-retry` overrides the status. */
export declare function isRetryable(status: number, headers: WireHeaders): boolean;
/**
 * Returns the delay that the server asks for, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date
 * (RFC 9110, section 10.2.3), which is compared with the server's own `date`.
 *
 * @example
 * ```ts
 * import { systemClock } from '@crew/core';
 * import { retryAfterDelay } from '@crew/llm-http/adapter';
 *
 * console.log(retryAfterDelay({ 'retry-after': '30' }, systemClock)); // 30000
 * console.log(retryAfterDelay({}, systemClock)); // undefined
 * ```
 */
export declare function retryAfterDelay(headers: WireHeaders, clock: Clock): number | undefined;
