import { ConfigurationError } from '../errors/configuration-error.ts';
import { parseJson } from '../json.ts';
import type { ContentPart, Message, Prompt, ToolCall } from '../messages/message.ts';
import { isPrepared } from '../messages/prepare-messages.ts';

/** A part of a user message in a request. */
export type WireContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string; readonly detail?: string } }
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: 'wav' | 'mp3' } }
  | { readonly type: 'file'; readonly file: { readonly filename: string; readonly file_data: string } };

/** A tool call in a request. `arguments` is always the JSON text of an object. */
export type WireToolCall = {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
};

/** A message in a request. No member is `null` or `undefined`. */
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
 * anything else.
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
export function encodeMessages(messages: Prompt): WireMessage[] {
  if (typeof messages === 'string') return [{ role: 'user', content: messages }];
  return messages.map(encodeMessage);
}

const encodedMessages = new WeakMap<Message, string>();

/** Returns one message as JSON text. The text of a prepared message is cached, because such a message never changes. */
export function messageJson(message: Message, index: number): string {
  const cached = encodedMessages.get(message);
  if (cached !== undefined) return cached;
  const json = JSON.stringify(encodeMessage(message, index));
  if (isPrepared(message)) encodedMessages.set(message, json);
  return json;
}

/** `index` is the position of the message, for errors. */
function encodeMessage(message: Message, index: number): WireMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: encodeContent(message.content, `messages[${index}].content`) };
    case 'assistant':
      return message.toolCalls === undefined || message.toolCalls.length === 0
        ? { role: 'assistant', content: message.content }
        : { role: 'assistant', content: message.content, tool_calls: message.toolCalls.map(encodeToolCall) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  }
}

function encodeContent(content: string | readonly ContentPart[], at: string): string | readonly WireContentPart[] {
  if (typeof content === 'string') return content;
  return content.map((part, index) => encodePart(part, `${at}[${index}]`));
}

function encodePart(part: ContentPart, at: string): WireContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
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

function encodeToolCall(call: ToolCall): WireToolCall {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: objectText(call.arguments) } };
}

/** Returns the arguments unchanged if they are the JSON text of an object, otherwise wraps them in one. */
function objectText(argumentsText: string): string {
  if (argumentsText.trim() === '') return '{}';
  try {
    const parsed: unknown = parseJson(argumentsText);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return argumentsText;
  } catch {
    // Not JSON, or nested so deeply that servers reject it: wrapped below.
  }
  return JSON.stringify({ unreadable_arguments: argumentsText });
}
