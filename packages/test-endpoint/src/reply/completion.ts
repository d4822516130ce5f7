import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import type { Completion, CompletionPayload, CompletionToolCall, CompletionUsage, PayloadEdit } from './reply.ts';
import { DONE, type Frame } from './server-sent-events.ts';

/** Returns the completion as the JSON body of a chat-completions response. */
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

function completionHead(completion: Completion, request: RecordedRequest, object: string): Record<string, unknown> {
  const requested = jsonField(request, 'model');
  return {
    id: completion.id ?? `chatcmpl-${request.index}`,
    object,
    created: Math.floor(request.at / 1000),
    model: completion.model ?? (typeof requested === 'string' ? requested : 'test-model'),
  };
}

function completionUsage(completion: Completion, request: RecordedRequest): CompletionUsage | undefined {
  if (completion.usage === null) return undefined;
  const generated = [completion.text, completion.reasoning, ...(completion.toolCalls ?? []).map(argumentsText)].join(
    '',
  );
  const prompt = completion.usage?.prompt_tokens ?? estimateTokens(request.body);
  const output = completion.usage?.completion_tokens ?? estimateTokens(generated);
  return { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output, ...completion.usage };
}

/** Returns `{ finish_reason }`, or an empty object if the reply omits it. */
function finishField(completion: Completion): { finish_reason?: string } {
  if (completion.finishReason === null) return {};
  return { finish_reason: completion.finishReason ?? (completion.toolCalls?.length ? 'tool_calls' : 'stop') };
}

function toolCallId(call: CompletionToolCall, position: number, request: RecordedRequest): string {
  return call.id ?? `call_${position}_${request.index}`;
}

function argumentsText(call: CompletionToolCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** Returns a field of the request's JSON object, or undefined if the body is anything else. */
export function jsonField(request: RecordedRequest, name: string): unknown {
  const { json } = request;
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
}

function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** Returns the completion as the events of a chat-completions stream. */
export function completionFrames(
  completion: Completion,
  request: RecordedRequest,
  reshape: PayloadEdit = payload => payload,
): Frame[] {
  const head = completionHead(completion, request, 'chat.completion.chunk');
  const usage = asksForUsage(request) ? completionUsage(completion, request) : undefined;
  const nullUsage = usage === undefined ? {} : { usage: null };
  let position = 0;
  const frame = (
    kind: Frame['kind'],
    chunk: Pick<CompletionPayload, 'choices'> & { readonly usage?: unknown },
  ): Frame => ({
    kind,
    lines: `data: ${JSON.stringify(reshape({ ...head, ...chunk }, position++))}`,
  });
  const choice = (
    kind: Frame['kind'],
    delta: Record<string, unknown>,
    finish: object = { finish_reason: null },
  ): Frame => frame(kind, { choices: [{ index: 0, delta, ...finish }], ...nullUsage });

  return [
    choice('opening', { role: 'assistant', content: completion.text === undefined ? null : '' }),
    ...words(completion.reasoning).map(reasoning_content => choice('delta', { reasoning_content })),
    ...(completion.deltas ?? words(completion.text)).map(content => choice('delta', { content })),
    ...toolCallDeltas(completion, request).map(call => choice('delta', { tool_calls: [call] })),
    choice('finish', {}, finishField(completion)),
    ...(usage === undefined ? [] : [frame('usage', { choices: [], usage })]),
    { kind: 'done', lines: DONE },
  ];
}

function toolCallDeltas(completion: Completion, request: RecordedRequest): object[] {
  return (completion.toolCalls ?? []).flatMap((call, index) => {
    const fragments = call.fragments ?? argumentsText(call).match(/.{1,12}/gsu) ?? [];
    const [first = '', ...rest] = call.joined ? fragments : ['', ...fragments];
    const opening = { index, id: toolCallId(call, index, request), type: 'function' };
    return [
      { ...opening, function: { name: call.name, arguments: first } },
      ...rest.map(text => ({ index, function: { arguments: text } })),
    ];
  });
}

/** Returns true if the request sets `stream_options: { include_usage: true }`. */
function asksForUsage(request: RecordedRequest): boolean {
  const options = jsonField(request, 'stream_options');
  return typeof options === 'object' && options !== null && Reflect.get(options, 'include_usage') === true;
}

function words(text = ''): readonly string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}
