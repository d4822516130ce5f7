import { ConfigurationError, excerpt } from '@crew/core';
import { showName } from '@crew/llm-http/adapter';

/**
 * The URL, or the path on `origin`, as a URL.
 *
 * @throws {ConfigurationError} naming `what`.
 */
export function resolveUrl(url: string | URL, origin: string, what: string): URL {
  const resolved = URL.parse(String(url), origin);
  if (resolved === null || (resolved.protocol !== 'https:' && resolved.protocol !== 'http:')) {
    throw new ConfigurationError(`${what} must be an http or https URL, or a path on the endpoint's origin.`);
  }
  return resolved;
}

/** What paths are resolved against while no endpoint is known. */
const PLACEHOLDER_ORIGIN = 'https://endpoint.invalid';

/**
 * An option that is a URL, or a path on the endpoint's origin, as text that nobody can change.
 *
 * @throws {ConfigurationError} naming `what`.
 */
export function checkUrl(url: unknown, what: string): string {
  if ((typeof url !== 'string' && !(url instanceof URL)) || url === '') {
    throw new ConfigurationError(`${what} must be an http or https URL, or a path on the endpoint's origin.`);
  }
  resolveUrl(url, PLACEHOLDER_ORIGIN, what);
  return String(url);
}

/** Returns what an error may show of a URL: origin and path, since a query may hold a secret. */
export function printableUrl(url: URL): string {
  return excerpt(showName(originAndPath(url)));
}

/** Returns the URL's origin and path. */
export function originAndPath({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** What a request's URL asks: all but the query, on which no cookie depends. */
export function stripQuery(url: string): string {
  const [asked = url] = url.split('?', 1);
  return asked;
}
