import { type Clock, CredentialError, CrewError, copyOptions, excerpt, ProtocolError } from '@crew/core';
import type { TransportFetch } from '@crew/llm-http/adapter';
import { shownUrl } from './endpoint-url.ts';

/** A response whose whole body has arrived. */
export interface ServerResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A token or metadata response has a few kilobytes. */
const LARGEST = 1_048_576;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

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
  what: string,
): Promise<ServerResponse> {
  let response: Response;
  try {
    response = await fetch(url.href, { ...init, redirect: 'manual', maxResponseBytes: LARGEST });
  } catch (thrown) {
    if (ProtocolError.isInstance(thrown)) throw unusable(thrown, url, what);
    throw unreachable(thrown, url, what);
  }
  if (REDIRECTS.has(response.status) || response.type === 'opaqueredirect') {
    await response.body?.cancel().catch(() => undefined);
    throw new CredentialError(
      `${what} ${shownUrl(url)} answers with a redirect (${response.status})${target(response, url)}. Redirects are not ` +
        'followed with credentials: configure the final URL.',
      { terminal: true },
    );
  }
  try {
    return { status: response.status, headers: response.headers, text: await readText(response, url, what) };
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw thrown;
    throw unreachable(thrown, url, what);
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

async function readText(response: Response, url: URL, what: string): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // Leaving the loop cancels the body, and with it the request.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > LARGEST) {
      throw new CredentialError(`${what} ${shownUrl(url)} sent more than 1 MiB, which cannot be a token or metadata.`);
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
function unusable(thrown: ProtocolError, url: URL, what: string): CredentialError {
  const limit = `At most 1 MiB is read of a token, metadata or identity response.`;
  return new CredentialError(
    `${what} ${shownUrl(url)} sent a response that cannot be used: ${thrown.message} ${limit}`,
    {
      cause: thrown,
    },
  );
}

/** What the transport threw. Its message names no secret when it is a `CrewError`; of anything else only the code is kept. */
function unreachable(thrown: unknown, url: URL, what: string): CredentialError {
  const said = CrewError.isInstance(thrown) ? thrown.message : `${codeOf(thrown)}.`;
  const options = CrewError.isInstance(thrown) ? { cause: thrown } : {};
  return new CredentialError(`${what} ${shownUrl(url)} could not be reached: ${said}`, options);
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'no Error was thrown';
  for (const error of [thrown.cause, thrown]) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code === 'string') return excerpt(code, 100);
  }
  return excerpt(thrown.name, 100);
}
