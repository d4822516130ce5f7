// The public surface of @crew/llm-http. Written by `pnpm api:update`; see docs/versions.md.

// adapter.d.ts
export type { AuthContext, AuthHost, ConnectionCredentials, OutgoingRequest, Refusal, RefusalResult, ResponseHead, TransportFetch, TransportFetchInit, } from './auth/authenticator.ts';
export { authenticators } from './auth/authenticators.ts';
export type { ObtainedCredential } from './credential/obtained.ts';
export { RenewingCredential } from './credential/renewing-credential.ts';
export type { RenewingCredentialOptions } from './credential/renewing-credential-options.ts';
export { type CredentialKey, RenewingCredentials, type RenewingCredentialsOptions, } from './credential/renewing-credentials.ts';
export { withinFileDeadline } from './files/file-deadline.ts';
export { fileState, fileStateSync, type OrdinaryFile, type ReadFileOptions, readOrdinaryFile, readOrdinaryFileSync, } from './files/ordinary-file.ts';
export { hasPrivateFolder, type PrivateFileOptions, preparePrivateFolder, readPrivateFile, removePrivateFile, replacePrivateFile, } from './files/private-file.ts';
export { quoteError, sanitiseCauses } from './foreign-error.ts';
export { checkHeaderName } from './header-rules.ts';
export { checkClock, checkOptionNames } from './option-checks.ts';
export { retryAfterDelay } from './retry-policy.ts';
export { Scrubber } from './scrubber.ts';
export { checkCredentialText } from './secret/credential-text.ts';
export { checkSecret, isSynchronousSecret, readSecret } from './secret/secret.ts';
export { showName } from './show-name.ts';

// auth/authenticator.d.ts
import type { PeerCertificate } from 'node:tls';
import type { CrewEvent } from '@crew/core';
/** One attempt's request: a fresh copy each time. What is set here is scrubbed from every error and event. */
export interface OutgoingRequest {
    readonly method: string;
    /** The full URL, with what `setQuery` added. */
    readonly url: string;
    /** By lower-case name. */
    readonly headers: Readonly<Record<string, string>>;
    /** The bytes that are sent. Not to be changed. */
    readonly body: Uint8Array;
    /**
     * Sets a header, in place of one of the same name.
     *
     * @throws {ConfigurationError} for a name that is no token (RFC 9110, section 5.1) or that belongs to the transport
     * (`host`, `content-length`, ...), for a value that is not visible ASCII, and for a header that another
     * authenticator of the same LLM has set (RFC 9110, section 11.6.2: one `authorization`).
     */
    setHeader(name: string, value: string): void;
    /** Sets a parameter of the URL's query. Only where the server takes its credential nowhere else (RFC 6750, 2.3). */
    setQuery(name: string, value: string): void;
    /** Names a further secret of this attempt, which is then scrubbed like the ones that were set. */
    addSecret(value: string): void;
}
/** The beginning of a response. */
export interface ResponseHead {
    readonly status: number;
    /** The URL that was asked, without its query. */
    readonly url: string;
    /** By lower-case name. A list where the server sent the header several times. */
    readonly headers: Readonly<Record<string, string | readonly string[]>>;
}
/** A response that may be a refusal of the credential. */
export interface Refusal extends ResponseHead {
    /** At most the first 64 KiB of the body, as text. */
    readonly bodyStart: string;
}
/** What a connection is made with. Values only: the transport owns every connection. */
export interface ConnectionCredentials {
    /** A new `id` means new credentials: connections made with the old ones are used for no further request. */
    readonly id: string;
    /** The client's certificate chain, the leaf first (PEM). */
    readonly cert?: string | undefined;
    /** Its private key (PEM). */
    readonly key?: string | undefined;
    /** The only authorities to trust for the server's certificate (PEM). Replaces every other. */
    readonly ca?: readonly string[] | undefined;
    /** The name to ask for and to expect in the server's certificate (RFC 6066, section 3). Default: the URL's host. */
    readonly serverName?: string | undefined;
    /** The oldest version of TLS to speak. Default: Node's, TLS 1.2. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
    /**
     * Decides about a server whose chain was verified, in place of comparing its name: an error ends the connection. As in
     * node:tls. Not asked about a proxy.
     */
    readonly checkServerIdentity?: ((host: string, certificate: PeerCertificate) => Error | undefined) | undefined;
}
/** Options of one request of a `TransportFetch`. */
export interface TransportFetchInit extends RequestInit {
    /**
     * Longest response that is read, in bytes after decoding; the connection is closed as soon as there is more. Default,
     * and at most: the LLM's `maxResponseBytes`.
     */
    readonly maxResponseBytes?: number | undefined;
}
/** A `fetch` (WHATWG Fetch) over the transport of an LLM, which can bound the response. */
export type TransportFetch = (input: Parameters<typeof fetch>[0], init?: TransportFetchInit) => Promise<Response>;
/** The LLM that an authenticator is attached to. */
export interface AuthHost {
    /** Scheme, host and port of the endpoint. */
    readonly origin: string;
    /**
     * The LLM's transport (authorities, proxy, client certificate) without its authenticators, for token requests and
     * renewals in the background. Redirects are returned, not followed. Reads the whole response before it resolves, and
     * at most `maxResponseBytes` of it: pass the most that you can use. Rejects with a `CrewError`.
     *
     * @example
     * const response = await host.fetch(tokenEndpoint, { method: 'POST', body, maxResponseBytes: 1_048_576 });
     */
    readonly fetch: TransportFetch;
    /** Tells the LLM's listeners (`llm.on('credential', ...)`) of what belongs to no turn. */
    emit(event: CrewEvent): void;
}
/**
 * The attempt that an authenticator works for. All its calls of one attempt are given the same object, and the same
 * request.
 */
