import type { ServerError } from './decode-error.ts';
import { ERROR_CODES, ERROR_PHRASES, type ErrorMeaning, MODEL_SLIP_CODES } from './error-phrases.ts';

// An error is recognised by its code or type, by the field of the request that it names, by general rules on the words of a
// sentence, and last by the table of phrases. Rules look at one sentence, so that two remarks are not read as one.

/** Length of the start of a message that is searched, in characters. Servers describe the error first. */
const SEARCHED_LENGTH = 4096;

/** Names of fields of a request, in lower case without separators. */
const STOP_FIELDS: ReadonlySet<string> = new Set(['stop', 'stopsequences', 'stopwords', 'stopstrings']);
const TOOL_FIELDS: ReadonlySet<string> = new Set(['tools', 'toolchoice', 'functions', 'toolconfig', 'functioncall']);
const FORMAT_FIELDS: ReadonlySet<string> = new Set([
  ...['responseformat', 'jsonschema', 'guidedjson', 'format', 'outputformat', 'outputconfig'],
  ...['responseschema', 'responsejsonschema', 'responsemimetype', 'structuredoutputs'],
]);

/** Words by which a server refuses something, whatever it is. */
const REFUSAL =
  /\b(?:not|n't|cannot|never) (?:currently |yet |be )?(?:support|permit|allow|accept|implement|recogni[sz]|available|enabled)|n't support|\b(?:unsupported|unrecogni[sz]ed|unpermitted|disallowed)|\b(?:unknown|unexpected|extra|additional) (?:request )?(?:param|arg|field|input|key|propert|name)/i;
/** The same fields in the words of a sentence. */
const STOP_WORDS = /\bstop(?:[_ ]?(?:words?|sequences?|strings?))?\b/i;
const TOOL_WORDS = /\b(?:tools?|tool[ _-](?:use|calls?|calling|choice)|function[ _-]?call(?:s|ing)?|functions)\b/i;

/** Words for the length of a conversation, and for a length that is too great. */
const LENGTH = /\b(?:tokens?|prompts?|context|inputs?|(?:input|prompt)_tokens|conversation|messages|model length)\b/i;
const EXCESS =
  /exceed|\b(?:longer|larger|greater|bigger) than\b|\btoo (?:long|large|big)\b|\btoo many (?:input |prompt )?tokens\b|\bmore than [\d,]+ tokens\b|\boverflow|must (?:be|have) (?:less|fewer|at most|<)/i;
/** Other limits: of the answer, of time, of one attachment or name, of a rate, and of the account. */
const OTHER_LIMIT =
  /\bmax_(?:completion_|output_|new_)?tokens['"`]? (?:\([^)]{0,20}\) )?(?:is|must|exceeds|cannot)|\b(?:completion|output) tokens\b|\bcontext (?:deadline|cancel)|\b(?:image|audio|file|attachment|video)s?\b|\btool_calls?\b|\.(?:name|id)\b|\bper[ -](?:min|sec|hour|day)|\brate\b|\bquota\b|\btemperature\b/i;

/** Returns true if the server reports that the conversation exceeds the model's context window, or its largest request. */
export function isContextOverflow(error: ServerError): boolean {
  if (error.status === 429) return isLargerThanRateLimit(error);
  if (!isAboutTheRequest(error)) return false;
  if (isLargerThanRateLimit(error)) return true;
  // The identifiers of tool calls are limited too, with the same code.
  if (isOtherField(error)) return false;
  if (error.status === 413 || hasMeaning('context-overflow', error)) return true;
  return sentences(error).some(one => LENGTH.test(one) && EXCESS.test(one) && !OTHER_LIMIT.test(one));
}

function isOtherField({ param, message }: ServerError): boolean {
  const named = `${param ?? ''} ${message.slice(0, 200)}`;
  return /\btool_calls?\b|\.(?:name|id)\b|\b(?:image|audio|file|video)s? /i.test(named);
}

/**
 * Returns true if one request needs more tokens than the provider allows in a minute: "Request too large ... on tokens per
 * min (TPM): Limit 6000, Requested 7500". It is refused however long the caller waits. A request that only came too early
 * asks for less than the limit.
 */
function isLargerThanRateLimit(error: ServerError): boolean {
  if (error.status !== undefined && ![400, 413, 429].includes(error.status)) return false;
  const start = error.message.slice(0, SEARCHED_LENGTH);
  const limit = numberIn(/\blimit:? {0,2}(\d[\d,]{0,11})/i, start);
  const requested = numberIn(/\brequested:? {0,2}(?:about )?(\d[\d,]{0,11})/i, start);
  if (/\btoken/i.test(start) && limit !== undefined && requested !== undefined) return requested > limit;
  // A rate of "too many tokens per minute" is not a property of one request.
  return /\b(?:request|prompt|input|message)s? (?:is |are |was )?too (?:large|long|big)\b(?!: too many)/i.test(start);
}

function numberIn(expression: RegExp, text: string): number | undefined {
  const digits = expression.exec(text)?.[1]?.replaceAll(',', '');
  return digits === undefined ? undefined : Number(digits);
}

/** Returns true if the account's quota is exhausted, so that repeating the call cannot help. */
export function isQuotaExhausted(error: ServerError): boolean {
  if (error.status === 402) return true;
  // A server that says when to try again means a limit per minute.
  return hasMeaning('quota-exhausted', error, error.retryAfter === undefined);
}

/** Returns true if the server reports that this model does not support tools. */
export function isToolsUnsupported(error: ServerError): boolean {
  if (!isAboutTheRequest(error)) return false;
  return hasMeaning('tools-unsupported', error) || refusesField(error, TOOL_FIELDS) || refusesWords(error, TOOL_WORDS);
}

/**
 * Returns true if the server requires definitions of the tools that the history contains. Meaningful only if the request
 * contained such a history and no tools.
 */
export function isToolsMissing(error: ServerError): boolean {
  return isAboutTheRequest(error) && (hasMeaning('tools-missing', error) || namesField(error, TOOL_FIELDS));
}

/**
 * Returns true if the server misses its signature on a tool call. Gemini puts one on each batch of calls, and refuses calls
 * that another model wrote.
 */
export function isSignatureMissing(error: ServerError): boolean {
  return isAboutTheRequest(error) && /thought_?signature/i.test(error.message);
}

/** Returns true if the server reports that it does not support stop words for this model. */
export function isStopUnsupported(error: ServerError): boolean {
  if (!isAboutTheRequest(error)) return false;
  return refusesField(error, STOP_FIELDS) || refusesWords(error, STOP_WORDS);
}

/**
 * Returns true if the server rejects the response format: the model does not support any, or not this schema, or not
 * together with tools. Meaningful only if the request contained one.
 */
export function isAboutResponseFormat(error: ServerError): boolean {
  return isAboutTheRequest(error) && (namesField(error, FORMAT_FIELDS) || hasMeaning('response-format', error));
}

/** Returns true if the model wrote a tool call or a JSON value that its own server cannot use. Asking again can help. */
export function isModelSlip({ code, type }: ServerError): boolean {
  return [code, type].some(label => label !== undefined && MODEL_SLIP_CODES.has(label.toLowerCase()));
}

/**
 * Returns true if the server rejects the request (400, 422) for a reason that is none of the known ones, and names no field.
 * An optional field of the request may then be the reason.
 */
export function isUnexplained(error: ServerError): boolean {
  if (error.status !== 400 && error.status !== 422) return false;
  if (error.param !== undefined || isModelSlip(error) || isQuotaExhausted(error)) return false;
  if (isContextOverflow(error) || isToolsUnsupported(error)) return false;
  return !OTHER_FIELD.test(error.message.slice(0, SEARCHED_LENGTH));
}

/** A field other than the suspicious ones, and reasons that no field causes. Ordinary words count only in quotes. */
const OTHER_FIELD =
  /['"`](?:model|messages|tools|stream|user)\b|\b(?:seed|temperature|top_[pkn]|(?:max|min)_\w{0,12}tokens|\w{1,12}_penalty|logprobs|stream_options|tool_choice|reasoning_effort|images?|roles?)\b|\b(?:messages|tools)[.[]|\bcontent[_ ](?:filter|management|policy)|\b(?:api[ _]key|safety|model not found|not a valid model)\b/i;

/** Some servers return 500 for a request that they cannot serve, 404 if no backend can, 413 or 422 for a part of it. */
function isAboutTheRequest({ status }: ServerError): boolean {
  return status === undefined || status < 400 || [400, 404, 413, 422, 500, 501].includes(status);
}

/** Returns true if the error is about one of the fields, and there is no other explanation than that it is refused. */
function refusesField(error: ServerError, fields: ReadonlySet<string>): boolean {
  if (!namesField(error, fields)) return false;
  return isRefusal(error.message) || /forbid|unsupported|unknown|unrecogni|not_supported/i.test(labels(error));
}

function labels({ code, type }: ServerError): string {
  return `${code ?? ''} ${type ?? ''}`;
}

function isRefusal(message: string): boolean {
  return REFUSAL.test(message.slice(0, SEARCHED_LENGTH));
}

/** Returns true if the first part of the path that the error names is one of the fields. */
function namesField({ param }: ServerError, fields: ReadonlySet<string>): boolean {
  if (param === undefined) return false;
  const [name = ''] = param.split(/[.[]/, 1);
  return fields.has(name.toLowerCase().replaceAll(/[_-]/g, ''));
}

/** Returns true if one sentence of the message names a field in words and refuses it. */
function refusesWords(error: ServerError, words: RegExp): boolean {
  return sentences(error).some(sentence => words.test(sentence) && REFUSAL.test(sentence));
}

function sentences({ message }: ServerError): readonly string[] {
  return message.slice(0, SEARCHED_LENGTH).split(/[.!?;]\s|\n/);
}

function hasMeaning(meaning: ErrorMeaning, error: ServerError, usesTexts = true): boolean {
  for (const label of [error.code, error.type]) {
    if (label !== undefined && ERROR_CODES.get(label.toLowerCase()) === meaning) return true;
  }
  if (!usesTexts) return false;
  const start = error.message.slice(0, SEARCHED_LENGTH);
  return ERROR_PHRASES.some(
    entry => entry.meaning === meaning && entry.text.test(start) && entry.unless?.test(start) !== true,
  );
}
