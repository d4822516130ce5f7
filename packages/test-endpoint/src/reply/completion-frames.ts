import type { RecordedRequest } from '../recorded-request.ts';
import {
  argumentsText,
  type Completion,
  completionHead,
  completionUsage,
  finishField,
  jsonField,
  toolCallId,
} from './completion.ts';
import { DONE } from './frames.ts';
import type { CompletionPayload, PayloadEdit } from './reply.ts';

/** One server-sent event. `opening` is the delta that only names the role. */
export interface Frame {
  readonly kind: 'opening' | 'delta' | 'finish' | 'usage' | 'done';
  /** Its lines, joined by `\n`, without the blank one. */
  readonly lines: string;
}

/** The completion as the events of a chat-completions stream. */
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

/** Whether the request says `stream_options: { include_usage: true }`. */
function asksForUsage(request: RecordedRequest): boolean {
  const options = jsonField(request, 'stream_options');
  return typeof options === 'object' && options !== null && Reflect.get(options, 'include_usage') === true;
}

function words(text = ''): readonly string[] {
  return text.match(/\s*\S+|\s+$/gu) ?? [];
}