export interface AuthContext {
    /** Aborted when the turn is. */
    readonly signal: AbortSignal;
    /** From 1; each resend counts. */
    readonly attempt: number;
    /** Whether this call was sent again with a renewed credential already: another `renewed` would not be acted upon. */
    readonly renewed: boolean;
    /** What the caller passed as `authContext`, untouched. */
    readonly authContext: unknown;
    /** What the leased connection was made with. Cache what is bound to a connection by its `id`. */
    readonly connection: ConnectionCredentials | undefined;
    /** As `AuthHost.fetch`, on the leased connection. */
    readonly fetch: TransportFetch;
    /** Tells the callbacks of the turn. Pass it to `RenewingCredential.get`. */
    emit(event: CrewEvent): void;
}
/**
 * What became of a refusal: `false`: it stands. `renewed`: there is a new credential. `challenged`: the server asked
 * for something that is there now, a nonce say; the credential stands. After the latter two the request is sent again,
 * at most once for each of them in one call.
 */
export type RefusalResult = false | 'renewed' | 'challenged';
/**
 * Any authentication: an object with a name and one method. One authenticator may serve several LLMs and many calls at
 * once, so what belongs to one call lives in locals, or in a `WeakMap` by the request.
 */
export interface Authenticator {
    /** For errors, events and diagnostics. Never a secret. */
    readonly name: string;
    /** Called once for each LLM, when it is constructed. May refuse by throwing a `ConfigurationError`. */
    attach?(host: AuthHost): void;
    /**
     * What connections are made with. Called before each attempt, so it answers at once when nothing changed. At most one
     * authenticator of an LLM has it.
     */
    connection?(context: {
        readonly signal: AbortSignal;
    }): ConnectionCredentials | Promise<ConnectionCredentials>;
    /** Puts the credential on one attempt. Returns nothing when it needed no wait. */
    authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
    /** Told of every response, redirects included. */
    onResponse?(response: ResponseHead, context: AuthContext): void;
    /** For other statuses than 401, which always is one: is this a refusal of my credential? Rate limiting never is. */
    isRefusal?(response: Refusal): boolean;
    /** Called when the server refused. Obtains a new credential before it answers `renewed`. */
    onRefusal?(request: OutgoingRequest, refusal: Refusal, context: AuthContext): RefusalResult | Promise<RefusalResult>;
    /**
     * The server answered 429. Milliseconds until this authenticator has another credential to try (0: at once), in place
     * of the wait that the server asked for; `undefined` when it has none.
     */
    onRateLimit?(response: ResponseHead, context: AuthContext): number | undefined;
    /** Frees what it holds. Called when the last LLM that it is attached to closes. */
    close?(): Promise<void>;
}

// auth/authenticators.d.ts
import type { Authenticator } from './authenticator.ts';
/** One authenticator, several, or none: what the `auth` option takes. */
export type Authentication = Authenticator | readonly Authenticator[] | undefined;
/**
 * The authenticators in one list, in this order. An adapter puts its own in front of its user's:
 * `super({ ...rest, auth: authenticators(mine, auth) })`.
 *
 * @throws {ConfigurationError} for what is no authenticator, for one that is given twice, and for two that both decide
 * what connections are made with.
 */
export declare function authenticators(...auth: readonly Authentication[]): readonly Authenticator[];

// credential/obtained.d.ts
/** A credential as a mechanism obtained it. */
export interface ObtainedCredential<T> {
    /** The credential itself: a token, a signed assertion, a set of cookies. Never `undefined`. */
    readonly value: T;
    /** When it stops being accepted, in milliseconds since the epoch. `undefined`: only a refusal ends it. */
    readonly expiresAt: number | undefined;
    /**
     * From when on it should be renewed, in milliseconds since the epoch, where the server says so. A moment that is not
     * in the future is ignored. Default: a tenth of its life before the end, at least 30 seconds and at most 5 minutes,
     * never more than half its life.
     */
    readonly renewAfter?: number | undefined;
}

// credential/renewing-credential-options.d.ts
import type { Clock, CrewEvent } from '@crew/core';
import type { ObtainedCredential } from './obtained.ts';
/** How a `RenewingCredential` gets its value, and what it reports to. */
export interface RenewingCredentialOptions<T> {
    /**
     * Obtains a new credential. `signal` aborts when the deadline passes or nobody wants the result any more; `refused` is
     * the value that the server refused, where that is why a new one is wanted. Throw a `CredentialError`: its `terminal`
     * and `retryAfter` are honoured. A `ConfigurationError` stays one; anything else is wrapped.
     */
    obtain(context: {
        readonly signal: AbortSignal;
        readonly refused: T | undefined;
    }): Promise<ObtainedCredential<T>>;
    /** Milliseconds that one obtain may take. Default 30,000. */
    readonly deadline?: number | undefined;
    /** The authenticator's name, for errors and events. Default `credential`. */
    readonly name?: string | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
    /** Told of every obtain that no caller waited for: the early renewals in the background. Pass on `AuthHost.emit`. */
    readonly emit?: ((event: CrewEvent) => void) | undefined;
}

