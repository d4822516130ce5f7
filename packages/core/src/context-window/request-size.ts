import type { BaseLLM } from '../llm/base-llm.ts';
import type { DialectRequest } from '../loop/dialect.ts';
import { estimateText } from '../messages/estimate-tokens.ts';
import type { ToolDefinition } from '../tools/tool.ts';

/** What a provider wraps around one tool's definition. */
const TOOL_OVERHEAD = 8;

const sizes = new WeakMap<readonly ToolDefinition[], number>();

/** About how many tokens a request is, before any calibration: its messages, its tools, its response format. */
export function requestSize(llm: BaseLLM, request: DialectRequest): number {
  const { messages, tools, responseFormat } = request;
  let tokens = llm.countTokens(messages);
  if (tools !== undefined) tokens += toolsSize(tools);
  if (responseFormat !== undefined) tokens += estimateText(JSON.stringify(responseFormat));
  return tokens;
}

/** A run gives the same list with each of its turns. */
function toolsSize(tools: readonly ToolDefinition[]): number {
  let tokens = sizes.get(tools);
  if (tokens === undefined) {
    tokens = 0;
    for (const { name, description, parameters } of tools) {
      tokens += TOOL_OVERHEAD + estimateText(name + description + JSON.stringify(parameters));
    }
    sizes.set(tools, tokens);
  }
  return tokens;
}
