import type { ToolCall } from '../messages/message.ts';

/** Why the model stopped. Providers' own words are mapped to these five. */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'unknown';

/** Token counts as the provider reported them. The optional ones are parts of the first two, not additions. */
export type TokenUsage = {
  /** Tokens of the request. */
  readonly inputTokens: number;
  /** Tokens of the reply, reasoning included. */
  readonly outputTokens: number;
  /** Those of `inputTokens` that came out of the provider's cache. */
  readonly cachedInputTokens?: number | undefined;
  /** Those of `outputTokens` that were thinking. */
  readonly reasoningTokens?: number | undefined;
};

/** What a model said in one turn, as an adapter reports it. Only `text` is needed. */
export type AssistantTurn = {
  /** What the model said to the user; empty when it only calls tools. */
  readonly text: string;
  /** What the model thought, where the provider shows it. It is no part of the answer and never sent back. */
  readonly reasoning?: string | undefined;
  /** The tools that the model wants run. */
  readonly toolCalls?: readonly ToolCall[] | undefined;
  /** Default: `tool-calls` where there are any, otherwise `unknown`. */
  readonly finishReason?: FinishReason | undefined;
  /** Unset when the provider reported nothing: then nothing is counted. */
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
