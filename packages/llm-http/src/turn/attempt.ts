import { AttemptRequest } from '../auth/attempt-request.ts';
import type { AuthContext, ResponseHead, TransportFetch } from '../auth/authenticator.ts';
import type { Lease } from '../transport/connections.ts';
import type { WireHeaders } from '../transport/headers.ts';
import { exchange, type WireResponse } from '../transport/request.ts';
import { RequestFailure } from '../transport/transport-failure.ts';
import { isSuccess, type Reading, read } from './answer.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { authenticate } from './authenticate.ts';
import type { Endpoint } from './endpoint.ts';
import { lease } from './lease.ts';
import { refusing, resendAfterRefusal, tellReceived } from './refusal.ts';
import { refusalError, refusesStop, responseFailure } from './response-failure.ts';
import type { TurnState } from './turn-state.ts';

/** An answer, whole or as a stream. The lease is the receiver's to release. */
export interface Answer {
  readonly headers: WireHeaders;
  readonly reading: Reading;
  readonly lease: Lease;
}

/**
 * One attempt: lease a connection, authenticate, send, tell of the response, look for a refusal. Resolves to the answer,
 * or to `resend` when the request is to be sent again at once.
 *
 * @throws {AttemptFailure} or a `CrewError`, which is final.
 */
export async function attempt(endpoint: Endpoint, turn: TurnState): Promise<Answer | 'resend'> {
  const { scope } = turn;
  const leasing = lease(endpoint.authenticators, endpoint.connections, scope.signal);
  const leased = leasing instanceof Promise ? await scope.guard(leasing) : leasing;
  let outcome: Answer | 'resend' = 'resend';
  try {
    outcome = await attemptOn(leased, endpoint, turn);
    return outcome;
  } catch (thrown) {
    throw thrown instanceof RequestFailure ? new AttemptFailure(thrown.error, thrown.resend) : thrown;
  } finally {
    if (outcome === 'resend') leased.release();
  }
}

async function attemptOn(leased: Lease, endpoint: Endpoint, turn: TurnState): Promise<Answer | 'resend'> {
  const { authenticators, timeouts, url } = endpoint;
  const { scope } = turn;
  const request = new AttemptRequest(url, turn.encoded.headers, turn.encoded.body, turn.scrubber);
  const context = authContext(leased, endpoint, turn);
  const waiting = authenticate(authenticators, request, context);
  if (waiting !== undefined) await scope.guard(waiting);

  const { method, target, headers, body } = request;
  const response = await exchange(leased.dispatcher, { method, url: target, headers, body }, scope, timeouts);
  try {
    return await judge(response, leased, endpoint, turn, request, context);
  } catch (thrown) {
    // Whoever threw, nobody reads the rest.
    response.body.cancel();
    throw thrown;
  }
}

/** What becomes of the attempt, by its response. */
async function judge(
  response: WireResponse,
  leased: Lease,
  endpoint: Endpoint,
  turn: TurnState,
  request: AttemptRequest,
  context: AuthContext,
): Promise<Answer | 'resend'> {
  const { authenticators, server } = endpoint;
  const head: ResponseHead = { status: response.status, url: server, headers: response.headers };
  tellReceived(authenticators, head, context);

  const reading = await read(response, endpoint, turn);
  const asked = refusing(authenticators, head, reading.start);
  if (asked !== undefined) {
    reading.cancel();
    const refusal = { ...head, bodyStart: reading.start() };
    if (await resendAfterRefusal(endpoint, turn, asked, request, refusal, context)) return 'resend';
    throw refusalError(endpoint, turn, head, refusal.bodyStart);
  }
  if (isSuccess(head.status)) return { headers: head.headers, reading, lease: leased };
  if (refusesStop(head, reading.start(), turn)) {
    turn.dropStop();
    return 'resend';
  }
  throw responseFailure(endpoint, turn, head, reading.start(), context);
}

function authContext(leased: Lease, endpoint: Endpoint, turn: TurnState): AuthContext {
  let ownFetch: TransportFetch | undefined;
  return {
    signal: turn.scope.signal,
    attempt: turn.attempt,
    renewed: turn.renewed,
    authContext: turn.request.authContext,
    connection: leased.credentials,
    get fetch() {
      ownFetch ??= endpoint.fetchOn(leased);
      return ownFetch;
    },
    emit: turn.emit,
  };
}
