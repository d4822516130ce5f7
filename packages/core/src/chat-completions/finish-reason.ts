import type { ResponseError } from '../errors/response-errors.ts';
import type { FinishReason } from '../llm/turn.ts';
import { excerpt } from '../messages/printable.ts';
import { decodeError } from './decode-error.ts';
import { asRecord, asText, type JsonRecord } from './response-fields.ts';
import { type ResponseErrorContext, toResponseError } from './to-response-error.ts';

/** Finish reasons by the words of providers. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['stop_sequence', 'stop'],
  ['end_turn', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['tool_calls', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['max_length', 'length'],
  ['model_length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['content_filter', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['guardrail_intervened', 'content-filter'],
  ['safety', 'content-filter'],
  ['recitation', 'content-filter'],
  ['blocklist', 'content-filter'],
  ['prohibited_content', 'content-filter'],
  ['spii', 'content-filter'],
  ['sensitive', 'content-filter'],
  ['refusal', 'refusal'],
  ['refused', 'refusal'],
]);

/** Maximum length of a finish reason that is searched, in characters. */
const MAX_WORD_LENGTH = 100;

/** Matches finish reasons by which a server reports that it failed, such as `insufficient_system_resource`. */
const FAILURE =
  /(?:^|_)(?:errors?|errored|fail|failed|failure|fault|abort|aborted|cancel|cancelled|canceled|timeout|timed_out|time_limit|insufficient|overload|overloaded|unavailable|interrupt|interrupted|disconnect|disconnected|preempted|crashed|malformed|exception)(?:_|$)/;

/**
 * Returns the error of a choice whose turn the server gave up on: the choice contains an error, or its finish reason means a
 * failure. What has arrived of the turn is neither an answer nor safe to run.
 */
export function choiceFailure(choice: JsonRecord, context: ResponseErrorContext): ResponseError | undefined {
  const error = choice['error'];
  const word = asText(choice['finish_reason']);
  const isFailure = word !== undefined && FAILURE.test(normalise(word));
  const record = asRecord(error);
  const hasError = asText(error) !== undefined || (record !== undefined && Object.values(record).some(isSet));
  if (!hasError && !isFailure) return undefined;
  const decoded = hasError ? decodeError({ error }) : decodeError({});
  const message = decoded.message || 'it gave up before the turn was complete';
  const code = decoded.code ?? (isFailure ? excerpt(word, MAX_WORD_LENGTH) : undefined);
  return toResponseError({ ...decoded, message, code }, context);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Returns the word in lower case with underscores: `contentFilter` and `CONTENT-FILTER` are `content_filter`. */
function normalise(word: string): string {
  const parts = word.slice(0, MAX_WORD_LENGTH).replace(/([a-z])([A-Z])/g, '$1_$2');
  return parts.toLowerCase().replace(/[\s.-]/g, '_');
}

/**
 * Returns the finish reason for a server's word. With tool calls, `stop`, an unknown word and a missing one mean
 * `tool-calls`. Without any, `tool_calls` means `unknown`. A message with a refusal is one, unless it was cut off.
 */
export function toFinishReason(word: unknown, hasToolCalls: boolean, hasRefusal = false): FinishReason {
  const reason = (typeof word === 'string' ? REASONS.get(normalise(word)) : undefined) ?? 'unknown';
  if (isCutOff(reason) || reason === 'refusal') return reason;
  if (hasRefusal) return 'refusal';
  if (hasToolCalls) return 'tool-calls';
  return reason === 'tool-calls' ? 'unknown' : reason;
}

/** Returns true if the turn ended before the model had finished: its last tool call may be incomplete. */
export function isCutOff(reason: FinishReason): boolean {
  return reason === 'length' || reason === 'content-filter';
}
