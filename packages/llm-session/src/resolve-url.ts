import { ConfigurationError } from '@crew/core';

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

/** Origin and path, for errors: a query may hold a secret. */
export function withoutQuery({ origin, pathname }: URL): string {
  return origin + pathname;
}
