import { parseJson } from '../json.ts';
import type { ContentPart, Message, Prompt, ToolCall } from '../messages/message.ts';
import { isPrepared } from '../messages/prepare-messages.ts';

/** A part of a user message in a request. */
export type WireContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

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
export function messageJson(message: Message): string {
  const cached = encodedMessages.get(message);
  if (cached !== undefined) return cached;
  const json = JSON.stringify(encodeMessage(message));
  if (isPrepared(message)) encodedMessages.set(message, json);
  return json;
}

function encodeMessage(message: Message): WireMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: encodeContent(message.content) };
    case 'assistant':
      return message.toolCalls === undefined || message.toolCalls.length === 0
        ? { role: 'assistant', content: message.content }
        : { role: 'assistant', content: message.content, tool_calls: message.toolCalls.map(encodeToolCall) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  }
}

function encodeContent(content: string | readonly ContentPart[]): string | readonly WireContentPart[] {
  if (typeof content === 'string') return content;
  return content.map(part =>
    part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image_url', image_url: { url: part.url } },
  );
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
