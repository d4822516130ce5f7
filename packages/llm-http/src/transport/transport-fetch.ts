import { abortReason, type Clock, CrewError } from '@crew/core';
import type { Lease } from './connections.ts';
import { checkScheme } from './endpoint-url.ts';
import { describe, exchange, type WireRequest, type WireResponse } from './exchange.ts';
import { ExchangeFailure } from './exchange-failure.ts';
import { wholeBody } from './read-body.ts';
import type { TimeoutSettings } from './timeouts.ts';
import { TurnScope } from './turn-scope.ts';

/** What a `fetch` over the LLM's transport keeps to. */
export interface FetchSettings {
  readonly clock: Clock;
  readonly timeouts: TimeoutSettings;
  readonly maxResponseBytes: number;
  readonly allowInsecureHttp: boolean;
}

/** Statuses whose response has no body (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5). */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);
/** A used connection that dies before it answers is replaced this often. */
const MOST_RESENDS = 3;

/**
 * A `fetch` (WHATWG Fetch) whose connections come from `lease`. Redirects are returned, not followed; the body is read
 * before it resolves. Failures are `CrewError`s.
 */
export function transportFetch(
  settings: FetchSettings,
  lease: (signal: AbortSignal) => Lease | Promise<Lease>,
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    checkScheme(url, settings.allowInsecureHttp, 'This request');
    const { signal } = request;
    if (signal.aborted) throw abortReason(signal, `The request to ${describe(url)}`);
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const headers = Object.fromEntries(request.headers);
    const leased = await lease(signal);
    try {
      return await send({ method: request.method, url, headers, body }, leased, signal, settings);
    } finally {
      leased.release();
    }
  };
}

async function send(
  request: WireRequest,
  lease: Lease,
  signal: AbortSignal,
  settings: FetchSettings,
): Promise<Response> {
  const { clock, timeouts, maxResponseBytes } = settings;
  const server = describe(request.url);
  const { total, firstByte, idle } = timeouts;
  const shortest = Math.min(firstByte, idle);
  const scope = new TurnScope({ clock, server, total, shortest, parent: signal });
  try {
    for (let resends = 0; ; resends += 1) {
      try {
        const response = await exchange(lease.dispatcher, request, scope, timeouts);
        return toResponse(response, await wholeBody(response, maxResponseBytes, server), request.url);
      } catch (thrown) {
        if (!(thrown instanceof ExchangeFailure)) throw thrown;
        if (thrown.resend !== 'at-once' || resends === MOST_RESENDS) throw thrown.error;
      }
    }
  } finally {
    scope.dispose();
  }
}

function toResponse({ status, headers: received }: WireResponse, bytes: Uint8Array, url: URL): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(received)) {
    // The bytes are decoded.
    if (name === 'content-encoding' || name === 'content-length') continue;
    for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one);
  }
  const body = BODYLESS.has(status) ? null : new Uint8Array(bytes);
  let response: Response;
  try {
    response = new Response(body, { status, headers });
  } catch (thrown) {
    throw new CrewError('RESPONSE', `${describe(url)} answered with status ${status}, which does not exist.`, {
      cause: thrown,
    });
  }
  // A response that was not fetched by the platform has none.
  Object.defineProperty(response, 'url', { value: url.href });
  return response;
}
