import { cutText, excerpt } from '../messages/printable.ts';
import { asRecord, asText, type JsonRecord } from './response-fields.ts';

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
}

/** Maximum length of a server's message, in characters. The first sentence matters; a whole request may follow it. */
const MAX_MESSAGE_LENGTH = 16_384;
/** Maximum length of a code or a type, in characters. */
const MAX_LABEL_LENGTH = 100;
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
  if (whole === undefined) return { message: plainText(body), code: undefined, type: undefined, status };
  const nested = whole['error'] ?? firstOf(whole['errors']);
  const error = asRecord(nested) ?? whole;
  const code = error['code'] ?? (asText(nested) === undefined ? undefined : whole['code']);
  return {
    message: cutText(messageOf(error) ?? asText(nested) ?? messageOf(whole) ?? '', MAX_MESSAGE_LENGTH),
    // Google's `status` is a word beside a numeric code; an OAuth body's `error` is the code itself.
    code: label(asText(code) ?? asText(error['status']) ?? oauthCode(whole)),
    type: label(asText(error['type']) ?? asText(whole['type'])),
    status: errorStatus(status, code, error),
  };
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
    asText(asRecord(firstOf(error['detail']))?.['msg'])
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
