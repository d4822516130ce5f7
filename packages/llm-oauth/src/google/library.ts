import { ConfigurationError, excerpt } from '@crew/core';
import { endpointUrl, sendToServer } from '../server/endpoint.ts';
import { isMetadataService, requestMetadataService } from '../server/metadata-service.ts';

/** The module google-auth-library. */
export type GoogleLibrary = typeof import('google-auth-library');

/**
 * Loads google-auth-library, an optional peer dependency.
 *
 * @throws {ConfigurationError} with the command that installs it, if it is not installed.
 */
export async function loadGoogleLibrary(
  load: () => Promise<GoogleLibrary> = () => import('google-auth-library'),
): Promise<GoogleLibrary> {
  try {
    return await load();
  } catch (thrown) {
    const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw thrown;
    throw new ConfigurationError('google() needs google-auth-library: npm install google-auth-library@11');
  }
}

/** Options of `googleTransport`. */
export interface GoogleTransportOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Origins outside Google that may receive requests. */
  readonly trustedOrigins: readonly string[];
}

export type GoogleTransport = InstanceType<GoogleLibrary['gaxios']['Gaxios']>;

/**
 * Returns an HTTP client of the library that uses the LLM's transport, without retries, redirects and logs. It sends
 * requests only to Google, because a credential file from an untrusted source could name any URL.
 */
export function googleTransport(library: GoogleLibrary, options: GoogleTransportOptions): GoogleTransport {
  const { fetch, signal, trustedOrigins } = options;
  const send: typeof globalThis.fetch = async (input, init = {}) => {
    const url = checkTrustedUrl(String(input), trustedOrigins);
    const { method = 'GET', headers, body } = init;
    // The metadata service of a machine in another cloud is reached without a proxy.
    if (isMetadataService(url) && !body) {
      const request = { method, headers: Object.fromEntries(new Headers(headers)), signal };
      const response = await requestMetadataService(url, request);
      return new Response(response.text, { status: response.status, headers: response.headers });
    }
    const form = body instanceof URLSearchParams ? body.toString() : body;
    const request = { method, ...(headers && { headers }), ...(form && { body: form }), signal };
    const { status, headers: received, text } = await sendToServer(fetch, url, request, "Google's endpoint");
    return new Response(text, { status, headers: received });
  };
  class Transport extends library.gaxios.Gaxios {
    override request<T>(options: Parameters<GoogleTransport['request']>[0] = {}) {
      const once = { retry: false, retryConfig: { retry: 0, noResponseRetries: 0 } };
      return super.request<T>({ ...options, ...once, fetchImplementation: send });
    }
  }
  return new Transport();
}

/**
 * Parses the origin of a server that credentials may name: https, or the metadata service of a machine.
 *
 * @throws {ConfigurationError} for any other origin.
 */
export function parseTrustedOrigin(address: string): string {
  const url = URL.parse(address);
  return url !== null && isMetadataService(url) ? url.origin : endpointUrl(address, 'trustedOrigins').origin;
}

function checkTrustedUrl(address: string, trustedOrigins: readonly string[]): URL {
  const parsed = URL.parse(address);
  const url =
    parsed !== null && isMetadataService(parsed) ? parsed : endpointUrl(address, 'A URL in the Google credentials');
  const isGoogle = url.protocol === 'https:' && url.port === '' && url.hostname.endsWith('.googleapis.com');
  if (isGoogle || trustedOrigins.includes(url.origin)) return url;
  throw new ConfigurationError(
    `The Google credentials name ${excerpt(url.origin)}, which does not belong to Google. If this is correct, add it to trustedOrigins.`,
  );
}
