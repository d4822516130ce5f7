import { AuthenticationError, excerpt, RateLimitError, ResponseError } from '@crew/core';
import {
  decodeError,
  isContextOverflow,
  isQuotaExhausted,
  isStopUnsupported,
  isToolsUnsupported,
  type ServerError,
  toResponseError,
} from '@crew/core/chat-completions';
import type { AuthContext, ResponseHead } from '../auth/authenticator.ts';
import { parse } from '../protocol.ts';
import type { WireHeaders } from '../transport/headers.ts';
import { AttemptFailure } from './attempt-failure.ts';
import type { Endpoint } from './endpoint.ts';
import { isRetryable, retryAfterDelay } from './retry.ts';
import type { TurnState } from './turn-state.ts';

const REQUEST_IDS = ['x-request-id', 'request-id', 'apim-request-id', 'x-amzn-requestid', 'x-correlation-id'];

/** Characters of the server's own words that a message quotes; `serverMessage` holds more of them. */
const QUOTED_LENGTH = 300;

/** Most characters of a server's id of a request that errors and turns keep. */
const LONGEST_REQUEST_ID = 256;

/** Returns the server's id of the request, as one line of printable characters. */
export function requestIdOf(headers: WireHeaders): string | undefined {
  for (const name of REQUEST_IDS) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return excerpt(value, LONGEST_REQUEST_ID);
  }
  return undefined;
}

/** Whether the server says that it takes no stop words, and had been sent some. */
export function takesNoStop(said: ServerError, turn: TurnState): boolean {
  return !turn.withoutStop && turn.request.stop.length > 0 && isStopUnsupported(said);
}

/** The same for an error's body. */
export function refusesStop(head: ResponseHead, body: string, turn: TurnState): boolean {
  return takesNoStop(decodeError(parse(body), head.status), turn);
}

/** The error of a response that is no answer, and whether to try again. */
export function responseFailure(
  endpoint: Endpoint,
  turn: TurnState,
  head: ResponseHead,
  body: string,
  context: AuthContext,
): AttemptFailure {
  const { server, clock } = endpoint;
  const requestId = requestIdOf(head.headers);
  if (head.status < 400) return new AttemptFailure(redirected(head, server, requestId), 'never');
  const said = serverError(turn, head, body);
  const asked = retryAfterDelay(head.headers, clock);
  const retryAfter = asked === undefined ? undefined : asked / 1000;
  const error = toResponseError(said, { server, requestId, retryAfter });
  if (isHopeless(said) || !isRetryable(head.status, head.headers)) return new AttemptFailure(error, 'never');
  return new AttemptFailure(error, 'later', soonest(endpoint, head, context) ?? asked);
}

/** The server refused the credential. */
export function refusalError(
  endpoint: Endpoint,
  turn: TurnState,
  head: ResponseHead,
  body: string,
): AuthenticationError {
  const { server, authenticators } = endpoint;
  const said = serverError(turn, head, body);
  const known = toResponseError(said, { server, requestId: requestIdOf(head.headers) });
  const { status, requestId, serverMessage, serverCode } = known;
  const names = authenticators.map(({ name }) => name).join(', ');
  const what = names === '' ? 'a request without a credential: give `auth`' : `the credential of ${names}`;
  const again = turn.renewed ? ', also after it was renewed' : '';
  const words = serverMessage ? ` The server said: ${excerpt(serverMessage, QUOTED_LENGTH)}` : '';
  return new AuthenticationError(`${server} refused ${what}${again} (status ${head.status}).${words}`, {
    status,
    requestId,
    serverMessage,
    serverCode,
  });
}

/** What the server said, scrubbed before it is shortened. */
function serverError(turn: TurnState, head: ResponseHead, body: string): ServerError {
  return decodeError(turn.scrubber.json(parse(body)), head.status);
}

function isHopeless(said: ServerError): boolean {
  return isQuotaExhausted(said) || isContextOverflow(said) || isToolsUnsupported(said) || isStopUnsupported(said);
}

/** When an authenticator has another credential to try, if one does. */
function soonest(endpoint: Endpoint, head: ResponseHead, context: AuthContext): number | undefined {
  if (head.status !== 429) return undefined;
  const waits = endpoint.authenticators.flatMap(one => one.onRateLimit?.(head, context) ?? []);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function redirected(head: ResponseHead, server: string, requestId: string | undefined): ResponseError {
  const location = head.headers['location'];
  const target = typeof location === 'string' ? URL.parse(location, head.url) : null;
  const where = target === null ? '' : ` to ${excerpt(target.origin)}`;
  return new ResponseError(
    `${server} redirects${where} (status ${head.status}). Redirects are not followed, because the credential and the ` +
      'conversation would go with them. Set `endpoint` to the final URL.',
    { status: head.status, requestId },
  );
}

/** The same error with a sentence about a wait that was asked for and is too long. */
export function askedTooMuch(error: ResponseError, seconds: number, limit: string): ResponseError {
  const said = /[.!?…]$/.test(error.message) ? error.message : `${error.message}.`;
  const message = `${said} It asks to wait ${Math.ceil(seconds)} s, which is longer than ${limit}.`;
  const { status, requestId, serverMessage, serverCode, partialText } = error;
  const fields = { status, requestId, serverMessage, serverCode, partialText };
  return RateLimitError.isInstance(error)
    ? new RateLimitError(message, { ...fields, retryAfter: error.retryAfter ?? seconds })
    : new ResponseError(message, fields);
}
