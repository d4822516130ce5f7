// The public surface of @crew/llm-apikey. Written by `pnpm api:update`; see docs/versions.md.

// api-key-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { type ApiKeyOptions } from './options.ts';
/** Options of `ApiKeyLLM`: those of `HttpLLM` and those of `apiKey()`. */
export type ApiKeyLLMOptions = HttpLLMOptions & ApiKeyOptions;
/**
 * A model behind an HTTP endpoint that requires an API key. The option `auth` adds further authenticators.
 *
 * @example One key as a bearer token
 * ```ts no-run
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   model: 'large',
 *   apiKey: fromEnv('LLM_API_KEY'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A header and a scheme of the gateway's choice: `x-auth: Key ...`
 * ```ts no-run
 * import { ApiKeyLLM, fromFile } from '@crew/llm-apikey';
 *
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   apiKey: fromFile('/run/secrets/llm-key'),
 *   header: 'x-auth',
 *   scheme: 'Key',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A pool of keys, which shares the load and skips keys that are rate limited
 * ```ts no-run
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   apiKey: [fromEnv('LLM_KEY_1'), fromEnv('LLM_KEY_2'), fromEnv('LLM_KEY_3')],
 * });
 * const questions = ['Say hello.', 'Say good morning.', 'Say goodbye.'];
 * console.log(await Promise.all(questions.map(question => llm.call(question))));
 * ```
 *
 * @example One key per tenant, chosen by the `authContext` of the call
 * ```ts no-run
 * import { ApiKeyLLM } from '@crew/llm-apikey';
 *
 * const keys = new Map([
 *   ['acme', process.env['ACME_KEY'] ?? ''],
 *   ['globex', process.env['GLOBEX_KEY'] ?? ''],
 * ]);
 * await using llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   header: 'x-api-key',
 *   apiKey: ({ authContext }) => keys.get(String(authContext)) ?? '',
 * });
 * console.log(await llm.call('Say hello.', { authContext: 'acme' }));
 * ```
 */
export declare class ApiKeyLLM extends HttpLLM {
    /** @throws {ConfigurationError} naming the invalid option, never a key. */
    constructor(options: ApiKeyLLMOptions);
}

// api-key.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type OutgoingRequest, type Refusal, type RefusalResult, type ResponseHead } from '@crew/llm-http/adapter';
import { type ApiKeyOptions, type CheckedOptions } from './options.ts';
/**
 * Creates an authenticator that sends an API key: one key or a pool of keys, in a header or, for servers that accept it
 * nowhere else, in the query. It can send further headers, constant or computed for each request.
 *
 * A key that the server refuses (401) is not used again. The call continues with another key, or with a new value from the
 * same source; if there is none, it fails with an `AuthenticationError`. A key of a pool that is rate limited (429) is set
 * aside for as long as the server demands, and the call continues with another key immediately.
 *
 * @example A key in a header
 * ```ts no-run
 * import { apiKey, fromEnv, HttpLLM } from '@crew/llm-apikey';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: apiKey({ apiKey: fromEnv('LLM_API_KEY'), header: 'x-api-key' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A signature that is computed from each request
 * ```ts no-run
 * import { createHmac } from 'node:crypto';
 * import { apiKey, fromEnv, HttpLLM } from '@crew/llm-apikey';
 *
 * const secret = process.env['SIGNING_SECRET'] ?? '';
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: apiKey({
 *     authHeaders: {
 *       'x-client-id': fromEnv('CLIENT_ID'),
 *       'x-signature': ({ request }) => createHmac('sha256', secret).update(request.body).digest('hex'),
 *     },
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} if an option is invalid, or if a header cannot carry a key.
 */
export declare function apiKey(options: ApiKeyOptions): Authenticator;
/** The authenticator that `apiKey()` creates. */
export declare class ApiKey implements Authenticator {
    #private;
    readonly name = "api-key";
    readonly isRefusal?: (response: Refusal) => boolean;
    constructor(checked: CheckedOptions, { isRefusal, clock }: ApiKeyOptions);
    authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
    onResponse(response: ResponseHead, context: AuthContext): void;
    onRateLimit(_response: ResponseHead, context: AuthContext): number | undefined;
    onRefusal(request: OutgoingRequest, _refusal: Refusal, context: AuthContext): Promise<RefusalResult>;
}

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { apiKey } from './api-key.ts';
export { ApiKeyLLM, type ApiKeyLLMOptions } from './api-key-llm.ts';
export type { KeyContext, KeySource } from './key-source.ts';
export type { ApiKeyOptions, CustomHeadersOptions, HeaderKeyOptions, QueryKeyOptions, SharedKeyOptions, } from './options.ts';