// credential/renewing-credential.d.ts
import { type CrewEvent } from '@crew/core';
import type { RenewingCredentialOptions } from './renewing-credential-options.ts';
/**
 * Keeps one credential, shares it among all who need it, and renews it. Mechanisms only obtain; the policy is here:
 *
 * - One obtain is under way at a time, however many wait. A caller's abort ends that caller's wait only; when the last
 *   one has left, the obtain is aborted.
 * - It is renewed early, by its use and in the background, while the old value is handed out. A failed early renewal
 *   keeps the old value and is tried again later, with increasing pauses.
 * - It expires by the wall clock or by the monotonic one, whichever comes first, a little (5 % of its life, at most
 *   10 s) before its time.
 * - After a failure callers fail at once with that error until a pause is over: 1 to 60 s, growing, or what the source
 *   asked for; 5 minutes after a terminal error.
 * - It has no timer: a program that stops using it renews nothing.
 */
export declare class RenewingCredential<T> {
    #private;
    /** @throws {ConfigurationError} for a deadline that is not a positive number. */
    constructor(given: RenewingCredentialOptions<T>);
    /** The value if it can be used now, without any wait. Starts the early renewal when it is time. */
    fresh(): T | undefined;
    /** Whether an obtain is under way. */
    get isRenewing(): boolean;
    /**
     * The value, obtained if need be. `emit` is told when this caller had to wait: pass on `AuthContext.emit`.
     *
     * @throws {CredentialError} when it could not be obtained. Each caller gets an error object of its own.
     * @throws {AbortError} when `signal` aborts first.
     * @throws {ConfigurationError} inside the very function that obtains it.
     */
    get(signal: AbortSignal, emit?: (event: CrewEvent) => void): Promise<T>;
    /**
     * The server refused this value. It is dropped if it is still the current one, so that many calls which were refused
     * together cause one renewal, and a late refusal of an old value none. When the source was told and gave the same value
     * again, refusals of it are passed over for a second.
     */
    refused(value: T): void;
    /** Ends the obtain under way, rejects those who wait for it, and forgets the value. A later `get` obtains anew. */
    close(): void;
}

// credential/renewing-credentials.d.ts
import type { ObtainedCredential } from './obtained.ts';
import { RenewingCredential } from './renewing-credential.ts';
import type { RenewingCredentialOptions } from './renewing-credential-options.ts';
/** What one credential among many is for: everything that changes the answer, such as tenant, scopes, resource. */
export type CredentialKey = readonly (string | undefined)[];
/** How `RenewingCredentials` obtains the credential of a key. The rest is as for one `RenewingCredential`. */
export interface RenewingCredentialsOptions<T> extends Omit<RenewingCredentialOptions<T>, 'obtain'> {
    /** Obtains the credential of one key, as `RenewingCredentialOptions.obtain` does. */
    obtain(context: {
        readonly key: CredentialKey;
        readonly signal: AbortSignal;
        readonly refused: T | undefined;
    }): Promise<ObtainedCredential<T>>;
    /** How many keys are kept. Beyond it the least recently used goes, if nobody is waiting for it. Default 1,000. */
    readonly size?: number | undefined;
}
/** A bounded set of renewing credentials, one for each key. */
export declare class RenewingCredentials<T> {
    #private;
    /** @throws {ConfigurationError} for a size that is not a positive integer. */
    constructor(given: RenewingCredentialsOptions<T>);
    /** The credential of this key. Two keys are the same when all their parts are. */
    of(key: CredentialKey): RenewingCredential<T>;
    /** Closes every credential. */
    close(): void;
}

// files/file-deadline.d.ts
import { type Clock } from '@crew/core';
/**
 * Waits for work on a file until the caller's signal aborts or 30 seconds are over. The work itself goes on: what a network
 * file system does not answer cannot be cancelled. So do not begin other work on the same file meanwhile.
 *
 * @throws {CredentialError} naming the path, when the time is over.
 * @throws {AbortError} when the signal aborts first.
 */
export declare function withinFileDeadline<T>(work: Promise<T>, limit: {
    readonly path: string;
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
}): Promise<T>;

// files/ordinary-file.d.ts
import { type BigIntStats } from 'node:fs';
import { CredentialError } from '@crew/core';
/** Content and state of one file, taken from one open descriptor, so that they belong together. */
export interface OrdinaryFile {
    readonly bytes: Buffer;
    /** A text that changes whenever the file is written or replaced. */
    readonly state: string;
    /** Permission bits. Meaningless on Windows. */
    readonly mode: number;
    /** User id of the owner. Meaningless on Windows. */
    readonly uid: number;
}
/** Options for reading a file that should be an ordinary small one. */
export interface ReadFileOptions {
    /** Subject of error messages. Default: the file, with its path as `showName` gives it. */
    readonly subject?: string | undefined;
    /** Selects whether symbolic links are followed. Default true. */
    readonly followLinks?: boolean | undefined;
    /** Checked between two reads. A read under way in the system cannot be cancelled. */
    readonly signal?: AbortSignal | undefined;
}
/** Size limit of secrets, certificates, tokens and store files, in bytes: 1 MiB. */
export declare const LARGEST_FILE = 1048576;
/**
 * Reads a small ordinary file. A FIFO, device, socket or folder is never opened, a read never waits for data, and at most
 * 1 MiB and one byte are read, also from a file that claims to be empty and never ends.
 *
 * @returns `undefined` when there is no such file.
 * @throws {CredentialError} naming the path and the reason; never showing content.
 */
