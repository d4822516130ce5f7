import { AttemptRequest } from '../auth/attempt-request.ts';
import type {
  AuthContext,
  Authenticator,
  Refusal,
  RefusalResult,
  ResponseHead,
  TransportFetch,
} from '../auth/authenticator.ts';
import { toCrewError } from '../auth/authenticators.ts';
import type { Lease } from '../transport/connections.ts';
import type { WireHeaders } from '../transport/headers.ts';
import { sendRequest, type WireResponse } from '../transport/request.ts';
import { isSuccess, type ReceivedBody, receiveBody } from './response.ts';
import { changeRejectedFieldOf, refusalError, responseFailure } from './response-error.ts';
import type { Turn } from './turn.ts';

/** A response of status 2xx, read completely or as a stream. The receiver releases the lease. */
export interface SuccessfulResponse {
  readonly headers: WireHeaders;
  readonly body: ReceivedBody;
  readonly lease: Lease;
}

/**
 * Makes one attempt: leases a connection, authenticates, sends, and checks the response for a refusal. Resolves to
 * `resend` if the request is to be sent again at once.
 *
 * @throws {RequestFailure} which the retry policy judges.
 * @throws {CrewError} which is final.
 */
export async function sendAttempt(turn: Turn): Promise<SuccessfulResponse | 'resend'> {
  const { endpoint, deadlines } = turn;
  const leasing = endpoint.lease(deadlines.signal);
  const lease = leasing instanceof Promise ? await deadlines.race(leasing) : leasing;
  let outcome: SuccessfulResponse | 'resend' = 'resend';
  try {
    outcome = await new Attempt(turn, lease).send();
    return outcome;
  } finally {
    if (outcome === 'resend') lease.release();
  }
}

class Attempt {
  readonly #turn: Turn;
  readonly #lease: Lease;
  readonly #request: AttemptRequest;
  readonly #context: AuthContext;

  constructor(turn: Turn, lease: Lease) {
    this.#turn = turn;
    this.#lease = lease;
    this.#request = new AttemptRequest(turn.endpoint.url, turn.encoded.headers, turn.encoded.body, turn.scrubber);
    this.#context = authContext(turn, lease);
  }

  async send(): Promise<SuccessfulResponse | 'resend'> {
    const { endpoint, deadlines } = this.#turn;
    const pending = endpoint.authenticators.authenticate(this.#request, this.#context);
    if (pending !== undefined) await deadlines.race(pending);
    const { method, target: url, headers, body } = this.#request;
    const request = { method, url, headers, body };
    const response = await sendRequest(this.#lease.dispatcher, request, deadlines, endpoint.timeouts);
    try {
      return await this.#judge(response);
    } catch (thrown) {
      // Whatever failed, the rest is not read.
      response.body.cancel();
      throw thrown;
    }
  }

  /** Reads the response and decides whether it is a success, a refusal or another error. */
  async #judge(response: WireResponse): Promise<SuccessfulResponse | 'resend'> {
    const turn = this.#turn;
    const { authenticators, server } = turn.endpoint;
    const head: ResponseHead = { status: response.status, url: server, headers: response.headers };
    authenticators.notifyResponse(head, this.#context);

    const body = await receiveBody(response, turn);
    const refused = authenticators.refused(head, body.start);
    if (refused !== undefined) {
      body.cancel();
      const refusal = { ...head, bodyStart: body.start() };
      if (await this.#isResentAfter(refusal, refused)) return 'resend';
      throw refusalError(turn, refusal);
    }
    if (isSuccess(head.status)) {
      turn.isAccepted = true;
      return { headers: head.headers, body, lease: this.#lease };
    }
    if (changeRejectedFieldOf(turn, head, body.start())) return 'resend';
    throw responseFailure(turn, head, body.start(), this.#context);
  }

  /** Returns true if the request is to be sent again after a refusal, which happens once for each kind of result. */
  async #isResentAfter(refusal: Refusal, refused: readonly Authenticator[]): Promise<boolean> {
    const turn = this.#turn;
    const result = await this.#resultOf(refusal, refused);
    if (result === 'renewed' && !turn.isRenewed) {
      turn.isRenewed = true;
      return true;
    }
    if (result === 'challenged' && !turn.isChallenged) {
      turn.isChallenged = true;
      return true;
    }
    return false;
  }

  /** Calls `onRefusal` of the refused authenticators. */
  async #resultOf(refusal: Refusal, refused: readonly Authenticator[]): Promise<RefusalResult> {
    const turn = this.#turn;
    if (turn.isRenewed && turn.isChallenged) return false;
    let isRenewed = false;
    for (const authenticator of refused) {
      const { name } = authenticator;
      turn.emit({ type: 'credential', action: 'refused', authenticator: name, at: turn.endpoint.clock.wall() });
      if (authenticator.onRefusal === undefined) continue;
      let result: RefusalResult;
      try {
        const pending = authenticator.onRefusal(this.#request, refusal, this.#context);
        result = await turn.deadlines.race(Promise.resolve(pending));
      } catch (thrown) {
        throw toCrewError(authenticator, thrown);
      }
      // A challenge explains the refusal: the credentials of the others were not at fault.
      if (result === 'challenged') return result;
      isRenewed ||= result === 'renewed';
    }
    return isRenewed && 'renewed';
  }
}

function authContext(turn: Turn, lease: Lease): AuthContext {
  let fetch: TransportFetch | undefined;
  return {
    signal: turn.deadlines.signal,
    attempt: turn.attempt,
    renewed: turn.isRenewed,
    authContext: turn.request.authContext,
    connection: lease.credentials,
    get fetch() {
      fetch ??= turn.endpoint.fetch(lease);
      return fetch;
    },
    emit: turn.emit,
  };
}
