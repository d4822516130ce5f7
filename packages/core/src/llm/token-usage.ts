import type { TokenUsage } from './turn.ts';

/** No tokens yet. */
export const NO_USAGE: TokenUsage = Object.freeze({ inputTokens: 0, outputTokens: 0 });

/** The sum of both. A detail appears once either side reported it. */
export function addUsage(left: TokenUsage, right: TokenUsage | undefined): TokenUsage {
  if (right === undefined) return left;
  const cached = addKnown(left.cachedInputTokens, right.cachedInputTokens);
  const reasoning = addKnown(left.reasoningTokens, right.reasoningTokens);
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}

function addKnown(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined ? right : left + (right ?? 0);
}