export declare function readOrdinaryFile(path: string, options?: ReadFileOptions): Promise<OrdinaryFile | undefined>;
/**
 * Does the same synchronously, for the check of options at construction. It cannot hang on local files; on a network file
 * system that does not answer it blocks as long as the system does.
 */
export declare function readOrdinaryFileSync(path: string, options?: ReadFileOptions): OrdinaryFile | undefined;
/** Returns the `state` that `readOrdinaryFile` would give now, without opening the file; `missing` when there is none. */
export declare function fileState(path: string): Promise<string>;
/** Does the same synchronously. */
export declare function fileStateSync(path: string): string;
/** Names the kind of a file that is not an ordinary one. */
export declare function kindOf(stats: Pick<BigIntStats, 'isFIFO' | 'isSocket' | 'isDirectory' | 'isSymbolicLink'>): string;
/** Makes the error of a file: `The file /run/token is larger than 1 MiB.` */
export declare function fileError(path: string, why: string, options?: Pick<ReadFileOptions, 'subject'>): CredentialError;
/** Returns the system's code of what a file operation threw. */
export declare function codeOf(thrown: unknown): string;

// files/private-file.d.ts
import { type ReadFileOptions } from './ordinary-file.ts';
/** Options for a file that only its owner can use: the subject of its error messages. */
export type PrivateFileOptions = Pick<ReadFileOptions, 'subject'>;
/**
 * Reads a file that only its owner can use. One that is a symbolic link, is not an ordinary file, belongs to another user,
 * is accessible to others or is larger than 1 MiB is refused: somebody else may have put it there.
 *
 * @returns `undefined` when there is no such file.
 * @throws {CredentialError} naming the path and the reason; never showing content.
 */
export declare function readPrivateFile(path: string, options?: PrivateFileOptions): Promise<string | undefined>;
/**
 * Replaces a file that only its owner can use, as a whole: readers see the old content or the new, also after a crash. The
 * folder is made where it is missing (mode 0700). Unfinished files of writers that were killed are removed.
 *
 * @throws {CredentialError} naming the path and the reason; never showing content.
 */
export declare function replacePrivateFile(path: string, text: string, options?: PrivateFileOptions): Promise<void>;
/** Removes the file, if there is one. */
export declare function removePrivateFile(path: string, options?: PrivateFileOptions): Promise<void>;
/** Makes a folder that only its owner can use, where it is missing, and checks it like `hasPrivateFolder`. */
export declare function preparePrivateFolder(path: string, options?: PrivateFileOptions): Promise<void>;
/**
 * Returns whether the folder exists.
 *
 * @throws {CredentialError} when it is not a folder, belongs to another user, or is accessible to others.
 */
export declare function hasPrivateFolder(path: string, options?: PrivateFileOptions): Promise<boolean>;

// foreign-error.d.ts
import { CrewError } from '@crew/core';
/**
 * Returns what foreign code threw, fit to be a `cause`: a `CrewError` unchanged, anything else reduced to name, message, code
 * and stack. HTTP clients attach whole requests to their errors, credentials included, and a printed error prints its cause.
 * Message and stack quote servers and certificates, so they are cut to a few thousand printable characters.
 */
export declare function sanitiseCause(thrown: unknown): Error;
/**
 * Returns what foreign code says in the error that it threw, as one line of printable characters for the message of another
 * error: at most 500 of them. It is cut between words, so that no half of a secret is left that a `Scrubber` would know only
 * as a whole.
 */
export declare function quoteError(thrown: unknown, otherwise?: string): string;
/**
 * A `CrewError` that foreign code threw, with the first cause of it that is none reduced. One that lets nothing be changed,
 * a frozen one say, is told anew: what it quotes could not be taken out of it either.
 */
export declare function sanitiseCauses(error: CrewError): CrewError;
/** Node reports every address it tried in one error. */
export declare function firstOf(thrown: unknown): unknown;
/** The code of an error, or else its name. */
export declare function codeOf(error: Error): string;

// header-rules.d.ts
/**
 * The name in lower case.
 *
 * @throws {ConfigurationError} when it is no token, or not the user's or an authenticator's to set.
 */
export declare function checkHeaderName(name: unknown, what: string): string;
/** The `headers` option by lower-case name, checked. */
export declare function checkHeaders(headers: unknown): Readonly<Record<string, string>>;

