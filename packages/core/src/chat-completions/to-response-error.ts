import {
  AuthenticationError,
  ContextWindowExceededError,
  RateLimitError,
  ResponseError,
} from '../errors/response-errors.ts';
import { excerpt } from '../messages/printable.ts';
import type { ServerError } from './decode-error.ts';
import { isContextOverflow, isQuotaExhausted } from './known-errors.ts';

/** What is known besides the error's body. */
export interface ResponseErrorContext {
  /** Who answered, for the message: an origin and path. Default "The model server". */
  readonly server?: string | undefined;
  readonly requestId?: string | undefined;
  /** Seconds the server asked to wait. */
  readonly retryAfter?: number | undefined;
  /** The text that had been streamed before. */
  readonly partialText?: string | undefined;
}

/** Characters of the server's own words in an error's `serverMessage`. */
const SERVER_MESSAGE_LENGTH = 1000;
/** Characters of them in the error's `message`, which is printed on one line. */
const SHOWN_LENGTH = 300;
const LABEL_LENGTH = 100;
const REQUEST_ID_LENGTH = 150;

/**
 * The error for what a server said: an `AuthenticationError` (401), a `ContextWindowExceededError`, a `RateLimitError`
 * (429, or the quota is used up), or a plain `ResponseError`. Give it text that holds no credential.
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
    partialText: context.partialText,
  };
  const server = context.server ?? 'The model server';
  const said = serverMessage === '' ? 'without saying why' : `and said: ${excerpt(error.message, SHOWN_LENGTH)}`;
  const label = [error.status, serverCode].filter(part => part !== undefined).join(', ');
  const answered = `answered with an error${label === '' ? '' : ` (${label})`} ${said}`;

  if (error.status === 401) return new AuthenticationError(`${server} refused the credential: it ${answered}`, fields);
  if (isContextOverflow(error)) {
    return new ContextWindowExceededError(
      `The conversation is too long for the model: ${server} ${answered}. Shorten it, or use a model with a larger context window.`,
      fields,
    );
  }
  if (isQuotaExhausted(error)) {
    return new RateLimitError(`The account's quota is used up: ${server} ${answered}`, fields);
  }
  if (error.status === 429) {
    return new RateLimitError(`${server} takes no more requests for now: it ${answered}`, {
      ...fields,
      retryAfter: context.retryAfter,
    });
  }
  return new ResponseError(`${server} ${answered}`, fields);
}
