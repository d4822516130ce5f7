import type { JsonObject, JsonValue } from '../json.ts';
import type { ProviderData } from '../messages/message.ts';
import { CHAT_COMPLETIONS, toFrozenJson } from '../messages/provider-data.ts';
import { asRecord, type JsonRecord } from './response-fields.ts';

/**
 * Matches the names of fields that a provider may demand back: reasoning, signatures, encrypted parts, and the containers
 * that OpenAI-compatible servers add for fields of their own, such as `extra_content` and `provider_specific_fields`.
 */
const PROVIDER_FIELD = /^(?:reasoning|thinking|thought|encrypted|extra_|provider_)|signature/i;
/** Matches the names of texts that arrive in fragments. */
const STREAMED_TEXT = /^(?:reasoning|reasoning_content|reasoning_text|thinking|thought|text|summary|content)$/;
/** Matches the names of values that arrive as a whole or in fragments, and may be repeated. */
const OPAQUE_TEXT = /signature|data|opaque|encrypted/;

/** Fields of a message or a tool call that the standard API does not have, collected from a response or from its deltas. */
export class ProviderFields {
  readonly #fields: Members = new Map();
  #function: ProviderFields | undefined;

  /** Adds the fields of a message, a delta, or an entry of `tool_calls`. */
  add(record: JsonRecord): void {
    for (const name of Object.keys(record)) {
      const value = record[name];
      if (value === null || value === undefined || !isProviderField(name) || isEmptyList(value)) continue;
      this.#fields.set(name, merge(this.#fields.get(name), name, value));
    }
    const body = asRecord(record['function']);
    if (body === undefined || !Object.keys(body).some(isProviderField)) return;
    const nested = this.#function ?? new ProviderFields();
    nested.add(body);
    this.#function = nested;
  }

  /** Returns the fields as an object, or `undefined` if there are none. */
  toJson(): { readonly [name: string]: unknown } | undefined {
    const body = this.#function?.toJson();
    const fields = [...this.#fields]
      .filter(([, value]) => !isHollow(value))
      .map(([name, value]): [string, unknown] => [name, plain(value)]);
    if (body !== undefined) fields.push(['function', body]);
    return fields.length === 0 ? undefined : Object.fromEntries(fields);
  }
}

/** Returns the provider data of a turn, or `undefined` if the standard fields hold all of it. */
export function toProviderData(
  message: ProviderFields,
  calls: readonly (ProviderFields | undefined)[],
): ProviderData | undefined {
  const messageFields = message.toJson();
  const callFields = calls.map(call => call?.toJson() ?? null);
  const hasCallFields = callFields.some(fields => fields !== null);
  if (messageFields === undefined && !hasCallFields) return undefined;
  const value = toFrozenJson({ message: messageFields, calls: hasCallFields ? callFields : undefined });
  return Object.freeze({ protocol: CHAT_COMPLETIONS, value });
}

/** The fields to add to a message of a request and to its tool calls, by position. */
export interface ReplayedFields {
  readonly message: JsonObject;
  readonly calls: readonly JsonObject[];
}

/** Returns the fields that `toProviderData` stored, if the data is of this protocol and of the requested model. */
export function replayedFields(data: ProviderData | undefined, model: string | undefined): ReplayedFields | undefined {
  if (data?.protocol !== CHAT_COMPLETIONS || (data.model !== undefined && data.model !== model)) return undefined;
  const value = asJsonObject(data.value);
  if (value === undefined) return undefined;
  const calls = value['calls'];
  return {
    message: onlyProviderFields(asJsonObject(value['message'])),
    calls: Array.isArray(calls) ? calls.map(call => callFields(asJsonObject(call))) : [],
  };
}

function callFields(fields: JsonObject | undefined): JsonObject {
  const body = onlyProviderFields(asJsonObject(fields?.['function']));
  const own = onlyProviderFields(fields);
  return Object.keys(body).length === 0 ? own : { ...own, function: body };
}

function onlyProviderFields(fields: JsonObject | undefined): JsonObject {
  return fields === undefined
    ? {}
    : Object.fromEntries(Object.entries(fields).filter(([name]) => isProviderField(name)));
}

/** Returns the value if it is a JSON object. */
export function asJsonObject(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !isList(value) ? value : undefined;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isProviderField(name: string): boolean {
  return PROVIDER_FIELD.test(name);
}

/** The members of an object that arrives in parts. */
type Members = Map<string, unknown>;

/** Returns the value so far with the next part of it. The work does not depend on what has arrived before. */
function merge(before: unknown, name: string, value: unknown): unknown {
  // A mark on a fragment of `content` that is reasoning. It is not true of the whole message.
  if (value === null || (name === 'thought' && value === true)) return before ?? null;
  if (typeof value === 'string') return typeof before === 'string' ? mergeText(name, before, value) : value;
  if (Array.isArray(value)) {
    const items = before instanceof Items ? before : new Items();
    items.add(value);
    return items;
  }
  const record = asRecord(value);
  if (record === undefined) return value;
  const members: Members = before instanceof Map ? before : new Map();
  for (const [member, part] of Object.entries(record)) members.set(member, merge(members.get(member), member, part));
  return members;
}

function mergeText(name: string, before: string, text: string): string {
  if (STREAMED_TEXT.test(name)) return before + text;
  return OPAQUE_TEXT.test(name) && text !== before ? before + text : text || before;
}

/** A list that arrives in parts: its items, and fragments of the items before. */
class Items {
  readonly #items: unknown[] = [];
  readonly #byIndex = new Map<string, Members>();

  /** Adds a part of the list. Its first item may continue the last item so far; one with an `index`, the item of that index. */
  add(list: readonly unknown[]): void {
    const last = this.#items.at(-1);
    // Two items of one part are never the same item, even if they have the same index.
    const added: [string, Members][] = [];
    for (const [position, item] of list.entries()) {
      const record = asRecord(item);
      const key = record && indexKey(record);
      const earlier =
        key === undefined ? position === 0 && record && continuedItem(last, record) : this.#byIndex.get(key);
      const members = merge(earlier || undefined, '', item);
      if (!earlier) this.#items.push(members);
      if (key !== undefined && members instanceof Map) added.push([key, members]);
    }
    for (const [key, members] of added) this.#byIndex.set(key, members);
  }

  toJson(): unknown[] {
    return this.#items.map(plain);
  }
}

function indexKey({ type, index }: JsonRecord): string | undefined {
  return typeof index === 'number' && typeof type === 'string' ? `${index} ${type}` : undefined;
}

/** Returns the last item if the record is a fragment of it: of the same type, and not signed yet. */
function continuedItem(last: unknown, record: JsonRecord): Members | undefined {
  if (!(last instanceof Map) || typeof record['type'] !== 'string' || last.get('type') !== record['type'])
    return undefined;
  return last.get('signature') || last.has('index') || (last.get('id') ?? null) !== (record['id'] ?? null)
    ? undefined
    : last;
}

/** Returns true for an object without any value inside. */
function isHollow(value: unknown): boolean {
  return value === null || (value instanceof Map && [...value.values()].every(isHollow));
}

function plain(value: unknown): unknown {
  if (value instanceof Items) return value.toJson();
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(Array.from(value, ([name, member]): [string, unknown] => [String(name), plain(member)]));
}
