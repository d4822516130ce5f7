import { parseJson } from '../json.ts';
import { validCallId, validToolName } from '../messages/call-identity.ts';
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
 * anything else. A name that a model invented is sent in a form that strict servers accept. So is the id of a call, unless
 * `keepsCallId` returns true for it: nine letters and digits, the same ones for the call and its result.
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
export function encodeMessages(messages: Prompt, keepsCallId: KeepsCallId = keepsNone): WireMessage[] {
  if (typeof messages === 'string') return [{ role: 'user', content: messages }];
  return messages.map(message => encodeMessage(message, keepsCallId));
}

/** Returns true for an id of a tool call that the server is known to accept, such as one that it has sent itself. */
export type KeepsCallId = (id: string) => boolean;

const keepsNone: KeepsCallId = () => false;

/** Returns the ids of the tool calls of a message as they are sent. */
function sentCallIds(message: Message, keepsCallId: KeepsCallId): readonly string[] {
  const ids =
    message.role === 'tool'
      ? [message.toolCallId]
      : message.role === 'assistant'
        ? (message.toolCalls ?? []).map(({ id }) => id)
        : [];
  return ids.map(id => (keepsCallId(id) ? id : validCallId(id)));
}

const encodedMessages = new WeakMap<Message, { readonly callIds: readonly string[]; readonly json: string }>();

/**
 * Returns one message as JSON text. The text of a prepared message is cached with the ids that it was encoded with, because
 * such a message never changes.
 */
export function messageJson(message: Message, keepsCallId: KeepsCallId = keepsNone): string {
  const callIds = sentCallIds(message, keepsCallId);
  const cached = encodedMessages.get(message);
  if (cached?.callIds.every((id, index) => id === callIds[index])) return cached.json;
  const json = JSON.stringify(encodeMessage(message, keepsCallId));
  if (isPrepared(message)) encodedMessages.set(message, { callIds, json });
  return json;
}

function encodeMessage(message: Message, keepsCallId: KeepsCallId): WireMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: encodeContent(message.content) };
    case 'assistant': {
      if (message.toolCalls === undefined || message.toolCalls.length === 0) {
        return { role: 'assistant', content: message.content };
      }
      const ids = sentCallIds(message, keepsCallId);
      const calls = message.toolCalls.map((call, index) => encodeToolCall(call, ids[index] ?? call.id));
      return { role: 'assistant', content: message.content, tool_calls: calls };
    }
    case 'tool': {
      const [id = message.toolCallId] = sentCallIds(message, keepsCallId);
      return { role: 'tool', tool_call_id: id, content: message.content };
    }
  }
}

function encodeContent(content: string | readonly ContentPart[]): string | readonly WireContentPart[] {
  if (typeof content === 'string') return content;
  return content.map(part =>
    part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image_url', image_url: { url: part.url } },
  );
}

function encodeToolCall(call: ToolCall, id: string): WireToolCall {
  const { name, arguments: argumentsText } = call;
  return { id, type: 'function', function: { name: validToolName(name), arguments: objectText(argumentsText) } };
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
