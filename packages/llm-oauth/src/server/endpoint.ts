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
 * Checks the URL of an endpoint that credentials are sent to: absolute, `https:` (RFC 6749, section 3.2; `http:` to
 * loopback only), without user information and fragment.
 *
 * @throws {ConfigurationError} naming `what`.
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
    `${subject} must begin with https: (it begins with ${excerpt(url.protocol, 20)}). Credentials are sent to it; plain http: is for ` +
      'loopback addresses alone.',
  );
}

/** Whether the URL names this machine: `localhost`, 127.0.0.0/8 or ::1. */
function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/**
 * An issuer identifier, exactly as it was given (RFC 8414, section 2: https, no query, no fragment).
 *
 * @throws {ConfigurationError} naming `what`.
 */
export function checkIssuer(value: unknown, subject: string): string {
  const url = endpointUrl(value, subject);
  if (url.search !== '' || String(value).includes('?'))
    throw new ConfigurationError(`${subject} must not have a query.`);
  return String(value);
}

/** Returns what an error may show of a URL: its origin and path, never its query, and no folder that looks like a secret. */
export function showUrl(url: URL): string {
  return excerpt(showName(url.origin + url.pathname));
}

/** A response whose whole body has arrived. */
export interface ServerResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A token or metadata response has a few kilobytes. */
const MAX_RESPONSE_BYTES = 1_048_576;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/**
 * Sends one request to an authorization server and reads the whole answer, at most 1 MiB. A redirect is not followed: it
 * could carry the credential to another server.
 *
 * @throws {CredentialError} when it could not be reached, redirects, or sends too much.
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
      `${subject} ${showUrl(url)} answers with a redirect (${response.status})${target(response, url)}. Redirects are not ` +
        'followed with credentials: configure the final URL.',
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

/** The seconds or the date of `Retry-After` (RFC 9110, section 10.2.3) as seconds from now. */
export function retryAfter(headers: Headers, clock: Clock): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - clock.wall()) / 1000));
}

/**
 * Parses the JSON object in a string. It has no prototype, so that a member that is missing is not found on
 * `Object.prototype`. Returns `undefined` for anything else.
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

/** The transport did not accept the response: it is too long, or broken. */
function unusableResponse(thrown: ProtocolError, url: URL, subject: string): CredentialError {
  const limit = `At most 1 MiB is read of a token, metadata or identity response.`;
  return new CredentialError(
    `${subject} ${showUrl(url)} sent a response that cannot be used: ${thrown.message} ${limit}`,
    {
      cause: thrown,
    },
  );
}

/** What the transport threw. Its message names no secret when it is a `CrewError`; of anything else only the code is kept. */
function unreachableServer(thrown: unknown, url: URL, subject: string): CredentialError {
  const reason = CrewError.isInstance(thrown) ? thrown.message : `${codeOf(thrown)}.`;
  const options = CrewError.isInstance(thrown) ? { cause: thrown } : {};
  return new CredentialError(`${subject} ${showUrl(url)} could not be reached: ${reason}`, options);
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'no Error was thrown';
  for (const error of [thrown.cause, thrown]) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code === 'string') return excerpt(code, 100);
  }
  return excerpt(thrown.name, 100);
}
