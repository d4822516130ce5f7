import { copyOptions, finiteNumbersOnly } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { JsonObject } from '../json.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import { messageJson } from './encode-messages.ts';
import { toolJson } from './encode-tools.ts';
import { listJson } from './list-json.ts';

/** What `encodeRequest` takes of a turn: a `TurnRequest`, or a `call()`'s messages and options. */
export interface EncodableTurn extends TurnOptions {
  readonly messages: readonly Message[];
}

/** What is the same for every request of one LLM. */
export interface EncodeRequestSettings {
  /** Sent as `model`. Unset: not sent; the endpoint knows its model. */
  readonly model?: string | undefined;
  /** Ask for server-sent events, with a usage report at the end. Default `false`. */
  readonly stream?: boolean | undefined;
  /** The temperature of turns that set none. */
  readonly temperature?: number | undefined;
}

/** Fields that the answer's decoding and the conversation hang on. `extraBody` cannot replace them. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['messages', 'stream']);

/**
 * The request's body as JSON text. It holds what was set and nothing else, and no `null` but those inside a value.
 *
 * `extraBody` is merged last as a JSON merge patch of the top level (RFC 7396): a field replaces ours, `null` removes it
 * (`{ stream_options: null }`, for a server that refuses it). It cannot replace `messages` or `stream`. Messages that
 * Crew prepared and deeply frozen tool schemas are turned into text once.
 *
 * Throws a `ConfigurationError` for what cannot be JSON: a cycle, a big integer, a number that is not finite.
 */
export function encodeRequest(given: EncodableTurn, options: EncodeRequestSettings = {}): string {
  const turn = copyOptions(given);
  const settings = copyOptions(options);
  const fields = new Map<string, string>();
  set(fields, 'model', settings.model);
  fields.set('messages', listJson(turn.messages, messageJson));
  setTools(fields, turn);
  set(fields, 'response_format', turn.responseFormat && responseFormat(turn.responseFormat));
  set(fields, 'stop', stopList(turn.stop));
  set(fields, 'temperature', turn.temperature ?? settings.temperature);
  set(fields, 'top_p', turn.topP);
  set(fields, 'max_tokens', turn.maxTokens);
  set(fields, 'seed', turn.seed);
  if (settings.stream === true) {
    fields.set('stream', 'true');
    fields.set('stream_options', '{"include_usage":true}');
  }
  mergeExtraBody(fields, turn.extraBody ?? {});
  return assemble(fields);
}

function setTools(fields: Map<string, string>, turn: EncodableTurn): void {
  const { tools, toolChoice } = turn;
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
    if (OWN_FIELDS.has(name)) continue;
    if (value === null) fields.delete(name);
    else set(fields, name, value);
  }
}

/** Sets a field unless there is nothing to set; `null` counts as nothing. */
function set(fields: Map<string, string>, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ConfigurationError(`The request's field "${name}" must be a finite number, not ${value}.`);
  }
  const json = asJson(name, () => JSON.stringify(value, finiteNumbersOnly(`The request's field "${name}"`)));
  if (json !== undefined) fields.set(name, json);
}

/** The JSON text; the error names the field. */
function asJson(name: string, encode: () => string | undefined): string | undefined {
  try {
    return encode();
  } catch (error) {
    if (ConfigurationError.isInstance(error)) throw error;
    throw new ConfigurationError(`The request's field "${name}" cannot be sent as JSON.`, { cause: error });
  }
}

function assemble(fields: ReadonlyMap<string, string>): string {
  let body = '';
  for (const [name, json] of fields) body += `${body === '' ? '{' : ','}${JSON.stringify(name)}:${json}`;
  return `${body}}`;
}
