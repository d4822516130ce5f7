import { ConfigurationError } from '../errors/configuration-error.ts';
import type { ContentPart, Message, Prompt, ToolCall } from './message.ts';
import { copyProviderData, dataMember } from './provider-data.ts';

/** Messages copied and frozen by this module: valid, and safe to cache by identity. Never contains a caller's object. */
const prepared = new WeakSet<Message>();

/** Returns true if the message was prepared: it is valid, deeply frozen, and never changes. */
export function isPrepared(message: Message): boolean {
  return prepared.has(message);
}

/**
 * Returns the conversation as a list of deeply frozen copies. Lone surrogates, which strict servers reject, become U+FFFD.
 * Messages that are already prepared are not copied again.
 *
 * @throws {ConfigurationError} if a message is invalid. The error message names its index.
 */
export function prepareMessages(prompt: Prompt): readonly Message[] {
  if (typeof prompt === 'string') return Object.freeze([prepareMessage({ role: 'user', content: prompt }, 0)]);
  if (!Array.isArray(prompt)) {
    throw new ConfigurationError(`messages must be a string or a list of messages, not ${describeType(prompt)}.`);
  }
  if (prompt.length === 0) throw new ConfigurationError('messages is empty. Pass at least one message.');
  return Object.freeze(prompt.map(prepareMessage));
}

/** Returns a deeply frozen copy of the message. `index` is its position, for error messages. */
export function prepareMessage(message: Message, index: number): Message {
  if (typeof message === 'object' && message !== null && prepared.has(message)) return message;
  const copy = Object.freeze(copyMessage(message, index));
  prepared.add(copy);
  return copy;
}

function copyMessage(message: Message, index: number): Message {
  const at = `messages[${index}]`;
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new ConfigurationError(`${at} must be an object with role and content, not ${describeType(message)}.`);
  }
  switch (message.role) {
    case 'system':
      return { role: 'system', content: requireString(message.content, `${at}.content`) };
    case 'user':
      return { role: 'user', content: copyContent(message.content, `${at}.content`) };
    case 'assistant':
      return copyAssistant(message, at);
    case 'tool':
      return {
        role: 'tool',
        toolCallId: requireString(message.toolCallId, `${at}.toolCallId`),
        ...(message.name === undefined ? {} : { name: requireString(message.name, `${at}.name`) }),
        content: requireString(message.content, `${at}.content`),
      };
    default:
      throw new ConfigurationError(
        `${at}.role must be "system", "user", "assistant" or "tool", not ${describeType(Reflect.get(message, 'role'))}.`,
      );
  }
}

function copyAssistant(message: Extract<Message, { role: 'assistant' }>, at: string): Message {
  const content = requireString(message.content, `${at}.content`);
  const { toolCalls, providerData } = message;
  const data = dataMember(providerData && copyProviderData(providerData, `${at}.providerData`));
  if (toolCalls === undefined || (Array.isArray(toolCalls) && toolCalls.length === 0)) {
    return { role: 'assistant', content, ...data };
  }
  if (!Array.isArray(toolCalls)) {
    throw new ConfigurationError(`${at}.toolCalls must be a list, not ${describeType(toolCalls)}.`);
  }
  return {
    role: 'assistant',
    content,
    toolCalls: Object.freeze(toolCalls.map((call, index) => copyToolCall(call, `${at}.toolCalls[${index}]`))),
    ...data,
  };
}

function copyToolCall(call: ToolCall, at: string): ToolCall {
  if (typeof call !== 'object' || call === null) {
    throw new ConfigurationError(`${at} must be an object with id, name and arguments, not ${describeType(call)}.`);
  }
  return Object.freeze({
    id: requireString(call.id, `${at}.id`),
    name: requireString(call.name, `${at}.name`),
    arguments: requireString(call.arguments, `${at}.arguments`),
  });
}

/**
 * Returns a deeply frozen copy of content parts.
 *
 * @throws {ConfigurationError} if a part is invalid. The message names its index.
 */
export function prepareContent(parts: readonly ContentPart[]): readonly ContentPart[] {
  return Object.freeze(parts.map((part, index) => copyPart(part, `attachments[${index}]`)));
}

function copyContent(content: string | readonly ContentPart[], at: string): string | readonly ContentPart[] {
  if (typeof content === 'string') return content.toWellFormed();
  if (!Array.isArray(content)) {
    throw new ConfigurationError(`${at} must be a string or a list of content parts, not ${describeType(content)}.`);
  }
  return Object.freeze(content.map((part, index) => copyPart(part, `${at}[${index}]`)));
}

function copyPart(part: ContentPart, at: string): ContentPart {
  if (part?.type === 'text') return Object.freeze({ type: 'text', text: requireString(part.text, `${at}.text`) });
  if (part?.type === 'image') return Object.freeze(copyImage(part, at));
  const isData = part?.type === 'audio' || part?.type === 'file';
  if (isData && typeof part.data === 'string' && typeof part.mediaType === 'string') {
    return Object.freeze(copyData(part, at));
  }
  throw new ConfigurationError(
    `${at} must be { type: "text", text }, { type: "image", url, detail? }, { type: "audio", data, mediaType } or ` +
      '{ type: "file", data, mediaType, name? }.',
  );
}

function copyImage({ url, detail }: Extract<ContentPart, { type: 'image' }>, at: string): ContentPart {
  if (detail !== undefined && detail !== 'auto' && detail !== 'low' && detail !== 'high') {
    throw new ConfigurationError(`${at}.detail must be "auto", "low" or "high".`);
  }
  return { type: 'image', url: requireString(url, `${at}.url`), ...(detail === undefined ? {} : { detail }) };
}

function copyData(part: Extract<ContentPart, { type: 'audio' | 'file' }>, at: string): ContentPart {
  const { data, mediaType } = part;
  // Only the start is checked, because the data may be large.
  if (data === '' || /[^\w+/=\s-]/.test(data.slice(0, 64))) {
    throw new ConfigurationError(`${at}.data must be base64, not empty, and not a URL.`);
  }
  if (!MEDIA_TYPE.test(mediaType)) {
    throw new ConfigurationError(`${at}.mediaType must be a media type, such as "application/pdf".`);
  }
  if (part.type === 'audio') return { type: 'audio', data, mediaType };
  const name = part.name === undefined ? {} : { name: requireString(part.name, `${at}.name`) };
  return { type: 'file', data, mediaType, ...name };
}

/** A media type with optional parameters (RFC 9110, section 8.3.1), of printable characters. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,128}(?:;[ -~]{1,256})?$/;

function requireString(value: unknown, at: string): string {
  if (typeof value === 'string') return value.toWellFormed();
  throw new ConfigurationError(`${at} must be a string, not ${describeType(value)}.`);
}

/** Returns the type of a value in words. The value itself may be private and is never included. */
function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}
