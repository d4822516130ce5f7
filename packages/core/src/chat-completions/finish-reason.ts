import type { FinishReason } from '../llm/turn.ts';

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
  ['model_length', 'length'],
  ['content_filter', 'content-filter'],
  ['safety', 'content-filter'],
]);

/**
 * Returns the finish reason for a server's word. With tool calls, `stop`, an unknown word and a missing one mean
 * `tool-calls`. Without any, `tool_calls` means `unknown`.
 */
export function toFinishReason(word: unknown, hasToolCalls: boolean): FinishReason {
  const reason = (typeof word === 'string' ? REASONS.get(word.toLowerCase()) : undefined) ?? 'unknown';
  if (isCutOff(reason)) return reason;
  if (hasToolCalls) return 'tool-calls';
  return reason === 'tool-calls' ? 'unknown' : reason;
}

/** Returns true if the turn ended before the model had finished: its last tool call may be incomplete. */
export function isCutOff(reason: FinishReason): boolean {
  return reason === 'length' || reason === 'content-filter';
}
