import { asRecord, asText, type JsonRecord } from './response-fields.ts';

/** Length of the start of a message that is searched for a wait, in characters. */
const SEARCHED_LENGTH = 2048;
/** Maximum number of details of an error that are read. */
const MAX_DETAILS = 16;

/** Seconds in each unit of time, by its first letters. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|millis)/i, 0.001],
  [/^s/i, 1],
  [/^m/i, 60],
  [/^h/i, 3600],
  [/^d/i, 86_400],
];

/** "try again in", "retry after", "retry your request after", "wait for". */
const ANNOUNCEMENT =
  /\bretry[_ -]?(?:after|delay)(?=[\W_])['":= ]{0,4}|\b(?:try(?: it)? again|retry(?:ing)?(?: (?:your|the|this) request)?|wait(?:ing)?)[_ -]{1,2}(?:(?:in|after|for|at least|about) ){0,3}/gi;
const PART =
  /(\d{1,9}(?:\.\d{1,9})?) ?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])/iy;
/** Between two parts of a duration such as "1 minute and 2 seconds". */
const SEPARATOR = /(?:,? (?:and )?)?(?=\d)/y;

/** Parses a wait in words at the start of the text: "34s", "1m2s", "1 minute and 2 seconds", "480ms". In seconds. */
function parseDuration(text: string, start: number): number | undefined {
  let seconds: number | undefined;
  let at = start;
  for (;;) {
    PART.lastIndex = at;
    const part = PART.exec(text);
    const factor = UNITS.find(([unit]) => unit.test(part?.[2] ?? ''))?.[1];
    if (part === null || factor === undefined) return seconds;
    seconds = (seconds ?? 0) + Number(part[1]) * factor;
    SEPARATOR.lastIndex = PART.lastIndex;
    at = SEPARATOR.test(text) ? SEPARATOR.lastIndex : PART.lastIndex;
  }
}

/**
 * Returns the wait that an error's body asks for, in seconds: `retryDelay` of a `google.rpc.RetryInfo`, a member
 * `retry_after` or `retry_after_ms`, or the words of the message ("Please try again in 1m2s").
 */
export function statedWait(error: JsonRecord, message: string): number | undefined {
  const details = error['details'];
  if (Array.isArray(details)) {
    for (const item of details.slice(0, MAX_DETAILS)) {
      const delay = asText(asRecord(item)?.['retryDelay']);
      const seconds = delay === undefined ? undefined : parseDuration(delay.trim(), 0);
      if (seconds !== undefined) return seconds;
    }
  }
  return memberWait(error) ?? waitInText(message);
}

function memberWait(error: JsonRecord): number | undefined {
  for (const holder of [error, asRecord(error['metadata'])]) {
    if (holder === undefined) continue;
    const milliseconds = count(holder['retry_after_ms'] ?? holder['retryAfterMs']);
    if (milliseconds !== undefined) return milliseconds / 1000;
    const value = holder['retry_after'] ?? holder['retryAfter'] ?? holder['retry_after_seconds'];
    const seconds = count(value) ?? (typeof value === 'string' ? parseDuration(value.trim(), 0) : undefined);
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

/** Returns a number that is not negative, or one in digits. */
function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function waitInText(message: string): number | undefined {
  const start = message.slice(0, SEARCHED_LENGTH);
  for (const announcement of start.matchAll(ANNOUNCEMENT)) {
    const at = announcement.index + announcement[0].length;
    const seconds = parseDuration(start, at) ?? bareSeconds(announcement[0], start.slice(at, at + 12));
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

/** "Retry-After: 20" needs no unit; "try again in 2" may mean anything. */
function bareSeconds(announcement: string, rest: string): number | undefined {
  const digits = /^\d{1,6}(?:\.\d{1,3})?(?=$|[\s.,;'"})\]])/.exec(rest)?.[0];
  return digits !== undefined && /after|delay/i.test(announcement) && !/^[\d.]+ [a-z]/i.test(rest)
    ? Number(digits)
    : undefined;
}

/**
 * Returns the wait that header fields ask for, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date
 * (RFC 9110, section 10.2.3), which is compared with the server's own `date`, or else with `now`.
 *
 * @example
 * ```ts
 * import { parseRetryAfter } from '@crew/core/chat-completions';
 *
 * const headers = new Headers({ 'retry-after': '30' });
 * console.log(parseRetryAfter(name => headers.get(name), Date.now())); // 30000
 * ```
 */
export function parseRetryAfter(header: (name: string) => unknown, now: number): number | undefined {
  const milliseconds = numberIn(header('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds;
  const value = header('retry-after');
  const seconds = numberIn(value);
  if (seconds !== undefined) return seconds * 1000;
  const until = dateIn(value);
  return until === undefined ? undefined : Math.max(0, until - (dateIn(header('date')) ?? now));
}

function numberIn(header: unknown): number | undefined {
  if (typeof header === 'number') return header >= 0 && Number.isFinite(header) ? header : undefined;
  if (typeof header !== 'string' || !/^\s*\d+(?:\.\d+)?\s*$/.test(header)) return undefined;
  return Number(header);
}

function dateIn(header: unknown): number | undefined {
  // Date.parse accepts almost any string.
  const time = typeof header === 'string' && header.endsWith('GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
