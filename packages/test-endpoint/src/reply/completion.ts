import type { RecordedRequest } from '../recorded-request.ts';
import type { CompletionPayload } from './reply.ts';

/** Token counts as the wire names them. `total_tokens` is the sum unless it is given. */
export interface CompletionUsage {
  readonly prompt_tokens?: number | undefined;
  readonly completion_tokens?: number | undefined;
  readonly total_tokens?: number | undefined;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | undefined;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | undefined } | undefined;
}

export interface CompletionToolCall {
  readonly name: string;
  /** An object is sent as JSON text; a string as it is, so that it may be broken. */
  readonly arguments: object | string;
  /** Default `call_<position>_<request index>`. */
  readonly id?: string | undefined;
  /** The fragments of the arguments' text in a stream. Default: pieces of 12 characters. */
  readonly fragments?: readonly string[] | undefined;
  /** In a stream: whether the delta with the name already holds the first fragment. Default: it holds none. */
  readonly joined?: boolean | undefined;
}

/** One turn of the model, before it is known whether the request asks for a stream. */
export interface Completion {
  readonly text?: string | undefined;
  /** The fragments of `text` in a stream. Default: word by word. */
  readonly deltas?: readonly string[] | undefined;
  /** Sent as `reasoning_content`. */
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly CompletionToolCall[] | undefined;
  /** Default `tool_calls` when there are tool calls, otherwise `stop`. `null` leaves the field out. */
  readonly finishReason?: string | null | undefined;
  /** Default: an estimate of one token per four characters. `null` leaves the field out. */
  readonly usage?: CompletionUsage | null | undefined;
  /** Default: the requested model, or `test-model`. */
  readonly model?: string | undefined;
  /** Default `chatcmpl-<request index>`. */
  readonly id?: string | undefined;
}

/** The completion as the JSON body of a chat-completions response. */
export function completionBody(completion: Completion, request: RecordedRequest): CompletionPayload {
  const calls = completion.toolCalls?.map((call, position) => ({
    id: toolCallId(call, position, request),
    type: 'function',
    function: { name: call.name, arguments: argumentsText(call) },
  }));
  const usage = completionUsage(completion, request);
  return {
    ...completionHead(completion, request, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: completion.text ?? null,
          ...(completion.reasoning === undefined ? {} : { reasoning_content: completion.reasoning }),
          ...(calls === undefined ? {} : { tool_calls: calls }),
        },
        ...finishField(completion),
      },
    ],
    ...(usage === undefined ? {} : { usage }),
  };
}

export function completionHead(
  completion: Completion,
  request: RecordedRequest,
  object: string,
): Record<string, unknown> {
  const requested = jsonField(request, 'model');
  return {
    id: completion.id ?? `chatcmpl-${request.index}`,
    object,
    created: Math.floor(request.at / 1000),
    model: completion.model ?? (typeof requested === 'string' ? requested : 'test-model'),
  };
}

export function completionUsage(completion: Completion, request: RecordedRequest): CompletionUsage | undefined {
  if (completion.usage === null) return undefined;
  const spoken = [completion.text, completion.reasoning, ...(completion.toolCalls ?? []).map(argumentsText)].join('');
  const prompt = completion.usage?.prompt_tokens ?? estimateTokens(request.body);
  const output = completion.usage?.completion_tokens ?? estimateTokens(spoken);
  return { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output, ...completion.usage };
}

/** `{ finish_reason }`, or nothing when the reply leaves it out. */
export function finishField(completion: Completion): { finish_reason?: string } {
  if (completion.finishReason === null) return {};
  return { finish_reason: completion.finishReason ?? (completion.toolCalls?.length ? 'tool_calls' : 'stop') };
}

export function toolCallId(call: CompletionToolCall, position: number, request: RecordedRequest): string {
  return call.id ?? `call_${position}_${request.index}`;
}

export function argumentsText(call: CompletionToolCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** A field of the request's JSON object; undefined when the body is anything else. */
export function jsonField(request: RecordedRequest, name: string): unknown {
  const { json } = request;
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
}

function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
