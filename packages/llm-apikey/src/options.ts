import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkHeaderName, checkSecret, type Refusal, showName } from '@crew/llm-http/adapter';
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
export const OPTION_NAMES: readonly string[] = [
  'apiKey',
  'header',
  'scheme',
  'query',
  'authHeaders',
  'isRefusal',
  'clock',
];

/** Validated options with their defaults. */
export interface CheckedOptions {
  /** Empty if there are only headers. */
  readonly sources: readonly KeySource[];
  /** True if `apiKey` is a list. Only the keys of a list are set aside after a 429. */
  readonly isPool: boolean;
  /** Header or query parameter that carries the key. */
  readonly placement: { readonly header: string; readonly scheme: string } | { readonly query: string };
  readonly authHeaders: readonly (readonly [name: string, source: KeySource])[];
}

/**
 * Validates the options, also against mistakes that the types rule out.
 *
 * @throws {ConfigurationError} naming the invalid option, never a key.
 */
export function checkOptions(options: ApiKeyOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError('apiKey() needs an object of options, such as { apiKey: fromEnv("API_KEY") }.');
  }
  if (options.isRefusal !== undefined && typeof options.isRefusal !== 'function') {
    throw new ConfigurationError('isRefusal must be a function that takes a response.');
  }
  if (options.apiKey === undefined && options.authHeaders === undefined) {
    throw new ConfigurationError(
      'apiKey is missing. Set it to a key, such as fromEnv("API_KEY"), or to a list of keys, or set authHeaders.',
    );
  }
  checkClock(options.clock);
  const placement = checkPlacement(options);
  const sources = checkSources(options.apiKey);
  const keyHeader = sources.length > 0 && 'header' in placement ? placement.header : undefined;
  return {
    sources,
    isPool: Array.isArray(options.apiKey),
    placement,
    authHeaders: checkAuthHeaders(options, keyHeader),
  };
}

function checkSources(apiKey: ApiKeyOptions['apiKey']): readonly KeySource[] {
  if (apiKey === undefined) return [];
  if (typeof apiKey === 'string' || typeof apiKey === 'function') {
    checkSecret(apiKey, 'apiKey');
    return [apiKey];
  }
  if (!Array.isArray(apiKey)) {
    throw new ConfigurationError(
      'apiKey must be a string, a function that returns one (fromEnv, fromFile, ...), or a list of these.',
    );
  }
  const sources: readonly KeySource[] = [...apiKey];
  if (sources.length === 0) throw new ConfigurationError('apiKey is an empty list. Add at least one key.');
  sources.forEach((source, index) => {
    checkSecret(source, `apiKey[${index}]`);
    const first = sources.indexOf(source);
    if (first < index) throw new ConfigurationError(`apiKey[${index}] is the same key as apiKey[${first}].`);
  });
  return sources;
}

function checkPlacement({ apiKey, header, scheme, query }: ApiKeyOptions): CheckedOptions['placement'] {
  if (apiKey === undefined && (header ?? scheme ?? query) !== undefined) {
    throw new ConfigurationError('header, scheme and query apply to a key, but apiKey is not set.');
  }
  if (query !== undefined) {
    if (typeof query !== 'string' || query === '') {
      throw new ConfigurationError('query must be the name of a query parameter.');
    }
    if (header !== undefined || scheme !== undefined) {
      throw new ConfigurationError('Set either query, or header and scheme: a key is sent in one place.');
    }
    return withoutPrototype({ query });
  }
  const name = checkHeaderName(header ?? 'authorization', 'header');
  if (scheme !== undefined && (typeof scheme !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/.test(scheme))) {
    throw new ConfigurationError("scheme must be one word, such as Bearer, or '' for none.");
  }
  return withoutPrototype({ header: name, scheme: scheme ?? (name === 'authorization' ? 'Bearer' : '') });
}

/** Returns a copy without a prototype, so that only its own members decide where the key is sent. */
function withoutPrototype<T extends object>(placement: T): T {
  return Object.assign(Object.create(null), placement);
}

function checkAuthHeaders({ authHeaders }: ApiKeyOptions, keyHeader: string | undefined): [string, KeySource][] {
  if (authHeaders === undefined) return [];
  if (typeof authHeaders !== 'object' || authHeaders === null || Array.isArray(authHeaders)) {
    throw new ConfigurationError('authHeaders must be an object of header names and values.');
  }
  const seen = new Set<string | undefined>([keyHeader]);
  const headers = Object.entries(authHeaders).map(([name, source]): [string, KeySource] => {
    const lower = checkHeaderName(name, 'authHeaders');
    if (seen.has(lower)) throw new ConfigurationError(`authHeaders sets ${showName(lower)}, which is already set.`);
    seen.add(lower);
    checkSecret(source, `authHeaders["${showName(name)}"]`);
    return [lower, source];
  });
  if (headers.length === 0) throw new ConfigurationError('authHeaders is empty. Add a header, or omit the option.');
  return headers;
}
