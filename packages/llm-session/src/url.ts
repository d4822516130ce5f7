import { ConfigurationError, excerpt } from '@crew/core';
import { showName } from '@crew/llm-http/adapter';

/**
 * Resolves a URL, or a path on `origin`.
 *
 * @throws {ConfigurationError} for anything but an http or https URL. The message begins with `subject`.
 */
export function resolveUrl(url: string | URL, origin: string, subject: string): URL {
  const resolved = URL.parse(String(url), origin);
  if (resolved === null || (resolved.protocol !== 'https:' && resolved.protocol !== 'http:')) {
    throw new ConfigurationError(`${subject} must be an http or https URL, or a path on the endpoint's origin.`);
  }
  return resolved;
}

/** Base of paths while no endpoint is known. */
const PLACEHOLDER_ORIGIN = 'https://endpoint.invalid';

/**
 * Checks an option that is a URL, or a path on the endpoint's origin, and returns it as an immutable string.
 *
 * @throws {ConfigurationError} for anything else. The message begins with `subject`.
 */
export function checkUrl(url: unknown, subject: string): string {
  if ((typeof url !== 'string' && !(url instanceof URL)) || url === '') {
    throw new ConfigurationError(`${subject} must be an http or https URL, or a path on the endpoint's origin.`);
  }
  resolveUrl(url, PLACEHOLDER_ORIGIN, subject);
  return String(url);
}

/** Returns the part of a URL that errors may show: origin and path, because a query may contain a secret. */
export function printableUrl(url: URL): string {
  return excerpt(showName(originAndPath(url)));
}

/** Returns the URL's origin and path. */
export function originAndPath({ origin, pathname }: URL): string {
  return origin + pathname;
}

/** Returns a request URL without its query, on which no cookie depends. */
export function stripQuery(url: string): string {
  const [stripped = url] = url.split('?', 1);
  return stripped;
}