// http-llm-options.d.ts
import { type BaseLLMOptions, type Clock } from '@crew/core';
import type { Authenticator } from './auth/authenticator.ts';
import { type Authentication } from './auth/authenticators.ts';
import { type Protocol } from './protocol.ts';
import { type RetryOptions, type RetrySettings } from './retry-policy.ts';
import { type EnvironmentProxies, type ProxyOptions, type ProxySettings } from './transport/proxy.ts';
import { type TimeoutSettings, type Timeouts } from './transport/timeouts.ts';
/** What an `HttpLLM` takes. Only `endpoint` is needed. */
export interface HttpLLMOptions extends BaseLLMOptions {
    /** The full URL to post to; nothing is appended. `https:`, or `http:` to this machine. */
    readonly endpoint: string | URL;
    /** How requests are authenticated: one authenticator, or several in this order; one that signs bytes is last. */
    readonly auth?: Authentication;
    /** How turns are written and read. Default: `chatCompletions()`. */
    readonly protocol?: Protocol | undefined;
    /** Further headers of every request, by name. Not for credentials. */
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly timeouts?: Timeouts | undefined;
    readonly retry?: RetryOptions | undefined;
    /** A proxy's URL or options; `'environment'` for what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. Default: none. */
    readonly proxy?: string | URL | ProxyOptions | 'environment' | undefined;
    /** PEM certificates of private authorities to trust for the endpoint. */
    readonly ca?: string | readonly string[] | undefined;
    /** Whether `ca` is trusted beside the certificates that Node trusts, or alone. Default `append`. */
    readonly caMode?: 'append' | 'replace' | undefined;
    /** Speak HTTP/2 where the server offers it. Default false. */
    readonly allowH2?: boolean | undefined;
    /** Allow `http:` to other machines, where the network itself is protected. Default false. */
    readonly allowInsecureHttp?: boolean | undefined;
    /** The longest answer, in bytes after decoding. Default 64 MiB. */
    readonly maxResponseBytes?: number | undefined;
    /** Whether the model can call tools. `false` makes agents use the text protocol. Default true. */
    readonly functionCalling?: boolean | undefined;
    /** Whether the server takes stop words. Replies are cut at them in either case. Default true. */
    readonly stopWords?: boolean | undefined;
    /** Tokens that the model reads and writes together. Default `Infinity`: the server says when it is too much. */
    readonly contextWindow?: number | undefined;
}
/** The options, checked and complete. */
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
    readonly functionCalling: boolean;
    readonly stopWords: boolean;
    readonly contextWindow: number;
    readonly clock: Clock;
}
/** @throws {ConfigurationError} naming the option that is wrong, never its value. */
export declare function checkOptions(given: HttpLLMOptions): HttpLLMSettings;

// http-llm.d.ts
import { type AssistantTurn, BaseLLM, type CallOptions, type Prompt, type StreamPart, type ToolFunction, type TurnRequest } from '@crew/core';
import { type HttpLLMOptions } from './http-llm-options.ts';
/** A `call` that resolves to text: without tools, or with the functions that run them. */
type TextCallOptions = CallOptions & ({
    readonly tools?: undefined;
} | {
    readonly availableFunctions: Readonly<Record<string, ToolFunction>>;
});
/**
 * A model behind an HTTP endpoint: a protocol, authenticators and a transport. Close it when it is no longer used.
 *
 * @example
 * await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:8080/v1/chat/completions' });
 * console.log(await llm.call('Say hello.'));
 */
export declare class HttpLLM extends BaseLLM {
    #private;
    /** @throws {ConfigurationError} naming the option that is wrong. */
    constructor(options: HttpLLMOptions);
    /**
     * Asks the model. Given `availableFunctions` it runs the tools itself and resolves to the final text; with `tools`
     * alone it resolves to an `AssistantTurn`, whose tool calls are the caller's to run; otherwise to the text.
     *
     * @throws {CrewError} `AuthenticationError`, `CredentialError`, `RateLimitError`, `ContextWindowExceededError`,
     * `ResponseError`, `ConnectionError`, `TimeoutError`, `ProtocolError`, `AbortError`, and with functions what
     * `runToolLoop` throws.
     */
    call(messages: Prompt, options?: TextCallOptions): Promise<string>;
    call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
    supportsFunctionCalling(): boolean;
    /** False too once the server has refused stop words. */
    supportsStopWords(): boolean;
    getContextWindowSize(): number;
    /**
     * Obtains the connection's credentials and the request's ahead of the first call, so that what is wrong with them is
     * known now. Sends nothing to the endpoint.
     *
     * @throws {ConfigurationError} for material that cannot be used, and `CredentialError` when it cannot be obtained.
     */
    ready(signal?: AbortSignal): Promise<void>;
    respond(request: TurnRequest): Promise<AssistantTurn>;
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
    /** Ends the calls under way, lets the authenticators go, and closes every connection. May be called again. */
    close(): Promise<void>;
}
export {};

// index.d.ts
export type { Authenticator } from './auth/authenticator.ts';
export type { Authentication } from './auth/authenticators.ts';
export { HttpLLM } from './http-llm.ts';
export type { HttpLLMOptions } from './http-llm-options.ts';
export { chatCompletions, type EncodedRequest, type Protocol, type ProtocolSettings, type ResponseContext, } from './protocol.ts';
export type { RetryOptions } from './retry-policy.ts';
export { type FromCommandOptions, fromCommand } from './secret/from-command.ts';
export { fromEnv } from './secret/from-env.ts';
export { type FileSecret, type FromFileOptions, fromFile } from './secret/from-file.ts';
export type { Secret, SecretContext } from './secret/secret.ts';
export type { ProxyOptions } from './transport/proxy.ts';
export type { Timeouts } from './transport/timeouts.ts';

// option-checks.d.ts
import { type Clock } from '@crew/core';
/**
 * Refuses options that do not exist, so that a misspelt one is not silently without effect.
 *
 * @throws {ConfigurationError} naming the option and those that exist.
 */
