import { ConfigurationError } from '../errors/configuration-error.ts';
import { parseJson } from '../json.ts';
import { validCallId, validToolName } from '../messages/call-identity.ts';
import type { ContentPart, Message, Prompt, ToolCall } from '../messages/message.ts';
import { isPrepared } from '../messages/prepare-messages.ts';
import { asJsonObject, type ReplayedFields, replayedFields } from './provider-fields.ts';

/** A part of a user message in a request. */
export type WireContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string; readonly detail?: string } }
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: 'wav' | 'mp3' } }
  | { readonly type: 'file'; readonly file: { readonly filename: string; readonly file_data: string } };

/**
 * A tool call in a request. `arguments` is always the JSON text of an object. The fields that the server put on the call
 * itself, such as `extra_content`, are sent too.
 */
export type WireToolCall = {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
};

/**
 * A message in a request. No member is `null` or `undefined`. An assistant message also has the fields that the server put on
 * it itself, such as `reasoning_content`.
 */
export type WireMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly WireContentPart[] }
  | { readonly role: 'assistant'; readonly content: string; readonly tool_calls?: readonly WireToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/**
 * Encodes a conversation as the `messages` of a chat-completions request.
 *
 * An assistant message with tool calls has `content: ""`, never `null`, which some servers reject. Arguments that are not a
 * JSON object are wrapped in one (`{"unreadable_arguments": "..."}`), because servers that parse the history return 500 for
 * anything else. A name that a model invented is sent in a form that strict servers accept. So is the id of a call, unless
 * `keepsCallId` returns true for it: nine letters and digits, the same ones for the call and its result. Fields that this
 * model's server put on a turn (`providerData`) are sent back. Lone surrogates become U+FFFD.
 *
 * @throws {ConfigurationError} for a content part that chat completions cannot represent. The message names its place.
 *
 * @example
 * ```ts
 * import { encodeMessages } from '@crew/core/chat-completions';
 *
 * const messages = encodeMessages([
 *   { role: 'system', content: 'You are a pilot.' },
 *   { role: 'user', content: 'When is high tide?' },
 * ]);
 * console.log(JSON.stringify({ model: 'large', messages }));
 * ```
 */
export function encodeMessages(messages: Prompt, settings: EncodeMessagesSettings = {}): WireMessage[] {
  if (typeof messages === 'string') return [{ role: 'user', content: messages.toWellFormed() }];
  return messages.map((message, index) => encodeMessage(message, index, settings));
}

/** Returns true for an id of a tool call that the server is known to accept, such as one that it has sent itself. */
export type KeepsCallId = (id: string) => boolean;

/** Settings that decide which ids and fields of a provider are sent back to it. */
export interface EncodeMessagesSettings {
  /** The requested model. Fields that another model's turn had are not sent. Default: none is requested. */
  readonly model?: string | undefined;
  /**
   * The fields of assistant messages that the standard API does not have (`reasoning_content`, signatures), and that many
   * servers demand back: `received` sends those that this model's turn had, `always` also sends `reasoning_content: ""` with
   * a turn that had none, as DeepSeek V4 demands, and `never` sends none. Default `received`.
   */
  readonly replay?: 'received' | 'always' | 'never' | undefined;
  /** Called with the id of each tool call. An id for which it returns false is mapped to one that every server accepts. */
  readonly keepsCallId?: KeepsCallId | undefined;
  /**
   * Set to true for Gemini, if the history contains tool calls of another model: they are marked as unsigned, because Gemini
   * refuses calls without its signature. Default false.
   */
  readonly marksUnsignedCalls?: boolean | undefined;
}

/** A message as JSON text, and what the text depends on. */
interface EncodedMessage {
  readonly settings: string;
  readonly callIds: readonly string[];
  readonly json: string;
}

const encodedMessages = new WeakMap<Message, EncodedMessage>();

/**
 * Returns one message as JSON text. The text of a prepared message is cached with the settings and ids that it was encoded
 * with, because such a message never changes.
 */
export function messageJson(message: Message, index: number, encoding: EncodeMessagesSettings): string {
  const { model = '', replay = 'received', keepsCallId, marksUnsignedCalls = false } = encoding;
  const depends =
    message.role === 'assistant' && (message.providerData !== undefined || replay === 'always' || marksUnsignedCalls);
  const settings = depends ? `${replay} ${marksUnsignedCalls} ${model}` : '';
  const callIds = sentCallIds(message, keepsCallId);
  const cached = encodedMessages.get(message);
  const isSame = cached?.settings === settings && cached.callIds.every((id, index) => id === callIds[index]);
  if (isSame) return cached.json;
  const json = JSON.stringify(encodeMessage(message, index, encoding));
  if (isPrepared(message)) encodedMessages.set(message, { settings, callIds, json });
  return json;
}

/** Returns the ids of the tool calls of a message as they are sent. */
function sentCallIds(message: Message, keepsCallId: KeepsCallId | undefined): readonly string[] {
  const ids =
    message.role === 'tool'
      ? [message.toolCallId]
      : message.role === 'assistant'
        ? (message.toolCalls ?? []).map(({ id }) => id)
        : [];
  return ids.map(id => (keepsCallId?.(id) === true ? id : validCallId(id)));
}

/** Fields of a batch of calls that Gemini has not signed (Gemini API, "Thought signatures"). The first call bears the mark. */
const UNSIGNED: ReplayedFields = {
  message: {},
  calls: [{ extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } } }],
};

