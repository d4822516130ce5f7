import { ConfigurationError } from '../errors/configuration-error.ts';
import { deepFreeze, exceedsJsonDepth, type JsonValue, parseJson, TOO_DEEP } from '../json.ts';
import type { ProviderData, ToolCall } from './message.ts';

/** The protocol of `@crew/core/chat-completions`. Its data refers to tool calls by their position, never by their id. */
export const CHAT_COMPLETIONS = 'chat-completions';

/** Returns a member to spread into a turn or a message: empty without data, so that no member is `undefined`. */
export function dataMember(data: ProviderData | undefined): { readonly providerData?: ProviderData } {
  return data === undefined ? {} : { providerData: data };
}

/** Returns the data with the model's name, unless it has one already. */
export function withDataModel(data: ProviderData | undefined, model: string | undefined): ProviderData | undefined {
  if (data === undefined || data.model !== undefined || model === undefined) return data;
  return Object.freeze({ protocol: data.protocol, model, value: data.value });
}

/**
 * Returns the data if it still describes the calls: none was removed, and none has a new id that the data may contain.
 * `before` are the calls of the model's turn, `after` those that are kept.
 */
export function dataForCalls(
  data: ProviderData | undefined,
  before: readonly ToolCall[],
  after: readonly ToolCall[],
): ProviderData | undefined {
  if (data === undefined || before.length !== after.length) return undefined;
  if (data.protocol === CHAT_COMPLETIONS) return data;
  return before.every((call, index) => call.id === after[index]?.id) ? data : undefined;
}

/** Returns the data without its content, which may be private: only its presence may be shown. */
export function hideDataValue({ protocol, model }: ProviderData): ProviderData {
  return { protocol, model, value: null };
}

/**
 * Returns a deeply frozen copy. `at` is the place of the data, for error messages.
 *
 * @throws {ConfigurationError} if it is not provider data, or its value is not JSON.
 */
export function copyProviderData(data: ProviderData, at: string): ProviderData {
  const isRecord = typeof data === 'object' && data !== null;
  const { protocol, model, value } = isRecord ? data : {};
  if (typeof protocol !== 'string' || protocol === '' || (model !== undefined && typeof model !== 'string')) {
    throw new ConfigurationError(`${at} must be { protocol, model?, value }, with protocol and model as strings.`);
  }
  const copy = { protocol, value: frozenJson(value, `${at}.value`) };
  return Object.freeze(model === undefined ? copy : { ...copy, model });
}

/** Returns the value as deeply frozen JSON: itself if it can never change, otherwise a copy. */
function frozenJson(value: unknown, at: string): JsonValue {
  if (isKnown(value)) return value;
  if (exceedsJsonDepth(value)) throw new ConfigurationError(`${at} cannot be stored: ${TOO_DEEP}.`);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new ConfigurationError(`${at} cannot be converted to JSON.`, { cause });
  }
  if (text === undefined) throw new ConfigurationError(`${at} must be a JSON value, not ${typeof value}.`);
  return parseFrozen(text);
}

/** Returns a deeply frozen copy of a value that was parsed from JSON. It is not copied again when a message is prepared. */
export function toFrozenJson(value: unknown): JsonValue {
  return parseFrozen(JSON.stringify(value));
}

/** The values made by `parseFrozen`: deeply frozen JSON. */
const frozenValues = new WeakSet<object>();

function parseFrozen(text: string): JsonValue {
  const value = deepFreeze(parseJson(text));
  if (typeof value === 'object' && value !== null) frozenValues.add(value);
  return value;
}

function isKnown(value: unknown): value is JsonValue {
  return typeof value === 'object' && value !== null && frozenValues.has(value);
}
