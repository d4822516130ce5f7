import type { ServerError } from './decode-error.ts';

// Wordings of providers, collected from their servers and from bug reports of their users. There is one table for each
// meaning: a new wording is a new line. Codes and types must match exactly, texts are searched for in the message.

interface KnownErrors {
  readonly codes: ReadonlySet<string>;
  /** Expressions that match the message. One with `unless` does not match if that matches too. */
  readonly texts: readonly (RegExp | { readonly text: RegExp; readonly unless: RegExp })[];
}

/** Length of the start of a message that is searched, in characters. Servers describe the error first. */
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
    // Not "context deadline exceeded" and "context canceled", with which Go programs report a timeout or a cancellation.
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

/** Returns true if the server reports that the conversation exceeds the model's context window. */
export function isContextOverflow(error: ServerError): boolean {
  // A rate limit (429) also counts tokens ("too many tokens per minute"), but is not an overflow.
  return isAboutTheRequest(error) && matches(CONTEXT_OVERFLOW, error);
}

/** Returns true if the account's quota is exhausted, so that repeating the call cannot help. */
export function isQuotaExhausted(error: ServerError): boolean {
  return error.status === 402 || matches(QUOTA_EXHAUSTED, error);
}

/** Returns true if the server reports that this model does not support tools. */
export function isToolsUnsupported(error: ServerError): boolean {
  return isAboutTheRequest(error) && matches(TOOLS_UNSUPPORTED, error);
}

/** Returns true if the server reports that it does not support stop words for this model. */
export function isStopUnsupported(error: ServerError): boolean {
  return isAboutTheRequest(error) && matches(STOP_UNSUPPORTED, error);
}

/**
 * Returns true if the server rejects the response format: the model does not support any, or not this schema, or not
 * together with tools. Meaningful only if the request contained one.
 */
export function isAboutResponseFormat(error: ServerError): boolean {
  return isAboutTheRequest(error) && matches(RESPONSE_FORMAT, error);
}

/** Some servers return 500 for a request that they cannot serve, 404 if no backend can, 413 or 422 for a part of it. */
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
