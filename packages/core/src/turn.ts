import type { ToolCall } from './message.ts';

/** Why the model stopped. Providers' own words are mapped to these five. */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'unknown';

/** Token counts as the provider reported them. The optional ones are parts of the first two, not additions. */
export type TokenUsage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
};

/** What a model said in one turn, as an adapter reports it. Only `text` is needed. */
export type AssistantTurn = {
  readonly text: string;
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly ToolCall[] | undefined;
  readonly finishReason?: FinishReason | undefined;
  readonly usage?: TokenUsage | undefined;
  /** The model that answered, which need not be the one that was asked for. */
  readonly model?: string | undefined;
  /** The provider's id of the request, for its support. */
  readonly requestId?: string | undefined;
};

/** The same turn, normalised. An `AssistantTurn` too. */
export type Generation = { readonly [K in keyof Required<AssistantTurn>]: AssistantTurn[K] } & {
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
};

/** One piece of a streamed turn. `finish` comes last and holds the whole. */
export type StreamPart =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'finish'; readonly generation: Generation };
