import { parseJson } from '../json.ts';
import type { ContentPart, Message, Prompt, ToolCall } from '../messages/message.ts';
import { isPrepared } from '../messages/prepare-messages.ts';

/** A piece of a user message on the wire. */
export type WireContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

/** A tool call on the wire. `arguments` always is the text of a JSON object. */
export type WireToolCall = {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
};

/** A message on the wire. It holds no `null` and no member that is `undefined`. */
export type WireMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly WireContentPart[] }
  | { readonly role: 'assistant'; readonly content: string; readonly tool_calls?: readonly WireToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/**
 * The conversation as the chat-completions format wants it in `messages`.
 *
 * An assistant message has `content: ""` beside its tool calls, never `null`, which some servers refuse. Arguments that
 * are not a JSON object are sent inside one (`{"unreadable_arguments": "..."}`): servers that parse the history answer
 * 500 to anything else.
 */
export function encodeMessages(messages: Prompt): WireMessage[] {
  if (typeof messages === 'string') return [{ role: 'user', content: messages }];
  return messages.map(encodeMessage);
}

const encoded = new WeakMap<Message, string>();

/** One message as JSON text: remembered for messages that were prepared, since those never change. */
export function messageJson(message: Message): string {
  const known = encoded.get(message);
  if (known !== undefined) return known;
  const json = JSON.stringify(encodeMessage(message));
  if (isPrepared(message)) encoded.set(message, json);
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

/** The arguments as written if they are the text of a JSON object; otherwise inside one. */
function objectText(written: string): string {
  if (written.trim() === '') return '{}';
  try {
    const parsed: unknown = parseJson(written);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return written;
  } catch {
    // Not JSON, or nested so deeply that servers refuse it: kept below as it was written.
  }
  return JSON.stringify({ unreadable_arguments: written });
}
