import type { MaxTokensField, ServerError } from '@crew/core/chat-completions';

/** Statuses with which servers reject a part of a request. */
const STATUSES: readonly number[] = [400, 404, 422, 500, 501];

/** Codes of an error about the field that `param` or `loc` names. */
const CODES: ReadonlySet<string> = new Set(['unsupported_parameter', 'unknown_parameter', 'extra_forbidden']);

/** Words of an error about a field as such. An error about the value of a field has other words. */
const UNSUPPORTED =
  /unsupported|not (?:support|permitted|allowed|available|recogni[sz]ed|expected)|n't support|unknown|unrecogni[sz]ed|unexpected|deprecated|extra (?:inputs|fields)|additional propert/i;
const ABOUT_VALUE = /\bvalues?\b|above|below|exceed|(?:greater|larger|less|more|longer) than|too (?:large|long|small)/i;

/** For each field: the field beside such words, and the advice to use the other one. */
const TEXTS: Readonly<Record<MaxTokensField, readonly RegExp[]>> = {
  max_tokens: [
    /(?:unsupported|not support|n't support|unknown|unrecogni[sz]ed|unexpected|extra (?:inputs|fields)|additional propert)[^.\d]{0,60}\bmax_tokens\b/i,
    /\bmax_tokens\b[^.\d]{0,40}(?:unsupported|not (?:support|permitted|allowed|available|recogni[sz]ed|expected)|unknown|unexpected|deprecated)/i,
    /\buse ['"`]?max_completion_tokens\b/i,
  ],
  max_completion_tokens: [
    /(?:unsupported|not support|n't support|unknown|unrecogni[sz]ed|unexpected|extra (?:inputs|fields)|additional propert)[^.\d]{0,60}\bmax_completion_tokens\b/i,
    /\bmax_completion_tokens\b[^.\d]{0,40}(?:unsupported|not (?:support|permitted|allowed|available|recogni[sz]ed|expected)|unknown|unexpected|deprecated)/i,
    /\buse ['"`]?max_tokens\b/i,
  ],
};

/** Items of a validation error that are read. */
const MAX_DETAILS = 32;

/**
 * Returns true if the server does not accept this field of the request, whatever its value. `body` is the parsed body of the
 * error, which may name the field apart from the message: as `param`, or as `loc` of a validation error.
 */
export function isFieldRejection(field: MaxTokensField, error: ServerError, body?: unknown): boolean {
  const { status, message } = error;
  if (status !== undefined && status >= 400 && !STATUSES.includes(status)) return false;
  if (namesField(field, error, body)) return true;
  return TEXTS[field].some(text => {
    const match = text.exec(message);
    return match !== null && !ABOUT_VALUE.test(match[0]);
  });
}

function namesField(field: MaxTokensField, { code, message }: ServerError, body: unknown): boolean {
  const inner = member(body, 'error');
  const param = member(inner, 'param') ?? member(body, 'param');
  if (param === field && (CODES.has(code ?? '') || (UNSUPPORTED.test(message) && !ABOUT_VALUE.test(message))))
    return true;
  return [body, inner, member(body, 'message')].some(holder => {
    const details = member(holder, 'detail');
    return Array.isArray(details) && details.slice(0, MAX_DETAILS).some(detail => isDetailAbout(field, detail));
  });
}

/** Returns true for an item of a validation error as pydantic writes it: `{ type, loc, msg }`. */
function isDetailAbout(field: MaxTokensField, detail: unknown): boolean {
  const loc = member(detail, 'loc');
  if (!Array.isArray(loc) || loc.at(-1) !== field) return false;
  const type = member(detail, 'type');
  const text = member(detail, 'msg');
  return (typeof type === 'string' && CODES.has(type)) || (typeof text === 'string' && UNSUPPORTED.test(text));
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
