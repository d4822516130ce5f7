import type { ContentPart, Message, TokenUsage, ToolCall } from '@crew/core';
import {
  type CompletionUsage,
  contextOverflow,
  type RecordedRequest,
  type Reply,
  text,
  toolCalls,
} from '@crew/test-endpoint';

/** What the model says in a check. */
export interface WireTurn {
  readonly text?: string | undefined;
  readonly toolCalls?:
    | readonly { readonly id: string; readonly name: string; readonly arguments: object }[]
    | undefined;
  readonly usage?: TokenUsage | undefined;
}

/** What a request says, read back into Crew's own terms. */
export interface WireRequest {
  readonly messages: readonly Message[];
  readonly stop: readonly string[];
  /** The names of the tools on offer. */
  readonly tools: readonly string[];
}

/** How the service behind an adapter writes turns, for one that does not speak chat completions. */
export interface AdapterWire {
  /** The turn as the service answers this request, streamed where the request asks for that. */
  reply(turn: WireTurn, request: RecordedRequest): Reply;
  /** What the request says. */
  read(request: RecordedRequest): WireRequest;
  /** How it says that the conversation is too long. Default: 400 `exceed_context_size_error`. */
  readonly contextOverflow?: Reply | undefined;
}

/** The chat-completions format. What a request lacks is read as empty, so that a check says what is missing. */
export const chatCompletionsWire: AdapterWire = {
  reply({ text: said = '', toolCalls: calls, usage }) {
    const options = { usage: usage === undefined ? undefined : wireUsage(usage) };
    return calls === undefined ? text(said, options) : toolCalls(calls, { ...options, text: said });
  },
  read(request) {
    const body = recordOf(request.json);
    const { stop } = body;
    return {
      messages: listOf(body['messages']).map(item => readMessage(recordOf(item))),
      stop: typeof stop === 'string' ? [stop] : listOf(stop).map(String),
      tools: listOf(body['tools']).map(item => textOf(recordOf(recordOf(item)['function'])['name'])),
    };
  },
  contextOverflow: contextOverflow(),
};

function wireUsage({ inputTokens, outputTokens }: TokenUsage): CompletionUsage {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens };
}

function readMessage(message: Readonly<Record<string, unknown>>): Message {
  const { role, content } = message;
  switch (role) {
    case 'assistant': {
      const calls = listOf(message['tool_calls']).map(item => readToolCall(recordOf(item)));
      return { role, content: textOf(content), ...(calls.length === 0 ? {} : { toolCalls: calls }) };
    }
    case 'tool':
      return { role, toolCallId: textOf(message['tool_call_id']), content: textOf(content) };
    case 'system':
      return { role, content: textOf(content) };
    default:
      return { role: 'user', content: Array.isArray(content) ? content.map(readPart) : textOf(content) };
  }
}

function readToolCall(call: Readonly<Record<string, unknown>>): ToolCall {
  const called = recordOf(call['function']);
  return { id: textOf(call['id']), name: textOf(called['name']), arguments: textOf(called['arguments']) };
}

function readPart(item: unknown): ContentPart {
  const part = recordOf(item);
  if (part['type'] !== 'image_url') return { type: 'text', text: textOf(part['text']) };
  return { type: 'image', url: textOf(recordOf(part['image_url'])['url']) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
