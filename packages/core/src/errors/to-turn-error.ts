import { decodeError, type ServerError } from '../chat-completions/decode-error.ts';
import { parseRetryAfter } from '../chat-completions/retry-after.ts';
import { toResponseError } from '../chat-completions/to-response-error.ts';
import { CrewError } from './crew-error.ts';
import { thrownText, toCrewError } from './to-crew-error.ts';

/** Maximum number of causes that are searched for a status. */
const MAX_CAUSES = 5;
/** Maximum length of a body that is parsed, in characters. */
const MAX_BODY_LENGTH = 65_536;
/** Maximum number of header fields that are searched. */
const MAX_HEADERS = 256;

/**
 * Converts a value that a model turn threw to a `CrewError`. An error with an HTTP status, as client libraries and wrappers
 * of `fetch` throw it, becomes the `ResponseError` that `toResponseError` creates; see `toCrewError` for all others.
 */
export function toTurnError(thrown: unknown): CrewError {
  const error = CrewError.isInstance(thrown) || isInterruption(thrown) ? undefined : responseError(thrown);
  return error ?? toCrewError(thrown, 'The model turn');
}

function isInterruption(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
}

function responseError(thrown: unknown): CrewError | undefined {
  let holder = thrown;
  for (let depth = 0; depth < MAX_CAUSES && isObject(holder); depth += 1) {
    const status = statusOf(holder);
    if (status !== undefined) return fromHolder(thrown, holder, status);
    holder = member(holder, 'cause');
    if (CrewError.isInstance(holder)) return undefined;
  }
  return undefined;
}

function fromHolder(thrown: unknown, holder: object, status: number): CrewError {
  const response = member(holder, 'response');
  const header = headerReader(holder, response);
  const decoded = decodeBody(bodyOf(holder, response), status);
  const name = member(holder, 'name');
  const code = text(member(holder, 'code')) ?? (isAwsError(holder) ? text(name) : undefined);
  const error: ServerError = {
    ...decoded,
    status,
    message: decoded.message === '' ? messageOf(thrown) : decoded.message,
    // Codes such as ERR_BAD_REQUEST are those of the library.
    code: decoded.code ?? (code?.startsWith('ERR_') ? undefined : code),
    type: decoded.type ?? text(member(holder, 'type')),
    param: decoded.param ?? text(member(holder, 'param')),
  };
  const delay = parseRetryAfter(header, Date.now());
  return toResponseError(error, {
    requestId: text(header('x-request-id') ?? header('request-id')) ?? text(member(holder, 'requestID')),
    retryAfter: delay === undefined ? undefined : delay / 1000,
    ...(thrown instanceof Error ? { cause: thrown } : {}),
  });
}

/** Returns the status of a refusal. Other numbers may mean anything, such as the exit status of a process. */
function statusOf(holder: object): number | undefined {
  const response = member(holder, 'response');
  const metadata = member(holder, '$metadata');
  const candidates = [
    member(holder, 'status'),
    member(holder, 'statusCode'),
    member(response, 'status'),
    member(response, 'statusCode'),
    member(metadata, 'httpStatusCode'),
  ];
  for (const candidate of candidates) {
    const status = typeof candidate === 'string' && /^\d{3}$/.test(candidate) ? Number(candidate) : candidate;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599) return status;
  }
  return undefined;
}

function isAwsError(holder: object): boolean {
  return isObject(member(holder, '$metadata'));
}

/** Returns the body that the library attached, parsed or as text. */
function bodyOf(holder: object, response: unknown): unknown {
  for (const name of ['error', 'body', 'responseBody', 'data'] as const) {
    const value = member(holder, name);
    if (isPlainBody(value)) return value;
  }
  for (const name of ['data', 'body', '_data'] as const) {
    const value = member(response, name);
    if (isPlainBody(value)) return value;
  }
  // The message of some libraries is the body.
  const message = member(holder, 'message');
  return typeof message === 'string' && message.startsWith('{') ? message : undefined;
}

/** A stream or a buffer holds nothing that can be read here. */
function isPlainBody(value: unknown): boolean {
  if (typeof value === 'string') return value !== '';
  if (!isObject(value)) return false;
  return ['error', 'errors', 'message', 'detail', 'code', 'type'].some(name => member(value, name) !== undefined);
}

function decodeBody(body: unknown, status: number): ServerError {
  let parsed = body;
  if (typeof body === 'string' && body.length <= MAX_BODY_LENGTH) {
    try {
      parsed = JSON.parse(body);
    } catch {
      // It is text.
    }
  }
  try {
    return decodeError(parsed, status);
  } catch {
    // A getter of the library threw.
    return { message: '', code: undefined, type: undefined, status };
  }
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrownText(thrown);
  return text(member(thrown, 'message')) ?? text(member(thrown, 'statusText')) ?? '';
}

/** Returns a function that reads a header field: from `Headers`, or from an object with names in any case. */
function headerReader(holder: object, response: unknown): (name: string) => unknown {
  const sources = [member(holder, 'headers'), member(holder, 'responseHeaders'), member(response, 'headers')];
  return name => {
    for (const source of sources) {
      const value = headerIn(source, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function headerIn(source: unknown, name: string): unknown {
  if (!isObject(source)) return undefined;
  try {
    const get: unknown = Reflect.get(source, 'get');
    const value: unknown = typeof get === 'function' ? get.call(source, name) : undefined;
    if (typeof value === 'string' || typeof value === 'number') return value;
    const entries: readonly unknown[] = Array.isArray(source) ? source : Object.entries(source);
    for (const entry of entries.slice(0, MAX_HEADERS)) {
      if (!Array.isArray(entry) || String(entry[0]).toLowerCase() !== name) continue;
      const field: unknown = Array.isArray(entry[1]) ? entry[1][0] : entry[1];
      if (typeof field === 'string' || typeof field === 'number') return field;
    }
  } catch {
    // A getter of the library threw.
  }
  return undefined;
}

function member(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
