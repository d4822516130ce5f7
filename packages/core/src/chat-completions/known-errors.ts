import type { ServerError } from './decode-error.ts';

// What providers say, gathered from their servers and from their users' reports. One table for each meaning: a new
// wording is one more line. Codes and types are compared whole, texts are searched in the message.

interface KnownErrors {
  readonly codes: ReadonlySet<string>;
  /** Expressions for the message; one with an exception does not count where `unless` is found too. */
  readonly texts: readonly (RegExp | { readonly text: RegExp; readonly unless: RegExp })[];
}

/** Characters of a message that are searched. What a server says of an error stands at its beginning. */
const SEARCHED_LENGTH = 4096;

const CONTEXT_OVERFLOW: KnownErrors = {
  codes: new Set([
    'context_length_exceeded',
    'context_window_exceeded',
    'exceed_context_size_error',
    'model_context_window_exceeded',
    'string_above_max_length',
    'request_too_large',
  ]),
  texts: [
    // Also "maximun context length", as one popular server spells it.
    /maximu[mn]s? (?:allowed )?(?:context|prompt|input) (?:length|window|size)/i,
    /context[_ ](?:length|window|size)[_ ]exceeded/i,
    // Not "context deadline exceeded" and "context canceled", by which Go programs say that they gave up.
    /(?:exceed(?:s|ed|ing)?|larger than|longer than|greater than) [^.]{0,60}\bcontext\b(?! (?:deadline|cancel))/i,
    /\bcontext (?:length|window|size|limit)[^.]{0,40}exceed/i,
    /(?:input|prompt|request|conversation) (?:is|was) too (?:long|large)/i,
    /too many (?:input |prompt )?tokens(?! per)/i,
    /input token count[^.]{0,60}exceed/i,
    /prompt_tokens[^.]{0,40}must be less than/i,
    /input (?:length|tokens)[^.]{0,60}(?:exceed|must have less than|must be (?:less|<=))/i,
    /reduce the length of (?:the |your )?(?:messages|prompt|input)/i,
    /tokens? (?:to keep from the initial prompt|limit exceeded: input)/i,
  ],
};

const QUOTA_EXHAUSTED: KnownErrors = {
  codes: new Set([
    'insufficient_quota',
    'billing_hard_limit_reached',
    'billing_not_active',
    'credit_balance_exhausted',
    'insufficient_balance',
    'quota_exhausted',
  ]),
  texts: [
    // One provider uses this sentence for a limit per minute and adds when to retry.
    { text: /exceeded your current quota/i, unless: /retry in/i },
    /credit balance is too low/i,
    /insufficient (?:balance|credits?|funds|quota)/i,
    /(?:billing|spending|usage) (?:hard )?limit (?:has been |was )?reached/i,
    /requires more credits/i,
  ],
};

const TOOLS_UNSUPPORTED: KnownErrors = {
  codes: new Set(['tools_not_supported', 'tool_use_not_supported']),
  texts: [
    /does(?: not|n't) support (?:the )?['"`]?(?:tools?|tool[ _-](?:use|calls?|calling|choice)|function[ _-]call(?:s|ing)?|functions)\b/i,
    /no endpoints found that support tool/i,
    /(?:tools?|tool[ _-](?:use|calls?|calling)|function[ _-]call(?:s|ing)?|functions)['"`]? (?:is|are) not (?:supported|available|enabled)/i,
    /unsupported param(?:eter)?s?:? ['"`]?(?:tools|functions)\b/i,
    /tools param requires/i,
    /tool choice requires --enable-auto-tool-choice/i,
    /does not advertise tools/i,
  ],
};

const STOP_UNSUPPORTED: KnownErrors = {
  codes: new Set(),
  texts: [
    /unsupported param(?:eter)?s?:? ['"`]?stop(?:_?sequences)?\b/i,
    /['"`]stop(?:_?sequences)?['"`] (?:is|are) not (?:supported|permitted|allowed)/i,
    /does(?: not|n't) support (?:the )?(?:parameters? )?['"`[]*stop[ _]?(?:words|sequences|parameter)?\b/i,
    /\bstop (?:words|sequences?|parameter) (?:is|are) not (?:supported|allowed)/i,
  ],
};

const RESPONSE_FORMAT: KnownErrors = {
  codes: new Set(),
  texts: [
    /\bresponse[_ ]?format\b/i,
    /\bjson[_ ]schema\b/i,
    /\bjson[_ ](?:mode|object)\b/i,
    /\bresponse[_ ]?(?:mime[_ ]?type|schema)\b/i,
    /\bstructured[_ ]outputs?\b/i,
  ],
};

/** Whether the server says that the conversation is longer than the model can read. */
export function isContextOverflow(error: ServerError): boolean {
  // A rate limit (429) counts tokens too, "too many tokens per minute", and is no overflow.
  return isAboutTheRequest(error) && matches(CONTEXT_OVERFLOW, error);
}

/** Whether the account has nothing left to spend: repeating the call cannot help. */
export function isQuotaExhausted(error: ServerError): boolean {
  return error.status === 402 || matches(QUOTA_EXHAUSTED, error);
}

/** Whether the server says that this model cannot call tools. */
export function isToolsUnsupported(error: ServerError): boolean {
  return isAboutTheRequest(error) && matches(TOOLS_UNSUPPORTED, error);
}

/** Whether the server says that it takes no stop words for this model. */
export function isStopUnsupported(error: ServerError): boolean {
  return isAboutTheRequest(error) && matches(STOP_UNSUPPORTED, error);
}

/**
 * Whether what the server does not like is the response format: the model has none, or not with this schema, or not
 * together with tools. To be asked only where one was sent.
 */
export function isAboutResponseFormat(error: ServerError): boolean {
  return isAboutTheRequest(error) && matches(RESPONSE_FORMAT, error);
}

/** Some servers answer 500 to a request that they cannot serve, 404 when no backend can, 413 or 422 for a part of it. */
function isAboutTheRequest({ status }: ServerError): boolean {
  return status === undefined || status < 400 || [400, 404, 413, 422, 500, 501].includes(status);
}

function matches(known: KnownErrors, { code, type, message }: ServerError): boolean {
  if (code !== undefined && known.codes.has(code.toLowerCase())) return true;
  if (type !== undefined && known.codes.has(type.toLowerCase())) return true;
  const start = message.slice(0, SEARCHED_LENGTH);
  return known.texts.some(entry =>
    entry instanceof RegExp ? entry.test(start) : entry.text.test(start) && !entry.unless.test(start),
  );
}
