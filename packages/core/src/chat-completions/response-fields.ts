import type { TokenUsage } from '../llm/turn.ts';

/** A parsed JSON object with unchecked members. */
export type JsonRecord = { readonly [key: string]: unknown };

/** Returns the value if it is a JSON object. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** Returns the value if it is a string that is not empty. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Returns the text of a message or a delta. `content` is a string, `null`, missing, or a list of parts. Without content, a
 * refusal is the text.
 */
export function decodeText(message: JsonRecord): string {
  const content = message['content'];
  const text = Array.isArray(content) ? joinParts(content, false) : asText(content);
  return text || (asText(message['refusal']) ?? '');
}

/** Returns true if a message or a delta contains a refusal: as its own field, or as a part of `content`. */
export function hasRefusal(message: JsonRecord): boolean {
  if (asText(message['refusal']) !== undefined) return true;
  const content = message['content'];
  return Array.isArray(content) && content.some(part => asText(asRecord(part)?.['refusal']) !== undefined);
}

/** Returns the reasoning of a message or a delta: `reasoning_content`, `reasoning`, or the thinking parts of `content`. */
export function decodeReasoning(message: JsonRecord): string {
  const separate = asText(message['reasoning_content']) ?? asText(message['reasoning']);
  if (separate !== undefined) return separate;
  const content = message['content'];
  return Array.isArray(content) ? joinParts(content, true) : '';
}

/**
 * Returns the token counts of a `usage` object, or `undefined` if it is absent, `null`, or contains no counts. The input
 * includes cache reads and writes, and the output includes reasoning, although some servers count these only in the total or
 * beside the others.
 */
export function decodeUsage(value: unknown): TokenUsage | undefined {
  const usage = asRecord(value);
  if (usage === undefined) return undefined;
  const total = asCount(usage['total_tokens']);
  const input = asCount(usage['prompt_tokens']) ?? asCount(usage['input_tokens']);
  const output = asCount(usage['completion_tokens']) ?? asCount(usage['output_tokens']);
  if (total === undefined && input === undefined && output === undefined) return undefined;
  const inputDetails = details(usage, 'prompt_tokens_details', 'input_tokens_details');
  const outputDetails = details(usage, 'completion_tokens_details', 'output_tokens_details');
  const cached = firstCount([inputDetails, CACHE_READS], [usage, CACHE_READS]);
  const written = firstCount([inputDetails, CACHE_WRITES], [usage, CACHE_WRITES]);
  const reasoning = firstCount([outputDetails, REASONING], [usage, REASONING]);
  let inputTokens = input ?? difference(total, output);
  let outputTokens = output ?? difference(total, input);
  const surplus = difference(total, inputTokens + outputTokens);
  const cache = (cached ?? 0) + (written ?? 0);
  if (surplus > 0) {
    if (surplus !== reasoning && [cached, written, cache].includes(surplus)) inputTokens += surplus;
    else outputTokens += surplus;
  } else {
    if (cache > inputTokens || (total === undefined && isCacheBeside(usage))) inputTokens += cache;
    if (reasoning !== undefined && reasoning > outputTokens) outputTokens += reasoning;
  }
  // Thinking that is only in the total is reasoning.
  const reasoningTokens =
    reasoning ?? (output !== undefined && outputTokens > output ? outputTokens - output : undefined);
  return {
    inputTokens,
    outputTokens,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteInputTokens: written }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}

/** The names of a count, by provider: OpenAI, DeepSeek, Anthropic and Bedrock, OpenRouter, LiteLLM. */
const CACHE_READS = ['cached_tokens', 'prompt_cache_hit_tokens', 'cache_read_input_tokens', 'cache_read_tokens'];
const CACHE_WRITES = ['cache_write_tokens', 'cache_creation_input_tokens', 'cache_creation_tokens'];
const REASONING = ['reasoning_tokens'];

/** Returns true for counts in Anthropic's form, whose `input_tokens` lack the tokens of the cache. */
function isCacheBeside(usage: JsonRecord): boolean {
  if (usage['prompt_tokens'] !== undefined) return false;
  return usage['cache_read_input_tokens'] !== undefined || usage['cache_creation_input_tokens'] !== undefined;
}

/** Returns the first count under one of the names. */
function firstCount(...places: readonly (readonly [JsonRecord | undefined, readonly string[]])[]): number | undefined {
  for (const [counts, names] of places) {
    for (const name of names) {
      const count = asCount(counts?.[name]);
      if (count !== undefined) return count;
    }
  }
  return undefined;
}

function joinParts(parts: readonly unknown[], isThinking: boolean): string {
  let joined = '';
  for (const item of parts) {
    const part = asRecord(item);
    if (part === undefined) {
      if (!isThinking) joined += asText(item) ?? '';
    } else if ((part['type'] === 'thinking' || part['type'] === 'reasoning') === isThinking) {
      joined += isThinking ? thinkingText(part) : (asText(part['text']) ?? asText(part['refusal']) ?? '');
    }
  }
  return joined;
}

/** Returns the text of a thinking part, which is a string or a list of text parts. */
function thinkingText(part: JsonRecord): string {
  const value = part['thinking'] ?? part['reasoning'] ?? part['text'];
  return Array.isArray(value) ? joinParts(value, false) : (asText(value) ?? '');
}

function details(usage: JsonRecord, name: string, alias: string): JsonRecord | undefined {
  return asRecord(usage[name]) ?? asRecord(usage[alias]);
}

function difference(total: number | undefined, part: number | undefined): number {
  return total === undefined ? 0 : Math.max(0, total - (part ?? 0));
}

function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
