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
