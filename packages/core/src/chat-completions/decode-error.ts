import { asRecord, asText, type JsonRecord } from './json-record.ts';

/** What a server said of an error, out of whichever shape it chose. */
export interface ServerError {
  /** What the server said; empty when it said nothing. */
  readonly message: string;
  /** The server's code where that is a word, such as `context_length_exceeded`. */
  readonly code: string | undefined;
  /** The server's kind of error, such as `invalid_request_error`. */
  readonly type: string | undefined;
  /** The HTTP status; of an error inside a 200 answer the one that the body names, if it does. */
  readonly status: number | undefined;
}

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
    message: messageOf(error) ?? asText(nested) ?? messageOf(whole) ?? '',
    // Google's `status` is a word beside a numeric code; an OAuth body's `error` is the code itself.
    code: asText(code) ?? asText(error['status']) ?? oauthCode(whole),
    type: asText(error['type']) ?? asText(whole['type']),
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
  const named = [code, error['status'], error['status_code']].map(Number).find(isErrorStatus);
  return named ?? status;
}

function isErrorStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value <= 599;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function plainText(body: unknown): string {
  if (typeof body !== 'string') return '';
  if (!/^\s*<(?:!doctype|html|head|body)\b/i.test(body)) return body.trim();
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body) ?? /<h1[^>]*>([^<]*)<\/h1>/i.exec(body);
  return title?.[1]?.trim() || 'an HTML page';
}
