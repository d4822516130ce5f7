import type { BaseLLM } from '../llm/base-llm.ts';
import type { ModelRequest } from '../loop/tool-protocol.ts';
import { estimateText } from '../messages/estimate-tokens.ts';
import type { ToolDefinition } from '../tools/tool.ts';

/** A provider that reports less than this share of the estimate does not count everything. */
const MIN_REPORTED_RATIO = 0.5;
/** The least factor by which the estimate was too low when a request overflows. */
const OVERFLOW_FACTOR = 1.25;

/**
 * Calibrates token estimates with the numbers that the provider reported for earlier requests. Since a conversation only
 * grows, the reported number is used for its beginning, and only the messages added since are estimated.
 */
export class TokenGauge {
  /** Tokens that the provider counts per estimated token. */
  #ratio = 1;
  /** A lower bound of the ratio, raised by overflows: the reports, or the estimates, leave something out. */
  #minRatio = 1;
  #lastReport: { readonly estimate: number; readonly reported: number } | undefined;

  /** Returns the expected number of tokens of a request of the conversation. */
  conversationTokens(estimate: number): number {
    const last = this.#lastReport;
    if (last === undefined || estimate < last.estimate) return this.textTokens(estimate);
    return last.reported + this.textTokens(estimate - last.estimate);
  }

  /** Returns the expected number of tokens of other text. */
  textTokens(estimate: number): number {
    return Math.ceil(estimate * Math.max(this.#ratio, this.#minRatio));
  }

  /** Returns the estimate that corresponds to a number of tokens. */
  estimateFor(tokens: number): number {
    return Math.floor(tokens / Math.max(this.#ratio, this.#minRatio));
  }

  /** Adjusts the ratio to the number of tokens that the provider reported for a request. */
  calibrate(estimate: number, inputTokens: number): void {
    if (!(estimate > 0 && inputTokens >= estimate * MIN_REPORTED_RATIO)) return;
    this.#ratio = Math.max(1, inputTokens / estimate);
    if (this.#minRatio === 1) this.#lastReport = { estimate, reported: inputTokens };
  }

  /** Raises the ratio after the provider rejected a request as longer than `window` tokens. */
  overflowed(estimate: number, window: number): void {
    const factor = Math.max(this.#ratio, this.#minRatio);
    const counted = Math.max(estimate, 1) * factor;
    this.#minRatio = factor * Math.max(OVERFLOW_FACTOR, window / counted);
    this.#lastReport = undefined;
  }

  /** Discards the last report: the beginning of the conversation has changed. */
  reset(): void {
    this.#lastReport = undefined;
  }
}

/** Tokens that a provider adds to the definition of a tool. */
const TOOL_OVERHEAD = 8;

const toolEstimates = new WeakMap<readonly ToolDefinition[], number>();

/** Returns the estimated number of tokens of a request before calibration: messages, tools and response format. */
export function estimateRequest(llm: BaseLLM, request: ModelRequest): number {
  const { messages, tools, responseFormat } = request;
  let tokens = llm.countTokens(messages);
  if (tools !== undefined) tokens += estimateTools(tools);
  if (responseFormat !== undefined) tokens += estimateText(JSON.stringify(responseFormat));
  return tokens;
}

/** Returns the estimated number of tokens of the tools. Cached, because a run sends the same list in every turn. */
function estimateTools(tools: readonly ToolDefinition[]): number {
  let tokens = toolEstimates.get(tools);
  if (tokens === undefined) {
    tokens = 0;
    for (const { name, description, parameters } of tools) {
      tokens += TOOL_OVERHEAD + estimateText(name + description + JSON.stringify(parameters));
    }
    toolEstimates.set(tools, tokens);
  }
  return tokens;
}