export declare function checkOptionNames(options: object, names: readonly string[], what: string): void;
/**
 * The `clock` option, or the machine's clock where none is given.
 *
 * @throws {ConfigurationError} for one that lacks a method.
 */
export declare function checkClock(clock: Clock | undefined): Clock;
/** A group of options that are all numbers, with its defaults filled in. `refusal` says what is wrong with a value. */
export declare function numberOptions<Name extends string>(what: string, given: unknown, defaults: Readonly<Record<Name, number>>, refusal: (name: Name, value: number) => string | undefined): Readonly<Record<Name, number>>;

// protocol.d.ts
import type { AssistantTurn, StreamPart, TurnRequest } from '@crew/core';
/** What a protocol is told of the LLM. */
export interface ProtocolSettings {
    readonly model: string | undefined;
    readonly stream: boolean;
}
/** What is known of a response besides its body, for errors. */
export interface ResponseContext {
    /** Who answered: origin and path. */
    readonly server: string;
    readonly requestId: string | undefined;
}
/** A request as bytes. */
export interface EncodedRequest {
    /** By lower-case name; `content-type` among them. */
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array;
}
/** How a turn is written for a server, and its answer read: pure functions, which know nothing of HTTP's faults. */
export interface Protocol {
    /** For errors. */
    readonly name: string;
    encodeRequest(turn: TurnRequest, settings: ProtocolSettings): EncodedRequest;
    /** The turn in the body of a 2xx answer. Throws a `ProtocolError`, or a `ResponseError` for an error in it. */
    decodeResponse(body: string, context: ResponseContext): AssistantTurn;
    /** The same as a stream, which closes `chunks` when its consumer stops. */
    decodeEvents(chunks: AsyncIterable<Uint8Array>, context: ResponseContext): AsyncIterable<StreamPart>;
}
/** The chat-completions protocol, which most servers speak. The default of `HttpLLM`. */
export declare function chatCompletions(): Protocol;
/** The text itself where it is no JSON: the decoder shows its beginning. */
export declare function parse(body: string): unknown;

// retry-policy.d.ts
import type { Clock } from '@crew/core';
import type { WireHeaders } from './transport/exchange.ts';
/** When and how often a failed attempt is repeated. */
export interface RetryOptions {
    /** Attempts after the first. Default 2; 0 for none. */
    readonly retries?: number | undefined;
    /** Milliseconds: the first wait is random between 0 and this, each further one between 0 and twice as much. Default 500. */
    readonly baseDelay?: number | undefined;
    /** The longest such wait, in milliseconds. Default 8,000. */
    readonly maxDelay?: number | undefined;
    /** The longest wait that a server may ask for, in milliseconds; when it asks for more, the call fails. Default 60,000. */
    readonly maxRetryAfter?: number | undefined;
}
export type RetrySettings = {
    readonly [Name in keyof RetryOptions]-?: number;
};
/** @throws {ConfigurationError} for a name that does not exist, or a value that is negative or no number. */
export declare function retrySettings(options: RetryOptions | undefined): RetrySettings;
/** A random wait that grows with each retry, so that callers which failed together do not come back together. */
export declare function backOff(settings: RetrySettings, retriesSoFar: number): number;
/** Whether an error of this status may pass: what the server says in `x-should-retry` goes before the status. */
export declare function isRetryable(status: number, headers: WireHeaders): boolean;
/**
 * Milliseconds that the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110,
 * section 10.2.3), which is read against the server's own `date`.
 */
export declare function retryAfterDelay(headers: WireHeaders, clock: Clock): number | undefined;

// scrubber.d.ts
/**
 * Takes the secrets of a turn out of texts, in whatever form a server may have sent them back: plain and in other case,
 * percent-encoded, with the escapes of JSON and HTML, in base64 or base64url, in hex, in up to four of these on top of each
 * other, and cut (`sk-abc...`). Its work is proportional to the length of the text.
 */
export declare class Scrubber {
    #private;
    constructor(secrets?: Iterable<string>);
    add(secret: string): void;
    text(text: string): string;
    /** Scrubs a text that broke off: the beginning of a secret at its end is taken out too. */
    beginning(text: string): string;
    /** A short value of an answer, such as the id of a request. */
    value(value: string | undefined): string | undefined;
    /** A parsed JSON value with every string in it scrubbed, names of members included. What is nested too deep is left out. */
    json(value: unknown): unknown;
    /** Scrubs the error itself, its stack and its causes, and returns it. */
    error<E extends Error>(error: E): E;
}

// secret/credential-text.d.ts
/**
 * Checks that a credential can be sent in a header as it is: visible ASCII, with spaces only inside (RFC 9110, section
 * 5.5; RFC 6750, section 2.1, allows even less).
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export declare function checkCredentialText(value: unknown, what: string): asserts value is string;
/** The text without one trailing line break, which editors and commands put there. */
export declare function withoutLineBreak(text: string): string;