type AssistantMessage = Extract<Message, { readonly role: 'assistant' }>;

function encodeAssistant(message: AssistantMessage, settings: EncodeMessagesSettings): WireMessage {
  const { model, replay, keepsCallId, marksUnsignedCalls } = settings;
  const { content, toolCalls = [], providerData } = message;
  const fields = replay === 'never' ? undefined : replayedFields(providerData, model);
  const missing = replay === 'always' ? { reasoning_content: '' } : {};
  const standard: WireMessage = { role: 'assistant', content: content.toWellFormed() };
  if (toolCalls.length === 0) return { ...missing, ...fields?.message, ...standard };
  const ids = sentCallIds(message, keepsCallId);
  const own = marksUnsignedCalls === true && fields === undefined ? UNSIGNED : fields;
  const tool_calls = toolCalls.map((call, index) => encodeToolCall({ ...call, id: ids[index] ?? call.id }, own, index));
  return { ...missing, ...fields?.message, ...standard, tool_calls };
}

/** `index` is the position of the message, for errors. */
function encodeMessage(message: Message, index: number, settings: EncodeMessagesSettings): WireMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content.toWellFormed() };
    case 'user':
      return { role: 'user', content: encodeContent(message.content, `messages[${index}].content`) };
    case 'assistant':
      return encodeAssistant(message, settings);
    case 'tool': {
      const [id = message.toolCallId] = sentCallIds(message, settings.keepsCallId);
      return { role: 'tool', tool_call_id: id, content: message.content.toWellFormed() };
    }
  }
}

function encodeContent(content: string | readonly ContentPart[], at: string): string | readonly WireContentPart[] {
  if (typeof content === 'string') return content.toWellFormed();
  return content.map((part, index) => encodePart(part, `${at}[${index}]`));
}

function encodePart(part: ContentPart, at: string): WireContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text.toWellFormed() };
    case 'image': {
      const { url, detail } = part;
      if (!REMOTE_URL.test(url)) {
        throw new ConfigurationError(`${at} (an image) cannot be sent: its url must be an https: or data: URL.`);
      }
      return { type: 'image_url', image_url: detail === undefined ? { url } : { url, detail } };
    }
    case 'audio': {
      const format = AUDIO_FORMATS.get(essence(part.mediaType));
      if (format === undefined) {
        throw new ConfigurationError(
          `${at} (audio of type ${part.mediaType}) cannot be sent: chat completions take audio/wav and audio/mpeg. Convert it.`,
        );
      }
      return { type: 'input_audio', input_audio: { data: part.data, format } };
    }
    case 'file': {
      const { data, mediaType, name } = part;
      const filename = name ?? (essence(mediaType) === 'application/pdf' ? 'file.pdf' : 'file');
      return { type: 'file', file: { filename, file_data: `data:${mediaType};base64,${data}` } };
    }
    default: {
      const { type }: { readonly type?: unknown } = Object(part);
      throw new ConfigurationError(
        `${at} cannot be sent: chat completions have no content part ${JSON.stringify(type)}.`,
      );
    }
  }
}

/** A URL that a server can read, unlike a path and a URL of this machine. */
const REMOTE_URL = /^(?!file:|blob:)[a-z][a-z\d+.-]{1,30}:/i;

const AUDIO_FORMATS: ReadonlyMap<string, 'wav' | 'mp3'> = new Map([
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/wave', 'wav'],
  ['audio/vnd.wave', 'wav'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
]);

/** Returns the media type without parameters, in lower case. */
function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function encodeToolCall(call: ToolCall, replayed: ReplayedFields | undefined, index: number): WireToolCall {
  const { function: body, ...fields } = replayed?.calls[index] ?? {};
  const written = { name: validToolName(call.name), arguments: objectText(call.arguments) };
  return { ...fields, id: call.id, type: 'function', function: { ...asJsonObject(body), ...written } };
}

/** Returns the arguments unchanged if they are the JSON text of an object, otherwise wraps them in one. */
function objectText(argumentsText: string): string {
  if (argumentsText.trim() === '') return '{}';
  try {
    const parsed: unknown = parseJson(argumentsText);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return SURROGATE_ESCAPE.test(argumentsText) ? wellFormedJson(parsed) : argumentsText.toWellFormed();
    }
  } catch {
    // Not JSON, or nested so deeply that servers reject it: wrapped below.
  }
  return JSON.stringify({ unreadable_arguments: argumentsText.toWellFormed() });
}

/** Matches an escaped surrogate, which is lone unless the other half of the pair is beside it. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Returns the value as JSON text without lone surrogates. `JSON.stringify` escapes these, and no surrogate of a pair. */
function wellFormedJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /\\(?:u(d[89a-f])[0-9a-f]{2}|.)/g,
    (match: string, surrogate: string | undefined) => (surrogate === undefined ? match : '\u{FFFD}'),
  );
}