// key-source.d.ts
import type { SecretContext } from '@crew/llm-http';
import { type AuthContext, type OutgoingRequest } from '@crew/llm-http/adapter';
/** Argument of a function that returns a key or the value of a header. */
export interface KeyContext extends SecretContext {
    /** The `authContext` of the call, such as the name of the tenant. */
    readonly authContext: unknown;
    /** Number of the attempt, starting at 1. Every resend counts. */
    readonly attempt: number;
    /** The request as it will be sent, for values that are computed from it. */
    readonly request: Pick<OutgoingRequest, 'method' | 'url' | 'headers' | 'body'>;
}
/**
 * A key, or a function that returns one: `fromEnv`, `fromFile`, `fromCommand`, or your own. A string is sent unchanged. A
 * function is called for every attempt, so it should cache a value that is expensive to get.
 */
export type KeySource = string | ((context: KeyContext) => string | Promise<string>);
/**
 * Returns the value of a key source for one attempt, without a promise if the source is synchronous.
 *
 * @param label Name of the option, for error messages.
 * @param refused The value that the server refused, if this call asks for a new one.
 * @throws {CredentialError} if the function fails. The error is thrown, or rejects the promise.
 * @throws {ConfigurationError} if a header cannot carry the value. The error is thrown, or rejects the promise.
 */
export declare function readKey(source: KeySource, label: string, request: OutgoingRequest, context: AuthContext, refused?: string): string | Promise<string>;

// options.d.ts
import { type Clock } from '@crew/core';
import { type Refusal } from '@crew/llm-http/adapter';
import type { KeySource } from './key-source.ts';
/** Options that apply to every way of sending a key. */
export interface SharedKeyOptions {
    /**
     * Further headers that authenticate the caller. Each value is a string, or a function that computes it for one attempt.
     * Headers that are not secret belong in the `headers` option of the LLM.
     */
    readonly authHeaders?: Readonly<Record<string, KeySource>> | undefined;
    /**
     * Predicate that recognises the response to a refused key, for servers that use a status other than 401. A 429 is never
     * a refusal. Default: the status is 401.
     */
    readonly isRefusal?: ((response: Refusal) => boolean) | undefined;
    /** Source of the current time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/** Options for a key in a header. */
export interface HeaderKeyOptions extends SharedKeyOptions {
    /**
     * The key, or a pool of keys. Each attempt uses the least recently used key of the pool. A 429 sets its key aside for as
     * long as the server demands; if the server does not say how long, for 1 s, doubling up to 60 s. A 401 removes its key.
     */
    readonly apiKey: KeySource | readonly KeySource[];
    /** Name of the header that carries the key. Default `authorization`. */
    readonly header?: string | undefined;
    /** Prefix before the key (RFC 9110, section 11.4). Default `Bearer` in `authorization`, none elsewhere. Use `''` for none. */
    readonly scheme?: string | undefined;
    readonly query?: undefined;
}
/**
 * Options for a key in the query of the URL. Proxies and access logs record it, so use this only for servers that accept the
 * key nowhere else.
 */
export interface QueryKeyOptions extends SharedKeyOptions {
    /** The key, or a pool of keys, as in `HeaderKeyOptions`. */
    readonly apiKey: KeySource | readonly KeySource[];
    /** Name of the query parameter that carries the key. */
    readonly query: string;
    readonly header?: undefined;
    readonly scheme?: undefined;
}
/** Options for headers of your own without a key. */
export interface CustomHeadersOptions extends SharedKeyOptions {
    readonly authHeaders: Readonly<Record<string, KeySource>>;
    readonly apiKey?: undefined;
    readonly header?: undefined;
    readonly scheme?: undefined;
    readonly query?: undefined;
}
/** Options of `apiKey()`: a key in a header, a key in the query, or headers alone. */
export type ApiKeyOptions = HeaderKeyOptions | QueryKeyOptions | CustomHeadersOptions;
/** Names of the options. */
export declare const OPTION_NAMES: readonly string[];
/** Validated options with their defaults. */
export interface CheckedOptions {
    /** Empty if there are only headers. */
    readonly sources: readonly KeySource[];
    /** True if `apiKey` is a list. Only the keys of a list are set aside after a 429. */
    readonly isPool: boolean;
    /** Header or query parameter that carries the key. */
    readonly placement: {
        readonly header: string;
        readonly scheme: string;
    } | {
        readonly query: string;
    };
    readonly authHeaders: readonly (readonly [name: string, source: KeySource])[];
}
/**
 * Validates the options, also against mistakes that the types rule out.
 *
 * @throws {ConfigurationError} naming the invalid option, never a key.
 */
export declare function checkOptions(options: ApiKeyOptions): CheckedOptions;
