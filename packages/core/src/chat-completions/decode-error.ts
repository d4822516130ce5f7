import { cutText, excerpt } from '../messages/printable.ts';
import { asRecord, asText, type JsonRecord } from './response-fields.ts';
import { statedWait } from './retry-after.ts';

/** A server's error, decoded from any of the shapes that servers use. */
export interface ServerError {
  /** The server's message, at most 16,384 characters of it. Empty if there is none. */
  readonly message: string;
  /** The server's code, if it is a word such as `context_length_exceeded`: one line of at most 100 characters. */
  readonly code: string | undefined;
  /** The server's kind of error, such as `invalid_request_error`: one line of at most 100 characters. */
  readonly type: string | undefined;
  /** The HTTP status. For an error in a response with status 200, the status that the body names, if any. */
  readonly status: number | undefined;
  /** The path of the request's field that the error is about, such as `stop` or `messages[1].content`. */
  readonly param?: string | undefined;
  /** The wait before the next request that the body asks for, in seconds. */
  readonly retryAfter?: number | undefined;
  /** The text of the model that the server could not use, as with `tool_use_failed`: at most 16,384 characters. */
  readonly failedGeneration?: string | undefined;
}

/** Maximum length of a server's message, in characters. The first sentence matters; a whole request may follow it. */
const MAX_MESSAGE_LENGTH = 16_384;
/** Length of the start of a message that is searched for a field, in characters. */
const MAX_SEARCHED_LENGTH = 4096;
/** Maximum length of a code or a type, in characters. */
const MAX_LABEL_LENGTH = 100;
/** Maximum number of parts of the path of a field. */
const MAX_PATH_PARTS = 16;
/** Length of the start of an HTML page that is searched for a title, in characters. */
const MAX_PAGE_LENGTH = 65_536;

/**
 * Decodes an error body: `{ error: { message, type, code } }` with any part missing and `code` a word or a status,
 * `{ error: "..." }`, `{ message, type, code }`, `{ detail }`, `{ errors: [...] }`, a list of one of these, plain text,
 * and HTML (its title). `body` is the parsed JSON, or the text if it is not JSON. Never throws.
 *
 * @example
 * ```ts
 * import { decodeError, toResponseError } from '@crew/core/chat-completions';
 *
 * const error = decodeError({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }, 429);
 * console.log(error.code, toResponseError(error, { retryAfter: 5 }).name);
 * ```
 */
export function decodeError(body: unknown, status?: number): ServerError {
  const whole = asRecord(Array.isArray(body) ? body[0] : body);
  if (whole === undefined) {
    const message = plainText(body);
    return { message, code: undefined, type: undefined, status, ...textFacts({}, message) };
  }
  const nested = whole['error'] ?? firstOf(whole['errors']);
  const error = asRecord(nested) ?? whole;
  const code = error['code'] ?? (asText(nested) === undefined ? undefined : whole['code']);
  const own = messageOf(error) ?? asText(nested) ?? messageOf(whole) ?? '';
  const texts = [own, upstreamMessage(error)].filter(text => text !== '');
  const message = cutText(texts.join(': '), MAX_MESSAGE_LENGTH);
  const failedGeneration = asText(error['failed_generation'])?.slice(0, MAX_MESSAGE_LENGTH);
  return {
    message,
    // Google's `status` is a word beside a numeric code; an OAuth body's `error` is the code itself.
    code: label(asText(code) ?? asText(error['status']) ?? oauthCode(whole)),
    type: label(asText(error['type']) ?? asText(whole['type'])),
    status: errorStatus(status, code, error),
    ...textFacts(error, message),
    ...(failedGeneration === undefined ? {} : { failedGeneration }),
  };
}

