/** The meanings of a server's error that Crew works around or treats specially. */
export type ErrorMeaning =
  | 'context-overflow'
  | 'quota-exhausted'
  | 'tools-unsupported'
  | 'tools-missing'
  | 'stop-unsupported'
  | 'response-format';

/** A wording of an error. */
export interface ErrorPhrase {
  readonly meaning: ErrorMeaning;
  /** Servers and gateways that use the wording, as a hint for the next reader. */
  readonly servers: string;
  /** An expression that matches within the message. */
  readonly text: RegExp;
  /** An expression that must not match too. */
  readonly unless?: RegExp;
}

/**
 * Wordings that the general rules of `known-errors.ts` do not cover, collected from servers and from bug reports of their
 * users. A new wording is a new line; a wording that names a field and refuses it needs none.
 */
export const ERROR_PHRASES: readonly ErrorPhrase[] = [
  // Also "maximun context length".
  phrase(
    'context-overflow',
    'OpenAI, vLLM, SGLang, xAI',
    /maximu[mn]s? (?:allowed )?(?:context|prompt|input) (?:length|window|size)/i,
  ),
  phrase('context-overflow', 'several', /context[_ ](?:length|window|size)[_ ](?:was )?exceeded/i),
  phrase('context-overflow', 'Groq, OpenAI', /reduce the length of (?:the |your )?(?:messages|prompt|input)/i),
  phrase(
    'context-overflow',
    'LM Studio',
    /tokens (?:to keep from the initial prompt|when context the overflows)|context (?:the )?overflow/i,
  ),
  phrase('context-overflow', 'Moonshot', /tokens? limit exceeded: input/i),
  phrase('context-overflow', 'DashScope', /range of input length should be/i),
  phrase('context-overflow', 'GitHub Models', /request body too large for/i),

  // One provider uses this sentence for a limit per minute and adds when to retry.
  phrase('quota-exhausted', 'OpenAI, Gemini', /exceeded your current quota/i, /retry in/i),
  phrase('quota-exhausted', 'Anthropic', /credit balance is too low/i),
  phrase('quota-exhausted', 'DeepSeek, Moonshot', /insufficient (?:balance|credits?|funds|quota)/i),
  phrase('quota-exhausted', 'OpenAI, Azure', /(?:billing|spending|usage) (?:hard )?limit (?:has been |was )?reached/i),
  phrase('quota-exhausted', 'OpenRouter', /requires more credits/i),

  phrase('tools-unsupported', 'OpenRouter', /no endpoints found that support tool/i),
  phrase('tools-unsupported', 'llama.cpp', /tools param requires/i),
  phrase('tools-unsupported', 'vLLM', /tool choice requires --enable-auto-tool-choice/i),
  phrase('tools-unsupported', 'Docker Model Runner', /does not advertise tools/i),

  phrase('tools-missing', 'LiteLLM', /tool calling without ['"`]?tools=|expects the ['"`]?tools=['"`]? param/i),
  phrase('tools-missing', 'Bedrock', /\btoolConfig field must be defined/i),
  phrase('tools-missing', 'Anthropic', /\btool_(?:use|result)\b[^.]{0,80}must (?:define|include|provide|have) tools/i),

  phrase('response-format', 'OpenAI, vLLM, many', /\bresponse[_ ]?format\b|\bresponse[_ ]?(?:mime[_ ]?type|schema)\b/i),
  phrase('response-format', 'OpenAI, Groq, Mistral', /\bjson[_ ](?:schema|mode|object)\b|\btext\.format\b/i),
  phrase('response-format', 'OpenAI, Anthropic', /\bstructured[_ -]outputs?\b|\boutput[_ ](?:format|schema|config)\b/i),
  phrase('response-format', 'llama.cpp', /\bgrammar\b/i),
  phrase(
    'response-format',
    'vLLM, SGLang',
    /\bguided[_ ](?:json|decoding|generation)\b|\bconstrained[_ ](?:decoding|generation)\b|\b(?:xgrammar|outlines|llguidance)\b/i,
  ),
  phrase(
    'response-format',
    'Gemini, OpenAI',
    /\bschema\b[^.]{0,60}\b(?:constraint|states|complex|nesting|too (?:large|long|deep|many)|unsupported|not supported)\b/i,
  ),
];

function phrase(meaning: ErrorMeaning, servers: string, text: RegExp, unless?: RegExp): ErrorPhrase {
  return unless === undefined ? { meaning, servers, text } : { meaning, servers, text, unless };
}

/** Codes and types of errors, in lower case. They must match exactly. */
export const ERROR_CODES: ReadonlyMap<string, ErrorMeaning> = new Map([
  ['context_length_exceeded', 'context-overflow'],
  ['context_window_exceeded', 'context-overflow'],
  ['exceed_context_size_error', 'context-overflow'],
  ['model_context_window_exceeded', 'context-overflow'],
  ['string_above_max_length', 'context-overflow'],
  ['request_too_large', 'context-overflow'],
  ['tokens_limit_reached', 'context-overflow'],
  ['insufficient_quota', 'quota-exhausted'],
  ['billing_hard_limit_reached', 'quota-exhausted'],
  ['billing_not_active', 'quota-exhausted'],
  ['credit_balance_exhausted', 'quota-exhausted'],
  ['insufficient_balance', 'quota-exhausted'],
  ['quota_exhausted', 'quota-exhausted'],
  ['tools_not_supported', 'tools-unsupported'],
  ['tool_use_not_supported', 'tools-unsupported'],
]);

/** Codes with which a server reports that the model, not the caller, wrote something unusable. */
export const MODEL_SLIP_CODES: ReadonlySet<string> = new Set(['tool_use_failed', 'json_validate_failed']);
