import type { FinishReason } from '../llm/turn.ts';

/** Providers' words for why the model stopped. */
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
 * The finish reason for what the server said and did. Servers that say `stop`, an unknown word or nothing beside tool
 * calls mean `tool-calls`; one that says `tool_calls` without any cannot be meant.
 */
export function finishReason(said: unknown, hasToolCalls: boolean): FinishReason {
  const reason = (typeof said === 'string' ? REASONS.get(said.toLowerCase()) : undefined) ?? 'unknown';
  if (isCutOff(reason)) return reason;
  if (hasToolCalls) return 'tool-calls';
  return reason === 'tool-calls' ? 'unknown' : reason;
}

/** Whether the turn ended before the model had finished: its last tool call may be incomplete. */
export function isCutOff(reason: FinishReason): boolean {
  return reason === 'length' || reason === 'content-filter';
}
