import { excerpt } from '../messages/printable.ts';
import { asRecord, asText, type JsonRecord } from './json-record.ts';

/** The parts of a server's error, read from whichever shape the server chose. */
export interface ServerError {
  /** The server's message, at most 16,384 characters of it; empty when it has none. */
  readonly message: string;
  /** The server's code where that is a word, such as `context_length_exceeded`: one line of at most 100 characters. */
  readonly code: string | undefined;
  /** The server's kind of error, such as `invalid_request_error`: one line of at most 100 characters. */
  readonly type: string | undefined;
  /** The HTTP status; of an error inside a 200 answer the one that the body names, if it does. */
  readonly status: number | undefined;
}

/** Characters of a server's message that are read. A sentence comes first; what follows may be a whole request. */
const MAX_MESSAGE_LENGTH = 16_384;
/** Characters of a code or a type, which are words. */
const MAX_LABEL_LENGTH = 100;
/** Characters of an HTML page that are searched for its title. */
const MAX_PAGE_LENGTH = 65_536;

/**
 * Reads an error body: `{ error: { message, type, code } }` with any part missing and `code` a word or a status,
 * `{ error: "..." }`, `{ message, type, code }`, `{ detail }`, `{ errors: [...] }`, a list of one of these, plain text,
 * and HTML (its title). `body` is the parsed JSON, or the text where it was none. Never throws.
 */
export function decodeError(body: unknown, status?: number): ServerError {
  const whole = asRecord(Array.isArray(body) ? body[0] : body);
  if (whole === undefined) return { message: plainText(body), code: undefined, type: undefined, status };
  const nested = whole['error'] ?? firstOf(whole['errors']);
  const error = asRecord(nested) ?? whole;
  const code = error['code'] ?? (asText(nested) === undefined ? undefined : whole['code']);
  return {
    message: (messageOf(error) ?? asText(nested) ?? messageOf(whole) ?? '').slice(0, MAX_MESSAGE_LENGTH),
    // Google's `status` is a word beside a numeric code; an OAuth body's `error` is the code itself.
    code: label(asText(code) ?? asText(error['status']) ?? oauthCode(whole)),
    type: label(asText(error['type']) ?? asText(whole['type'])),
    status: errorStatus(status, code, error),
  };
}

/** Whether the body of a 200 answer, or of one event, is an error and nothing else. */
export function isErrorBody(body: JsonRecord): boolean {
  const error = body['error'];
  if (asRecord(error) !== undefined || asText(error) !== undefined) return true;
  if ('choices' in body) return false;
  return body['object'] === 'error' || (messageOf(body) !== undefined && ('code' in body || 'type' in body));
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

/** Reads a number or a short text. To turn a list into a number, the platform would join all that is in it. */
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
  if (!/^<(?:!doctype|html|head|body)\b/i.test(start)) return start.slice(0, MAX_MESSAGE_LENGTH).trimEnd();
  const page = start.toLowerCase();
  return elementText(start, page, 'title') || elementText(start, page, 'h1') || 'an HTML page';
}

/** Returns the text at the beginning of the page's first element of that name. Searches the page once. */
function elementText(page: string, lowerCase: string, name: string): string {
  const tag = lowerCase.indexOf(`<${name}`);
  const open = tag === -1 ? -1 : page.indexOf('>', tag);
  const end = open === -1 ? -1 : page.indexOf('<', open);
  return end === -1 ? '' : page.slice(open + 1, end).trim();
}
