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

/** Returns true if the server does not accept this field of the request, whatever its value. */
export function isFieldRejection(field: MaxTokensField, { status, code, param, message }: ServerError): boolean {
  if (status !== undefined && status >= 400 && !STATUSES.includes(status)) return false;
  if (param === field && (CODES.has(code ?? '') || (UNSUPPORTED.test(message) && !ABOUT_VALUE.test(message))))
    return true;
  return TEXTS[field].some(text => {
    const match = text.exec(message);
    return match !== null && !ABOUT_VALUE.test(match[0]);
  });
}