/** Returns the facts that members or, in gateways that pass on only the text, the message of an error contain. */
function textFacts(error: JsonRecord, message: string): Pick<ServerError, 'param' | 'retryAfter'> {
  const param = label(asText(error['param']) ?? pathOf(detailOf(error)?.['loc']) ?? fieldInText(message));
  const retryAfter = statedWait(error, message);
  return { ...(param === undefined ? {} : { param }), ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** Returns the first item of FastAPI's `detail`, which some servers put into `message`. */
function detailOf(error: JsonRecord): JsonRecord | undefined {
  return asRecord(firstOf(error['detail'])) ?? asRecord(firstOf(asRecord(error['message'])?.['detail']));
}

/** Returns the path of a field in the form of FastAPI, `["body", "stop"]`, as `stop`. */
function pathOf(loc: unknown): string | undefined {
  if (!Array.isArray(loc)) return undefined;
  const parts = loc.slice(0, MAX_PATH_PARTS).filter(part => typeof part === 'string' || typeof part === 'number');
  if (parts[0] === 'body') parts.shift();
  return parts.length === 0 ? undefined : parts.join('.');
}

/** `'loc': ('body', 'stop')`, as Python prints it, or "body.stop: Extra inputs are not permitted". */
const PRINTED_LOCATION = /['"]loc['"]: ?[[(]['"]body['"], ?['"]([a-z_]{1,60})['"]/i;
const NAMED_FIELD =
  /(?:^|[\s.>(])([a-z_]{1,60})['"`]?: ?\n? {0,4}(?:extra (?:inputs?|fields?)|unknown field|field)(?: are| is)? (?:not permitted|not allowed)/i;

function fieldInText(message: string): string | undefined {
  const start = message.slice(0, MAX_SEARCHED_LENGTH);
  return (PRINTED_LOCATION.exec(start) ?? NAMED_FIELD.exec(start))?.[1];
}

/** Returns the message of the provider behind a gateway, which some gateways quote beside a general sentence. */
function upstreamMessage(error: JsonRecord): string {
  const raw = asRecord(error['metadata'])?.['raw'];
  const body = typeof raw === 'string' && raw.length <= MAX_PAGE_LENGTH ? parsed(raw) : raw;
  const record = asRecord(Array.isArray(body) ? body[0] : body);
  if (record === undefined) return typeof raw === 'string' ? raw : '';
  const inner = asRecord(record['error']) ?? record;
  return messageOf(inner) ?? asText(record['error']) ?? '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Returns true if the body of a response with status 200, or of one event, is an error. */
export function isErrorBody(body: JsonRecord): boolean {
  const error = body['error'];
  // Some servers send an error without content beside every good answer.
  if ('choices' in body && isWithoutContent(error)) return false;
  if (asRecord(error) !== undefined || asText(error) !== undefined) return true;
  if ('choices' in body) return false;
  return body['object'] === 'error' || (messageOf(body) !== undefined && ('code' in body || 'type' in body));
}

/** Returns true if no member of the error says anything: each is empty, `null`, zero or false. */
function isWithoutContent(error: unknown): boolean {
  const members = asRecord(error);
  return members !== undefined && Object.values(members).every(value => !value || isEmptyValue(value));
}

function isEmptyValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function messageOf(error: JsonRecord): string | undefined {
  return (
    asText(error['message']) ??
    asText(error['error_description']) ??
    asText(error['detail']) ??
    asText(detailOf(error)?.['msg']) ??
    asText(asRecord(error['message'])?.['message'])
  );
}

function oauthCode(whole: JsonRecord): string | undefined {
  return messageOf(whole) === undefined ? undefined : asText(whole['error']);
}

function errorStatus(status: number | undefined, code: unknown, error: JsonRecord): number | undefined {
  if (status !== undefined && status >= 300) return status;
  const named = [code, error['status'], error['status_code']].map(toStatus).find(isErrorStatus);
  return named ?? status;
}

/** Converts a number or a short string. Anything else is ignored: `Number()` of a list would join all its items. */
function toStatus(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= 5) ? Number(value) : Number.NaN;
}

function isErrorStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value <= 599;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function label(text: string | undefined): string | undefined {
  return text === undefined ? undefined : excerpt(text, MAX_LABEL_LENGTH) || undefined;
}

function plainText(body: unknown): string {
  if (typeof body !== 'string') return '';
  const start = body.slice(0, MAX_PAGE_LENGTH).trimStart();
  if (!/^<(?:!doctype|html|head|body)\b/i.test(start)) return cutText(start, MAX_MESSAGE_LENGTH).trimEnd();
  const page = start.toLowerCase();
  return elementText(start, page, 'title') || elementText(start, page, 'h1') || 'an HTML page';
}

/** Returns the text at the start of the page's first element with that name. Searches the page once. */
function elementText(page: string, lowerCase: string, name: string): string {
  const tag = lowerCase.indexOf(`<${name}`);
  const open = tag === -1 ? -1 : page.indexOf('>', tag);
  const end = open === -1 ? -1 : page.indexOf('<', open);
  return end === -1 ? '' : page.slice(open + 1, end).trim();
}