// secret/from-command.d.ts
import { type Clock } from '@crew/core';
import type { SecretContext } from './secret.ts';
/** Options of `fromCommand`. */
export interface FromCommandOptions {
    /** Milliseconds that one run may take; then the command is killed. Default 30,000. */
    readonly timeout?: number | undefined;
    /** Milliseconds for which the printed secret is used before the command runs again. Default 300,000. */
    readonly maxAge?: number | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * A secret that a command prints, such as a vault's CLI. It runs without a shell: `argv` is the program and its
 * arguments. One run is under way at a time; its output (at most 1 MiB), less one trailing line break, is used for `maxAge`,
 * or until the server refuses it. Neither output nor arguments ever go into an error.
 *
 * The command runs only while a call waits for it. When it takes longer than `timeout`, when no call waits any more (because
 * the calls were aborted or the LLM was closed), when it prints too much, when it has ended and when this process exits,
 * everything that it started is killed (SIGKILL to its process group; on Windows `taskkill /T`). It has no terminal and an
 * empty standard input.
 *
 * @throws {CredentialError} from the returned function, when the command failed, took too long or printed nothing.
 */
export declare function fromCommand(argv: readonly string[], options?: FromCommandOptions): (context: SecretContext) => string | Promise<string>;

// secret/from-env.d.ts
/**
 * A secret in an environment variable. Read at every use; one trailing line break is dropped.
 *
 * @throws {ConfigurationError} from the returned function, when the variable is unset or empty. Adapters call it at
 * construction.
 */
export declare function fromEnv(name: string): () => string;

// secret/from-file.d.ts
import { type Clock } from '@crew/core';
import { type SecretContext } from './secret.ts';
/** Options of `fromFile`. */
export interface FromFileOptions {
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** A secret in a file: read at once when it is called without a context, otherwise without blocking the process. */
export interface FileSecret {
    (): string;
    (context: SecretContext): string | Promise<string>;
}
/**
 * A secret in a file, such as a mounted one that is rotated. The file is checked at most once per second, on use, and read
 * again when its inode, size or modification time changed. One trailing line break is dropped. While it is missing, empty
 * or unreadable (a rotation under way) the last value is used.
 *
 * The file must be an ordinary one of at most 1 MiB. A FIFO, device, socket or folder is refused without being opened, and
 * a file that claims to be empty and never ends is read no further than that.
 *
 * Adapters call the function without a context at construction, where it reads synchronously, and with one for each attempt.
 * Then it gives the value at once while that is less than a second old, and otherwise a promise, for at most 30 seconds or
 * until the context's signal aborts.
 *
 * @throws {CredentialError} from the returned function, when the file could never be read.
 */
export declare function fromFile(path: string, options?: FromFileOptions): FileSecret;

// secret/secret.d.ts
/** What a function that gives a secret is told. */
export interface SecretContext {
    /** Aborted when nobody waits for the secret any more. */
    readonly signal: AbortSignal;
    /** The value that the server has just refused, where that is why the secret is read again. */
    readonly refused?: string | undefined;
}
/**
 * A secret, or a function that gives it. The function is called for every attempt, so it should remember what is
 * costly to get; `fromEnv`, `fromFile` and `fromCommand` make such functions. A string is used exactly as it is.
 */
export type Secret = string | ((context: SecretContext) => string | Promise<string>);
/** Marks a function that can give its secret at any time and at once, so that it is checked at construction. */
export declare function immediate<T extends () => string>(read: T): T;
/** Whether the function can be called at any time and gives its secret at once: `fromEnv`, `fromFile`. */
export declare function isSynchronousSecret(secret: unknown): secret is () => string;
/**
 * Checks an option that holds a secret. Values from the environment and from files are read and checked too.
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export declare function checkSecret(secret: unknown, what: string): asserts secret is Secret;
/**
 * The secret's value now: at once where that is possible, a promise only where the function gives one.
 *
 * @throws {CredentialError} when the function failed. Throws, or rejects, according to how it failed.
 * @throws {ConfigurationError} when the value is empty or could not be sent in a header.
 */
export declare function readSecret(secret: Secret, what: string, context: SecretContext): string | Promise<string>;

// show-name.d.ts
/**
 * Returns the value of an option that holds a name, a path or a URL, as an error's message may show it. People put a secret
 * there by mistake, so a value that looks like one (PEM, a JWT, a key, or more than 64 characters without a separator) is
 * described instead. Of a path only the folders that look like secrets are left out; of a URL also user, password, query and
 * fragment. What is not printable is replaced.
 */
export declare function showName(value: unknown): string;

// transport/exchange.d.ts
import type { Dispatcher } from 'undici';
import { ResponseBody } from './response-body.ts';
import type { TimeoutSettings } from './timeouts.ts';
import type { TurnScope } from './turn-scope.ts';
/** A request's bytes. */
export interface WireRequest {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array | undefined;
}
/** By lower-case name. */
export type WireHeaders = Readonly<Record<string, string | readonly string[]>>;
/** A response whose body is still to be read. Reading it may throw an `ExchangeFailure`. */
export interface WireResponse {
    readonly status: number;
    readonly headers: WireHeaders;
    readonly body: ResponseBody;
}
/**
 * Sends a request and resolves with the head of its response.
 *
 * @throws {ExchangeFailure}
 */
export declare function exchange(dispatcher: Dispatcher, request: WireRequest, scope: TurnScope, timeouts: TimeoutSettings): Promise<WireResponse>;
/** Who a URL asks, for errors: origin and path, never the query. */
export declare function describe(url: URL): string;

// transport/proxy.d.ts
/** A proxy that connections go through, by `CONNECT` (RFC 9110, section 9.3.6): it never sees what is sent. */
export interface ProxyOptions {
    /** Its `http:` or `https:` URL. May hold user and password, percent-encoded. */
    readonly url: string | URL;
    /** For Basic authentication at the proxy (RFC 7617). */
    readonly username?: string | undefined;
    readonly password?: string | undefined;
    /** The whole `proxy-authorization` value, for another scheme. */
    readonly authorization?: string | undefined;
    /** PEM certificates to trust for an `https:` proxy besides the system's. */
    readonly ca?: string | readonly string[] | undefined;
}
/** The same, checked. */
export interface ProxySettings {
    readonly url: string;
    readonly authorization: string | undefined;
    readonly ca: readonly string[] | undefined;
}
/** The proxies that the environment names, by the scheme of the endpoint. */
export interface EnvironmentProxies {
    /** `NO_PROXY`. */
    readonly none: string;
    readonly http: EnvironmentProxy | undefined;
    readonly https: EnvironmentProxy | undefined;
}
interface EnvironmentProxy {
    /** With user and password, if it has them. */
    readonly url: string;
    readonly authorization: string | undefined;
}
/**
 * The `proxy` option checked, or what the environment says now.
 *
 * @throws {ConfigurationError} which never repeats the URL: it may hold a password.
 */
export declare function proxySettings(proxy: string | URL | ProxyOptions | 'environment' | undefined): ProxySettings | EnvironmentProxies | undefined;
/** Every `proxy-authorization` value in them. */
export declare function proxyCredentials(proxy: ProxySettings | EnvironmentProxies | undefined): readonly string[];
/** Returns true for one proxy, false for those of the environment. */
export declare function isProxy(proxy: ProxySettings | EnvironmentProxies): proxy is ProxySettings;
export {};

// transport/response-body.d.ts
/** A response's body as it arrives: read once, by one reader, who decides how fast. */
export declare class ResponseBody implements AsyncIterable<Uint8Array> {
    #private;
    constructor(sender: {
        resume(): void;
        cancel(): void;
    });
    /** Takes a piece that arrived. Returns false when the sender must pause until `resume`. */
    push(chunk: Uint8Array): boolean;
    end(): void;
    /** Ends it with an error, which the reader gets after the bytes that had arrived. */
    fail(error: Error): void;
    /** Ends it with an error, which the reader gets at once: the bytes that had arrived are of no use to anybody. */
    abort(error: Error): void;
    /** The bytes that arrived since the last call, as one piece of at most 64 KiB or as it came; `undefined` at the end. */
    read(): Promise<Uint8Array | undefined>;
    /** Ends an unread body: its connection is of no further use. */
    cancel(): void;
    [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined>;
}

// transport/timeouts.d.ts
/**
 * How long is waited for what, in milliseconds. `Infinity` waits for ever. `firstByte` and `idle` measure the server:
 * when this process stood still (suspended, or busy), such a wait is prolonged once, by as long as its end was late and
 * at most by its limit.
 */
export interface Timeouts {
    /** Until a connection is made: name lookup, TCP, proxy and TLS. Default 10,000. */
    readonly connect?: number | undefined;
    /** From sending the request to the first byte of the answer. A model thinks in that time. Default 300,000. */
    readonly firstByte?: number | undefined;
    /** Between two pieces of the answer. Default 120,000. */
    readonly idle?: number | undefined;
    /** For one whole turn with its retries. Default 600,000. */
    readonly total?: number | undefined;
}
/** The same, complete. */
export type TimeoutSettings = {
    readonly [Name in keyof Timeouts]-?: number;
};
/** @throws {ConfigurationError} for a name that does not exist, or a value that is no positive number. */
export declare function timeoutSettings(timeouts: Timeouts | undefined): TimeoutSettings;

// transport/turn-scope.d.ts
import { type Clock, type CrewError } from '@crew/core';
/** A wait of the transport that has a limit. */
export type Wait = 'first-byte' | 'idle';
/**
 * The life of one turn, or of one fetch: its signal is aborted by the caller's, by the LLM's end, and by the first of
 * its deadlines that passes. All deadlines share one timer, which is seldom moved.
 */
export declare class TurnScope {
    #private;
    constructor(options: {
        readonly clock: Clock;
        /** Who is asked, for the errors. */
        readonly server: string;
        /** Milliseconds for everything together. */
        readonly total: number;
        /** Milliseconds of them that have passed already. Default 0. */
        readonly elapsed?: number | undefined;
        /** The shortest wait there will be, so that the timer need not be moved. */
        readonly shortest: number;
        readonly parent?: AbortSignal | undefined;
    });
    get signal(): AbortSignal;
    /** Milliseconds that are left of the total. */
    get remaining(): number;
    /** Ends everything that belongs to it. */
    abort(reason: CrewError): void;
    /** Begins a wait, in place of the one before. */
    wait(what: Wait, limit: number): void;
    /** The wait begins anew: something came. */
    touch(): void;
    /** Nothing is waited for. */
    rest(): void;
    /** The promise's outcome, or the reason as soon as the scope is aborted. */
    guard<T>(work: Promise<T>): Promise<T>;
    /**
     * For work that keeps the event loop busy, during which no timer fires.
     *
     * @throws the reason when the scope is aborted, or its total has passed.
     */
    throwIfOver(): void;
    sleep(milliseconds: number): Promise<void>;
    /** Removes timer and listener. */
    dispose(): void;
}
