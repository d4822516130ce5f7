// The public surface of @crew/llm-apikey. Written by `pnpm api:update`; see docs/versions.md.

// api-key-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import type { ApiKeyOptions } from './api-key-options.ts';
/** The options of an `HttpLLM` and those of `apiKey()`. */
export type ApiKeyLLMOptions = HttpLLMOptions & ApiKeyOptions;
/**
 * A model behind an HTTP endpoint that wants an API key. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new ApiKeyLLM({ endpoint: 'https://llm.example/v1/chat/completions', apiKey: fromEnv('API_KEY') });
 * console.log(await llm.call('Say hello.'));
 */
export declare class ApiKeyLLM extends HttpLLM {
    /** @throws {ConfigurationError} naming the option that is wrong, never a key. */
    constructor(given: ApiKeyLLMOptions);
}

// api-key-options.d.ts
import type { Clock } from '@crew/core';
import type { SecretContext } from '@crew/llm-http';
import type { OutgoingRequest, Refusal } from '@crew/llm-http/adapter';
/** What a function that gives a key or a header is told. */
export interface KeyContext extends SecretContext {
    /** What the caller passed as `authContext`: which tenant, say. */
    readonly authContext: unknown;
    /** From 1; each resend counts. */
    readonly attempt: number;
    /** The request as it will be sent, for values that are computed from it. */
    readonly request: Pick<OutgoingRequest, 'method' | 'url' | 'headers' | 'body'>;
}
/**
 * A key, or a function that gives it, called for every attempt: `fromEnv`, `fromFile`, `fromCommand`, or your own (which
 * should remember what is costly to get). A string is used exactly as it is.
 */
export type KeySource = string | ((context: KeyContext) => string | Promise<string>);
/** What goes with every way of sending a key. */
export interface SharedKeyOptions {
    /**
     * More headers that prove who calls, each a text or a function that computes it for one attempt. For headers that are
     * no secret use the LLM's `headers`.
     */
    readonly authHeaders?: Readonly<Record<string, KeySource>> | undefined;
    /** For servers that refuse a key with another status than 401. A 429 never is a refusal. Default: 401 alone. */
    readonly isRefusal?: ((response: Refusal) => boolean) | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** The key in a header. */
export interface HeaderKeyOptions extends SharedKeyOptions {
    /**
     * The key, or a pool of keys. Of a pool the key is used that was unused longest; a 429 rests its key for as long as the
     * server says (1 s to 60 s, doubling, where it says nothing), a 401 drops it.
     */
    readonly apiKey: KeySource | readonly KeySource[];
    /** The header that carries the key. Default `authorization`. */
    readonly header?: string | undefined;
    /** What stands before the key (RFC 9110, section 11.4). Default `Bearer` in `authorization`, nothing elsewhere; `''` for nothing. */
    readonly scheme?: string | undefined;
    readonly query?: undefined;
}
/** The key in the URL's query, which proxies and access logs record. Only for servers that take it nowhere else. */
export interface QueryKeyOptions extends SharedKeyOptions {
    /** The key, or a pool of keys, as in a header. */
    readonly apiKey: KeySource | readonly KeySource[];
    /** The query parameter that carries the key. */
    readonly query: string;
    readonly header?: undefined;
    readonly scheme?: undefined;
}
/** No key, but headers of your own. */
export interface CustomHeadersOptions extends SharedKeyOptions {
    readonly authHeaders: Readonly<Record<string, KeySource>>;
    readonly apiKey?: undefined;
    readonly header?: undefined;
    readonly scheme?: undefined;
    readonly query?: undefined;
}
/** How requests prove who sends them: a key in a header, a key in the query, or headers alone. */
export type ApiKeyOptions = HeaderKeyOptions | QueryKeyOptions | CustomHeadersOptions;

// api-key.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type OutgoingRequest, type Refusal, type RefusalResult, type ResponseHead } from '@crew/llm-http/adapter';
import type { ApiKeyOptions } from './api-key-options.ts';
import { type CheckedOptions } from './check-options.ts';
/**
 * Authenticates with an API key: one, or a pool of them, in a header or (where the server takes it nowhere else) in the
 * query, and with further headers, static or computed for each request.
 *
 * A key that the server refuses (401) is dropped. The call goes on with another key, or with a new value of the same
 * source; otherwise it is an `AuthenticationError`. A pool's key that is limited (429) rests for as long as the server says, and the
 * call goes on with another at once.
 *
 * @example
 * new HttpLLM({ endpoint, auth: apiKey({ apiKey: fromEnv('API_KEY'), header: 'x-api-key' }) })
 *
 * @throws {ConfigurationError} for options that are wrong, and for a key that no header can carry.
 */
export declare function apiKey(given: ApiKeyOptions): Authenticator;
/** The authenticator that `apiKey()` makes. */
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

// check-options.d.ts
import type { ApiKeyOptions, KeySource } from './api-key-options.ts';
/** The names of the options. */
export declare const OPTION_NAMES: readonly string[];
/** The options, checked and with their defaults. */
export interface CheckedOptions {
    /** Empty when there are headers alone. */
    readonly sources: readonly KeySource[];
    /** Whether a list was given: then a limited key rests. */
    readonly isPool: boolean;
    /** Where a key is put. */
    readonly place: {
        readonly header: string;
        readonly scheme: string;
    } | {
        readonly query: string;
    };
    readonly authHeaders: readonly (readonly [name: string, source: KeySource])[];
}
/**
 * Checks what a program without types may have got wrong.
 *
 * @throws {ConfigurationError} naming the option, never a key.
 */
export declare function checkOptions(options: ApiKeyOptions): CheckedOptions;

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { apiKey } from './api-key.ts';
export { ApiKeyLLM, type ApiKeyLLMOptions } from './api-key-llm.ts';
export type { ApiKeyOptions, CustomHeadersOptions, HeaderKeyOptions, KeyContext, KeySource, QueryKeyOptions, SharedKeyOptions, } from './api-key-options.ts';
