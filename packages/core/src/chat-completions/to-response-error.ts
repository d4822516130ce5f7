import {
  AuthenticationError,
  ContextWindowExceededError,
  RateLimitError,
  ResponseError,
} from '../errors/response-errors.ts';
import { excerpt } from '../messages/printable.ts';
import type { ServerError } from './decode-error.ts';
import { isContextOverflow, isQuotaExhausted } from './known-errors.ts';

/** Facts about a failed request that its body does not contain. */
export interface ResponseErrorContext {
  /** Name of the server for the message: an origin and path. Default "The model server". */
  readonly server?: string | undefined;
  /** The server's id of the request. */
  readonly requestId?: string | undefined;
  /** Time that the server asks to wait in a header, in seconds. Default: the time that the body states. */
  readonly retryAfter?: number | undefined;
  /** The text that was streamed before the error. */
  readonly partialText?: string | undefined;
  /** The error of a client library from which the facts come. It must not contain secrets. */
  readonly cause?: unknown;
}

/** Maximum length of an error's `serverMessage`, in characters. */
const SERVER_MESSAGE_LENGTH = 1000;
/** Maximum length of the server's message within the error's `message`, which is printed on one line. */
const EXCERPT_LENGTH = 300;
const LABEL_LENGTH = 100;
const REQUEST_ID_LENGTH = 150;

/**
 * Converts a server's error: to an `AuthenticationError` (401), a `ContextWindowExceededError`, a `RateLimitError` (429, or
 * an exhausted quota), or a plain `ResponseError`. The texts must not contain credentials: they are printed with the error.
 */
export function toResponseError(error: ServerError, context: ResponseErrorContext = {}): ResponseError {
  const serverMessage = excerpt(error.message, SERVER_MESSAGE_LENGTH);
  const code = error.code ?? error.type;
  const serverCode = code === undefined ? undefined : excerpt(code, LABEL_LENGTH);
  const fields = {
    status: error.status,
    requestId: context.requestId === undefined ? undefined : excerpt(context.requestId, REQUEST_ID_LENGTH),
    serverMessage,
    serverCode,
    serverParam: error.param === undefined ? undefined : excerpt(error.param, LABEL_LENGTH),
    partialText: context.partialText ?? error.failedGeneration,
    cause: context.cause,
  };
  const server = context.server ?? 'The model server';
  const reason = serverMessage === '' ? ' without a message' : `: ${excerpt(error.message, EXCERPT_LENGTH)}`;
  const label = [error.status, serverCode].filter(part => part !== undefined).join(', ');
  const returned = `returned an error${label === '' ? '' : ` (${label})`}${reason}`;

  if (error.status === 401) return new AuthenticationError(`${server} rejected the credential: it ${returned}`, fields);
  if (isContextOverflow(error)) {
    return new ContextWindowExceededError(
      `The conversation is too long for the model: ${server} ${returned}. Shorten it, or use a model with a larger context window.`,
      fields,
    );
  }
  if (isQuotaExhausted(error)) {
    return new RateLimitError(`The account's quota is exhausted: ${server} ${returned}`, fields);
  }
  if (error.status === 429) {
    return new RateLimitError(`${server} limits the request rate: it ${returned}`, {
      ...fields,
      retryAfter: context.retryAfter ?? error.retryAfter,
    });
  }
  return new ResponseError(`${server} ${returned}`, fields);
}
