import { abortReason, type Clock, ConfigurationError, CrewError } from '@crew/core';
import type { TransportFetch, TransportFetchInit } from '../auth/authenticator.ts';
import type { Lease } from './connections.ts';
import { readBody } from './decode-body.ts';
import { sendRequest, type WireRequest, type WireResponse } from './request.ts';
import type { TimeoutSettings } from './timeouts.ts';
import { Deadlines } from './timeouts.ts';
import { RequestFailure } from './transport-failure.ts';
import { checkScheme, describeUrl } from './url.ts';

/** Settings of a `fetch` over the transport of an LLM. */
export interface FetchSettings {
  readonly clock: Clock;
  readonly timeouts: TimeoutSettings;
  readonly maxResponseBytes: number;
  readonly allowInsecureHttp: boolean;
}

/** Statuses of responses without a body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);
/** Maximum number of times that a used connection is replaced because it died before it responded. */
const MAX_RESENDS = 3;

/** Requests being sent. The signal of a `Request` follows that of its creator only while the `Request` is referenced. */
const pendingRequests = new Set<unknown>();

/**
 * Returns a `fetch` whose connections come from `lease`. Redirects are returned, not followed. The body is read before the
 * promise resolves, at most `maxResponseBytes` of it. Rejects with a `CrewError`.
 */
export function transportFetch(
  settings: FetchSettings,
  lease: (signal: AbortSignal) => Lease | Promise<Lease>,
): TransportFetch {
  return async (input, init) => {
    const request = toRequest(input, init);
    const limit = responseLimit(init, settings.maxResponseBytes);
    const url = new URL(request.url);
    checkScheme(url, settings.allowInsecureHttp, 'This request');
    const server = describeUrl(url);
    const { method } = request;
    const signal = init?.signal ?? (input instanceof Request ? input : request).signal;
    if (signal.aborted) throw abortReason(signal, `The request to ${server}`);
    const { clock, timeouts } = settings;
    const { total, firstByte, idle } = timeouts;
    const deadlines = new Deadlines({ clock, server, total, shortest: Math.min(firstByte, idle), parent: signal });
    pendingRequests.add(input);
    try {
      const body = request.body === null ? undefined : new Uint8Array(await deadlines.race(request.arrayBuffer()));
      const leasing = lease(deadlines.signal);
      const leased = leasing instanceof Promise ? await deadlines.race(leasing) : leasing;
      try {
        const headers = Object.fromEntries(request.headers);
        return await send({ method, url, headers, body }, leased, deadlines, timeouts, limit);
      } finally {
        leased.release();
      }
    } finally {
      pendingRequests.delete(input);
      deadlines.dispose();
    }
  };
}

/** @throws {ConfigurationError} which does not quote the URL, because it may contain a password. */
function toRequest(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Request {
  try {
    return new Request(input, init);
  } catch {
    throw new ConfigurationError(
      'The request is not valid. Its URL must be absolute and must not contain user and password. Its method, headers and ' +
        'body must be values that fetch accepts.',
    );
  }
}

/** @throws {ConfigurationError} if the limit is not a positive number. */
function responseLimit(init: TransportFetchInit | undefined, upperLimit: number): number {
  const limit = init?.maxResponseBytes ?? upperLimit;
  if (typeof limit !== 'number' || !(limit > 0)) {
    throw new ConfigurationError('maxResponseBytes of this request must be a positive number of bytes.');
  }
  return Math.min(limit, upperLimit);
}

async function send(
  request: WireRequest,
  lease: Lease,
  deadlines: Deadlines,
  timeouts: TimeoutSettings,
  limit: number,
): Promise<Response> {
  const server = describeUrl(request.url);
  for (let resends = 0; ; resends += 1) {
    try {
      const response = await sendRequest(lease.dispatcher, request, deadlines, timeouts);
      return toResponse(response, await readBody(response, limit, server), request.url);
    } catch (thrown) {
      if (!(thrown instanceof RequestFailure)) throw thrown;
      if (thrown.resend !== 'at-once' || resends === MAX_RESENDS) throw thrown.error;
    }
  }
}

function toResponse({ status, headers: received }: WireResponse, bytes: Uint8Array, url: URL): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    // These describe the encoded bytes, and the body is decoded.
    if (name === 'content-encoding' || name === 'content-length') continue;
    for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one);
  }
  const body = BODYLESS.has(status) ? null : new Uint8Array(bytes);
  let response: Response;
  try {
    response = new Response(body, { status, headers });
  } catch (thrown) {
    throw new CrewError('RESPONSE', `${describeUrl(url)} responded with status ${status}, which does not exist.`, {
      cause: thrown,
    });
  }
  // A response created by its constructor has no URL.
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}
