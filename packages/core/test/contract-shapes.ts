// The agreed shapes of the public contract, copied by hand. contract.test.ts compares the package's types with them, so that
// a drift fails to compile. Of events, the contract specifies only the common members.
import type { CrewEvent } from '@crew/core';
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string; readonly detail?: 'auto' | 'low' | 'high' | undefined }
  | { readonly type: 'audio'; readonly data: string; readonly mediaType: string }
  | {
      readonly type: 'file';
      readonly data: string;
      readonly mediaType: string;
      readonly name?: string | undefined;
    };

/** `arguments` is the JSON string written by the model; the tool parses it. */
export type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** A turn as its protocol wants it back. */
export interface ProviderData {
  readonly protocol: string;
  readonly model?: string | undefined;
  readonly value: JsonValue;
}

export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly toolCalls?: readonly ToolCall[] | undefined;
      readonly providerData?: ProviderData | undefined;
    }
  | {
      readonly role: 'tool';
      readonly toolCallId: string;
      readonly name?: string | undefined;
      readonly content: string;
    };

export type Prompt = string | readonly Message[];

export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'refusal' | 'unknown';

export type TokenUsage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number | undefined;
  readonly cacheWriteInputTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
};

/** The result of one model turn, as an adapter reports it. Only `text` is required. */
export type AssistantTurn = {
  readonly text: string;
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly ToolCall[] | undefined;
  readonly finishReason?: FinishReason | undefined;
  readonly usage?: TokenUsage | undefined;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
} & TurnExtras;

type TurnExtras = {
  readonly providerData?: ProviderData | undefined;
  readonly annotations?: readonly JsonValue[] | undefined;
  readonly logprobs?: JsonValue | undefined;
};

/** A normalised AssistantTurn. */
export type Generation = TurnExtras & {
  readonly [K in Exclude<keyof AssistantTurn, keyof TurnExtras>]-?: AssistantTurn[K];
} & {
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
};

export type StreamPart =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-arguments'; readonly index: number; readonly text: string }
  | { readonly type: 'finish'; readonly generation: Generation };

/** The common members of all events. */
export interface AnyEvent {
  readonly type: string;
  readonly runId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly at: number;
}

// ---- @crew/core: BaseLLM ------------------------------------------------------------------------------------------

export interface ModelSettings {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  /** Provider-specific fields to merge into the request body. */
  readonly extraBody?: JsonObject | undefined;
}

export interface TurnOptions extends ModelSettings {
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolChoice?: 'auto' | 'none' | 'required' | { readonly name: string } | undefined;
  readonly responseFormat?: { readonly name: string; readonly schema: JsonObject } | undefined;
  readonly stop?: string | readonly string[] | undefined;
  readonly callbacks?: readonly ((event: CrewEvent) => void)[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Time limit of the whole turn including retries, in milliseconds. */
  readonly timeout?: number | undefined;
  /** A value passed unchanged to authenticators and tools, such as a tenant. Never serialised, logged or emitted. */
  readonly authContext?: unknown;
}

export type ToolFunction = { bivarianceHack(input: object, context: ToolContext): unknown }['bivarianceHack'];

export interface CallOptions extends TurnOptions {
  /** Called with one object and a ToolContext. Each needs its definition in `tools`. */
  readonly availableFunctions?: Readonly<Record<string, ToolFunction>> | undefined;
  readonly maxToolRounds?: number | undefined;
}

export interface TurnRequest extends TurnOptions {
  readonly messages: readonly Message[];
  /** All stop words to send. The hook must not add `this.stop`. Empty if supportsStopWords() is false. */
  readonly stop: readonly string[];
  readonly signal: AbortSignal;
}

export interface BaseLLMOptions extends ModelSettings {
  readonly model?: string | undefined;
  readonly stop?: string | readonly string[] | undefined;
}

export declare abstract class BaseLLM implements AsyncDisposable {
  readonly model: string | undefined;
  temperature: number | undefined;
  stop: string[];
  constructor(options?: BaseLLMOptions);

  // Methods that a custom LLM implements.
  abstract call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
  abstract supportsFunctionCalling(): boolean;
  abstract supportsStopWords(): boolean;
  abstract getContextWindowSize(): number;
  /** False by default: the schema is then part of the prompt. */
  supportsResponseFormat(): boolean;

  /** Hook that performs one turn of a prepared request. Default: adapts call(). Public, so that wrappers can delegate. */
  respond(request: TurnRequest): Promise<AssistantTurn>;
  /** Hook that streams one turn; the last part is `finish`. Default: respond() as one `finish` part. */
  respondStream(request: TurnRequest): AsyncIterable<StreamPart>;

  // Template methods over the hooks. Not to be overridden.
  generate(messages: Prompt, options?: TurnOptions): Promise<Generation>;
  stream(messages: Prompt, options?: TurnOptions): AsyncIterable<StreamPart>;

  countTokens(messages: readonly Message[]): number;
  get usage(): TokenUsage;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// ---- @crew/core: tools and steps ----------------------------------------------------------------------------------

export interface ToolContext {
  readonly signal: AbortSignal;
  readonly runId: string;
  readonly toolCallId: string;
  readonly authContext: unknown;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  readonly strict?: boolean | undefined;
}
export interface Tool extends ToolDefinition {
  run(argumentsText: string, context: ToolContext): Promise<string>;
}
export interface TypedTool<In, Out> extends Tool {
  execute(input: In, context: ToolContext): Out | Promise<Out>;
}

export type ToolSchema<In = unknown, Out = In> = StandardSchemaV1<In, Out> & StandardJSONSchemaV1<In, Out>;

export interface ToolSettings {
  readonly name: string;
  readonly description: string;
  readonly resultAsAnswer?: boolean | undefined;
  readonly maxUses?: number | undefined;
  readonly timeout?: number | undefined;
  readonly sequential?: boolean | undefined;
  readonly repeatable?: boolean | undefined;
  readonly cache?: boolean | undefined;
  readonly strict?: boolean | undefined;
}

export declare function tool<S extends ToolSchema, Out>(
  settings: ToolSettings & {
    readonly parameters: S;
    readonly execute: (input: StandardSchemaV1.InferOutput<S>, context: ToolContext) => Out | Promise<Out>;
  },
): TypedTool<StandardSchemaV1.InferOutput<S>, Out>;
export declare function tool<Out>(
  settings: ToolSettings & {
    readonly parameters: JsonObject;
    readonly execute: (input: JsonObject, context: ToolContext) => Out | Promise<Out>;
  },
): TypedTool<JsonObject, Out>;

export interface StepRunner {
  run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T>;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  now(): Promise<number>;
  randomId(): Promise<string>;
}

export interface Clock {
  wall(): number;
  monotonic(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
