import { ConfigurationError } from '../errors/configuration-error.ts';
import type { ContentPart, Message, Prompt, ToolCall } from './message.ts';

/** Messages made and frozen here: valid, and safe to cache by identity. A caller's own objects never get in. */
const prepared = new WeakSet<Message>();

/** Whether the message was prepared: deeply frozen, valid, never to change. */
export function isPrepared(message: Message): boolean {
  return prepared.has(message);
}

/**
 * The conversation as deeply frozen copies; messages that were prepared before are taken as they are. Throws a
 * `ConfigurationError` that names the index of a message that is none.
 */
export function prepareMessages(prompt: Prompt): readonly Message[] {
  if (typeof prompt === 'string') return Object.freeze([prepareMessage({ role: 'user', content: prompt }, 0)]);
  if (!Array.isArray(prompt)) {
    throw new ConfigurationError(`messages must be a string or a list of messages, not ${describe(prompt)}.`);
  }
  if (prompt.length === 0) throw new ConfigurationError('messages is empty: give at least one message.');
  return Object.freeze(prompt.map(prepareMessage));
}

/** One message as a deeply frozen copy. */
export function prepareMessage(message: Message, index: number): Message {
  if (typeof message === 'object' && message !== null && prepared.has(message)) return message;
  const copy = Object.freeze(copyMessage(message, index));
  prepared.add(copy);
  return copy;
}

function copyMessage(message: Message, index: number): Message {
  const at = `messages[${index}]`;
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new ConfigurationError(`${at} must be an object with role and content, not ${describe(message)}.`);
  }
  switch (message.role) {
    case 'system':
      return { role: 'system', content: requireText(message.content, `${at}.content`) };
    case 'user':
      return { role: 'user', content: copyContent(message.content, `${at}.content`) };
    case 'assistant':
      return copyAssistant(message, at);
    case 'tool':
      return {
        role: 'tool',
        toolCallId: requireText(message.toolCallId, `${at}.toolCallId`),
        ...(message.name === undefined ? {} : { name: requireText(message.name, `${at}.name`) }),
        content: requireText(message.content, `${at}.content`),
      };
    default:
      throw new ConfigurationError(
        `${at}.role must be "system", "user", "assistant" or "tool", not ${describe(Reflect.get(message, 'role'))}.`,
      );
  }
}

function copyAssistant(message: Extract<Message, { role: 'assistant' }>, at: string): Message {
  const content = requireText(message.content, `${at}.content`);
  const { toolCalls } = message;
  if (toolCalls === undefined || (Array.isArray(toolCalls) && toolCalls.length === 0)) {
    return { role: 'assistant', content };
  }
  if (!Array.isArray(toolCalls)) {
    throw new ConfigurationError(`${at}.toolCalls must be a list, not ${describe(toolCalls)}.`);
  }
  return {
    role: 'assistant',
    content,
    toolCalls: Object.freeze(toolCalls.map((call, index) => copyToolCall(call, `${at}.toolCalls[${index}]`))),
  };
}

function copyToolCall(call: ToolCall, at: string): ToolCall {
  if (typeof call !== 'object' || call === null) {
    throw new ConfigurationError(`${at} must be an object with id, name and arguments, not ${describe(call)}.`);
  }
  return Object.freeze({
    id: requireText(call.id, `${at}.id`),
    name: requireText(call.name, `${at}.name`),
    arguments: requireText(call.arguments, `${at}.arguments`),
  });
}

function copyContent(content: string | readonly ContentPart[], at: string): string | readonly ContentPart[] {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) {
    throw new ConfigurationError(`${at} must be a string or a list of parts, not ${describe(content)}.`);
  }
  return Object.freeze(content.map((part, index) => copyPart(part, `${at}[${index}]`)));
}

function copyPart(part: ContentPart, at: string): ContentPart {
  if (part?.type === 'text') return Object.freeze({ type: 'text', text: requireText(part.text, `${at}.text`) });
  if (part?.type === 'image') return Object.freeze({ type: 'image', url: requireText(part.url, `${at}.url`) });
  throw new ConfigurationError(`${at} must be { type: "text", text } or { type: "image", url }.`);
}

function requireText(value: unknown, at: string): string {
  if (typeof value === 'string') return value;
  throw new ConfigurationError(`${at} must be a string, not ${describe(value)}.`);
}

/** What kind of value it is, never the value: it may be private. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}
