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
 * anything else. Lone surrogates become U+FFFD.
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
  if (typeof messages === 'string') return [{ role: 'user', content: messages.toWellFormed() }];
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
      return { role: 'system', content: message.content.toWellFormed() };
    case 'user':
      return { role: 'user', content: encodeContent(message.content) };
    case 'assistant':
      return message.toolCalls === undefined || message.toolCalls.length === 0
        ? { role: 'assistant', content: message.content.toWellFormed() }
        : {
            role: 'assistant',
            content: message.content.toWellFormed(),
            tool_calls: message.toolCalls.map(encodeToolCall),
          };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content.toWellFormed() };
  }
}

function encodeContent(content: string | readonly ContentPart[]): string | readonly WireContentPart[] {
  if (typeof content === 'string') return content.toWellFormed();
  return content.map(part =>
    part.type === 'text'
      ? { type: 'text', text: part.text.toWellFormed() }
      : { type: 'image_url', image_url: { url: part.url } },
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
