import { copyOptions, finiteNumbersOnly } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { isDeepFrozen, type JsonObject } from '../json.ts';
import { type ModelSettings, mergeModelSettings, modelSettingRules } from '../llm/model-settings.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import type { ToolDefinition } from '../tools/tool.ts';
import { objectSchema } from '../tools/tool-parameters.ts';
import { type EncodeMessagesSettings, type KeepsCallId, messageJson } from './encode-messages.ts';

/** The turn to encode: a `TurnRequest`, or the messages and options of a `call()`. */
export interface EncodableTurn extends TurnOptions {
  readonly messages: readonly Message[];
}

/** The field of a chat-completions request that limits the reply. Newer servers accept only the longer name. */
export type MaxTokensField = 'max_tokens' | 'max_completion_tokens';

/** Settings that are the same for every request of one LLM. Its model settings are defaults of turns without their own. */
export interface EncodeRequestSettings
  extends ModelSettings,
    Pick<EncodeMessagesSettings, 'replay' | 'marksUnsignedCalls'> {
  /** Sent as `model`. If unset, no model is sent, and the endpoint chooses one. */
  readonly model?: string | undefined;
  /** Asks for server-sent events, with a usage report at the end. Default `false`. */
  readonly stream?: boolean | undefined;
  /**
   * Returns true for ids of tool calls that the server has sent itself: they are sent back unchanged. Others are replaced by
   * ids that every server accepts (nine letters or digits). Default: all others.
   */
  readonly keepsCallId?: KeepsCallId | undefined;
  /** The field in which `maxTokens` is sent. Default `max_tokens`. */
  readonly maxTokensField?: MaxTokensField | undefined;
}

/** Fields with options of their own, on which decoding and the conversation depend. `extraBody` cannot replace them. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['messages', 'model', 'tools', 'stream']);

/**
 * Encodes a turn as the JSON text of a chat-completions request. Options that are not set are not sent, and `null` is sent
 * only inside a value.
 *
 * `extraBody` is merged last, like a JSON merge patch of the top level (RFC 7396): a field replaces Crew's, `null` removes it
 * (`{ stream_options: null }` for a server that rejects it). It cannot replace `messages`, `model`, `tools` or `stream`. The
 * text of prepared messages and of deeply frozen tool schemas is cached.
 *
 * @throws {ConfigurationError} for a value that JSON cannot represent (a cycle, a bigint, a number that is not finite), for
 * a field that `extraBody` cannot replace, and for a content part that the protocol cannot represent.
 *
 * @example
 * ```ts
 * import { encodeRequest } from '@crew/core/chat-completions';
 *
 * const body = encodeRequest(
 *   { messages: [{ role: 'user', content: 'When is high tide?' }], maxTokens: 100, extraBody: { user: 'harbour' } },
 *   { model: 'large', stream: true },
 * );
 * console.log(body);
 * ```
 */
export function encodeRequest(turn: EncodableTurn, settings: EncodeRequestSettings = {}): string {
  const options = copyOptions(turn);
  const {
    model,
    stream,
    replay,
    keepsCallId,
    maxTokensField = 'max_tokens',
    marksUnsignedCalls,
    ...defaults
  } = copyOptions(settings, SETTING_NAMES);
  const { temperature, topP, maxTokens, seed, reasoningEffort, parallelToolCalls, extraBody } = mergeModelSettings(
    defaults,
    options,
  );
  const fields = new Map<string, string>();
  set(fields, 'model', model);
  const encoding = { model, replay, keepsCallId, marksUnsignedCalls };
  fields.set(
    'messages',
    listJson(options.messages, (message, index) => messageJson(message, index, encoding)),
  );
  setTools(fields, options, parallelToolCalls);
  set(fields, 'response_format', options.responseFormat && responseFormat(options.responseFormat));
  set(fields, 'stop', stopList(options.stop));
  set(fields, 'temperature', temperature);
  set(fields, 'top_p', topP);
  set(fields, maxTokensField, maxTokens);
  set(fields, 'seed', seed);
  set(fields, 'reasoning_effort', reasoningEffort);
  if (stream === true) {
    fields.set('stream', 'true');
    fields.set('stream_options', '{"include_usage":true}');
  }
  mergeExtraBody(fields, extraBody ?? {});
  return assemble(fields);
}

const SETTING_NAMES = [
  'model',
  'stream',
  'maxTokensField',
  'replay',
  'keepsCallId',
  'marksUnsignedCalls',
  ...Object.keys(modelSettingRules),
];

