import type { ContentPart, Message, TokenUsage, ToolCall } from '@crew/core';
import {
  type CompletionUsage,
  contextOverflow,
  type RecordedRequest,
  type Reply,
  text,
  toolCalls,
} from '@crew/test-endpoint';

/** A turn of the model that a check scripts. */
export interface ScriptedTurn {
  readonly text?: string | undefined;
  readonly toolCalls?:
    | readonly { readonly id: string; readonly name: string; readonly arguments: object }[]
    | undefined;
  readonly usage?: TokenUsage | undefined;
}

/** A request decoded to Crew's own types. */
export interface DecodedRequest {
  readonly messages: readonly Message[];
  readonly stop: readonly string[];
  /** Names of the offered tools. */
  readonly tools: readonly string[];
}

/** The server side of the wire format of an adapter's service. Required if the service does not use chat completions. */
export interface WireFormat {
  /** Encodes a turn as the response to the request, streamed if the request asks for a stream. */
  encodeTurn(turn: ScriptedTurn, request: RecordedRequest): Reply;
  /** Decodes a request. */
  decodeRequest(request: RecordedRequest): DecodedRequest;
  /** Response of the service if the conversation is too long. Default: 400 `exceed_context_size_error`. */
  readonly contextOverflow?: Reply | undefined;
}

/** The chat-completions format. Missing parts of a request are decoded as empty, so that a check reports what is missing. */
export const chatCompletionsFormat: WireFormat = {
  encodeTurn({ text: content = '', toolCalls: calls, usage }) {
    const options = { usage: usage === undefined ? undefined : wireUsage(usage) };
    return calls === undefined ? text(content, options) : toolCalls(calls, { ...options, text: content });
  },
  decodeRequest(request) {
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
  switch (part['type']) {
    case 'image_url':
      return readImage(recordOf(part['image_url']));
    case 'input_audio': {
      const { data, format } = recordOf(part['input_audio']);
      return { type: 'audio', data: textOf(data), mediaType: format === 'mp3' ? 'audio/mpeg' : 'audio/wav' };
    }
    case 'file': {
      const { filename, file_data: url } = recordOf(part['file']);
      const [head = '', data = ''] = textOf(url).split(';base64,', 2);
      return { type: 'file', data, mediaType: head.replace(/^data:/, ''), name: textOf(filename) };
    }
    default:
      return { type: 'text', text: textOf(part['text']) };
  }
}

function readImage({ url, detail }: Readonly<Record<string, unknown>>): ContentPart {
  if (detail !== 'auto' && detail !== 'low' && detail !== 'high') return { type: 'image', url: textOf(url) };
  return { type: 'image', url: textOf(url), detail };
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
