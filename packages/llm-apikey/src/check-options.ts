import { ConfigurationError } from '@crew/core';
import { checkClock, checkHeaderName, checkSecret, showName } from '@crew/llm-http/adapter';
import type { ApiKeyOptions, KeySource } from './api-key-options.ts';

/** The names of the options. */
export const OPTION_NAMES: readonly string[] = [
  'apiKey',
  'header',
  'scheme',
  'query',
  'authHeaders',
  'isRefusal',
  'clock',
];

/** The options, checked and with their defaults. */
export interface CheckedOptions {
  /** Empty when there are headers alone. */
  readonly sources: readonly KeySource[];
  /** Whether a list was given: then a limited key rests. */
  readonly isPool: boolean;
  /** Where a key is put. */
  readonly place: { readonly header: string; readonly scheme: string } | { readonly query: string };
  readonly authHeaders: readonly (readonly [name: string, source: KeySource])[];
}

/**
 * Checks what a program without types may have got wrong.
 *
 * @throws {ConfigurationError} naming the option, never a key.
 */
export function checkOptions(options: ApiKeyOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError('apiKey() needs an object of options, such as { apiKey: fromEnv("API_KEY") }.');
  }
  if (options.isRefusal !== undefined && typeof options.isRefusal !== 'function') {
    throw new ConfigurationError('isRefusal must be a function that is given a response.');
  }
  if (options.apiKey === undefined && options.authHeaders === undefined) {
    throw new ConfigurationError(
      'apiKey is missing: give a key, such as fromEnv("API_KEY"), a list of keys, or authHeaders.',
    );
  }
  checkClock(options.clock);
  const place = checkPlace(options);
  const sources = checkSources(options.apiKey);
  const taken = sources.length > 0 && 'header' in place ? place.header : undefined;
  return { sources, isPool: Array.isArray(options.apiKey), place, authHeaders: checkAuthHeaders(options, taken) };
}

function checkSources(apiKey: ApiKeyOptions['apiKey']): readonly KeySource[] {
  if (apiKey === undefined) return [];
  if (typeof apiKey === 'string' || typeof apiKey === 'function') {
    checkSecret(apiKey, 'apiKey');
    return [apiKey];
  }
  if (!Array.isArray(apiKey)) {
    throw new ConfigurationError(
      'apiKey must be a string, a function that gives one (fromEnv, fromFile, ...), or a list.',
    );
  }
  const sources: readonly KeySource[] = [...apiKey];
  if (sources.length === 0) throw new ConfigurationError('apiKey is an empty list: give at least one key.');
  sources.forEach((source, index) => {
    checkSecret(source, `apiKey[${index}]`);
    const first = sources.indexOf(source);
    if (first < index) throw new ConfigurationError(`apiKey[${index}] is the same key as apiKey[${first}].`);
  });
  return sources;
}

function checkPlace({ apiKey, header, scheme, query }: ApiKeyOptions): CheckedOptions['place'] {
  if (apiKey === undefined && (header ?? scheme ?? query) !== undefined) {
    throw new ConfigurationError('header, scheme and query say where the key goes, but there is no apiKey.');
  }
  if (query !== undefined) {
    if (typeof query !== 'string' || query === '') {
      throw new ConfigurationError('query must be the name of a query parameter.');
    }
    if (header !== undefined || scheme !== undefined) {
      throw new ConfigurationError('Give either query, or header and scheme: a key goes to one place.');
    }
    return own({ query });
  }
  const name = checkHeaderName(header ?? 'authorization', 'header');
  if (scheme !== undefined && (typeof scheme !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/.test(scheme))) {
    throw new ConfigurationError("scheme must be one word, such as Bearer, or '' for none.");
  }
  return own({ header: name, scheme: scheme ?? (name === 'authorization' ? 'Bearer' : '') });
}

/** Returns the object without a prototype, so that its members alone decide where a key goes. */
function own<T extends object>(place: T): T {
  return Object.assign(Object.create(null), place);
}

function checkAuthHeaders({ authHeaders }: ApiKeyOptions, taken: string | undefined): [string, KeySource][] {
  if (authHeaders === undefined) return [];
  if (typeof authHeaders !== 'object' || authHeaders === null || Array.isArray(authHeaders)) {
    throw new ConfigurationError('authHeaders must be an object of header names and values.');
  }
  const seen = new Set<string | undefined>([taken]);
  const headers = Object.entries(authHeaders).map(([name, source]): [string, KeySource] => {
    const lower = checkHeaderName(name, 'authHeaders');
    if (seen.has(lower)) throw new ConfigurationError(`authHeaders sets ${showName(lower)}, which is set already.`);
    seen.add(lower);
    checkSecret(source, `authHeaders["${showName(name)}"]`);
    return [lower, source];
  });
  if (headers.length === 0) throw new ConfigurationError('authHeaders is empty: leave it out, or give a header.');
  return headers;
}