/** A tool in a request. */
export type WireTool = {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description: string;
    readonly parameters: JsonObject;
    readonly strict?: boolean;
  };
};

/**
 * Encodes the `tools` of a chat-completions request: name, description, parameters and `strict` of each tool. Returns `undefined` if
 * there are none, because servers reject an empty list; `JSON.stringify` omits it.
 */
export function encodeTools(tools: readonly ToolDefinition[] | undefined): WireTool[] | undefined {
  if (tools === undefined || tools.length === 0) return undefined;
  return tools.map(encodeTool);
}

function encodeTool({ name, description, parameters, strict }: ToolDefinition): WireTool {
  const definition = { name, description, parameters: objectSchema(parameters) };
  // Some servers reject a field that they do not know, even with a value that changes nothing.
  return { type: 'function', function: typeof strict === 'boolean' ? { ...definition, strict } : definition };
}

const encodedTools = new WeakMap<
  JsonObject,
  { readonly name: string; readonly description: string; readonly strict: boolean | undefined; readonly json: string }
>();

/** Returns one tool as JSON text. The text is cached while its schema is deeply frozen and its other fields are the same. */
function toolJson(tool: ToolDefinition): string {
  const { name, description, parameters, strict } = tool;
  const cached = encodedTools.get(parameters);
  const isSame = cached?.name === name && cached.description === description && cached.strict === strict;
  if (isSame) return cached.json;
  const json = JSON.stringify(encodeTool(tool), finiteNumbersOnly(`The definition of tool "${name}"`));
  if (isDeepFrozen(parameters)) encodedTools.set(parameters, { name, description, strict, json });
  return json;
}

function setTools(
  fields: Map<string, string>,
  { tools, toolChoice }: TurnOptions,
  parallelToolCalls: boolean | undefined,
): void {
  if (!tools?.length) return;
  const json = asJson('tools', () => listJson(tools, toolJson));
  if (json !== undefined) fields.set('tools', json);
  set(
    fields,
    'tool_choice',
    typeof toolChoice === 'object' && toolChoice !== null
      ? { type: 'function', function: { name: toolChoice.name } }
      : toolChoice,
  );
  set(fields, 'parallel_tool_calls', parallelToolCalls);
}

function responseFormat({ name, schema }: { readonly name: string; readonly schema: JsonObject }): JsonObject {
  return { type: 'json_schema', json_schema: { name, schema } };
}

function stopList(stop: string | readonly string[] | undefined): readonly string[] | undefined {
  const list = typeof stop === 'string' ? [stop] : stop;
  return list?.length ? list : undefined;
}

function mergeExtraBody(fields: Map<string, string>, extraBody: JsonObject): void {
  for (const [name, value] of Object.entries(extraBody)) {
    if (OWN_FIELDS.has(name)) {
      throw new ConfigurationError(
        `extraBody cannot replace the field "${name}", which Crew sends itself. Remove it from extraBody.`,
      );
    }
    if (value === null) fields.delete(name);
    else set(fields, name, value);
  }
}

/** Sets a field unless the value is `undefined` or `null`. */
function set(fields: Map<string, string>, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ConfigurationError(`The request's field "${name}" must be a finite number, not ${value}.`);
  }
  const json = asJson(name, () => JSON.stringify(value, finiteNumbersOnly(`The request's field "${name}"`)));
  if (json !== undefined) fields.set(name, json);
}

/** Returns the JSON text of a field. The error names the field. */
function asJson(name: string, encode: () => string | undefined): string | undefined {
  try {
    return encode();
  } catch (error) {
    if (ConfigurationError.isInstance(error)) throw error;
    throw new ConfigurationError(`The request's field "${name}" cannot be converted to JSON.`, { cause: error });
  }
}

/**
 * Returns the JSON text of a list from that of its items. Concatenation copies nothing until the text is converted to bytes;
 * `join` would copy the whole conversation once more for every turn.
 */
function listJson<T>(items: readonly T[], json: (item: T, index: number) => string): string {
  let list = '[';
  for (const [index, item] of items.entries()) list += list === '[' ? json(item, index) : `,${json(item, index)}`;
  return `${list}]`;
}

function assemble(fields: ReadonlyMap<string, string>): string {
  let body = '';
  for (const [name, json] of fields) body += `${body === '' ? '{' : ','}${JSON.stringify(name)}:${json}`;
  return `${body}}`;
}
