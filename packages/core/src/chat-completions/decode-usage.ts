import type { TokenUsage } from '../llm/turn.ts';
import { asRecord } from './json-record.ts';

/** The token counts of a `usage` object; `undefined` when it is absent, `null`, or counts nothing. */
export function decodeUsage(value: unknown): TokenUsage | undefined {
  const usage = asRecord(value);
  if (usage === undefined) return undefined;
  const total = asCount(usage['total_tokens']);
  const input = asCount(usage['prompt_tokens']) ?? asCount(usage['input_tokens']);
  const output = asCount(usage['completion_tokens']) ?? asCount(usage['output_tokens']);
  if (total === undefined && input === undefined && output === undefined) return undefined;
  const cached = asCount(details(usage, 'prompt_tokens_details', 'input_tokens_details')?.['cached_tokens']);
  const reasoning = asCount(details(usage, 'completion_tokens_details', 'output_tokens_details')?.['reasoning_tokens']);
  return {
    inputTokens: input ?? rest(total, output),
    outputTokens: output ?? rest(total, input),
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}

function details(usage: { readonly [key: string]: unknown }, name: string, alias: string) {
  return asRecord(usage[name]) ?? asRecord(usage[alias]);
}

function rest(total: number | undefined, part: number | undefined): number {
  return total === undefined ? 0 : Math.max(0, total - (part ?? 0));
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
