import type { JsonValue } from '../json.ts';
import { inventedCallId } from '../messages/call-identity.ts';
import type { ProviderData, ToolCall } from '../messages/message.ts';

/**
 * The reason why the model stopped. The providers' names are mapped to these six. A name that means a failure of the server
 * is an error, never a reason.
 */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'refusal' | 'unknown';

/** Token counts reported by the provider. The optional ones are included in the first two. */
export type TokenUsage = {
  /** Tokens of the request. */
  readonly inputTokens: number;
  /** Tokens of the reply, reasoning included. */
  readonly outputTokens: number;
  /** The part of `inputTokens` that came from the provider's cache. */
  readonly cachedInputTokens?: number | undefined;
  /** The part of `inputTokens` that was written to the provider's cache, often at a higher price. */
  readonly cacheWriteInputTokens?: number | undefined;
  /** The part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
};

/** The result of one model turn, as an adapter reports it. Only `text` is required. */
export type AssistantTurn = {
  /** The text for the user; empty if the model only calls tools. */
  readonly text: string;
  /** The model's reasoning, if the provider returns it. It is not part of the reply. */
  readonly reasoning?: string | undefined;
  /** The tool calls that the model requests. */
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** The reason why the model stopped. Default: `tool-calls` if there are any, otherwise `unknown`. */
  readonly finishReason?: FinishReason | undefined;
  /** The token usage of the turn. If undefined, no tokens are counted. */
  readonly usage?: TokenUsage | undefined;
  /** The model that replied, which may differ from the requested one. */
  readonly model?: string | undefined;
  /** The provider's ID of the request, to quote in a support case. */
  readonly requestId?: string | undefined;
} & TurnExtras;

/** The parts of a turn that most providers do not send. Absent if there are none. */
type TurnExtras = {
  /** The parts of the turn that only its provider can read. The tool loop sends them back with the turn. */
  readonly providerData?: ProviderData | undefined;
  /** Citations and other notes on the text, as the provider sent them. */
  readonly annotations?: readonly JsonValue[] | undefined;
  /** Log probabilities of the reply's tokens, as the provider sent them. */
  readonly logprobs?: JsonValue | undefined;
};

/** A normalised `AssistantTurn`: `toolCalls` and `finishReason` are always set. */
export type Generation = TurnExtras & {
  readonly [K in Exclude<keyof AssistantTurn, keyof TurnExtras>]-?: AssistantTurn[K];
} & {
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
};

/**
 * One part of a streamed turn. `finish` is the last part and contains the whole turn. Its text may lack text that was
 * streamed before, if that turned out to be reasoning.
 */
export type StreamPart =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'finish'; readonly generation: Generation };

/** Returns the turn with defaults filled in. */
export function toGeneration(turn: AssistantTurn): Generation {
  const { text, reasoning, toolCalls = [], usage, model, requestId } = turn;
  const finishReason = turn.finishReason ?? (toolCalls.length > 0 ? 'tool-calls' : 'unknown');
  return { text, reasoning, toolCalls, finishReason, usage, model, requestId, ...turnExtras(turn) };
}

/** Returns the members of the turn that most providers do not send. None is `undefined`. */
export function turnExtras({ providerData, annotations, logprobs }: TurnExtras): TurnExtras {
  return {
    ...(providerData === undefined ? {} : { providerData }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

/** A token usage of zero. */
export const NO_USAGE: TokenUsage = Object.freeze({ inputTokens: 0, outputTokens: 0 });

/** Returns the sum of two token usages. An optional count is set if either side has it. */
export function addUsage(left: TokenUsage, right: TokenUsage | undefined): TokenUsage {
  if (right === undefined) return left;
  const cached = addOptional(left.cachedInputTokens, right.cachedInputTokens);
  const written = addOptional(left.cacheWriteInputTokens, right.cacheWriteInputTokens);
  const reasoning = addOptional(left.reasoningTokens, right.reasoningTokens);
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...(cached === undefined ? {} : { cachedInputTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteInputTokens: written }),
    ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
  };
}

function addOptional(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined ? right : left + (right ?? 0);
}

/**
 * Returns the calls with non-empty, unique IDs, because each call is answered by its ID, and adds these IDs to `usedIds`.
 * A missing ID, or one that is already used, is replaced by the next free one of `inventedCallId`. No candidate is tried
 * twice, so that the work is linear in the number of calls, even if the IDs are chosen maliciously.
 */
export function withUniqueIds(calls: readonly ToolCall[], usedIds: Set<string> = new Set()): readonly ToolCall[] {
  let next = usedIds.size;
  return calls.map(call => {
    let { id } = call;
    while (id === '' || usedIds.has(id)) id = inventedCallId(next++);
    usedIds.add(id);
    return id === call.id ? call : { ...call, id };
  });
}
