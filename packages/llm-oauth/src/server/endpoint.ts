import {
  type Clock,
  ConfigurationError,
  CredentialError,
  CrewError,
  copyOptions,
  excerpt,
  ProtocolError,
} from '@crew/core';
import { showName, type TransportFetch } from '@crew/llm-http/adapter';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Parses and checks the URL of an endpoint that receives credentials. It must be absolute, without user information and
 * fragment, and use `https:` (RFC 6749, section 3.2; `http:` is allowed for loopback only).
 *
 * @throws {ConfigurationError} naming `subject`.
 */
export function endpointUrl(value: unknown, subject: string): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined) throw new ConfigurationError(`${subject} must be an absolute URL.`);
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError(`${subject} must not contain a user name or a password.`);
  }
  if (value !== undefined && String(value).includes('#')) {
    throw new ConfigurationError(`${subject} must not have a fragment.`);
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new ConfigurationError(
    `${subject} must start with https: (it starts with ${excerpt(url.protocol, 20)}), because credentials are sent to it. Plain http: ` +
      'is allowed for loopback addresses only.',
  );
}

/** Returns true for a loopback URL: `localhost`, 127.0.0.0/8 or ::1. */
function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/**
 * Checks an issuer identifier (RFC 8414, section 2: https, no query, no fragment) and returns it unchanged.
 *
 * @throws {ConfigurationError} naming `subject`.
 */
export function checkIssuer(value: unknown, subject: string): string {
  const url = endpointUrl(value, subject);
  if (url.search !== '' || String(value).includes('?'))
    throw new ConfigurationError(`${subject} must not have a query.`);
  return String(value);
}

/** Returns the origin and path of a URL for use in errors, without its query and without path segments that look secret. */
export function showUrl(url: URL): string {
  return excerpt(showName(url.origin + url.pathname));
}

/** A complete response of a server. */
export interface ServerResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Maximum size of a response. Token and metadata responses have a few kilobytes. */
const MAX_RESPONSE_BYTES = 1_048_576;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request to an authorization server and reads the response, at most 1 MiB. Redirects are not followed, because
 * they could carry the credential to another server.
 *
 * @throws {CredentialError} if the server cannot be reached, redirects, or sends more than 1 MiB.
 */
export async function sendToServer(
  fetch: TransportFetch,
  url: URL,
  init: RequestInit,
  subject: string,
): Promise<ServerResponse> {
  let response: Response;
  try {
    response = await fetch(url.href, { ...init, redirect: 'manual', maxResponseBytes: MAX_RESPONSE_BYTES });
  } catch (thrown) {
    if (ProtocolError.isInstance(thrown)) throw unusableResponse(thrown, url, subject);
    throw unreachableServer(thrown, url, subject);
  }
  if (REDIRECT_STATUSES.has(response.status) || response.type === 'opaqueredirect') {
    await response.body?.cancel().catch(() => undefined);
    throw new CredentialError(
      `${subject} ${showUrl(url)} responded with a redirect (${response.status})${target(response, url)}. Requests with ` +
        'credentials do not follow redirects: configure the final URL.',
      { terminal: true },
    );
  }
  try {
    return { status: response.status, headers: response.headers, text: await readText(response, url, subject) };
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw thrown;
    throw unreachableServer(thrown, url, subject);
  }
}

/** Returns the `Retry-After` header, which holds seconds or a date (RFC 9110, section 10.2.3), as seconds from now. */
export function retryAfter(headers: Headers, clock: Clock): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - clock.wall()) / 1000));
}

/**
 * Parses a JSON object. The result has no prototype, so that a missing member is not found on `Object.prototype`. Returns
 * `undefined` if the text is not a JSON object.
 */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? copyOptions(value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function readText(response: Response, url: URL, subject: string): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // Leaving the loop cancels the body, and with it the request.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > MAX_RESPONSE_BYTES) {
      throw new CredentialError(
        `${subject} ${showUrl(url)} sent more than 1 MiB, which cannot be a token or metadata.`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function target(response: Response, url: URL): string {
  const location = response.headers.get('location');
  const target = location === null ? null : URL.parse(location, url.href);
  return target === null ? '' : ` to ${excerpt(target.origin)}`;
}

/** Returns the error for a response that the transport rejected as too long or broken. */
function unusableResponse(thrown: ProtocolError, url: URL, subject: string): CredentialError {
  const limit = 'At most 1 MiB of a token, metadata or identity response is read.';
  return new CredentialError(
    `${subject} ${showUrl(url)} sent a response that cannot be used: ${thrown.message} ${limit}`,
    {
      cause: thrown,
    },
  );
}

/** Returns the error for a failed request. The message of a `CrewError` has no secrets; of other errors the code is kept. */
function unreachableServer(thrown: unknown, url: URL, subject: string): CredentialError {
  const reason = CrewError.isInstance(thrown) ? thrown.message : `${codeOf(thrown)}.`;
  const options = CrewError.isInstance(thrown) ? { cause: thrown } : {};
  return new CredentialError(`${subject} ${showUrl(url)} could not be reached: ${reason}`, options);
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'the transport threw a value that is not an Error';
  for (const error of [thrown.cause, thrown]) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code === 'string') return excerpt(code, 100);
  }
  return excerpt(thrown.name, 100);
}
