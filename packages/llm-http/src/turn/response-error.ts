import { AuthenticationError, excerpt, RateLimitError, ResponseError } from '@crew/core';
import {
  decodeError,
  isAboutResponseFormat,
  isContextOverflow,
  isModelSlip,
  isQuotaExhausted,
  isSignatureMissing,
  isStopUnsupported,
  isToolsMissing,
  isToolsUnsupported,
  isUnexplained,
  type ServerError,
  toResponseError,
} from '@crew/core/chat-completions';
import type { AuthContext, Refusal, ResponseHead } from '../auth/authenticator.ts';
import { parseJson } from '../protocol.ts';
import type { WireHeaders } from '../transport/headers.ts';
import { RequestFailure } from '../transport/transport-failure.ts';
import { isFieldRejection } from './field-rejection.ts';
import { isRetryable, retryAfterDelay } from './retry.ts';
import type { Turn } from './turn.ts';

const REQUEST_IDS = ['x-request-id', 'request-id', 'apim-request-id', 'x-amzn-requestid', 'x-correlation-id'];

/** Characters of the server's error message that a message quotes; `serverMessage` holds more of them. */
const QUOTED_LENGTH = 300;

/** Maximum number of characters of a server's request id that errors and turns keep. */
const LONGEST_REQUEST_ID = 256;

/** Returns the server's id of the request, as one line of printable characters. */
export function requestIdOf(headers: WireHeaders): string | undefined {
  for (const name of REQUEST_IDS) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') return excerpt(value, LONGEST_REQUEST_ID);
  }
  return undefined;
}

/**
 * Changes the request of the turn if the server rejects a field that can be omitted or replaced. Returns true if it did.
 */
export function changeRejectedField(turn: Turn, error: ServerError): boolean {
  if (turn.sendsStop && isStopUnsupported(error)) {
    turn.omitStop(true);
    return true;
  }
  const field = turn.replaceableMaxTokensField;
  if (field !== undefined && isFieldRejection(field, error)) {
    turn.replaceMaxTokensField();
    return true;
  }
  if (!turn.marksUnsignedCalls && isSignatureMissing(error)) {
    turn.markUnsignedCalls();
    return true;
  }
  // Without any explanation, the turn is tried once without stop words.
  if (!turn.sendsStop || !isUnexplained(error)) return false;
  turn.omitStop(false);
  return true;
}

/** Changes the request of the turn if the body of an error rejects a field of it. Returns true if it did. */
export function changeRejectedFieldOf(turn: Turn, head: ResponseHead, body: string): boolean {
  return changeRejectedField(turn, decodeError(parseJson(body), head.status));
}

/** Returns the error of a response that is not successful, and when the request may be sent again. */
export function responseFailure(turn: Turn, head: ResponseHead, body: string, context: AuthContext): RequestFailure {
  const { server, clock, authenticators } = turn.endpoint;
  const requestId = requestIdOf(head.headers);
  if (head.status < 400) return new RequestFailure(redirectError(head, server, requestId), 'never');
  const decoded = decodeScrubbed(turn, head, body);
  // A wait that only the body states counts like a header.
  const stated = decoded.retryAfter === undefined ? undefined : decoded.retryAfter * 1000;
  const delay = retryAfterDelay(head.headers, clock) ?? stated;
  const retryAfter = delay === undefined ? undefined : delay / 1000;
  const error = toResponseError(decoded, { server, requestId, retryAfter });
  // The model's next reply may be one that its server can read.
  if (isModelSlip(decoded)) return new RequestFailure(error, 'later', delay);
  if (isPermanent(decoded, turn) || !isRetryable(head.status, head.headers)) return new RequestFailure(error, 'never');
  return new RequestFailure(error, 'later', authenticators.rateLimitDelay(head, context) ?? delay);
}

/** Returns the error of a response that refuses the credential. */
export function refusalError(turn: Turn, refusal: Refusal): AuthenticationError {
  const { server, authenticators } = turn.endpoint;
  const decoded = decodeScrubbed(turn, refusal, refusal.bodyStart);
  const error = toResponseError(decoded, { server, requestId: requestIdOf(refusal.headers) });
  const { status, requestId, serverMessage, serverCode } = error;
  const { names } = authenticators;
  const subject = names === '' ? 'a request without a credential: set `auth`' : `the credential of ${names}`;
  const renewed = turn.isRenewed ? ', also after it was renewed' : '';
  const quoted = serverMessage ? ` The server said: ${excerpt(serverMessage, QUOTED_LENGTH)}` : '';
  return new AuthenticationError(`${server} refused ${subject}${renewed} (status ${refusal.status}).${quoted}`, {
    status,
    requestId,
    serverMessage,
    serverCode,
  });
}

/** Decodes the body of an error. Secrets are removed before texts are shortened. */
function decodeScrubbed(turn: Turn, head: ResponseHead, body: string): ServerError {
  return decodeError(turn.scrubber.json(parseJson(body)), head.status);
}

/** Returns true for an error that the same request would cause again. */
function isPermanent(error: ServerError, { request }: Turn): boolean {
  if (isQuotaExhausted(error) || isContextOverflow(error) || isStopUnsupported(error)) return true;
  if (request.responseFormat !== undefined && isAboutResponseFormat(error)) return true;
  if (isToolsUnsupported(error)) return true;
  return request.tools === undefined && isToolsMissing(error);
}

function redirectError(head: ResponseHead, server: string, requestId: string | undefined): ResponseError {
  const location = head.headers['location'];
  const target = typeof location === 'string' ? URL.parse(location, head.url) : null;
  const where = target === null ? '' : ` to ${excerpt(target.origin)}`;
  return new ResponseError(
    `${server} redirects${where} (status ${head.status}). Redirects are not followed, because the credential and the ` +
      'conversation would go with them. Set `endpoint` to the final URL.',
    { status: head.status, requestId },
  );
}

/** Returns the error with a sentence about a delay that the server asked for and that exceeds a limit. */
export function retryAfterTooLong(error: ResponseError, seconds: number, limit: string): ResponseError {
  const sentence = /[.!?…]$/.test(error.message) ? error.message : `${error.message}.`;
  const message = `${sentence} It asks to wait ${Math.ceil(seconds)} s, which is longer than ${limit}.`;
  const { status, requestId, serverMessage, serverCode, serverParam, partialText } = error;
  const fields = { status, requestId, serverMessage, serverCode, serverParam, partialText };
  return RateLimitError.isInstance(error)
    ? new RateLimitError(message, { ...fields, retryAfter: error.retryAfter ?? seconds })
    : new ResponseError(message, fields);
}
