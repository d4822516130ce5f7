import { finiteNumbersOnly } from '../errors/check-options.ts';
import { isDeepFrozen, type JsonObject } from '../json.ts';
import type { ToolDefinition } from '../tools/tool.ts';

/** A tool on the wire. */
export type WireTool = {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly description: string; readonly parameters: JsonObject };
};

/**
 * The tools as the chat-completions format wants them in `tools`: name, description and parameters, nothing else of a
 * tool. `undefined` when there are none, which `JSON.stringify` leaves out: servers refuse an empty list.
 */
export function encodeTools(tools: readonly ToolDefinition[] | undefined): WireTool[] | undefined {
  if (tools === undefined || tools.length === 0) return undefined;
  return tools.map(encodeTool);
}

const encoded = new WeakMap<
  JsonObject,
  { readonly name: string; readonly description: string; readonly json: string }
>();

/** One tool as JSON text: remembered while its schema is deeply frozen and its words are the same. */
export function toolJson(tool: ToolDefinition): string {
  const { name, description, parameters } = tool;
  const known = encoded.get(parameters);
  if (known !== undefined && known.name === name && known.description === description) return known.json;
  const json = JSON.stringify(encodeTool(tool), finiteNumbersOnly(`The definition of tool "${name}"`));
  if (isDeepFrozen(parameters)) encoded.set(parameters, { name, description, json });
  return json;
}

function encodeTool({ name, description, parameters }: ToolDefinition): WireTool {
  return { type: 'function', function: { name, description, parameters } };
}
