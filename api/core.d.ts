// The public surface of @crew/core. Written by `pnpm api:update`; see docs/versions.md.

// agent/agent-options.d.ts
import { type OptionRules } from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { type ModelSettings } from '../llm/model-settings.ts';
import type { Tool } from '../tools/tool.ts';
import { type Persona, type PromptTemplates } from './prompt.ts';
/** Options of `new Agent()`. The model settings apply to the agent's runs, and take precedence over those of its LLM. */
export interface AgentOptions extends ModelSettings {
    /** The agent's role, such as "Research Assistant". */
    readonly role: string;
    /** The agent's goal. */
    readonly goal: string;
    /** Background that qualifies the agent for its role. */
    readonly backstory: string;
    /** The model that the agent uses. There is no default. */
    readonly llm: BaseLLM;
    /**
     * Tools that the model may call. Default none.
     *
     * @example
     * ```ts
     * import { Agent, tool } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const tide = tool({
     *   name: 'next_tide',
     *   description: 'Returns the time of the next high tide in a harbour.',
     *   parameters: { type: 'object', properties: { harbour: { type: 'string' } }, required: ['harbour'] },
     *   execute: ({ harbour }) => ({ harbour, high: '06:40' }),
     * });
     * const llm = fakeLLM([
     *   { text: '', toolCalls: [{ id: '1', name: 'next_tide', arguments: '{"harbour":"Brest"}' }] },
     *   'The next high tide is at 06:40.',
     * ]);
     * const pilot = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'Knows every bar.', llm, tools: [tide] });
     * console.log(await pilot.executeTask({ description: 'High tide in Brest?', expectedOutput: 'One sentence.' }));
     * ```
     */
    readonly tools?: readonly Tool[] | undefined;
    /** Maximum number of rounds of tool calls. Then the model must answer without tools. Default 25. */
    readonly maxIterations?: number | undefined;
    /**
     * Maximum number of failed model turns that are repeated in one run. Default 2. A refused credential, an invalid option,
     * a cancellation, an exhausted quota and a request that the server rejects as invalid are never repeated.
     */
    readonly maxRetryLimit?: number | undefined;
    /** Time limit of one run, in seconds. When it expires, requests and tools in flight are cancelled. Default: no limit. */
    readonly maxExecutionTime?: number | undefined;
    /**
     * Requests to the model per minute, over all runs of the agent: a burst of as many, then an even pace (see `RateLimiter`).
     * Takes precedence over the crew's. Default: no limit.
     */
    readonly maxRpm?: number | undefined;
    /** Caches successful tool results within a run, except those of tools with `cache: false`. Default false. */
    readonly cache?: boolean | undefined;
    /** `false` puts everything into one user message, for models without a system role. Default true. */
    readonly useSystemPrompt?: boolean | undefined;
    /** Template of the system message. Fills in `{role}`, `{goal}`, `{backstory}` and `{{ .System }}`, the default text. */
    readonly systemTemplate?: string | undefined;
    /** Template of the user message. Fills in `{role}`, `{goal}`, `{backstory}` and `{{ .Prompt }}`, the default text. */
    readonly promptTemplate?: string | undefined;
    /** Template with `{{ .Response }}`: the part before it is appended to the user message, the part after it is a stop word. */
    readonly responseTemplate?: string | undefined;
    /**
     * Summarises a conversation that outgrows the model's context window. With `false` the run fails with a
     * `ContextWindowExceededError` instead. Default true.
     */
    readonly respectContextWindow?: boolean | undefined;
    /** Stop words of the agent's runs, in addition to those of its LLM. Default: none. */
    readonly stop?: string | readonly string[] | undefined;
    /** Called for every event of every run of the agent. */
    readonly callbacks?: readonly EventCallback[] | undefined;
    /** Source of time. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** Rules for the options of an agent. */
export declare const agentOptionRules: OptionRules<AgentOptions>;
/** The settings of an agent that a run reads: its options, with defaults filled in. An `Agent` has them as fields. */
export interface AgentSettings extends Persona, PromptTemplates, ModelSettings {
    readonly llm: BaseLLM;
    /** Stop words in addition to those of the LLM. */
    readonly stop: readonly string[];
    readonly maxIterations: number;
    readonly maxRetryLimit: number;
    readonly maxExecutionTime: number | undefined;
    readonly rateLimiter: RateLimiter | undefined;
    readonly cache: boolean;
    readonly respectContextWindow: boolean;
    readonly callbacks: readonly EventCallback[];
}
/** Options of any run: of an agent, a task or a crew. They apply to everything inside the run. */
export interface RunOptions {
    /** Cancels the run: model turns, tools and waits in flight are aborted. */
    readonly signal?: AbortSignal | undefined;
    /** Called for every event of the run. Exceptions thrown by a callback are ignored. */
    readonly callbacks?: readonly EventCallback[] | undefined;
    /** A value for authenticators and tools, such as a tenant. Passed on unchanged; never serialised, logged or emitted. */
    readonly authContext?: unknown;
    /** Makes the run durable. See `StepRunner`. */
    readonly steps?: StepRunner | undefined;
    /** Prefix of every step's name, which distinguishes the runs of one workflow. */
    readonly stepPrefix?: string | undefined;
    /** Calls models through `stream`, so that `turn-delta` events are emitted. Default false. */
    readonly stream?: boolean | undefined;
}
/** Rules for the options of a run. */
export declare const runOptionRules: OptionRules<RunOptions>;
/** Options of `Agent.executeTask`. */
export interface ExecuteTaskOptions extends RunOptions {
    /** Information for the agent besides the task, such as the outputs of other tasks. */
    readonly context?: string | undefined;
    /** Tools that replace those of the task and of the agent. */
    readonly tools?: readonly Tool[] | undefined;
}
/** Rules for the options of `executeTask`. */
export declare const executeTaskOptionRules: OptionRules<ExecuteTaskOptions>;

// agent/agent.d.ts
import type { CrewEvent, EventCallback } from '../events/event.ts';
import { type Clock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { JsonObject } from '../json.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import { type AgentOptions, type AgentSettings, type ExecuteTaskOptions } from './agent-options.ts';
import type { TaskPrompt } from './prompt.ts';
/** A task that an agent can execute: a prompt, optionally with its own tools and a schema for the answer. */
export interface ExecutableTask extends TaskPrompt {
    /** Tools that replace the agent's; `[]` means none. */
    readonly tools?: readonly Tool[] | undefined;
    /** The schema that the answer must fit. */
    readonly outputSchema?: ToolSchema | JsonObject | undefined;
    /**
     * Runs the whole task with an agent. A `Task` sets it if it consists of more than a prompt: guardrails, human input, an
     * output file, a callback, a condition, or the outputs of other tasks.
     */
    readonly executeWith?: ((agent: Agent, options: ExecuteTaskOptions) => Promise<{
        readonly raw: string;
    }>) | undefined;
}
/**
 * An LLM agent: a model in a role, with tools. It keeps no state between runs and may execute several tasks at once. Its
 * fields are its options (`AgentOptions`), with defaults filled in.
 *
 * @throws {ConfigurationError} for an invalid option.
 *
 * @example
 * ```ts no-run
 * import { Agent } from '@crew/core';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * const librarian = new Agent({
 *   role: 'Librarian',
 *   goal: 'Find the right book',
 *   backstory: 'You have catalogued this library for thirty years.',
 *   llm: new ApiKeyLLM({
 *     endpoint: 'https://gateway.example/v1/chat/completions',
 *     model: 'large',
 *     apiKey: fromEnv('LLM_API_KEY'),
 *   }),
 *   maxExecutionTime: 60,
 * });
 * const task = { description: 'Recommend a novel about the sea.', expectedOutput: 'Title and author.' };
 * console.log(await librarian.executeTask(task));
 * ```
 */
export declare class Agent implements AgentSettings {
    readonly role: string;
    readonly goal: string;
    readonly backstory: string;
    readonly llm: BaseLLM;
    readonly tools: readonly Tool[];
    readonly maxIterations: number;
    readonly maxRetryLimit: number;
    readonly maxExecutionTime: number | undefined;
    /** Rate limiter of all runs of the agent, made from `maxRpm`. */
    readonly rateLimiter: RateLimiter | undefined;
    readonly cache: boolean;
    readonly useSystemPrompt: boolean;
    readonly systemTemplate: string | undefined;
    readonly promptTemplate: string | undefined;
    readonly responseTemplate: string | undefined;
    readonly respectContextWindow: boolean;
    readonly temperature: number | undefined;
    readonly topP: number | undefined;
    readonly maxTokens: number | undefined;
    readonly seed: number | undefined;
    readonly reasoningEffort: string | undefined;
    readonly parallelToolCalls: boolean | undefined;
    readonly extraBody: JsonObject | undefined;
    readonly stop: readonly string[];
    readonly callbacks: readonly EventCallback[];
    readonly clock: Clock;
    constructor(options: AgentOptions);
    /**
     * Executes the task and resolves to the text of the answer. A `Task` is executed completely, including its guardrails, by
     * this agent instead of its own.
     *
     * @throws {CrewError} the error of a model turn; its `messages` contain the conversation so far. A `TimeoutError` if the
     * run takes longer than `maxExecutionTime`. A `GuardrailError` if a guardrail rejected every attempt.
     *
     * @example
     * ```ts
     * import { Agent } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const llm = fakeLLM(['Moby-Dick, by Herman Melville.']);
     * const librarian = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
     * const answer = await librarian.executeTask(
     *   { description: 'Recommend a novel about the sea.', expectedOutput: 'Title and author.' },
     *   { context: 'The reader likes whales.', signal: AbortSignal.timeout(30_000) },
     * );
     * console.log(answer);
     * ```
     */
    executeTask(task: ExecutableTask, options?: ExecuteTaskOptions): Promise<string>;
    /**
     * Executes the task and yields its events as they happen, model deltas included. The last event carries the output: it is
     * `agent-finish`, or `task-finish` for a `Task` that sets `executeWith`. If the run fails, its error is thrown. Leaving
     * the loop early cancels the work.
     *
     * @example
     * ```ts
     * import { Agent } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const llm = fakeLLM(['Moby-Dick, by Herman Melville.']);
     * const librarian = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
     * const task = { description: 'Recommend a novel about the sea.', expectedOutput: 'Title and author.' };
     * for await (const event of librarian.stream(task)) {
     *   if (event.type === 'agent-finish') console.log(event.output);
     * }
     * ```
     */
    stream(task: ExecutableTask, options?: ExecuteTaskOptions): AsyncIterable<CrewEvent>;
}

// agent/prompt.d.ts
import type { ContentPart, Message } from '../messages/message.ts';
/** The part that the model plays. */
export interface Persona {
    readonly role: string;
    readonly goal: string;
    readonly backstory: string;
}
/** The prompt of a task. A `Task` has these members, and any object with them is enough. */
export interface TaskPrompt {
    /** The work to be done. */
    readonly description: string;
    /** Description of a good answer. */
    readonly expectedOutput: string;
    /** Content parts that follow the text of the task, such as images and files. Default none. */
    readonly attachments?: readonly ContentPart[] | undefined;
}
/** Templates for the first request of an agent. */
export interface PromptTemplates {
    readonly useSystemPrompt: boolean;
    readonly systemTemplate: string | undefined;
    readonly promptTemplate: string | undefined;
    readonly responseTemplate: string | undefined;
}
/** The first request of an agent. */
export interface AgentPrompt {
    readonly messages: readonly Message[];
    /** Stop words at which the answer ends, from the agent's `responseTemplate`. */
    readonly stop: readonly string[];
}
/** Returns true if the value is a string with the placeholder of a `responseTemplate`. */
export declare function isResponseTemplate(template: unknown): boolean;
/** Returns the task as the model reads it, with the outputs of other tasks and an instruction for the form of the answer. */
export declare function taskText(task: TaskPrompt, context: string | undefined, instruction: string | undefined): string;
/** Returns the messages with which the conversation of an agent starts, and its stop words. */
export declare function agentPrompt(templates: PromptTemplates, persona: Persona, task: string, attachments?: readonly ContentPart[]): AgentPrompt;

// agent/run-scope.d.ts
import { type EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { FinishReason, TokenUsage } from '../llm/turn.ts';
import type { AgentSettings, RunOptions } from './agent-options.ts';
/** The options of a run, and its place in the outermost run. */
export interface RunScope extends RunOptions {
    readonly clock: Clock;
    /** Id of the span that contains the run. */
    readonly parentId?: string | undefined;
    /** Ids of the outermost run. Unset in the outermost run itself. */
    readonly ids?: RunIds | undefined;
    /** Rate limiter of agents without their own limit. */
    readonly rateLimiter?: RateLimiter | undefined;
    /** Retries shared by the agent's runs of one task. Default: each run counts its own. */
    readonly retries?: RetryCount | undefined;
    /** Called once for each run of an agent with the tokens that it used, even if it failed. */
    readonly onUsage?: ((agent: AgentSettings, usage: TokenUsage) => void) | undefined;
}
/** The number of retries that all runs of one piece of work have used. */
export interface RetryCount {
    used: number;
}
/** The result of every kind of run. */
export interface RunResult {
    readonly raw: string;
    readonly finishReason?: FinishReason | undefined;
    readonly usage: TokenUsage;
}
/**
 * Ids of a run and of the runs inside it. Only the outermost id is random. An inner id is made of it and of the prefix of
 * the inner run's steps: it is the same in a replay, whichever of several runs starts first.
 */
export declare class RunIds {
    #private;
    /** Id of the outermost run. */
    readonly outermost: string;
    constructor(outermost: string, stepPrefix: string);
    /** Returns the ids for a new outermost run. Draws the random id as a step, if there are steps. */
    static create({ steps, stepPrefix }: RunOptions): Promise<RunIds>;
    /** Returns the id of an inner run. No two runs of one kind have the same step prefix. */
    inner(kind: string, stepPrefix: string): string;
}
/**
 * Runs the work as a span: with its own id, an event at its start and one at its end. Any exception is turned into a
 * `CrewError`.
 */
export declare function inSpan<Result extends RunResult>(kind: 'crew' | 'task' | 'agent', name: string, scope: RunScope, work: (runId: string, ids: RunIds) => Promise<Result>): Promise<Result>;
/** Joins the callbacks of an agent or a crew with those of a run. Returns `undefined` if there are none, so that no event is made. */
export declare function joinCallbacks(own: readonly EventCallback[], added: readonly EventCallback[] | undefined): readonly EventCallback[] | undefined;

// chat-completions.d.ts
export { decodeError, type ServerError } from './chat-completions/decode-error.ts';
export { type DecodeEventsOptions, decodeEvents } from './chat-completions/decode-events.ts';
export { decodeTurn } from './chat-completions/decode-turn.ts';
export { type EncodeMessagesSettings, encodeMessages, type KeepsCallId, type WireContentPart, type WireMessage, type WireToolCall, } from './chat-completions/encode-messages.ts';
export { type EncodableTurn, type EncodeRequestSettings, encodeRequest, encodeTools, type MaxTokensField, type WireTool, } from './chat-completions/encode-request.ts';
export { isAboutResponseFormat, isContextOverflow, isModelSlip, isQuotaExhausted, isSignatureMissing, isStopUnsupported, isToolsMissing, isToolsUnsupported, isUnexplained, } from './chat-completions/known-errors.ts';
export { parseRetryAfter } from './chat-completions/retry-after.ts';
export type { StreamDecoderOptions } from './chat-completions/stream-decoder.ts';
export { type ResponseErrorContext, toResponseError } from './chat-completions/to-response-error.ts';

// chat-completions/decode-error.d.ts
import { type JsonRecord } from './response-fields.ts';
/** A server's error, decoded from any of the shapes that servers use. */
export interface ServerError {
    /** The server's message, at most 16,384 characters of it. Empty if there is none. */
    readonly message: string;
    /** The server's code, if it is a word such as `context_length_exceeded`: one line of at most 100 characters. */
    readonly code: string | undefined;
    /** The server's kind of error, such as `invalid_request_error`: one line of at most 100 characters. */
    readonly type: string | undefined;
    /** The HTTP status. For an error in a response with status 200, the status that the body names, if any. */
    readonly status: number | undefined;
    /** The path of the request's field that the error is about, such as `stop` or `messages[1].content`. */
    readonly param?: string | undefined;
    /** The wait before the next request that the body asks for, in seconds. */
    readonly retryAfter?: number | undefined;
    /** The text of the model that the server could not use, as with `tool_use_failed`: at most 16,384 characters. */
    readonly failedGeneration?: string | undefined;
}
/**
 * Decodes an error body: `{ error: { message, type, code } }` with any part missing and `code` a word or a status,
 * `{ error: "..." }`, `{ message, type, code }`, `{ detail }`, `{ errors: [...] }`, a list of one of these, plain text,
 * and HTML (its title). `body` is the parsed JSON, or the text if it is not JSON. Never throws.
 *
 * @example
 * ```ts
 * import { decodeError, toResponseError } from '@crew/core/chat-completions';
 *
 * const error = decodeError({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }, 429);
 * console.log(error.code, toResponseError(error, { retryAfter: 5 }).name);
 * ```
 */
export declare function decodeError(body: unknown, status?: number): ServerError;
/** Returns true if the body of a response with status 200, or of one event, is an error. */
export declare function isErrorBody(body: JsonRecord): boolean;

// chat-completions/decode-events.d.ts
import { type Clock } from '../execution/clock.ts';
import type { StreamPart } from '../llm/turn.ts';
import { type StreamDecoderOptions } from './stream-decoder.ts';
/** Options of `decodeEvents`. */
export interface DecodeEventsOptions extends StreamDecoderOptions {
    /**
     * Time in which the server may end its response after the finish reason or `[DONE]`, in milliseconds. Default 1,000. Then
     * the response is closed, even if the server still sends comments. Token counts that come within it are counted. The
     * connection can be reused only if the response was read to its end.
     */
    readonly endTimeout?: number | undefined;
    /** The clock of `endTimeout`. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Decodes a streamed chat-completions response. Yields each part as soon as it has arrived; the last one is `finish`.
 * `chunks` are the bytes of the body, split anywhere. The format is `text/event-stream` (WHATWG HTML, section 9.2). A body
 * that is a single JSON object instead is decoded like that of `decodeTurn`.
 *
 * The turn is complete when a finish reason or `[DONE]` has arrived, and ends `endTimeout` later at the latest. If the
 * consumer stops early, `chunks` is closed.
 *
 * Text that was yielded may turn out to be reasoning when a closing tag such as `</think>` follows, and arguments may begin
 * anew. The generation of `finish` has the final text, reasoning and tool calls.
 *
 * Errors carry the text so far as `partialText`. A `CrewError` or an abort thrown by `chunks` passes through.
 *
 * @throws {ConnectionError} if the stream ends or breaks before the turn is complete.
 * @throws {ResponseError} (or the subclass that fits) for an error event.
 * @throws {ProtocolError} for an event that cannot be decoded.
 *
 * @example
 * ```ts
 * import { decodeEvents } from '@crew/core/chat-completions';
 *
 * const body = new Response(
 *   'data: {"choices":[{"delta":{"content":"High tide is "}}]}\n\n' +
 *     'data: {"choices":[{"delta":{"content":"at 06:40."},"finish_reason":"stop"}]}\n\n' +
 *     'data: [DONE]\n\n',
 * ).body;
 * if (body === null) throw new Error('The response has no body.');
 * for await (const part of decodeEvents(body)) {
 *   if (part.type === 'text') console.log(part.text);
 *   if (part.type === 'finish') console.log(part.generation.finishReason);
 * }
 * ```
 */
export declare function decodeEvents(chunks: AsyncIterable<Uint8Array>, options?: DecodeEventsOptions): AsyncGenerator<StreamPart, void, undefined>;

// chat-completions/decode-turn.d.ts
import { ProtocolError } from '../errors/response-errors.ts';
import { type Generation, type StreamPart } from '../llm/turn.ts';
import { type JsonRecord } from './response-fields.ts';
import { type ResponseErrorContext } from './to-response-error.ts';
import { TurnNotes } from './turn-notes.ts';
/**
 * Decodes a chat-completions response. `body` is the parsed JSON.
 *
 * Deviations of servers are accepted: content as a list of parts, arguments as an object, missing ids (`call_0`, `call_1`,
 * ...), a missing or wrong finish reason, missing usage, `function_call` instead of `tool_calls`, and reasoning in the text:
 * everything up to the last `</think>`, `</thinking>` or `</thought>` is reasoning.
 *
 * @throws {ResponseError} (or the subclass that fits) for an error body, and for a turn that the server gave up on.
 * @throws {ProtocolError} with the start of the body, if it cannot be decoded.
 *
 * @example
 * ```ts
 * import { decodeTurn } from '@crew/core/chat-completions';
 *
 * const turn = decodeTurn({
 *   choices: [{ message: { role: 'assistant', content: 'High tide is at 06:40.' }, finish_reason: 'stop' }],
 *   usage: { prompt_tokens: 12, completion_tokens: 9 },
 * });
 * console.log(turn.text, turn.finishReason, turn.usage);
 * ```
 */
export declare function decodeTurn(body: unknown, context?: ResponseErrorContext): Generation;
/** Decodes a response with the given assembler, whose parts the caller needs. */
export declare function assembleTurn(assembler: TurnAssembler, body: unknown, context: ResponseErrorContext): Generation;
/** Returns the choice with index 0. A choice without an index counts as 0. */
export declare function firstChoice(body: JsonRecord): JsonRecord | undefined;
/**
 * Assembles one turn from messages or deltas, and collects the new parts of each. A complete response is treated as one
 * delta, so that the same code decodes both forms.
 */
export declare class TurnAssembler {
    #private;
    /** The new parts in order. The caller removes them. */
    readonly parts: StreamPart[];
    /** Annotations and log probabilities. */
    readonly notes: TurnNotes;
    /** The text so far, without characters that may turn out to be part of a tag. */
    get text(): string;
    /** True if no part of a reply has arrived. */
    get isEmpty(): boolean;
    /** The server's id of the response. */
    get requestId(): string | undefined;
    /** True if the server has sent a finish reason. */
    get hasFinishReason(): boolean;
    /** Adds the members beside the choices of a body or a chunk. The first id is kept: some servers change it per chunk. */
    addEnvelope(body: JsonRecord): void;
    /** Adds a choice's `delta`, or its `message`, which is `whole` in a response that is not streamed. */
    addMessage(message: JsonRecord, whole: boolean): void;
    /** Adds the parts of a whole message that its deltas lack. Most servers that send it at the end repeat everything. */
    addRest(message: JsonRecord): void;
    /** Returns true if a message contains the text so far, and nothing else. */
    isRepeatedBy(message: JsonRecord): boolean;
    /** Adds a choice's finish reason. The first one is kept. */
    addFinishReason(word: unknown): void;
    /** Returns the complete turn and adds the remaining text to `parts`. Throws the error that `unreadable` makes. */
    finish(unreadable: (problem: string) => ProtocolError): Generation;
}

// chat-completions/encode-messages.d.ts
import type { Message, Prompt } from '../messages/message.ts';
/** A part of a user message in a request. */
export type WireContentPart = {
    readonly type: 'text';
    readonly text: string;
} | {
    readonly type: 'image_url';
    readonly image_url: {
        readonly url: string;
        readonly detail?: string;
    };
} | {
    readonly type: 'input_audio';
    readonly input_audio: {
        readonly data: string;
        readonly format: 'wav' | 'mp3';
    };
} | {
    readonly type: 'file';
    readonly file: {
        readonly filename: string;
        readonly file_data: string;
    };
};
/**
 * A tool call in a request. `arguments` is always the JSON text of an object. The fields that the server put on the call
 * itself, such as `extra_content`, are sent too.
 */
export type WireToolCall = {
    readonly id: string;
    readonly type: 'function';
    readonly function: {
        readonly name: string;
        readonly arguments: string;
    };
};
/**
 * A message in a request. No member is `null` or `undefined`. An assistant message also has the fields that the server put on
 * it itself, such as `reasoning_content`.
 */
export type WireMessage = {
    readonly role: 'system';
    readonly content: string;
} | {
    readonly role: 'user';
    readonly content: string | readonly WireContentPart[];
} | {
    readonly role: 'assistant';
    readonly content: string;
    readonly tool_calls?: readonly WireToolCall[];
} | {
    readonly role: 'tool';
    readonly tool_call_id: string;
    readonly content: string;
};
/**
 * Encodes a conversation as the `messages` of a chat-completions request.
 *
 * An assistant message with tool calls has `content: ""`, never `null`, which some servers reject. Arguments that are not a
 * JSON object are wrapped in one (`{"unreadable_arguments": "..."}`), because servers that parse the history return 500 for
 * anything else. A name that a model invented is sent in a form that strict servers accept. So is the id of a call, unless
 * `keepsCallId` returns true for it: nine letters and digits, the same ones for the call and its result. Fields that this
 * model's server put on a turn (`providerData`) are sent back. Lone surrogates become U+FFFD.
 *
 * @throws {ConfigurationError} for a content part that chat completions cannot represent. The message names its place.
 *
 * @example
 * ```ts
 * import { encodeMessages } from '@crew/core/chat-completions';
 *
 * const messages = encodeMessages([
 *   { role: 'system', content: 'You are a pilot.' },
 *   { role: 'user', content: 'When is high tide?' },
 * ]);
 * console.log(JSON.stringify({ model: 'large', messages }));
 * ```
 */
export declare function encodeMessages(messages: Prompt, settings?: EncodeMessagesSettings): WireMessage[];
/** Returns true for an id of a tool call that the server is known to accept, such as one that it has sent itself. */
export type KeepsCallId = (id: string) => boolean;
/** Settings that decide which ids and fields of a provider are sent back to it. */
export interface EncodeMessagesSettings {
    /** The requested model. Fields that another model's turn had are not sent. Default: none is requested. */
    readonly model?: string | undefined;
    /**
     * The fields of assistant messages that the standard API does not have (`reasoning_content`, signatures), and that many
     * servers demand back: `received` sends those that this model's turn had, `always` also sends `reasoning_content: ""` with
     * a turn that had none, as DeepSeek V4 demands, and `never` sends none. Default `received`.
     */
    readonly replay?: 'received' | 'always' | 'never' | undefined;
    /** Called with the id of each tool call. An id for which it returns false is mapped to one that every server accepts. */
    readonly keepsCallId?: KeepsCallId | undefined;
    /**
     * Set to true for Gemini, if the history contains tool calls of another model: they are marked as unsigned, because Gemini
     * refuses calls without its signature. Default false.
     */
    readonly marksUnsignedCalls?: boolean | undefined;
}
/**
 * Returns one message as JSON text. The text of a prepared message is cached with the settings and ids that it was encoded
 * with, because such a message never changes.
 */
export declare function messageJson(message: Message, index: number, encoding: EncodeMessagesSettings): string;

// chat-completions/encode-request.d.ts
import { type JsonObject } from '../json.ts';
import { type ModelSettings } from '../llm/model-settings.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import type { ToolDefinition } from '../tools/tool.ts';
import { type EncodeMessagesSettings, type KeepsCallId } from './encode-messages.ts';
/** The turn to encode: a `TurnRequest`, or the messages and options of a `call()`. */
export interface EncodableTurn extends TurnOptions {
    readonly messages: readonly Message[];
}
/** The field of a chat-completions request that limits the reply. Newer servers accept only the longer name. */
export type MaxTokensField = 'max_tokens' | 'max_completion_tokens';
/** Settings that are the same for every request of one LLM. Its model settings are defaults of turns without their own. */
export interface EncodeRequestSettings extends ModelSettings, Pick<EncodeMessagesSettings, 'replay' | 'marksUnsignedCalls'> {
    /** Sent as `model`. If unset, no model is sent, and the endpoint chooses one. */
    readonly model?: string | undefined;
    /** Asks for server-sent events, with a usage report at the end. Default `false`. */
    readonly stream?: boolean | undefined;
    /**
     * Returns true for ids of tool calls that the server has sent itself: they are sent back unchanged. Others are replaced by
     * ids that every server accepts (nine letters or digits). Default: all others.
     */
    readonly keepsCallId?: KeepsCallId | undefined;
    /** The field in which `maxTokens` is sent. Default `max_tokens`. */
    readonly maxTokensField?: MaxTokensField | undefined;
}
/**
 * Encodes a turn as the JSON text of a chat-completions request. Options that are not set are not sent, and `null` is sent
 * only inside a value.
 *
 * `extraBody` is merged last, like a JSON merge patch of the top level (RFC 7396): a field replaces Crew's, `null` removes it
 * (`{ stream_options: null }` for a server that rejects it). It cannot replace `messages`, `model`, `tools` or `stream`. The
 * text of prepared messages and of deeply frozen tool schemas is cached.
 *
 * @throws {ConfigurationError} for a value that JSON cannot represent (a cycle, a bigint, a number that is not finite), for
 * a field that `extraBody` cannot replace, and for a content part that the protocol cannot represent.
 *
 * @example
 * ```ts
 * import { encodeRequest } from '@crew/core/chat-completions';
 *
 * const body = encodeRequest(
 *   { messages: [{ role: 'user', content: 'When is high tide?' }], maxTokens: 100, extraBody: { user: 'harbour' } },
 *   { model: 'large', stream: true },
 * );
 * console.log(body);
 * ```
 */
export declare function encodeRequest(turn: EncodableTurn, settings?: EncodeRequestSettings): string;
/** A tool in a request. */
export type WireTool = {
    readonly type: 'function';
    readonly function: {
        readonly name: string;
        readonly description: string;
        readonly parameters: JsonObject;
        readonly strict?: boolean;
    };
};
/**
 * Encodes the `tools` of a chat-completions request: name, description, parameters and `strict` of each tool. Returns `undefined` if
 * there are none, because servers reject an empty list; `JSON.stringify` omits it.
 */
export declare function encodeTools(tools: readonly ToolDefinition[] | undefined): WireTool[] | undefined;

// chat-completions/known-errors.d.ts
import type { ServerError } from './decode-error.ts';
/** Returns true if the server reports that the conversation exceeds the model's context window, or its largest request. */
export declare function isContextOverflow(error: ServerError): boolean;
/** Returns true if the account's quota is exhausted, so that repeating the call cannot help. */
export declare function isQuotaExhausted(error: ServerError): boolean;
/** Returns true if the server reports that this model does not support tools. */
export declare function isToolsUnsupported(error: ServerError): boolean;
/**
 * Returns true if the server requires definitions of the tools that the history contains. Meaningful only if the request
 * contained such a history and no tools.
 */
export declare function isToolsMissing(error: ServerError): boolean;
/**
 * Returns true if the server misses its signature on a tool call. Gemini puts one on each batch of calls, and refuses calls
 * that another model wrote.
 */
export declare function isSignatureMissing(error: ServerError): boolean;
/** Returns true if the server reports that it does not support stop words for this model. */
export declare function isStopUnsupported(error: ServerError): boolean;
/**
 * Returns true if the server rejects the response format: the model does not support any, or not this schema, or not
 * together with tools. Meaningful only if the request contained one.
 */
export declare function isAboutResponseFormat(error: ServerError): boolean;
/** Returns true if the model wrote a tool call or a JSON value that its own server cannot use. Asking again can help. */
export declare function isModelSlip({ code, type }: ServerError): boolean;
/**
 * Returns true if the server rejects the request (400, 422) for a reason that is none of the known ones, and names no field.
 * An optional field of the request may then be the reason.
 */
export declare function isUnexplained(error: ServerError): boolean;

// chat-completions/response-fields.d.ts
import type { TokenUsage } from '../llm/turn.ts';
/** A parsed JSON object with unchecked members. */
export type JsonRecord = {
    readonly [key: string]: unknown;
};
/** Returns the value if it is a JSON object. */
export declare function asRecord(value: unknown): JsonRecord | undefined;
/** Returns the value if it is a string that is not empty. */
export declare function asText(value: unknown): string | undefined;
/**
 * Returns the text of a message or a delta. `content` is a string, `null`, missing, or a list of parts. Without content, a
 * refusal is the text.
 */
export declare function decodeText(message: JsonRecord): string;
/** Returns true if a message or a delta contains a refusal: as its own field, or as a part of `content`. */
export declare function hasRefusal(message: JsonRecord): boolean;
/** Returns the reasoning of a message or a delta: `reasoning_content`, `reasoning`, or the thinking parts of `content`. */
export declare function decodeReasoning(message: JsonRecord): string;
/**
 * Returns the token counts of a `usage` object, or `undefined` if it is absent, `null`, or contains no counts. The input
 * includes cache reads and writes, and the output includes reasoning, although some servers count these only in the total or
 * beside the others.
 */
export declare function decodeUsage(value: unknown): TokenUsage | undefined;

// chat-completions/retry-after.d.ts
import { type JsonRecord } from './response-fields.ts';
/**
 * Returns the wait that an error's body asks for, in seconds: `retryDelay` of a `google.rpc.RetryInfo`, a member
 * `retry_after` or `retry_after_ms`, or the words of the message ("Please try again in 1m2s").
 */
export declare function statedWait(error: JsonRecord, message: string): number | undefined;
/**
 * Returns the wait that header fields ask for, in milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date
 * (RFC 9110, section 10.2.3), which is compared with the server's own `date`, or else with `now`.
 *
 * @example
 * ```ts
 * import { parseRetryAfter } from '@crew/core/chat-completions';
 *
 * const headers = new Headers({ 'retry-after': '30' });
 * console.log(parseRetryAfter(name => headers.get(name), Date.now())); // 30000
 * ```
 */
export declare function parseRetryAfter(header: (name: string) => unknown, now: number): number | undefined;

// chat-completions/stream-decoder.d.ts
import type { StreamPart } from '../llm/turn.ts';
import { type ResponseErrorContext } from './to-response-error.ts';
/** Options of a decoder: facts for the errors of a stream, and a limit. */
export interface StreamDecoderOptions extends Omit<ResponseErrorContext, 'partialText'> {
    /** Maximum length of an event, and of a response that is not a stream, in characters. Default 16 Mi. */
    readonly maxEventLength?: number | undefined;
}
/** Decodes one streamed response from its bytes. The loop that reads them is `decodeEvents`. */
export declare class StreamDecoder {
    #private;
    /** Number of characters in all decoded events. */
    decoded: number;
    constructor(options: StreamDecoderOptions);
    /** The decoded parts. The caller removes them. */
    get parts(): StreamPart[];
    /** The text so far, if there is any. */
    get partialText(): string | undefined;
    /** True if the server has sent `[DONE]`. */
    get isDone(): boolean;
    /** True if the whole turn has arrived. */
    get isComplete(): boolean;
    push(bytes: Uint8Array): void;
    /** Ends the stream. An event without its blank line is decoded too. */
    end(): void;
    /** Decodes the next event into `parts`. Returns false if there is none. */
    decodeNext(): boolean;
    /** Adds the end of the turn to `parts`. Throws if the turn is not complete. */
    finish(): void;
}

// chat-completions/to-response-error.d.ts
import { ResponseError } from '../errors/response-errors.ts';
import type { ServerError } from './decode-error.ts';
/** Facts about a failed request that its body does not contain. */
export interface ResponseErrorContext {
    /** Name of the server for the message: an origin and path. Default "The model server". */
    readonly server?: string | undefined;
    /** The server's id of the request. */
    readonly requestId?: string | undefined;
    /** Time that the server asks to wait in a header, in seconds. Default: the time that the body states. */
    readonly retryAfter?: number | undefined;
    /** The text that was streamed before the error. */
    readonly partialText?: string | undefined;
    /** The error of a client library from which the facts come. It must not contain secrets. */
    readonly cause?: unknown;
}
/**
 * Converts a server's error: to an `AuthenticationError` (401), a `ContextWindowExceededError`, a `RateLimitError` (429, or
 * an exhausted quota), or a plain `ResponseError`. The texts must not contain credentials: they are printed with the error.
 */
export declare function toResponseError(error: ServerError, context?: ResponseErrorContext): ResponseError;

// chat-completions/turn-notes.d.ts
import type { JsonValue } from '../json.ts';
import { type JsonRecord } from './response-fields.ts';
/** Collects what a provider says about the text of a turn: citations and log probabilities, whole or in deltas. */
export declare class TurnNotes {
    #private;
    /** Adds the annotations of a message or a delta. */
    addMessage(message: JsonRecord): void;
    /** Adds the `citations` of a body, a chunk or a message. The last list is kept. */
    addCitations(record: JsonRecord): void;
    /** Adds the log probabilities of a choice. */
    addChoice(choice: JsonRecord): void;
    /** Returns the notes. A kind of which nothing arrived is `undefined`. */
    toJson(): {
        readonly annotations: readonly JsonValue[] | undefined;
        readonly logprobs: JsonValue | undefined;
    };
}

// crew/crew-options.d.ts
import type { Agent } from '../agent/agent.ts';
import { type RunOptions } from '../agent/agent-options.ts';
import { type OptionRules } from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { type Inputs } from '../task/inputs.ts';
import type { AnyTask } from '../task/task.ts';
/** Options of `new Crew()`. */
export interface CrewOptions {
    /** The tasks, in the order in which they are executed. */
    readonly tasks: readonly AnyTask[];
    /** The agents of the crew. A hierarchical crew's manager delegates to them. Default: the agents of the tasks. */
    readonly agents?: readonly Agent[] | undefined;
    /** Name for events. Default "crew". */
    readonly name?: string | undefined;
    /**
     * The process of the crew. `sequential`, the default: each task is executed by its own agent. `hierarchical`: the manager
     * executes each task. It can only delegate work to the task's agent (or to any agent of the crew if the task has none) and
     * ask these agents questions.
     */
    readonly process?: 'sequential' | 'hierarchical' | undefined;
    /** Model for the manager that a hierarchical crew creates itself. */
    readonly managerLLM?: BaseLLM | undefined;
    /** Manager of a hierarchical crew, instead of `managerLLM`. It must not be one of the agents, and must not have tools. */
    readonly managerAgent?: Agent | undefined;
    /**
     * Requests per minute of all agents without their own `maxRpm`, over all runs: a burst of as many, then an even pace (see
     * `RateLimiter`). Default: no limit.
     */
    readonly maxRpm?: number | undefined;
    /** Called for every event of every run. */
    readonly callbacks?: readonly EventCallback[] | undefined;
    /** Source of time. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** Options of `Crew.kickoff`. */
export interface KickoffOptions extends RunOptions {
    /**
     * Values of the `{name}` placeholders in the agents' roles, goals and backstories and in the tasks' descriptions, expected
     * outputs and output files. Each placeholder requires its input. Braces in a value stay unchanged.
     */
    readonly inputs?: Inputs | undefined;
}
/** Rules for the options of a crew. */
export declare const crewOptionRules: OptionRules<CrewOptions>;
/** Rules for the options of `kickoff`. */
export declare const kickoffOptionRules: OptionRules<KickoffOptions>;
/**
 * Checks that the parts of a crew fit together.
 *
 * @throws {ConfigurationError} naming the task or agent that does not fit.
 */
export declare function checkCrew(options: CrewOptions): void;

// crew/crew-output.d.ts
import type { JsonValue } from '../json.ts';
import { type FinishReason, type TokenUsage } from '../llm/turn.ts';
import type { TaskOutput } from '../task/task-output.ts';
/** The tokens that one agent of a crew used in one run. */
export interface AgentUsage {
    /** The agent's role, with the run's inputs filled in. */
    readonly role: string;
    readonly usage: TokenUsage;
}
/**
 * The output of a crew's run: the output of the last task, and those of all tasks.
 *
 * @example
 * ```ts
 * import { Agent, Crew, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['06:40', 'Enter at six.']);
 * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
 * const tide = new Task({ description: 'Find the next high tide.', expectedOutput: 'A time.', agent });
 * const advice = new Task({ description: 'Advise the ship.', expectedOutput: 'A sentence.', agent });
 * const output = await new Crew({ tasks: [tide, advice] }).kickoff();
 * console.log(output.raw, output.tasks.map(task => task.raw), output.usage);
 * for (const { role, usage } of output.usageByAgent) console.log(role, usage.inputTokens, usage.outputTokens);
 * ```
 */
export declare class CrewOutput {
    /** The text of the last task that was not skipped. */
    readonly raw: string;
    /** The JSON of that task, if it has an `outputSchema`. */
    readonly json: JsonValue | undefined;
    /** The parsed value of that task, if it has an `outputSchema`. */
    readonly parsed: unknown;
    /** The reason why the model stopped in the turn that gave that task's answer, such as `length` for an incomplete one. */
    readonly finishReason: FinishReason | undefined;
    /** The outputs of all tasks, in the crew's order, including skipped ones. */
    readonly tasks: readonly TaskOutput[];
    /** Tokens of all model turns of the run, each counted once. */
    readonly usage: TokenUsage;
    /** The tokens by agent: one entry for each, the manager first. */
    readonly usageByAgent: readonly AgentUsage[];
    constructor(tasks: readonly TaskOutput[], usageByAgent: readonly AgentUsage[]);
    /** Returns the text of the last task that was not skipped. */
    toString(): string;
}

// crew/crew-run.d.ts
import type { Agent } from '../agent/agent.ts';
import type { RunIds, RunScope } from '../agent/run-scope.ts';
import { type Inputs } from '../task/inputs.ts';
import type { AnyTask } from '../task/task.ts';
import { CrewOutput } from './crew-output.ts';
/** The tasks and agents of a crew. A `Crew` has them as fields. */
export interface CrewMembers {
    readonly tasks: readonly AnyTask[];
    readonly agents: readonly Agent[];
    readonly manager: Agent | undefined;
    readonly members: readonly Agent[];
}
/** One run of a crew. Keeps no state in the crew. */
export declare class CrewRun {
    #private;
    /** Fills in the inputs, so that a missing one fails the run before it starts. */
    constructor(crew: CrewMembers, inputs: Inputs, scope: RunScope);
    /** Executes the tasks. If one fails, cancels those in flight, and throws its error once they have ended. */
    run(parentId: string, ids: RunIds): Promise<CrewOutput>;
    /** Stops listening to the caller's signal. */
    dispose(): void;
}

// crew/crew.d.ts
import type { Agent } from '../agent/agent.ts';
import type { CrewEvent } from '../events/event.ts';
import type { Inputs } from '../task/inputs.ts';
import type { AnyTask } from '../task/task.ts';
import { type CrewOptions, type KickoffOptions } from './crew-options.ts';
import type { CrewOutput } from './crew-output.ts';
import { type CrewMembers } from './crew-run.ts';
import { type KickoffForEachOptions, type KickoffResult } from './kickoff-for-each.ts';
/**
 * A crew of agents with tasks. It keeps no state between runs and may run several times at once.
 *
 * @throws {ConfigurationError} for an invalid option, or for parts that do not fit together.
 *
 * @example A sequential crew: each task is executed by its own agent and receives the outputs of the earlier tasks.
 * ```ts
 * import { Agent, Crew, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['Whales sing.', 'Listen: the whales sing.']);
 * const researcher = new Agent({ role: 'Researcher', goal: 'Find facts', backstory: 'You read a lot.', llm });
 * const writer = new Agent({ role: 'Writer', goal: 'Write well', backstory: 'You love words.', llm });
 * const crew = new Crew({
 *   tasks: [
 *     new Task({ description: 'Find a fact about whales.', expectedOutput: 'One fact.', agent: researcher }),
 *     new Task({ description: 'Write a line of verse about it.', expectedOutput: 'One line.', agent: writer }),
 *   ],
 * });
 * console.log((await crew.kickoff()).raw);
 * ```
 *
 * @example A hierarchical crew: a manager delegates each task to the agents.
 * ```ts no-run
 * import { Agent, Crew, Task } from '@crew/core';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * const endpoint = 'https://gateway.example/v1/chat/completions';
 * const llm = new ApiKeyLLM({ endpoint, model: 'large', apiKey: fromEnv('LLM_API_KEY') });
 * const researcher = new Agent({ role: 'Researcher', goal: 'Find facts', backstory: 'You read a lot.', llm });
 * const writer = new Agent({ role: 'Writer', goal: 'Write well', backstory: 'You love words.', llm });
 * const crew = new Crew({
 *   process: 'hierarchical',
 *   managerLLM: llm,
 *   agents: [researcher, writer],
 *   tasks: [new Task({ description: 'Write an article about whales.', expectedOutput: 'Five paragraphs.' })],
 * });
 * const { raw, usageByAgent } = await crew.kickoff();
 * console.log(raw, usageByAgent);
 * ```
 *
 * @example Asynchronous tasks run side by side; the task after them receives both outputs.
 * ```ts no-run
 * import { Agent, Crew, Task } from '@crew/core';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * const endpoint = 'https://gateway.example/v1/chat/completions';
 * const llm = new ApiKeyLLM({ endpoint, model: 'large', apiKey: fromEnv('LLM_API_KEY') });
 * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
 * const expectedOutput = 'One sentence.';
 * const crew = new Crew({
 *   tasks: [
 *     new Task({ description: 'Describe the tide in Brest.', expectedOutput, agent, asyncExecution: true }),
 *     new Task({ description: 'Describe the wind in Brest.', expectedOutput, agent, asyncExecution: true }),
 *     new Task({ description: 'Advise a ship that wants to enter.', expectedOutput, agent }),
 *   ],
 * });
 * console.log((await crew.kickoff()).raw);
 * ```
 */
export declare class Crew implements CrewMembers {
    #private;
    readonly name: string;
    readonly tasks: readonly AnyTask[];
    /** The agents that execute tasks or delegated work: those of the option `agents`, then those of the tasks. */
    readonly agents: readonly Agent[];
    /** The manager of a hierarchical crew. */
    readonly manager: Agent | undefined;
    /** The manager, if there is one, followed by the agents. */
    readonly members: readonly Agent[];
    constructor(options: CrewOptions);
    /**
     * Executes all tasks.
     *
     * @throws {ConfigurationError} naming a missing input, before any task starts.
     * @throws {CrewError} the error of the first task that failed; the other tasks have been cancelled by then.
     *
     * @example
     * ```ts
     * import { Agent, Crew, Task } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const llm = fakeLLM(['Brest: 06:40.']);
     * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships into {harbour}', backstory: 'You know it.', llm });
     * const task = new Task({ description: 'When is high tide in {harbour}?', expectedOutput: 'A time.', agent });
     * const crew = new Crew({ tasks: [task] });
     * const { raw } = await crew.kickoff({ inputs: { harbour: 'Brest' }, signal: AbortSignal.timeout(60_000) });
     * console.log(raw);
     * ```
     */
    kickoff(options?: KickoffOptions): Promise<CrewOutput>;
    /**
     * Runs the crew once for each set of inputs. Resolves to the results in the order of the inputs; a run that fails does not
     * stop the others.
     *
     * @example
     * ```ts
     * import { Agent, Crew, Task } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const llm = fakeLLM(['06:40', '08:15']);
     * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
     * const task = new Task({ description: 'When is high tide in {harbour}?', expectedOutput: 'A time.', agent });
     * const crew = new Crew({ tasks: [task] });
     * for (const result of await crew.kickoffForEach([{ harbour: 'Brest' }, { harbour: 'Calais' }])) {
     *   console.log(result.inputs['harbour'], result.ok ? result.output.raw : result.error.message);
     * }
     * ```
     */
    kickoffForEach(inputs: readonly Inputs[], options?: KickoffForEachOptions): Promise<readonly KickoffResult[]>;
    /**
     * Executes all tasks and yields the events as they happen, model deltas included. The last event is `crew-finish`. If the
     * run fails, its error is thrown. Leaving the loop early cancels the work.
     */
    stream(options?: KickoffOptions): AsyncIterable<CrewEvent>;
}

// crew/kickoff-for-each.d.ts
import { type RunOptions } from '../agent/agent-options.ts';
import { RunIds } from '../agent/run-scope.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { type Inputs } from '../task/inputs.ts';
import type { KickoffOptions } from './crew-options.ts';
import type { CrewOutput } from './crew-output.ts';
/** Options of `Crew.kickoffForEach`. The options of a run apply to each run. */
export interface KickoffForEachOptions extends RunOptions {
    /** Maximum number of simultaneous runs. Default 1. */
    readonly concurrency?: number | undefined;
}
/** The result of one run: an output or an error. */
export type KickoffResult = {
    readonly ok: true;
    readonly inputs: Inputs;
    readonly output: CrewOutput;
} | {
    readonly ok: false;
    readonly inputs: Inputs;
    readonly error: CrewError;
};
/** Runs the crew once for each set of inputs. Implements `Crew.kickoffForEach`. */
export declare function kickoffForEach(list: readonly Inputs[], options: KickoffForEachOptions, kickoff: (options: KickoffOptions, ids: RunIds) => Promise<CrewOutput>): Promise<readonly KickoffResult[]>;

// errors/check-options.d.ts
/** A rule for the value of one option. */
export interface OptionRule {
    /** Description of valid values, to complete the sentence "... must be". */
    readonly must: string;
    /** Allows the option to be left out. */
    readonly optional: boolean;
    /** Returns true if the value is valid. Called for every value except `undefined`. */
    accepts(value: unknown): boolean;
}
/** One rule for each option. The compiler reports an option without a rule. */
export type OptionRules<Options> = {
    readonly [Name in keyof Required<Options>]: OptionRule;
};
/**
 * Copies the options and checks them, for programs that are not type-checked. `owner` names their owner in messages, such
 * as `agent "Librarian"`. The copy has a property for each rule. Use it instead of the original (see `copyOptions`).
 *
 * @throws {ConfigurationError} if an option is unknown, missing or invalid. The message names the first such option.
 */
export declare function checkOptions<Options extends object>(owner: string, options: Options, rules: OptionRules<Options>): Options;
/**
 * Copies an options object, so that only the properties given by the caller are read. The copy has no prototype, is
 * unaffected by properties of `Object.prototype` (prototype pollution), and does not change later. Accessors are read
 * once. For an instance of a class, the accessors and methods of the class are copied, too. Any other value, such as an
 * array, is returned unchanged.
 *
 * With `names`, the copy has a property for each name, `undefined` if the caller did not give it, so that the copy can be
 * spread into a plain object.
 */
export declare function copyOptions<T>(options: T, names?: readonly string[]): T;
/** Returns the same rule for an option that may be left out. */
export declare function optional(rule: OptionRule): OptionRule;
/** The rule for a non-empty string. */
export declare const text: OptionRule;
/** The rule for a string, possibly empty. */
export declare const string: OptionRule;
/** The rule for a boolean. */
export declare const flag: OptionRule;
/** The rule for a finite number greater than zero. */
export declare const positive: OptionRule;
/** Returns the rule for a whole number of at least `minimum`. */
export declare function whole(minimum: number): OptionRule;
/** The rule for a function. */
export declare const callable: OptionRule;
/** The rule for a list of functions. */
export declare const callbacks: OptionRule;
/** The rule for an option that accepts any value. */
export declare const anything: OptionRule;
/** Returns the rule for one of the given words. */
export declare function oneOf(...words: readonly string[]): OptionRule;
/** Returns the rule for an object that has the given methods. */
export declare function objectWith(must: string, ...methods: readonly string[]): OptionRule;
/** Returns the rule for a list of objects that have the given methods. */
export declare function listOf(must: string, ...methods: readonly string[]): OptionRule;
/** The rule for an LLM. */
export declare const llm: OptionRule;
/** The rule for a `Clock`. */
export declare const clock: OptionRule;
/** The rule for a list of tools with unique names. */
export declare const tools: OptionRule;
/**
 * Returns a replacer for `JSON.stringify` that rejects numbers which are not finite and would be written as `null`.
 * `subject` names the value in the error message.
 *
 * @throws {ConfigurationError} from the replacer, for the first such number.
 */
export declare function finiteNumbersOnly(subject: string): (key: string, value: unknown) => unknown;

// errors/configuration-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** An option is invalid, or Crew is used incorrectly. A retry cannot succeed. */
export declare class ConfigurationError extends CrewError {
    readonly name: 'ConfigurationError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Returns true if the value is a `ConfigurationError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ConfigurationError;
}

// errors/connection-errors.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** Constructor options of `ConnectionError`. */
export interface ConnectionErrorOptions extends CrewErrorOptions {
    /** Text streamed before the connection was lost. */
    readonly partialText?: string | undefined;
}
/** The connection could not be established, or was lost. */
export declare class ConnectionError extends CrewError {
    readonly name: 'ConnectionError';
    /** Text streamed before the connection was lost. */
    readonly partialText: string | undefined;
    constructor(message: string, options?: ConnectionErrorOptions);
    /** Returns true if the value is a `ConnectionError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ConnectionError;
}
/** Constructor options of `CredentialError`. */
export interface CredentialErrorOptions extends CrewErrorOptions {
    /** True if a retry cannot succeed, for example after a wrong client secret. */
    readonly terminal?: boolean | undefined;
    /** Seconds to wait before the next attempt, if the source of the credential named them. */
    readonly retryAfter?: number | undefined;
}
/**
 * A credential could not be *obtained*: the file is unreadable, the key cannot sign, the token server refused or is
 * unavailable. If the endpoint refuses a credential, the error is an `AuthenticationError`.
 */
export declare class CredentialError extends CrewError {
    readonly name: 'CredentialError';
    /** True if a retry cannot succeed, for example after a wrong client secret. */
    readonly terminal: boolean | undefined;
    /** Seconds to wait before the next attempt, if the source of the credential named them. */
    readonly retryAfter: number | undefined;
    constructor(message: string, options?: CredentialErrorOptions);
    /** Returns true if the value is a `CredentialError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is CredentialError;
}

// errors/crew-error.d.ts
import type { JsonObject } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
/** Constructor options of `CrewError`. */
export interface CrewErrorOptions {
    /** The underlying error. It must not contain secrets, because it is printed together with this error. */
    readonly cause?: unknown;
    /** The number of retries that the LLM has already made of the failed request. Default: none. */
    readonly retries?: number | undefined;
}
/** The JSON form of a `CrewError`, as `toJSON` returns it and `fromJSON` reads it. */
export type CrewErrorJson = JsonObject & {
    readonly name: string;
    readonly code: string;
    readonly message: string;
};
/** Creates an error from its JSON. `fields` is the whole JSON object. */
type Reviver = (message: string, fields: JsonObject, options: CrewErrorOptions) => CrewError;
/**
 * The base class of every error that Crew throws. It has a `code` for programs, a message that describes what happened
 * and what to do, and the `cause`. Test errors with `isInstance` instead of `instanceof`, which does not recognise errors
 * created by another copy of this package.
 *
 * @example
 * Tell errors apart, and send one to another process:
 *
 * ```ts
 * import { CrewError, RateLimitError } from '@crew/core';
 *
 * const error: unknown = new RateLimitError('The endpoint returned 429.', { status: 429, retryAfter: 20 });
 * if (CrewError.isInstance(error)) {
 *   console.log(error.code); // RATE_LIMIT
 *   const json = JSON.stringify(error); // calls error.toJSON()
 *   const copy = CrewError.fromJSON(JSON.parse(json));
 *   console.log(RateLimitError.isInstance(copy) && copy.retryAfter); // 20
 * }
 * ```
 */
export declare class CrewError extends Error {
    /** A stable, machine-readable code, such as `RATE_LIMIT`. */
    readonly code: string;
    /**
     * The number of retries that the LLM has already made of the failed request, if any. An agent does not repeat a turn that
     * failed with such an error, so that retries do not multiply.
     */
    readonly retries?: number | undefined;
    /**
     * The conversation up to the error, if the error ended a tool loop. Every open tool call is answered "cancelled". Not
     * enumerable, so that printing the error does not print prompts.
     */
    readonly messages?: readonly Message[] | undefined;
    /** Token usage of the run up to the error; set together with `messages`. Not enumerable. */
    readonly usage?: TokenUsage | undefined;
    constructor(code: string, message: string, options?: CrewErrorOptions);
    /** Returns true if the value is a `CrewError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is CrewError;
    /** Returns the error as JSON, with its cause if that is an error. `CrewError.fromJSON` restores it. */
    toJSON(): CrewErrorJson;
    /** Returns the error described by the JSON, of the same class. An unknown class becomes a plain `CrewError`. */
    static fromJSON(json: CrewErrorJson): CrewError;
}
/**
 * Registers an error class under a name: marks it, so that `isMarked` recognises its instances across copies of the
 * package, and lets `fromJSON` restore them.
 */
export declare function markError(errorClass: {
    readonly prototype: CrewError;
}, name: string, revive?: Reviver): void;
/**
 * Returns an error to which one run may attach its conversation and usage. One abort reason ends every run under its
 * signal, and an LLM may throw the same error to several runs; no run may find another's conversation in its error.
 * Errors of Crew's classes are therefore copied. Errors of other classes cannot be copied, because the copy would lack
 * their private fields: they are returned unchanged, unless another run uses them or they are not extensible.
 */
export declare function toRunError(error: CrewError): CrewError;
/**
 * Returns a copy of the error. An error of one of Crew's classes keeps its class and fields; any other becomes a plain
 * `CrewError` with the same code. The cause of the copy is the cause of the error; it is the error itself if that has no
 * cause or is of another class.
 */
export declare function copyError(error: CrewError): CrewError;
/** Attaches the conversation and token usage of a run to the error that ended it. */
export declare function attachRun(error: CrewError, messages: readonly Message[], usage: TokenUsage): void;
/** Records on an error how often the LLM has already retried the failed request. A frozen error stays as it is. */
export declare function markRetried(error: CrewError, retries: number): void;
/** Returns true if the value has the mark of the error class with that name. */
export declare function isMarked(value: unknown, name: string): boolean;
/** Returns the field of an error's JSON if it is a string. */
export declare function stringField(fields: JsonObject, name: string): string | undefined;
/** Returns the field of an error's JSON if it is a number. */
export declare function numberField(fields: JsonObject, name: string): number | undefined;
/** Returns the field of an error's JSON if it is a boolean. */
export declare function booleanField(fields: JsonObject, name: string): boolean | undefined;
export {};

// errors/response-errors.d.ts
import type { JsonObject } from '../json.ts';
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** Constructor options of `ResponseError`. */
export interface ResponseErrorOptions extends CrewErrorOptions {
    /** The HTTP status (RFC 9110, section 15). */
    readonly status?: number | undefined;
    /** The server's ID of the request, to quote in a support case. */
    readonly requestId?: string | undefined;
    /** The server's error message, shortened and with credentials removed. */
    readonly serverMessage?: string | undefined;
    /** The server's code or type of the error, such as `insufficient_quota`. */
    readonly serverCode?: string | undefined;
    /** The request's field that the error is about, such as `stop`. */
    readonly serverParam?: string | undefined;
    /** Text streamed before the error event, or the text of the model that the server could not use. */
    readonly partialText?: string | undefined;
}
/** The server responded with an error. Subclasses exist for the errors that programs handle differently. */
export declare class ResponseError extends CrewError {
    /** The HTTP status (RFC 9110, section 15), or the status that an error event in a stream contains. */
    readonly status: number | undefined;
    /** The server's ID of the request, to quote in a support case. */
    readonly requestId: string | undefined;
    /** The server's error message, shortened and with credentials removed. */
    readonly serverMessage: string | undefined;
    /** The server's code or type of the error, such as `insufficient_quota`. */
    readonly serverCode: string | undefined;
    /** The request's field that the error is about, such as `stop`. */
    readonly serverParam: string | undefined;
    /** Text streamed before the error event, or the text of the model that the server could not use. */
    readonly partialText: string | undefined;
    constructor(message: string, options?: ResponseErrorOptions, code?: string);
    /** Returns true if the value is a `ResponseError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ResponseError;
}
/** Returns the constructor options of a `ResponseError` from its JSON. */
export declare function responseFields(fields: JsonObject, options: CrewErrorOptions): ResponseErrorOptions;
/** The server refused the credential, and its renewed replacement where it could be renewed. */
export declare class AuthenticationError extends ResponseError {
    readonly name: 'AuthenticationError';
    constructor(message: string, options?: ResponseErrorOptions);
    /** Returns true if the value is an `AuthenticationError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is AuthenticationError;
}
/** Constructor options of `RateLimitError`. */
export interface RateLimitErrorOptions extends ResponseErrorOptions {
    /** Seconds to wait before the next request, as requested by the server. */
    readonly retryAfter?: number | undefined;
}
/**
 * The server refuses requests for now: too many arrived, or the quota is used up (then `serverCode` names that).
 *
 * @example
 * ```ts
 * import { type BaseLLM, RateLimitError } from '@crew/core';
 *
 * export async function ask(llm: BaseLLM): Promise<string | undefined> {
 *   try {
 *     return (await llm.generate('Say hello.')).text;
 *   } catch (error) {
 *     if (!RateLimitError.isInstance(error)) throw error;
 *     console.error(`Rate limited. Try again in ${error.retryAfter ?? 60} seconds.`);
 *     return undefined;
 *   }
 * }
 * ```
 */
export declare class RateLimitError extends ResponseError {
    readonly name: 'RateLimitError';
    /** Seconds to wait before the next request, if the server named them (RFC 9110, section 10.2.3). */
    readonly retryAfter: number | undefined;
    constructor(message: string, options?: RateLimitErrorOptions);
    /** Returns true if the value is a `RateLimitError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is RateLimitError;
}
/**
 * The conversation does not fit into the model's context window. Reported by the server, or predicted by Crew's token
 * estimate (then `status` is undefined).
 */
export declare class ContextWindowExceededError extends ResponseError {
    readonly name: 'ContextWindowExceededError';
    constructor(message: string, options?: ResponseErrorOptions);
    /** Returns true if the value is a `ContextWindowExceededError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ContextWindowExceededError;
}
/** Constructor options of `ProtocolError`. */
export interface ProtocolErrorOptions extends CrewErrorOptions {
    /** Text streamed before the violation. */
    readonly partialText?: string | undefined;
}
/** The response violates the protocol, for example with malformed JSON or a truncated stream. */
export declare class ProtocolError extends CrewError {
    readonly name: 'ProtocolError';
    /** Text streamed before the violation. */
    readonly partialText: string | undefined;
    constructor(message: string, options?: ProtocolErrorOptions);
    /** Returns true if the value is a `ProtocolError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ProtocolError;
}

// errors/run-errors.d.ts
import type { TokenUsage } from '../llm/turn.ts';
import { CrewError, type CrewErrorJson, type CrewErrorOptions } from './crew-error.ts';
/** The caller cancelled the work. `cause` is the reason passed to the `AbortController`, if that is an error. */
export declare class AbortError extends CrewError {
    readonly name: 'AbortError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Returns true if the value is an `AbortError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is AbortError;
}
/** Constructor options of `TimeoutError`. */
export interface TimeoutErrorOptions extends CrewErrorOptions {
    /** Name of the deadline, such as `connect`, `first-byte`, `idle`, `total`, `turn`, `tool` or `execution`. */
    readonly deadline?: string | undefined;
    /** Length of the time limit, in milliseconds. */
    readonly milliseconds?: number | undefined;
}
/** A time limit was exceeded. */
export declare class TimeoutError extends CrewError {
    readonly name: 'TimeoutError';
    /** Name of the deadline, such as `connect`, `first-byte`, `idle`, `total`, `turn`, `tool` or `execution`. */
    readonly deadline: string | undefined;
    /** Length of the time limit, in milliseconds. */
    readonly milliseconds: number | undefined;
    constructor(message: string, options?: TimeoutErrorOptions);
    /** Returns true if the value is a `TimeoutError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is TimeoutError;
}
/** Constructor options of `EmptyReplyError`. */
export interface EmptyReplyErrorOptions extends CrewErrorOptions {
    /** Token usage of the empty turn, if the provider reported it. */
    readonly turnUsage?: TokenUsage | undefined;
}
/** The model replied with neither text nor a tool call. */
export declare class EmptyReplyError extends CrewError {
    readonly name: 'EmptyReplyError';
    /** Token usage of the empty turn, if the provider reported it. Empty turns are billed, too. */
    readonly turnUsage: TokenUsage | undefined;
    constructor(message: string, options?: EmptyReplyErrorOptions);
    /** Returns true if the value is an `EmptyReplyError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is EmptyReplyError;
    /** Returns the error as JSON, including `turnUsage`, so that a replayed run counts the same tokens. */
    toJSON(): CrewErrorJson;
}
/** Constructor options of `StructuredOutputError`. */
export interface StructuredOutputErrorOptions extends CrewErrorOptions {
    /** Number of times the model was asked. */
    readonly attempts?: number | undefined;
    /** Description of the problems in the last reply. */
    readonly problems?: string | undefined;
}
/** None of the model's replies contained a value that matches the schema. */
export declare class StructuredOutputError extends CrewError {
    readonly name: 'StructuredOutputError';
    /** Number of times the model was asked. */
    readonly attempts: number | undefined;
    /** Description of the problems in the last reply. */
    readonly problems: string | undefined;
    constructor(message: string, options?: StructuredOutputErrorOptions);
    /** Returns true if the value is a `StructuredOutputError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is StructuredOutputError;
}
/** Constructor options of `GuardrailError`. */
export interface GuardrailErrorOptions extends CrewErrorOptions {
    /** Feedback of the guardrail on the last output. */
    readonly feedback?: string | undefined;
}
/** A guardrail rejected the output of a task on every attempt. */
export declare class GuardrailError extends CrewError {
    readonly name: 'GuardrailError';
    /** Feedback of the guardrail on the last output. */
    readonly feedback: string | undefined;
    constructor(message: string, options?: GuardrailErrorOptions);
    /** Returns true if the value is a `GuardrailError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is GuardrailError;
}
/**
 * The arguments of a tool call are not valid JSON, or do not match the tool's schema. In the tool loop the error becomes
 * a message to the model; only a direct call of `tool.run` throws it.
 *
 * @example
 * ```ts
 * import { tool, ToolInputError } from '@crew/core';
 *
 * const square = tool({
 *   name: 'square',
 *   description: 'Squares a number.',
 *   parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
 *   execute: ({ n }) => Number(n) ** 2,
 * });
 * const context = {
 *   signal: new AbortController().signal,
 *   runId: 'run',
 *   toolCallId: 'call',
 *   authContext: undefined,
 * };
 * try {
 *   await square.run('{"n": "three"}', context);
 * } catch (error) {
 *   if (!ToolInputError.isInstance(error)) throw error;
 *   console.error(error.message);
 * }
 * ```
 */
export declare class ToolInputError extends CrewError {
    readonly name: 'ToolInputError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Returns true if the value is a `ToolInputError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ToolInputError;
}
/** The tool loop ended without an answer: the model kept calling tools after they were withdrawn. */
export declare class ToolLoopError extends CrewError {
    readonly name: 'ToolLoopError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Returns true if the value is a `ToolLoopError`, even one created by another copy of this package. */
    static isInstance(value: unknown): value is ToolLoopError;
}

// errors/to-crew-error.d.ts
import { CrewError } from './crew-error.ts';
/**
 * Converts a thrown value to a `CrewError`. A `CrewError` is returned unchanged. The platform's abort and timeout errors
 * become an `AbortError` or a `TimeoutError`. Anything else becomes the cause of a `CrewError` with the given `code`.
 * `subject` is the subject of the message's sentence, such as "The model turn".
 */
export declare function toCrewError(thrown: unknown, subject: string, code?: string): CrewError;
/** Returns the message of a thrown value. Never throws, even if the value cannot be converted to a string. */
export declare function thrownText(thrown: unknown): string;

// events/event.d.ts
import type { CrewErrorJson } from '../errors/crew-error.ts';
import type { FinishReason, Generation, TokenUsage } from '../llm/turn.ts';
/**
 * The properties of every event. No event contains a secret. Properties of the same name have the same meaning in all
 * events: `durationMs` is the time since the start of the span in milliseconds, `error` is a `CrewError` as JSON, and
 * `usage` is the token usage of the span.
 */
export interface CrewEventBase {
    readonly type: string;
    /** The ID of the event's span: a crew run, a task, an agent's run, one model turn, or one tool call. */
    readonly runId?: string | undefined;
    /** The ID of the span that contains this span. Absent at the root. */
    readonly parentId?: string | undefined;
    /** Time of the event, in milliseconds since the epoch. */
    readonly at: number;
}
/** Emitted when a model turn begins. */
export interface TurnStartEvent extends CrewEventBase {
    readonly type: 'turn-start';
    /** The name of the requested model, if the LLM has one. */
    readonly model: string | undefined;
    readonly messageCount: number;
    readonly toolNames: readonly string[];
}
/** Emitted for each text or reasoning delta of a streamed turn. */
export interface TurnDeltaEvent extends CrewEventBase {
    readonly type: 'turn-delta';
    readonly kind: 'text' | 'reasoning';
    /** The new text only. */
    readonly text: string;
}
/** Emitted when a model turn succeeds. */
export interface TurnFinishEvent extends CrewEventBase {
    readonly type: 'turn-finish';
    /** The turn. If it has `providerData`, the `value` of that is `null`: its content is not shown. */
    readonly generation: Generation;
    readonly usage: TokenUsage | undefined;
    readonly durationMs: number;
}
/** Emitted when a model turn fails. */
export interface TurnErrorEvent extends CrewEventBase {
    readonly type: 'turn-error';
    readonly error: CrewErrorJson;
    readonly durationMs: number;
}
/** Emitted when an attempt has failed and another one follows after `delayMs`. */
export interface TurnRetryEvent extends CrewEventBase {
    readonly type: 'turn-retry';
    /** The number of the failed attempt, starting at 1. */
    readonly attempt: number;
    /** Delay before the next attempt, in milliseconds. */
    readonly delayMs: number;
    readonly error: CrewErrorJson;
}
/** Emitted when a credential changes its state. Never contains the credential. */
export interface CredentialEvent extends CrewEventBase {
    readonly type: 'credential';
    readonly action: 'obtained' | 'renewed' | 'refused' | 'failed' | 'expiring';
    /** The authenticator's name. */
    readonly authenticator: string;
    /** Time spent on obtaining the credential, in milliseconds. */
    readonly durationMs?: number | undefined;
    /** Expiry of the credential, in milliseconds since the epoch. */
    readonly expiresAt?: number | undefined;
    readonly error?: CrewErrorJson | undefined;
}
/** Emitted when a tool call begins. */
export interface ToolStartEvent extends CrewEventBase {
    readonly type: 'tool-start';
    readonly toolCallId: string;
    readonly name: string;
    /** The JSON string written by the model. */
    readonly arguments: string;
}
/** Emitted when a tool call succeeds. */
export interface ToolFinishEvent extends CrewEventBase {
    readonly type: 'tool-finish';
    readonly toolCallId: string;
    readonly name: string;
    readonly result: string;
    readonly durationMs: number;
}
/** Emitted when a tool call fails. `message` is the text that the model receives. */
export interface ToolErrorEvent extends CrewEventBase {
    readonly type: 'tool-error';
    readonly toolCallId: string;
    readonly name: string;
    readonly message: string;
    readonly durationMs: number;
}
/**
 * Emitted when a summary has replaced part of a conversation that no longer fits into the model's context window. The
 * turns that write the summary have their own events.
 */
export interface ContextSummarisedEvent extends CrewEventBase {
    readonly type: 'context-summarised';
    /** Estimated tokens of the next request before the summary. */
    readonly tokensBefore: number;
    /** Estimated tokens of the next request with the summary. */
    readonly tokensAfter: number;
    /** The model's context window, in tokens. */
    readonly contextWindow: number;
    /** Number of parts that were summarised, each in a separate turn. */
    readonly chunks: number;
}
/** Emitted when the run of a crew, a task or an agent begins. */
export interface RunStartEvent extends CrewEventBase {
    readonly type: 'crew-start' | 'task-start' | 'agent-start';
    /** The name of the crew or task, or the role of the agent. */
    readonly name: string;
}
/** Emitted when a run succeeds. */
export interface RunFinishEvent extends CrewEventBase {
    readonly type: 'crew-finish' | 'task-finish' | 'agent-finish';
    readonly name: string;
    readonly output: string;
    /** The reason why the model stopped in the turn that gave the output. Undefined if no turn did. */
    readonly finishReason?: FinishReason | undefined;
    readonly usage: TokenUsage;
    readonly durationMs: number;
}
/** Emitted when a run fails. */
export interface RunErrorEvent extends CrewEventBase {
    readonly type: 'crew-error' | 'task-error' | 'agent-error';
    readonly name: string;
    readonly error: CrewErrorJson;
    readonly durationMs: number;
}
/** Emitted when a task is skipped because of its `condition`. */
export interface TaskSkipEvent extends CrewEventBase {
    readonly type: 'task-skip';
    /** The task's name. */
    readonly name: string;
}
/** Emitted when a guardrail has checked the output of a task. */
export interface GuardrailEvent extends CrewEventBase {
    readonly type: 'guardrail';
    /** The task's name. */
    readonly name: string;
    /** The number of the attempt at the task, starting at 1. */
    readonly attempt: number;
    readonly ok: boolean;
    /** The problems found, if not `ok`. */
    readonly feedback: string | undefined;
}
/** All events by name. Extend this interface by declaration merging to emit your own events. */
export interface CrewEvents {
    'turn-start': TurnStartEvent;
    'turn-delta': TurnDeltaEvent;
    'turn-finish': TurnFinishEvent;
    'turn-error': TurnErrorEvent;
    'turn-retry': TurnRetryEvent;
    credential: CredentialEvent;
    'tool-start': ToolStartEvent;
    'tool-finish': ToolFinishEvent;
    'tool-error': ToolErrorEvent;
    'context-summarised': ContextSummarisedEvent;
    run: RunStartEvent | RunFinishEvent | RunErrorEvent;
    'task-skip': TaskSkipEvent;
    guardrail: GuardrailEvent;
}
/** Any event, as a union discriminated by `type`. */
export type CrewEvent = CrewEvents[keyof CrewEvents];
/**
 * A function called with each event. Errors that it throws, and rejections of a promise that it returns, are ignored: a
 * callback never breaks a run.
 *
 * @example
 * ```ts
 * import type { Agent, EventCallback } from '@crew/core';
 *
 * const logTools: EventCallback = event => {
 *   if (event.type === 'tool-finish') console.log(`${event.name} took ${Math.round(event.durationMs)} ms`);
 *   if (event.type === 'tool-error') console.error(`${event.name} failed: ${event.message}`);
 * };
 *
 * export async function ask(agent: Agent, question: string): Promise<void> {
 *   const task = { description: question, expectedOutput: 'One sentence.' };
 *   await agent.executeTask(task, { callbacks: [logTools] });
 * }
 * ```
 */
export type EventCallback = (event: CrewEvent) => void;
/** Calls every callback with the event. An error in one callback does not affect the others. */
export declare function emit(callbacks: readonly EventCallback[] | undefined, event: CrewEvent): void;
/**
 * Returns callbacks that add `parentId` to events without one, and pass them on. Returns undefined if there are no
 * callbacks, so that no events are created.
 */
export declare function childCallbacks(callbacks: readonly EventCallback[] | undefined, parentId: string): readonly EventCallback[] | undefined;
/** The event listeners of one LLM, by event type. */
export declare class EventListeners {
    #private;
    /** Returns true if nothing listens. */
    get isEmpty(): boolean;
    /** Adds a listener. Returns a function that removes it. */
    add(type: string, listener: EventCallback): () => void;
    /** Calls the listeners of the event's type. */
    emit(event: CrewEvent): void;
}

// execution/clock.d.ts
/**
 * A source of time. All time in Crew comes from a `Clock`, so that tests can inject a virtual one. The default is
 * `systemClock`.
 *
 * @example
 * A clock for tests, on which every wait is over at once:
 *
 * ```ts
 * import { type Clock, RateLimiter } from '@crew/core';
 *
 * let now = 0;
 * const instantClock: Clock = {
 *   wall: () => now,
 *   monotonic: () => now,
 *   sleep: async (milliseconds, signal) => {
 *     signal.throwIfAborted();
 *     now += milliseconds;
 *   },
 * };
 *
 * const limiter = new RateLimiter({ perMinute: 1, clock: instantClock });
 * await limiter.acquire(new AbortController().signal);
 * await limiter.acquire(new AbortController().signal);
 * console.log(now); // 60000
 * ```
 */
export interface Clock {
    /** Returns milliseconds since the epoch. Jumps when the system time is set. */
    wall(): number;
    /** Returns milliseconds since a fixed moment. Never goes backwards. */
    monotonic(): number;
    /** Resolves after the given time, or rejects with `signal.reason` as soon as the signal aborts. */
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
/**
 * The system clock: `Date.now()`, `performance.now()` and `setTimeout()`.
 *
 * @example
 * ```ts
 * import { systemClock } from '@crew/core';
 *
 * const startedAt = systemClock.monotonic();
 * await systemClock.sleep(50, AbortSignal.timeout(1_000));
 * console.log(`Waited ${Math.round(systemClock.monotonic() - startedAt)} ms`);
 * ```
 */
export declare const systemClock: Clock;

// execution/deadline.d.ts
import { CrewError } from '../errors/crew-error.ts';
import type { Clock } from './clock.ts';
/**
 * Returns the reason of an aborted signal as a `CrewError`. A reason that is a `CrewError` is returned unchanged. `subject`
 * is the subject of the message's sentence, such as "The model turn".
 */
export declare function abortReason(signal: AbortSignal, subject: string): CrewError;
/**
 * Throws the reason of the signal as a `CrewError` if the signal is aborted; see `abortReason`.
 *
 * @throws {CrewError}
 */
export declare function throwIfAborted(signal: AbortSignal | undefined, subject: string): void;
/**
 * The abort signal and time limit of one piece of work. The signal is aborted when the parent signal aborts, when the time
 * limit expires, or by `abort()`. `guard()` then stops waiting, even for work that ignores its signal.
 */
export declare class Deadline {
    #private;
    constructor(options: {
        /** The subject of the sentence in an `AbortError`, such as "The model turn". */
        readonly subject: string;
        readonly clock: Clock;
        readonly parent: AbortSignal | undefined;
        /** The time limit. Has an effect only together with `onExpiry`. */
        readonly milliseconds?: number | undefined;
        /** Returns the abort reason when the time limit expires. */
        readonly onExpiry?: (() => CrewError) | undefined;
    });
    /** The signal to pass to the work. */
    get signal(): AbortSignal;
    /** Aborts the signal, and rejects every pending promise of `guard` with the reason. */
    abort(reason: CrewError): void;
    /** Resolves to the result of the work, or rejects with the abort reason as soon as the signal aborts. */
    guard<T>(work: Promise<T>): Promise<T>;
    /** Stops the timer and removes the listener from the parent signal. */
    dispose(): void;
}

// execution/rate-limiter.d.ts
import { type Clock } from './clock.ts';
/** Options of `RateLimiter`. */
export interface RateLimiterOptions {
    /** Number of requests that may start per minute. A positive number; 0.5 is one request every two minutes. */
    readonly perMinute: number;
    /**
     * Number of requests that may start at once after idle time. 1 is an even pace, for servers that count in short windows.
     * Default: `perMinute`, rounded down, and at least 1.
     */
    readonly burst?: number | undefined;
    /** The source of time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * A rate limiter that starts requests in the order of arrival: up to `burst` at once, then one every 60 / `perMinute`
 * seconds. Idle time restores the burst at the same pace (a token bucket). Share one limiter between all LLMs that use the
 * same quota.
 *
 * @throws {ConfigurationError} if `perMinute` is not a positive number, or `burst` not a whole number of at least 1.
 *
 * @example
 * Keep two models of one account below 300 requests per minute:
 *
 * ```ts
 * import { type BaseLLM, RateLimiter, wrapLLM } from '@crew/core';
 *
 * const limiter = new RateLimiter({ perMinute: 300, burst: 20 });
 *
 * export function limitRates(llms: readonly BaseLLM[]): BaseLLM[] {
 *   return llms.map(llm => wrapLLM(llm, { rateLimit: limiter }));
 * }
 * ```
 */
export declare class RateLimiter {
    #private;
    constructor(options: RateLimiterOptions);
    /**
     * Resolves when the caller may start its request. An abort ends the wait at once, and the next request moves up.
     *
     * @throws {AbortError} if the signal is aborted; the signal's reason, if that is a `CrewError`.
     */
    acquire(signal: AbortSignal): Promise<void>;
}

// execution/step-runner.d.ts
/**
 * The interface to a durable execution engine, which records steps and replays them after a crash. The tool loop calls it
 * for each model turn, each tool run, and for delays, time and random IDs. Step names are the same in a replay, and steps
 * start in an order that does not depend on which finishes first. Results of steps are JSON. Expected errors are recorded
 * as data and keep their class.
 *
 * @example
 * A step runner that keeps results in memory, for tests of code that replays:
 *
 * ```ts
 * import { type StepRunner, systemClock } from '@crew/core';
 *
 * export function memorySteps(journal: Map<string, string>): StepRunner {
 *   let count = 0;
 *   const run: StepRunner['run'] = async (name, action) => {
 *     const recorded = journal.get(name);
 *     if (recorded !== undefined) return JSON.parse(recorded);
 *     const result = await action(new AbortController().signal);
 *     journal.set(name, JSON.stringify(result));
 *     return result;
 *   };
 *   return {
 *     run,
 *     sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
 *     now: () => run(`now-${count++}`, async () => systemClock.wall()),
 *     randomId: () => run(`id-${count++}`, async () => crypto.randomUUID()),
 *   };
 * }
 * ```
 */
export interface StepRunner {
    /** Runs the action and records its result, or returns the recorded result of the step with that name. */
    run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T>;
    /** Waits, unless the delay is recorded as completed. Rejects with the signal's reason when the signal aborts. */
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
    /** Resolves to milliseconds since the epoch; to the same value in a replay. */
    now(): Promise<number>;
    /** Resolves to a unique ID; to the same ID in a replay. Called once per run; IDs of nested runs are derived from it. */
    randomId(): Promise<string>;
}

// index.d.ts
export { Agent, type ExecutableTask } from './agent/agent.ts';
export type { AgentOptions, ExecuteTaskOptions, RunOptions } from './agent/agent-options.ts';
export type { TaskPrompt } from './agent/prompt.ts';
export { Crew } from './crew/crew.ts';
export type { CrewOptions, KickoffOptions } from './crew/crew-options.ts';
export { type AgentUsage, CrewOutput } from './crew/crew-output.ts';
export type { KickoffForEachOptions, KickoffResult } from './crew/kickoff-for-each.ts';
export { copyOptions } from './errors/check-options.ts';
export { ConfigurationError } from './errors/configuration-error.ts';
export { ConnectionError, type ConnectionErrorOptions, CredentialError, type CredentialErrorOptions, } from './errors/connection-errors.ts';
export { CrewError, type CrewErrorJson, type CrewErrorOptions, markRetried } from './errors/crew-error.ts';
export { AuthenticationError, ContextWindowExceededError, ProtocolError, type ProtocolErrorOptions, RateLimitError, type RateLimitErrorOptions, ResponseError, type ResponseErrorOptions, } from './errors/response-errors.ts';
export { AbortError, EmptyReplyError, type EmptyReplyErrorOptions, GuardrailError, type GuardrailErrorOptions, StructuredOutputError, type StructuredOutputErrorOptions, TimeoutError, type TimeoutErrorOptions, ToolInputError, ToolLoopError, } from './errors/run-errors.ts';
export { toCrewError } from './errors/to-crew-error.ts';
export type * from './events/event.ts';
export { emit } from './events/event.ts';
export { type Clock, systemClock } from './execution/clock.ts';
export { abortReason } from './execution/deadline.ts';
export { RateLimiter, type RateLimiterOptions } from './execution/rate-limiter.ts';
export type { StepRunner } from './execution/step-runner.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { BaseLLM, type BaseLLMOptions, notifyListeners } from './llm/base-llm.ts';
export type { ModelSettings } from './llm/model-settings.ts';
export type { AssistantTurn, FinishReason, Generation, StreamPart, TokenUsage } from './llm/turn.ts';
export type { CallOptions, ToolFunction, TurnOptions, TurnRequest } from './llm/turn-options.ts';
export { runToolLoop } from './loop/run-tool-loop.ts';
export type { ToolLoopOptions, ToolLoopResult, ToolProtocolName } from './loop/tool-loop-options.ts';
export type { ContentPart, Message, Prompt, ProviderData, ToolCall } from './messages/message.ts';
export { excerpt, printable } from './messages/printable.ts';
export { type ErrorKind, type FallbackOptions, fallback } from './middleware/fallback.ts';
export type { ObservedTurn } from './middleware/observed-turn.ts';
export type { TurnCache } from './middleware/turn-cache.ts';
export { type WrapOptions, wrapLLM } from './middleware/wrap-llm.ts';
export type { GeneratedObject, GenerateObjectOptions } from './structured-output/generate-object.ts';
export type { Guardrail, GuardrailFunction, GuardrailVerdict } from './task/guardrail.ts';
export type { Inputs } from './task/inputs.ts';
export type { FileWriter } from './task/output-file.ts';
export type { TaskCondition } from './task/run-task.ts';
export { type AnyTask, type OutputSchema, type ParsedOutput, Task, type TaskExecuteOptions, type TaskOptions, } from './task/task.ts';
export type { TaskCallContext, TaskFunction } from './task/task-function.ts';
export { TaskOutput, type TaskOutputFields } from './task/task-output.ts';
export { type JsonToolOptions, type SchemaToolOptions, tool } from './tools/make-tool.ts';
export type * from './tools/tool.ts';

// json.d.ts
/** Any value that JSON can represent. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {
    readonly [key: string]: JsonValue;
};
/** A JSON object (RFC 8259, section 4). */
export type JsonObject = {
    readonly [key: string]: JsonValue;
};
/** Maximum nesting depth of objects and lists in JSON from outside. */
export declare const MAX_JSON_DEPTH = 512;
/**
 * Parses untrusted JSON. Code that walks through the value recursively can rely on `MAX_JSON_DEPTH`. Members named
 * `__proto__` are removed at every level, because code that copies the value by assignment would set a prototype.
 *
 * @throws {SyntaxError} if the text is not JSON, or is nested deeper than `MAX_JSON_DEPTH`.
 */
export declare function parseJson(text: string): JsonValue;
/** Description of JSON that is nested deeper than `MAX_JSON_DEPTH`, for error messages. */
export declare const TOO_DEEP: string;
/**
 * Returns true if the text has more than `MAX_JSON_DEPTH` open brackets outside strings. The text need not be valid JSON.
 * Runs in linear time.
 */
export declare function isNestedTooDeep(text: string): boolean;
/**
 * Returns true if the value is nested deeper than `MAX_JSON_DEPTH`. Each object is visited once, level by level, so that
 * neither deep nesting nor a cycle overflows the stack.
 */
export declare function exceedsJsonDepth(value: unknown): boolean;
/**
 * Returns the index after the closing bracket of the JSON object or list that begins at `start`, or -1 if it is not
 * closed. Brackets inside strings are ignored. The text need not be valid JSON otherwise.
 */
export declare function findJsonEnd(text: string, start: number): number;
/**
 * Returns true if the value can never change: it is a primitive, or it is deeply frozen and has only data properties. Such
 * a value may be cached by identity.
 */
export declare function isDeepFrozen(value: unknown): boolean;
/** Deeply freezes a JSON value and returns it. Pass only values that Crew created, never a caller's. */
export declare function deepFreeze<T>(value: T): T;

// llm/base-llm.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type CrewEvent } from '../events/event.ts';
import { type Clock } from '../execution/clock.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Message, Prompt } from '../messages/message.ts';
import { type GeneratedObject, type GenerateObjectOptions } from '../structured-output/generate-object.ts';
import type { ToolSchema } from '../tools/tool.ts';
import { type ModelSettings } from './model-settings.ts';
import { type AssistantTurn, type Generation, type StreamPart, type TokenUsage } from './turn.ts';
import { type CallOptions, type TurnOptions, type TurnRequest } from './turn-options.ts';
/** Options of every LLM. The model settings are defaults for turns that do not set their own. */
export interface BaseLLMOptions extends ModelSettings {
    /** The name of the model, if the endpoint serves several. */
    readonly model?: string | undefined;
    /** Stop words of every turn. Default: none. */
    readonly stop?: string | readonly string[] | undefined;
    /**
     * Set to true for a provider that rejects a history with tool calls if the request does not define their tools. The
     * request that forces the answer then keeps the tools and sets `toolChoice: 'none'`. Default false: a run finds out by one
     * rejected request.
     */
    readonly toolsInHistory?: boolean | undefined;
    /** The source of time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * The base class of all LLMs. A custom LLM implements four methods: `call`, `supportsFunctionCalling`, `supportsStopWords`
 * and `getContextWindowSize`, and overrides `supportsResponseFormat` if its endpoint follows schemas. Agents use it through
 * `generate` and `stream`, which do everything around the request: they check messages, combine stop words and cut the reply
 * at them, enforce the deadline, count tokens, emit events, and convert errors to a `CrewError`.
 *
 * @example
 * A complete custom LLM:
 *
 * ```ts
 * import {
 *   type AssistantTurn,
 *   BaseLLM,
 *   type BaseLLMOptions,
 *   type CallOptions,
 *   type Prompt,
 *   ResponseError,
 * } from '@crew/core';
 * import { decodeTurn, encodeRequest } from '@crew/core/chat-completions';
 *
 * export class GatewayLLM extends BaseLLM {
 *   readonly #url: string;
 *   readonly #token: string;
 *
 *   constructor({ url, token, ...options }: BaseLLMOptions & { readonly url: string; readonly token: string }) {
 *     super(options);
 *     this.#url = url;
 *     this.#token = token;
 *   }
 *
 *   async call(prompt: Prompt, options: CallOptions = {}): Promise<AssistantTurn> {
 *     const messages = typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt;
 *     const response = await fetch(this.#url, {
 *       method: 'POST',
 *       headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
 *       body: encodeRequest({ ...options, messages }, { model: this.model }),
 *       signal: options.signal ?? null,
 *     });
 *     const { ok, status } = response;
 *     if (!ok) throw new ResponseError(`The gateway returned ${status}.`, { status });
 *     return decodeTurn(await response.json());
 *   }
 *
 *   supportsFunctionCalling(): boolean {
 *     return true;
 *   }
 *
 *   supportsStopWords(): boolean {
 *     return true;
 *   }
 *
 *   override supportsResponseFormat(): boolean {
 *     return true;
 *   }
 *
 *   getContextWindowSize(): number {
 *     return 128_000;
 *   }
 * }
 * ```
 */
export declare abstract class BaseLLM implements AsyncDisposable {
    #private;
    /** The name of the model, if the endpoint serves several. */
    readonly model: string | undefined;
    /** Sampling temperature of turns that do not set their own. May be changed between turns. */
    temperature: number | undefined;
    /** Nucleus sampling of turns that do not set their own. May be changed between turns. */
    topP: number | undefined;
    /** Maximum length of the replies to turns that do not set their own, in tokens. May be changed between turns. */
    maxTokens: number | undefined;
    /** Seed of turns that do not set their own. May be changed between turns. */
    seed: number | undefined;
    /** Reasoning effort of turns that do not set their own. May be changed between turns. */
    reasoningEffort: string | undefined;
    /** Permission to call several tools in one turn, for turns that do not set their own. May be changed between turns. */
    parallelToolCalls: boolean | undefined;
    /** Fields of every request body, with those of the turn merged over them. May be changed between turns. */
    extraBody: JsonObject | undefined;
    /** Stop words of every turn, in addition to the turn's own. May be changed between turns. */
    stop: string[];
    /** @throws {ConfigurationError} if an option is invalid. */
    constructor(options?: BaseLLMOptions);
    /**
     * Sends the messages to the model. With `availableFunctions` it runs the tools itself and resolves to the final text.
     * Without them it resolves to the text of the reply, or to an `AssistantTurn` with tool calls for the caller to run.
     *
     * @example
     * ```ts
     * import type { BaseLLM } from '@crew/core';
     *
     * export async function askForWeather(llm: BaseLLM): Promise<unknown> {
     *   const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
     *   return llm.call('What is the weather in Oslo?', {
     *     tools: [{ name: 'weather', description: 'Returns the current weather.', parameters }],
     *     availableFunctions: { weather: ({ city }: { city: string }) => `Sunny in ${city}, 21 °C` },
     *   });
     * }
     * ```
     */
    abstract call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
    /** Returns true if the provider supports tool definitions. If false, agents use the text (ReAct) protocol. */
    abstract supportsFunctionCalling(): boolean;
    /** Returns true if the provider supports stop words. The reply is cut at stop words in either case. */
    abstract supportsStopWords(): boolean;
    /** Returns the size of the context window for input and output together, in tokens. `Infinity` if unknown. */
    abstract getContextWindowSize(): number;
    /**
     * Returns true if the provider constrains a reply to the JSON Schema in `responseFormat`, and `call()` sends it. If false,
     * the schema is part of the prompt. Default false.
     */
    supportsResponseFormat(): boolean;
    /**
     * The `toolsInHistory` option. A subclass may set it to `true` for a provider that rejects a history with tool calls if the
     * request does not define their tools. The request that forces the answer then keeps the tools and sets `toolChoice: 'none'`.
     */
    readonly toolsInHistory?: boolean;
    /** Hook that performs one turn of a prepared request. The default adapts `call()`. Middleware delegates to it. */
    respond(request: TurnRequest): Promise<AssistantTurn>;
    /** Hook that streams one turn; the last part is `finish`. The default emits the result of `respond()` as one part. */
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
    /**
     * Performs one turn of the model. Do not override.
     *
     * @throws {CrewError} a `ConfigurationError` if a message or option is invalid, a `TimeoutError`, an `AbortError`, an
     * `EmptyReplyError`, or an error caused by the endpoint.
     *
     * @example
     * ```ts
     * import type { BaseLLM } from '@crew/core';
     *
     * export async function summarise(llm: BaseLLM, text: string): Promise<string> {
     *   const { text: summary, usage } = await llm.generate(
     *     [
     *       { role: 'system', content: 'Summarise the text in one sentence.' },
     *       { role: 'user', content: text },
     *     ],
     *     { temperature: 0, timeout: 30_000 },
     *   );
     *   console.log(`${usage?.outputTokens ?? 0} tokens`);
     *   return summary;
     * }
     * ```
     */
    generate(messages: Prompt, options?: TurnOptions): Promise<Generation>;
    /**
     * Performs one turn of the model and emits its parts as they arrive; the last part is `finish`. Nothing after a stop
     * word is emitted. Leaving the loop early cancels the request. Throws the same errors as `generate`. Do not override.
     *
     * @example
     * ```ts
     * import { type BaseLLM, printable } from '@crew/core';
     *
     * export async function print(llm: BaseLLM, question: string): Promise<void> {
     *   for await (const part of llm.stream(question)) {
     *     if (part.type === 'text') console.log(printable(part.text));
     *     if (part.type === 'finish') console.log(`Finished: ${part.generation.finishReason}`);
     *   }
     * }
     * ```
     */
    stream(messages: Prompt, options?: TurnOptions): AsyncIterable<StreamPart>;
    /**
     * Generates a value that matches a schema (zod 4, arktype, valibot through `toStandardJsonSchema`, or a JSON Schema). The
     * schema is sent as `responseFormat` if `supportsResponseFormat()` returns true, and in the prompt otherwise. The reply may
     * contain the JSON alone, in a fenced block, or within other text; the last value that matches counts. If none does, the
     * model receives the validator's message with the schema and tries again; three attempts in total. Do not override.
     *
     * @throws {CrewError} a `StructuredOutputError` if no attempt matches, or an error of `generate`.
     */
    generateObject<S extends ToolSchema>(messages: Prompt, schema: S, options?: GenerateObjectOptions): Promise<GeneratedObject<StandardSchemaV1.InferOutput<S>>>;
    generateObject(messages: Prompt, schema: JsonObject, options?: GenerateObjectOptions): Promise<GeneratedObject<JsonValue>>;
    /** Estimates the number of tokens in the messages. Override it if a tokeniser is available. */
    countTokens(messages: readonly Message[]): number;
    /** Total token usage of all turns of this LLM so far. Each turn is counted once. */
    get usage(): TokenUsage;
    /**
     * Calls the listener for every event of the given type. Returns a function that removes the listener.
     *
     * @example
     * ```ts
     * import type { BaseLLM } from '@crew/core';
     *
     * export function logTurns(llm: BaseLLM): () => void {
     *   return llm.on('turn-finish', ({ generation, durationMs }) => {
     *     console.log(`${generation.finishReason} after ${Math.round(durationMs)} ms`);
     *   });
     * }
     * ```
     */
    on<Type extends CrewEvent['type']>(type: Type, listener: (event: Extract<CrewEvent, {
        readonly type: Type;
    }>) => void): () => void;
    /** Releases the resources of the LLM, such as connections and timers. Override it if there are any. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
/** Calls the listeners of an LLM (`llm.on`) for an event that belongs to no turn, such as a renewal in the background. */
export declare function notifyListeners(llm: BaseLLM, event: CrewEvent): void;

// llm/model-settings.d.ts
import { type OptionRules } from '../errors/check-options.ts';
import type { JsonObject } from '../json.ts';
/**
 * Settings of the model for its replies. Those of an LLM are defaults for all its turns; those of an agent replace them in
 * the agent's runs, and those of a turn replace both. A setting that is set nowhere is not sent: the provider's default
 * applies.
 *
 * @example
 * ```ts
 * import { Agent } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['Dictionary.'], { temperature: 0.7, maxTokens: 2_000, extraBody: { service_tier: 'flex' } });
 * const clerk = new Agent({ role: 'Clerk', goal: 'Sort books', backstory: 'You sort.', llm, temperature: 0, seed: 7 });
 * console.log(await clerk.executeTask({ description: 'Where is "Duden"?', expectedOutput: 'A shelf.' }));
 * ```
 */
export interface ModelSettings {
    /** Sampling temperature, on the provider's scale. */
    readonly temperature?: number | undefined;
    /** Nucleus sampling: the cumulative probability of the tokens to choose from, 0 to 1. */
    readonly topP?: number | undefined;
    /** Maximum length of a reply, in tokens. A reply that is cut off has the finish reason `length`. */
    readonly maxTokens?: number | undefined;
    /** A seed for reproducible replies, if the provider supports it. */
    readonly seed?: number | undefined;
    /** Amount of reasoning before the reply, in the provider's words, such as `low`, `medium` or `high`. */
    readonly reasoningEffort?: string | undefined;
    /** Allows the model to call several tools in one turn. Sent only with tools. */
    readonly parallelToolCalls?: boolean | undefined;
    /**
     * Provider-specific fields to merge into the request body. Those of an LLM, an agent and a turn are merged field by field;
     * `null` removes a field.
     */
    readonly extraBody?: JsonObject | undefined;
}
/** Rules for the model settings among the options of an LLM, an agent or a turn. */
export declare const modelSettingRules: OptionRules<ModelSettings>;
/** Descriptors of the model settings of an LLM as properties of another one, which reads and writes them. */
export declare function sharedSettings(inner: ModelSettings): PropertyDescriptorMap;
/**
 * Checks the model settings of an LLM or a turn.
 *
 * @throws {ConfigurationError} if a setting is invalid. The message names it.
 */
export declare function checkModelSettings(settings: ModelSettings): void;
/** Returns the model settings among the properties of an agent or an LLM, with those of `own` in place of its own. */
export declare function mergeModelSettings(defaults: ModelSettings, own?: ModelSettings): ModelSettings;

// llm/turn-options.d.ts
import type { CrewEvent } from '../events/event.ts';
import type { JsonObject } from '../json.ts';
import type { Message } from '../messages/message.ts';
import type { ToolContext, ToolDefinition } from '../tools/tool.ts';
import { type ModelSettings } from './model-settings.ts';
/** Options of one model turn. An option that neither the turn nor the LLM sets is not sent. */
export interface TurnOptions extends ModelSettings {
    /** Definitions of the tools that the model may call. A turn does not run them. Values of `tool()` are accepted. */
    readonly tools?: readonly ToolDefinition[] | undefined;
    /** Selects whether the model may, must or must not call tools, or which one it must call. Default: the provider's. */
    readonly toolChoice?: 'auto' | 'none' | 'required' | {
        readonly name: string;
    } | undefined;
    /** A JSON Schema for the reply, if the provider supports it. */
    readonly responseFormat?: {
        readonly name: string;
        readonly schema: JsonObject;
    } | undefined;
    /** Stop words of this turn, in addition to the LLM's own. The reply is always cut at the earliest one. */
    readonly stop?: string | readonly string[] | undefined;
    /** Functions called for every event of the turn. Exceptions thrown by a callback are ignored. */
    readonly callbacks?: readonly ((event: CrewEvent) => void)[] | undefined;
    /** A signal that cancels the turn, which then rejects at once with an `AbortError`, or with the signal's reason if that is a `CrewError`. */
    readonly signal?: AbortSignal | undefined;
    /** Time limit of the whole turn including retries, in milliseconds. */
    readonly timeout?: number | undefined;
    /** A value passed unchanged to authenticators and tools, such as a tenant. Never serialised, logged or emitted. */
    readonly authContext?: unknown;
}
/** Copies the options of a turn, so that only properties given by the caller are read; see `copyOptions`. */
export declare function copyTurnOptions<Options extends TurnOptions>(options: Options): Options;
/**
 * Checks the options that would otherwise fail within a turn, or be ignored silently.
 *
 * @throws {ConfigurationError} if an option is invalid. The message names it.
 */
export declare function checkTurnOptions(options: TurnOptions): void;
/** A function that runs a tool call. Called with the parsed arguments and a context; may return a promise. */
export type ToolFunction = {
    bivarianceHack(input: object, context: ToolContext): unknown;
}['bivarianceHack'];
/** Options of `BaseLLM.call`: those of a turn, and the functions of the tools that `call` runs. */
export interface CallOptions extends TurnOptions {
    /** The functions of the tools, by tool name. Each needs a definition in `tools`. */
    readonly availableFunctions?: Readonly<Record<string, ToolFunction>> | undefined;
    /** Maximum number of rounds of tool calls before the model must answer. Default: 25. */
    readonly maxToolRounds?: number | undefined;
}
/** A prepared turn, as passed to the hooks `respond` and `respondStream`. */
export interface TurnRequest extends TurnOptions {
    /** The conversation: valid and deeply frozen. */
    readonly messages: readonly Message[];
    /** All stop words to send. The hook must not add `this.stop`. Empty if `supportsStopWords()` is false. */
    readonly stop: readonly string[];
    /** A signal aborted by the caller's signal, by the deadline, and when the consumer leaves a stream early. */
    readonly signal: AbortSignal;
}

// llm/turn.d.ts
import type { JsonValue } from '../json.ts';
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
export type StreamPart = {
    readonly type: 'text' | 'reasoning';
    readonly text: string;
} | {
    readonly type: 'tool-call-start';
    readonly index: number;
    readonly id: string;
    readonly name: string;
} | {
    readonly type: 'tool-call-arguments';
    readonly index: number;
    readonly text: string;
} | {
    readonly type: 'finish';
    readonly generation: Generation;
};
/** Returns the turn with defaults filled in. */
export declare function toGeneration(turn: AssistantTurn): Generation;
/** Returns the members of the turn that most providers do not send. None is `undefined`. */
export declare function turnExtras({ providerData, annotations, logprobs }: TurnExtras): TurnExtras;
/** A token usage of zero. */
export declare const NO_USAGE: TokenUsage;
/** Returns the sum of two token usages. An optional count is set if either side has it. */
export declare function addUsage(left: TokenUsage, right: TokenUsage | undefined): TokenUsage;
/**
 * Returns the calls with non-empty, unique IDs, because each call is answered by its ID, and adds these IDs to `usedIds`.
 * A missing ID, or one that is already used, is replaced by the next free one of `inventedCallId`. No candidate is tried
 * twice, so that the work is linear in the number of calls, even if the IDs are chosen maliciously.
 */
export declare function withUniqueIds(calls: readonly ToolCall[], usedIds?: Set<string>): readonly ToolCall[];
export {};

// loop/run-tool-loop.d.ts
import { type CrewError } from '../errors/crew-error.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { type ToolLoopOptions, type ToolLoopResult } from './tool-loop-options.ts';
/**
 * Sends a conversation to the model, runs the tools that it calls, and repeats this until it answers. Every tool call is
 * answered exactly once. A failing tool does not end the run: the model receives the error as the result of the call.
 * After `maxToolRounds` rounds (default 25) the model is required to answer without tools.
 *
 * @throws {CrewError} any error of `llm.generate`, and a `ToolLoopError` if the model calls tools even in the turn that
 * requires an answer. `messages` of the error contains the conversation so far; calls without a result are answered
 * "cancelled".
 *
 * @example
 * ```ts
 * import { runToolLoop, tool } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: {
 *     type: 'object',
 *     properties: { a: { type: 'number' }, b: { type: 'number' } },
 *     required: ['a', 'b'],
 *   },
 *   execute: ({ a, b }) => Number(a) + Number(b),
 * });
 * const llm = fakeLLM([{ text: '', toolCalls: [{ id: '1', name: 'add', arguments: '{"a":19,"b":23}' }] }, '42']);
 *
 * const { text, turns } = await runToolLoop(llm, { messages: 'What is 19 + 23?', tools: [add] });
 * console.log(text, turns); // 42 2
 * ```
 *
 * @example Callbacks receive every event of the run
 * ```ts
 * import { runToolLoop } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * await runToolLoop(fakeLLM(['Good morning.']), {
 *   messages: 'Say good morning.',
 *   stream: true,
 *   callbacks: [event => console.log(event.type)],
 * });
 * ```
 *
 * @example A step runner executes every model turn and every tool call
 * ```ts
 * import { runToolLoop, type StepRunner, systemClock } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const { signal } = new AbortController();
 * const steps: StepRunner = {
 *   run(name, action) {
 *     console.log(`step ${name}`); // A durable runner returns the recorded result if there is one.
 *     return action(signal);
 *   },
 *   sleep: (milliseconds, sleepSignal) => systemClock.sleep(milliseconds, sleepSignal),
 *   now: async () => Date.now(),
 *   randomId: async () => crypto.randomUUID(),
 * };
 * await runToolLoop(fakeLLM(['Good morning.']), { messages: 'Say good morning.', steps, stepPrefix: 'greeting/' });
 * ```
 */
export declare function runToolLoop(llm: BaseLLM, options: ToolLoopOptions): Promise<ToolLoopResult>;
/** Creates a tool loop, passes it to `use`, and removes its listener from the caller's signal afterwards. */
export declare function withToolLoop<Result>(llm: BaseLLM, callerOptions: ToolLoopOptions, use: (loop: ToolLoop) => Promise<Result>): Promise<Result>;
/**
 * One run of the tool loop: the model's turns and the tool calls between them. It can be continued after an answer that
 * the caller rejects. Limits apply to the whole run.
 */
export declare class ToolLoop {
    #private;
    /** Creates a loop. The run's own `signal` is aborted by that of the options, with a `CrewError` as its reason. */
    constructor(llm: BaseLLM, options: ToolLoopOptions, runId: string, signal: AbortSignal);
    /**
     * Sends feedback on the last answer to the model and continues. With `onlyFormat` a response format is sent if possible,
     * which requires that no tools are offered. Names of the further steps begin with `stepPart`.
     */
    continueWith(feedback: string, stepPart: string, onlyFormat: boolean): Promise<ToolLoopResult>;
    /** Runs until the model answers. */
    run(): Promise<ToolLoopResult>;
    /** Attaches the conversation and token usage of the run to the error that ends it. Nobody else may hold the error. */
    attachRun(error: CrewError): CrewError;
}

// loop/tool-loop-options.d.ts
import type { CrewError } from '../errors/crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';
import type { CallOptions } from '../llm/turn-options.ts';
import type { Message, Prompt } from '../messages/message.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';
/** Options of `runToolLoop`. The options of a turn apply to every turn of the loop. */
export interface ToolLoopOptions extends CallOptions {
    /** The conversation so far: a string, or a list of messages. */
    readonly messages: Prompt;
    /** Tools made with `tool()`; with `availableFunctions`, the definitions of those functions. */
    readonly tools?: readonly (Tool | ToolDefinition)[] | undefined;
    /**
     * The protocol in which the model calls tools. The messages passed and returned are the same for both: the ReAct
     * protocol adds its list of tools and its instructions to the system message of each request, or to the first user
     * message if there is no system message. Default: `function-calling` if `llm.supportsFunctionCalling()` returns true,
     * otherwise `react`. If the provider responds that it supports no tools, the run switches to `react`.
     *
     * @example
     * ```ts
     * import { runToolLoop, tool } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const lookUp = tool({
     *   name: 'look_up',
     *   description: 'Looks up the population of a city.',
     *   parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
     *   execute: () => 2_100_000,
     * });
     * const llm = fakeLLM([
     *   'Thought: I look it up.\nAction: look_up\nAction Input: {"city": "Paris"}',
     *   'Thought: I now know the final answer\nFinal Answer: 2.1 million',
     * ]);
     *
     * const { text } = await runToolLoop(llm, {
     *   messages: 'How many people live in Paris?',
     *   tools: [lookUp],
     *   toolProtocol: 'react',
     * });
     * console.log(text); // 2.1 million
     * ```
     */
    readonly toolProtocol?: ToolProtocolName | undefined;
    /**
     * Summarises a conversation that no longer fits the model's context window. If false, such a conversation ends the run
     * with a `ContextWindowExceededError`. Default true.
     *
     * @example
     * ```ts
     * import { ContextWindowExceededError, runToolLoop } from '@crew/core';
     * import { fakeLLM } from '@crew/llm-testkit';
     *
     * const llm = fakeLLM([], { contextWindow: 8_192 });
     * try {
     *   await runToolLoop(llm, { messages: 'A very long report. '.repeat(10_000), respectContextWindow: false });
     * } catch (error) {
     *   if (!ContextWindowExceededError.isInstance(error)) throw error;
     *   console.error(error.message);
     * }
     * ```
     */
    readonly respectContextWindow?: boolean | undefined;
    /** A limiter that each request to the model waits for. Share one between runs that draw on the same quota. */
    readonly rateLimiter?: RateLimiter | undefined;
    /** Streams the turns, so that text deltas are emitted as events. Default false. */
    readonly stream?: boolean | undefined;
    /** A step runner that makes the run durable. See `StepRunner`. */
    readonly steps?: StepRunner | undefined;
    /** A prefix of every step name, to distinguish the loops of one workflow. */
    readonly stepPrefix?: string | undefined;
    /** The id of the run, if the caller has already emitted events with it. Default: a random id. */
    readonly runId?: string | undefined;
    /** The source of time. Default: the system clock. */
    readonly clock?: Clock | undefined;
    /**
     * Called with the error of a failed model turn. If it resolves to true, the turn is requested again. `retry` counts
     * from 1.
     */
    readonly retryTurn?: ((error: CrewError, retry: number) => Promise<boolean>) | undefined;
}
/** The names of the options that a tool loop adds to those of a turn. */
export declare const TOOL_LOOP_OPTIONS: readonly string[];
/** A protocol for tool calls: fields of the provider's API (`function-calling`), or text in the messages (`react`). */
export type ToolProtocolName = 'function-calling' | 'react';
/**
 * The result of a tool loop.
 *
 * @example
 * ```ts
 * import { runToolLoop, type ToolLoopResult } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['Paris.', 'About 2.1 million.']);
 * const first: ToolLoopResult = await runToolLoop(llm, { messages: 'What is the capital of France?' });
 *
 * // Continues the conversation.
 * const second = await runToolLoop(llm, {
 *   messages: [...first.messages, { role: 'user', content: 'How many people live there?' }],
 *   toolProtocol: first.toolProtocol,
 * });
 * console.log(second.text); // About 2.1 million.
 * ```
 */
export interface ToolLoopResult {
    /** The answer: the model's last text, or the result of a tool with `resultAsAnswer`. */
    readonly text: string;
    /** The whole conversation, including the answer. */
    readonly messages: readonly Message[];
    /** The last turn. */
    readonly generation: Generation;
    /** Token usage of all turns of the loop, including summaries. */
    readonly usage: TokenUsage;
    /** The number of turns requested from the model. */
    readonly turns: number;
    /** The number of tool calls executed. */
    readonly toolCalls: number;
    /** The protocol that the run ended with. Pass it to the next run on the same LLM, to avoid detecting it again. */
    readonly toolProtocol: ToolProtocolName;
}

// messages/message.d.ts
import type { JsonValue } from '../json.ts';
/**
 * One part of a user message. An image is an `https:` or `data:` URL; `detail` selects the resolution at which the model sees
 * it. The `data` of audio and files is base64, and their `mediaType` a MIME type, such as `audio/wav` or `application/pdf`.
 * An LLM whose protocol cannot represent a part fails with a `ConfigurationError` that names it, before anything is sent.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import type { BaseLLM, ContentPart } from '@crew/core';
 *
 * export async function summarise(llm: BaseLLM, path: string): Promise<string> {
 *   const data = await readFile(path, 'base64');
 *   const content: readonly ContentPart[] = [
 *     { type: 'text', text: 'Summarise the report.' },
 *     { type: 'file', data, mediaType: 'application/pdf', name: 'report.pdf' },
 *   ];
 *   const { text } = await llm.generate([{ role: 'user', content }]);
 *   return text;
 * }
 * ```
 */
export type ContentPart = {
    readonly type: 'text';
    readonly text: string;
} | {
    readonly type: 'image';
    readonly url: string;
    readonly detail?: 'auto' | 'low' | 'high' | undefined;
} | {
    readonly type: 'audio';
    readonly data: string;
    readonly mediaType: string;
} | {
    readonly type: 'file';
    readonly data: string;
    readonly mediaType: string;
    readonly name?: string | undefined;
};
/** A tool call of the model. `arguments` is the JSON string written by the model; the tool parses it. */
export type ToolCall = {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
};
/**
 * The parts of a model's turn that only its provider can read, such as signed or encrypted reasoning. Many providers reject
 * the next request of a tool loop without them. Kept with the turn and sent again unchanged by the protocol that wrote it;
 * every other protocol ignores it. Plain JSON, so that a conversation can be stored.
 */
export interface ProviderData {
    /** The name of the wire protocol that wrote the value and can send it again, such as `chat-completions`. */
    readonly protocol: string;
    /** The model that wrote the turn, by the name that requests use. Data of another model is not sent. Default: any model. */
    readonly model?: string | undefined;
    /** The data, in a form of the protocol's own. */
    readonly value: JsonValue;
}
/** One message of a conversation. */
export type Message = {
    readonly role: 'system';
    readonly content: string;
} | {
    readonly role: 'user';
    readonly content: string | readonly ContentPart[];
} | {
    readonly role: 'assistant';
    readonly content: string;
    readonly toolCalls?: readonly ToolCall[] | undefined;
    /**
     * The parts of the turn that only its provider can read. Remove it when you change the content or the calls. Default:
     * none.
     */
    readonly providerData?: ProviderData | undefined;
} | {
    readonly role: 'tool';
    readonly toolCallId: string;
    readonly name?: string | undefined;
    readonly content: string;
};
/** The input of a model turn: a string (one user message), or the conversation so far. */
export type Prompt = string | readonly Message[];

// messages/printable.d.ts
/**
 * Sanitises an untrusted text, such as a model's reply, a tool's name or a file name, for a terminal or a log. Line feeds
 * and tabs are kept, other line ends become line feeds, format characters are removed, and every other control character
 * is replaced with U+FFFD. Escape sequences become plain text: they cannot move the cursor, hide earlier output, or write
 * to the clipboard (OSC 52). Emoji joined by U+200D are split.
 *
 * `printable` works on single characters and may be called for each part of a stream. A CRLF that is split across two
 * parts becomes U+FFFD and a line feed. Use `excerpt` where one line is expected.
 *
 * @example
 * ```ts
 * import { printable } from '@crew/core';
 *
 * const reply = 'Done.\u001b]52;c;cm0gLXJmIH4=\u0007\r\n'; // tries to write to the clipboard
 * console.log(printable(reply)); // the escape character is now U+FFFD
 * ```
 */
export declare function printable(text: string): string;
/**
 * Returns the beginning of an untrusted text, such as a server's response, a certificate or a file, as one line of
 * printable characters for an error message. Runs of white space, control and format characters become one space. The
 * result has at most `length` characters (default 200); a text that was cut ends with an additional `…`. The cost does not
 * depend on the length of the text.
 *
 * @example
 * ```ts
 * import { CredentialError, excerpt } from '@crew/core';
 *
 * export async function readToken(response: Response): Promise<string> {
 *   const body = await response.text();
 *   if (response.ok) return body;
 *   throw new CredentialError(`The identity service returned ${response.status}: ${excerpt(body)}`);
 * }
 * ```
 */
export declare function excerpt(text: string, length?: number): string;
/** Returns the beginning of a text, at most `length` characters of it. A surrogate pair is not split. */
export declare function cutText(text: string, length: number): string;
/** Returns the beginning of a parsed body as one line of JSON. */
export declare function excerptOfBody(body: unknown): string;

// middleware/fallback.d.ts
import { type Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
/** A kind of error: an error class of Crew, or any object that recognises errors. */
export interface ErrorKind {
    /** Returns true if the value is an error of this kind. */
    isInstance(value: unknown): boolean;
}
/** Options of `fallback`. */
export interface FallbackOptions {
    /**
     * The kinds of errors after which the next LLM is tried, such as `[RateLimitError, ConnectionError]`. Default: rate
     * limits, connection errors, timeouts, protocol violations, statuses of 500 and above, and errors without a status, with
     * which a server gives up on a turn.
     */
    readonly on?: readonly ErrorKind[] | undefined;
    /** The source of time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Combines several LLMs into one. Each turn is sent to the first LLM, and after an error of one of the given kinds to the
 * next. A streamed turn does not change its LLM once a part was emitted, and a cancelled turn is not retried.
 *
 * Any of the LLMs may answer a turn. The result therefore supports function calling and response formats only if all of them do, has the
 * smallest of their context windows, and applies the stop words of all. It counts tokens and emits events itself; each
 * change of LLM is a `turn-retry` event without a delay.
 *
 * @throws {ConfigurationError} if there is no LLM, or an option is invalid.
 *
 * @example
 * ```ts
 * import { type BaseLLM, ConnectionError, fallback, RateLimitError } from '@crew/core';
 *
 * export function withBackup(primary: BaseLLM, backup: BaseLLM): BaseLLM {
 *   return fallback([primary, backup], { on: [RateLimitError, ConnectionError] });
 * }
 * ```
 */
export declare function fallback(llms: readonly BaseLLM[], options?: FallbackOptions): BaseLLM;

// middleware/middleware-llm.d.ts
import type { CrewEvent } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import { BaseLLM, type BaseLLMOptions } from '../llm/base-llm.ts';
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { CallOptions, TurnRequest } from '../llm/turn-options.ts';
import type { Prompt } from '../messages/message.ts';
/** The two hooks of an LLM, to which middleware delegates. */
export interface TurnHooks {
    respond(request: TurnRequest): Promise<AssistantTurn>;
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
}
/** The base class of LLMs that delegate their turns to one or several inner LLMs. */
export declare abstract class MiddlewareLLM extends BaseLLM {
    #private;
    constructor(innerLLMs: readonly BaseLLM[], options: BaseLLMOptions & {
        readonly clock: Clock;
    });
    /** Implements the contract of `call()` on the hooks: runs the tool loop with functions, otherwise a single turn. */
    call(messages: Prompt, callOptions?: CallOptions): Promise<string | AssistantTurn>;
    /** Also listens to the inner LLMs for events that belong to no turn: renewals of credentials in the background. */
    on<Type extends CrewEvent['type']>(type: Type, listener: (event: Extract<CrewEvent, {
        readonly type: Type;
    }>) => void): () => void;
}

// middleware/observed-turn.d.ts
import type { CrewError } from '../errors/crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import type { AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './middleware-llm.ts';
/** A turn that has ended, with its request and its result. */
export interface ObservedTurn {
    /** The request of the turn. */
    readonly request: TurnRequest;
    /** The model's reply. `undefined` if the turn failed. */
    readonly turn: AssistantTurn | undefined;
    /** The error of a failed turn. */
    readonly error: CrewError | undefined;
    /** True for a streamed turn. */
    readonly streamed: boolean;
    /** Duration of the turn in milliseconds, including the wait for the rate limit. */
    readonly durationMs: number;
}
/** Returns hooks that call `observe` once per turn, when it has ended. Exceptions thrown by `observe` are ignored. */
export declare function addObserver(hooks: TurnHooks, observe: (turn: ObservedTurn) => unknown, clock: Clock): TurnHooks;

// middleware/turn-cache.d.ts
import { type AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './middleware-llm.ts';
/**
 * A store for cached turns: a `Map`, or your own implementation. An error thrown by the store counts as a cache miss.
 *
 * @example
 * ```ts
 * import { type AssistantTurn, type BaseLLM, type TurnCache, wrapLLM } from '@crew/core';
 *
 * // Keeps the newest thousand turns.
 * class RecentTurns implements TurnCache {
 *   readonly #turns = new Map<string, AssistantTurn>();
 *
 *   get(key: string): AssistantTurn | undefined {
 *     return this.#turns.get(key);
 *   }
 *
 *   set(key: string, turn: AssistantTurn): void {
 *     this.#turns.set(key, turn);
 *     for (const oldest of this.#turns.keys()) {
 *       if (this.#turns.size <= 1_000) return;
 *       this.#turns.delete(oldest);
 *     }
 *   }
 * }
 *
 * export function withCache(llm: BaseLLM): BaseLLM {
 *   return wrapLLM(llm, { cache: new RecentTurns() });
 * }
 * ```
 */
export interface TurnCache {
    /** Returns the turn stored under the key (64 hexadecimal digits). */
    get(key: string): AssistantTurn | undefined | Promise<AssistantTurn | undefined>;
    /** Stores a turn. It is plain data that JSON can represent. */
    set(key: string, turn: AssistantTurn): unknown;
}
/** Options for caching turns. */
export interface CacheOptions {
    /** The cache for replies, such as a `Map`. Failed, empty and cut-off turns are not cached. Default: no cache. */
    readonly cache?: TurnCache | undefined;
    /**
     * Returns an additional part of the cache key, such as the tenant in `authContext`. Return `undefined` to bypass the
     * cache. Default: turns without an `authContext` share one scope, and turns with one bypass the cache.
     */
    cacheScope?(request: TurnRequest): string | undefined;
}
/** Returns hooks that answer repeated requests from the cache. Concurrent identical requests are all sent. */
export declare function addCache(hooks: TurnHooks, cache: TurnCache, getScope: NonNullable<CacheOptions['cacheScope']>, model: string | undefined): TurnHooks;

// middleware/wrap-llm.d.ts
import { type Clock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { type AssistantTurn, type StreamPart } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import { type ObservedTurn } from './observed-turn.ts';
import { type CacheOptions } from './turn-cache.ts';
/** Custom middleware: functions that surround the turns of an LLM. */
interface TurnMiddleware {
    /** Surrounds each turn. May change the request or the reply, call `next` again, or not call it at all. */
    respond?(request: TurnRequest, next: (request: TurnRequest) => Promise<AssistantTurn>): Promise<AssistantTurn>;
    /** Surrounds each streamed turn. Without it, `respond` surrounds streamed turns too, and they arrive as one part. */
    respondStream?(request: TurnRequest, next: (request: TurnRequest) => AsyncIterable<StreamPart>): AsyncIterable<StreamPart>;
}
/** Options of `wrapLLM`. They surround the LLM from the outside in: `observe`, `cache`, `respond`, `rateLimit`. */
export interface WrapOptions extends CacheOptions, TurnMiddleware {
    /** Called once per turn, when the turn has succeeded or failed. Exceptions thrown by the function are ignored. */
    observe?(turn: ObservedTurn): void;
    /** Requests per minute: a burst of as many, then an even pace; or a limiter, such as one shared with other LLMs. Default: no limit. */
    readonly rateLimit?: number | RateLimiter | undefined;
    /** The source of time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Wraps an LLM in middleware: an observer, a cache, a rate limit, or your own functions. Returns an LLM like any other,
 * which can be wrapped again. Only the outermost LLM counts tokens and emits events. Its `model`, `stop`, `temperature`
 * and capabilities are those of the inner LLM, and closing it closes the inner LLM. See also `fallback`.
 *
 * @throws {ConfigurationError} if an option is invalid.
 *
 * @example
 * Cache replies, limit the rate, and log failures:
 *
 * ```ts
 * import { type BaseLLM, wrapLLM } from '@crew/core';
 *
 * export function forProduction(llm: BaseLLM): BaseLLM {
 *   return wrapLLM(llm, {
 *     cache: new Map(),
 *     rateLimit: 60,
 *     observe: ({ error, durationMs }) => {
 *       if (error) console.error(`${error.code} after ${Math.round(durationMs)} ms`);
 *     },
 *   });
 * }
 * ```
 *
 * @example
 * Add an instruction to every turn:
 *
 * ```ts
 * import { type BaseLLM, wrapLLM } from '@crew/core';
 *
 * export function inFrench(llm: BaseLLM): BaseLLM {
 *   return wrapLLM(llm, {
 *     respond: (request, next) =>
 *       next({ ...request, messages: [{ role: 'system', content: 'Answer in French.' }, ...request.messages] }),
 *   });
 * }
 * ```
 */
export declare function wrapLLM(llm: BaseLLM, options: WrapOptions): BaseLLM;
export {};

// node.d.ts
import { type FileWriter } from './task/output-file.ts';
/** Options of `nodeFiles`. */
export interface NodeFilesOptions {
    /** The folder that contains all files. It must exist. Default: the working directory at the time of writing. */
    readonly directory?: string | undefined;
}
/**
 * Returns a writer that stores the output files of tasks in one folder of this machine. It rejects paths that leave the
 * folder, even through a symbolic link. Missing folders are created. A file is written to a temporary file and then renamed,
 * so that no reader sees part of it; an existing link is replaced, not followed.
 *
 * @throws {ConfigurationError} for an invalid `directory`. `write` rejects with one for a path that leaves the folder.
 */
export declare function nodeFiles(options?: NodeFilesOptions): FileWriter;

// structured-output/generate-object.d.ts
import { type Generation, type TokenUsage } from '../llm/turn.ts';
import { type TurnOptions } from '../llm/turn-options.ts';
import type { Prompt } from '../messages/message.ts';
/** Options of `generateObject`: those of a turn, used for each attempt. */
export interface GenerateObjectOptions extends Omit<TurnOptions, 'responseFormat' | 'tools' | 'toolChoice'> {
    /** Attempts before the call fails with a `StructuredOutputError`. Default 3. */
    readonly maxAttempts?: number | undefined;
}
/** A value that fits its schema, with the turn that produced it. */
export interface GeneratedObject<T> {
    /** The output of the schema: transformed, with defaults filled in. */
    readonly object: T;
    /** The turn that contained the value. */
    readonly generation: Generation;
    /** Tokens of all attempts. */
    readonly usage: TokenUsage;
}
/** The methods of an LLM that `generateObject` calls. */
export interface ObjectGenerator {
    generate(messages: Prompt, options?: TurnOptions): Promise<Generation>;
    supportsResponseFormat(): boolean;
}
/**
 * Asks an LLM for a value that fits the schema. Implements `BaseLLM.generateObject`.
 *
 * @example
 * ```ts no-run
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 * import { z } from 'zod';
 *
 * const llm = new ApiKeyLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   model: 'large',
 *   apiKey: fromEnv('LLM_API_KEY'),
 * });
 * const Tide = z.object({ harbour: z.string(), high: z.string() });
 * const { object, usage } = await llm.generateObject('When is the next high tide in Brest?', Tide, { maxAttempts: 2 });
 * console.log(object.harbour, object.high, usage.outputTokens);
 * ```
 */
export declare function generateObject(llm: ObjectGenerator, prompt: Prompt, schema: unknown, options: GenerateObjectOptions): Promise<GeneratedObject<unknown>>;

// task/guardrail.d.ts
import type { AgentSettings } from '../agent/agent-options.ts';
import type { Persona } from '../agent/prompt.ts';
import type { RunScope } from '../agent/run-scope.ts';
import type { TaskFunction } from './task-function.ts';
/** The verdict of a guardrail function: `true` accepts the output, a string rejects it with feedback; or an object. */
export type GuardrailVerdict = true | string | {
    readonly ok: boolean;
    /** Replaces the output if `ok` is true: a string, or any JSON value. */
    readonly value?: unknown;
    /** Feedback for the agent if `ok` is false. */
    readonly feedback?: string | undefined;
};
/** A function that judges an output. */
export type GuardrailFunction<Parsed = unknown> = TaskFunction<Parsed, GuardrailVerdict>;
/** A function that judges an output, or a sentence against which the agent's own model judges it. */
export type Guardrail<Parsed = unknown> = string | GuardrailFunction<Parsed>;
/** The verdict of a guardrail as plain data. `value` is the text that replaces the output. */
export type Judgement = {
    readonly ok: true;
    readonly value?: string | undefined;
} | {
    readonly ok: false;
    readonly feedback: string;
};
/** Converts the return value of a guardrail function. */
export declare function toJudgement(verdict: unknown, what: string): Judgement;
/** Asks the agent's own model to judge a text against a sentence. */
export declare function judgeBySentence(agent: AgentSettings, persona: Persona, sentence: string, text: string, scope: RunScope & {
    readonly parentId: string;
}): Promise<Judgement>;

// task/inputs.d.ts
import type { Persona, TaskPrompt } from '../agent/prompt.ts';
import type { OptionRule } from '../errors/check-options.ts';
import type { JsonValue } from '../json.ts';
/** Values of `{name}` placeholders, by name. A string is inserted unchanged, any other value as JSON. */
export type Inputs = {
    readonly [name: string]: JsonValue | undefined;
};
/** The rule for the option `inputs`. */
export declare const inputsRule: OptionRule;
/** The texts of a task that may contain placeholders, and its name. */
export interface TaskTexts extends TaskPrompt {
    readonly name: string;
    readonly outputFile: string | undefined;
}
/** Returns a task's texts with the inputs of a run filled in. */
export declare function fillTask(task: TaskTexts, inputs: Inputs | undefined): TaskTexts;
/** Returns an agent's role, goal and backstory with the inputs of a run filled in. */
export declare function fillPersona(agent: Persona, inputs: Inputs | undefined): Persona;

// task/output-file.d.ts
/** A destination for the output files of tasks, such as `nodeFiles()` of `@crew/core/node`. */
export interface FileWriter {
    /**
     * Writes the file atomically: a reader never sees part of it. `path` is relative, with `/` between folders; missing folders
     * are created. Rejects for a path that leaves the writer's folder.
     */
    write(path: string, content: string, options: {
        readonly signal: AbortSignal;
    }): Promise<void>;
}
/**
 * Checks that an `outputFile` is a plain path inside its folder.
 *
 * @throws {ConfigurationError} naming the task.
 */
export declare function checkOutputPath(path: string, task: string): void;
/**
 * Returns what is wrong with a path that must stay inside a folder, or `undefined`. The path must not be absolute, start
 * with a drive letter or a home folder (`~/`), or contain a `..` segment or control characters. A backslash counts as a
 * separator on every system.
 */
export declare function outputPathFault(path: string): string | undefined;

// task/run-task.d.ts
import type { AgentSettings } from '../agent/agent-options.ts';
import type { Persona } from '../agent/prompt.ts';
import { type RunScope } from '../agent/run-scope.ts';
import type { ReadSchema } from '../tools/schema.ts';
import type { Tool } from '../tools/tool.ts';
import { type Guardrail } from './guardrail.ts';
import type { TaskTexts } from './inputs.ts';
import type { FileWriter } from './output-file.ts';
import { type TaskCallContext, type TaskFunction } from './task-function.ts';
import { TaskOutput } from './task-output.ts';
/** A function that decides whether a task is executed. */
export type TaskCondition = (previous: TaskOutput | undefined, context: TaskCallContext) => boolean | Promise<boolean>;
/** The settings of a task that a run reads. A `Task` has them as fields. */
export interface TaskSettings {
    readonly name: string;
    readonly schema: ReadSchema | undefined;
    readonly files: FileWriter | undefined;
    readonly guardrails: readonly Guardrail[];
    readonly guardrailMaxRetries: number;
    readonly humanInput: TaskFunction<unknown, string> | undefined;
    readonly condition: TaskCondition | undefined;
    readonly callback: TaskFunction<unknown, void> | undefined;
}
/** The work of one run of a task. */
export interface TaskWork {
    readonly task: TaskSettings;
    readonly texts: TaskTexts;
    readonly agent: AgentSettings;
    readonly persona: Persona;
    readonly context: string | undefined;
    /** Returns the tools for one attempt, whose scope they may belong to. */
    readonly tools: (scope: RunScope) => readonly Tool[];
    /** The output that the task's `condition` is called with. */
    readonly previous: TaskOutput | undefined;
}
/** Runs a task once. Keeps no state in the task. */
export declare function runTask(work: TaskWork, outerScope: RunScope): Promise<TaskOutput>;

// task/task-function.d.ts
import type { RunScope } from '../agent/run-scope.ts';
import type { Deadline } from '../execution/deadline.ts';
import type { TaskOutput } from './task-output.ts';
/** A function that a task calls with its output: a guardrail, `humanInput`, `callback`. */
export type TaskFunction<Parsed, Result> = {
    bivarianceHack(output: TaskOutput<Parsed>, context: TaskCallContext): Result | Promise<Result>;
}['bivarianceHack'];
/** The second argument of a task's functions. */
export interface TaskCallContext {
    /** Aborted when the run is cancelled. */
    readonly signal: AbortSignal;
    /** The run's `authContext`, unchanged. */
    readonly authContext: unknown;
}
/**
 * Calls a function of a task as a step, so that a replay does not call it again. Stops waiting when the run is cancelled.
 * `what` names the function in the error that is thrown if it fails.
 */
export declare function callTaskFunction<T>(scope: RunScope, deadline: Deadline, step: string, what: string, action: (context: TaskCallContext) => T | Promise<T>): Promise<T>;

// task/task-output.d.ts
import type { JsonValue } from '../json.ts';
import type { FinishReason, TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
/** The fields of a `TaskOutput`. */
export interface TaskOutputFields<Parsed = unknown> {
    /** The task's name. */
    readonly name: string;
    /** The answer's text. */
    readonly raw: string;
    /** The answer as JSON, if the task has an `outputSchema`. */
    readonly json: JsonValue | undefined;
    /** The output of the task's `outputSchema`: checked, transformed, defaults filled in. */
    readonly parsed: Parsed;
    /** Tokens of all model turns of the task, including repeated attempts, guardrails and delegated work. */
    readonly usage: TokenUsage;
    /** The conversation that led to the answer. */
    readonly messages: readonly Message[];
    /**
     * The reason why the model stopped in the turn that gave the answer: `length` and `content-filter` mean that the answer is
     * incomplete, `refusal` that it is a refusal. Undefined if the task was skipped.
     */
    readonly finishReason?: FinishReason | undefined;
    /** True if the task's `condition` returned false. Then `raw` is empty. Default false. */
    readonly skipped?: boolean | undefined;
}
/**
 * The output of a task.
 *
 * @example
 * ```ts
 * import { Agent, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['{"title":"Moby-Dick","year":1851}']);
 * const agent = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
 * const outputSchema = {
 *   type: 'object',
 *   properties: { title: { type: 'string' }, year: { type: 'integer' } },
 *   required: ['title', 'year'],
 * };
 * const task = new Task({ description: 'Recommend a novel.', expectedOutput: 'One book.', agent, outputSchema });
 * const { raw, json, usage, messages } = await task.execute();
 * console.log(raw, json, usage.outputTokens, messages.length);
 * ```
 */
export declare class TaskOutput<Parsed = unknown> implements TaskOutputFields<Parsed> {
    readonly name: string;
    readonly raw: string;
    readonly json: JsonValue | undefined;
    readonly parsed: Parsed;
    readonly usage: TokenUsage;
    readonly messages: readonly Message[];
    readonly finishReason: FinishReason | undefined;
    readonly skipped: boolean;
    constructor(fields: TaskOutputFields<Parsed>);
    /** Returns the answer's text. */
    toString(): string;
}

// task/task.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Agent } from '../agent/agent.ts';
import { type ExecuteTaskOptions } from '../agent/agent-options.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { ContentPart } from '../messages/message.ts';
import { type ReadSchema } from '../tools/schema.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import type { Guardrail } from './guardrail.ts';
import { type Inputs } from './inputs.ts';
import { type FileWriter } from './output-file.ts';
import { type TaskCondition, type TaskSettings } from './run-task.ts';
import type { TaskFunction } from './task-function.ts';
import type { TaskOutput } from './task-output.ts';
/** A schema for an answer: a Standard Schema that describes itself as JSON Schema, or a JSON Schema. */
export type OutputSchema = ToolSchema | JsonObject;
/** The type of `TaskOutput.parsed` for a task with this `outputSchema`. */
export type ParsedOutput<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : Schema extends JsonObject ? JsonValue : undefined;
/** A task with any output schema. */
export type AnyTask = Task<OutputSchema | undefined>;
/** Options of `new Task()`. */
export interface TaskOptions<Schema extends OutputSchema | undefined = undefined> {
    /** The work to be done. */
    readonly description: string;
    /** Description of a good answer. */
    readonly expectedOutput: string;
    /**
     * Images, audio and files for the agent, as content parts that follow the text of the task. The coworkers to whom a manager
     * delegates work do not receive them. Default none.
     */
    readonly attachments?: readonly ContentPart[] | undefined;
    /** Name for events and errors. Default: the beginning of the description. */
    readonly name?: string | undefined;
    /** The agent that executes the task. In a sequential crew, each task needs one. */
    readonly agent?: Agent | undefined;
    /** Tools that replace the agent's; `[]` means none. */
    readonly tools?: readonly Tool[] | undefined;
    /** The tasks whose outputs the agent receives. Default: all earlier tasks of the crew. `[]` means none. */
    readonly context?: readonly AnyTask[] | undefined;
    /** The schema that the answer must fit. The model gets feedback until it does, with three attempts in all. */
    readonly outputSchema?: Schema | undefined;
    /** File for the answer: a relative path, in which inputs are filled in. Requires `files`. */
    readonly outputFile?: string | undefined;
    /** Writer of the `outputFile`, such as `nodeFiles()` of `@crew/core/node`. */
    readonly files?: FileWriter | undefined;
    /** Checks of the answer: functions, or sentences that the agent's model judges by. All must accept it, in order. */
    readonly guardrail?: Guardrail<ParsedOutput<Schema>> | readonly Guardrail<ParsedOutput<Schema>>[] | undefined;
    /** Maximum number of new attempts after a guardrail rejected the output. Default 3. */
    readonly guardrailMaxRetries?: number | undefined;
    /** Lets a crew start the next task while this one is running. Default false. */
    readonly asyncExecution?: boolean | undefined;
    /**
     * Called with the finished output; returns the remarks of a human. An empty string approves the output. With any other
     * string, the agent tries again.
     */
    readonly humanInput?: TaskFunction<ParsedOutput<Schema>, string> | undefined;
    /** Decides whether the task is executed. Called with the output of the last task that was not skipped. */
    readonly condition?: TaskCondition | undefined;
    /** Called with the accepted output. An exception fails the task. */
    readonly callback?: TaskFunction<ParsedOutput<Schema>, void> | undefined;
}
/** Options of `Task.execute`. */
export interface TaskExecuteOptions extends ExecuteTaskOptions {
    /** Values of `{name}` placeholders. If unset, the placeholders stay unchanged. */
    readonly inputs?: Inputs | undefined;
}
/**
 * A task for an agent. It keeps no state between runs and may be executed several times at once. Its fields are its options
 * (`TaskOptions`), with defaults filled in.
 *
 * @throws {ConfigurationError} for an invalid option.
 *
 * @example A guardrail checks the answer; the agent tries again with its feedback.
 * ```ts
 * import { Agent, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['The sea is very big indeed, you know.', 'The sea is big.']);
 * const agent = new Agent({ role: 'Poet', goal: 'Say it briefly', backstory: 'You count words.', llm });
 * const task = new Task({
 *   description: 'Describe the sea.',
 *   expectedOutput: 'At most five words.',
 *   agent,
 *   guardrail: output => output.raw.split(' ').length <= 5 || 'It has more than five words.',
 * });
 * console.log((await task.execute()).raw);
 * ```
 *
 * @example An output schema makes the answer a typed value.
 * ```ts no-run
 * import { Agent, Task } from '@crew/core';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 * import { z } from 'zod';
 *
 * const endpoint = 'https://gateway.example/v1/chat/completions';
 * const llm = new ApiKeyLLM({ endpoint, model: 'large', apiKey: fromEnv('LLM_API_KEY') });
 * const task = new Task({
 *   description: 'Recommend a novel about the sea.',
 *   expectedOutput: 'One book.',
 *   agent: new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm }),
 *   outputSchema: z.object({ title: z.string(), year: z.number().int() }),
 * });
 * const { parsed } = await task.execute();
 * console.log(parsed.title, parsed.year);
 * ```
 *
 * @example The answer is written to a file.
 * ```ts no-run
 * import { Agent, Task } from '@crew/core';
 * import { nodeFiles } from '@crew/core/node';
 * import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';
 *
 * const endpoint = 'https://gateway.example/v1/chat/completions';
 * const llm = new ApiKeyLLM({ endpoint, model: 'large', apiKey: fromEnv('LLM_API_KEY') });
 * const task = new Task({
 *   description: 'Write a short history of {harbour}.',
 *   expectedOutput: 'Markdown, one page.',
 *   agent: new Agent({ role: 'Historian', goal: 'Tell what happened', backstory: 'You read archives.', llm }),
 *   outputFile: 'harbours/{harbour}.md',
 *   files: nodeFiles({ directory: '/var/lib/harbours' }),
 * });
 * await task.execute({ inputs: { harbour: 'Brest' } });
 * ```
 *
 * @example A task of a crew receives the outputs of the tasks in its `context`.
 * ```ts
 * import { Agent, Crew, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['High tide is at 06:40.', 'Enter at six.']);
 * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
 * const tide = new Task({ description: 'Find the next high tide.', expectedOutput: 'A time.', agent });
 * const advice = new Task({ description: 'Advise the ship.', expectedOutput: 'A sentence.', agent, context: [tide] });
 * console.log(String(await new Crew({ tasks: [tide, advice] }).kickoff()));
 * ```
 */
export declare class Task<Schema extends OutputSchema | undefined = undefined> implements TaskSettings {
    #private;
    readonly description: string;
    readonly expectedOutput: string;
    readonly attachments: readonly ContentPart[] | undefined;
    readonly name: string;
    readonly agent: Agent | undefined;
    readonly tools: readonly Tool[] | undefined;
    readonly context: readonly AnyTask[] | undefined;
    readonly outputSchema: Schema | undefined;
    /** `outputSchema` as JSON Schema, with the function that checks a value. */
    readonly schema: ReadSchema | undefined;
    readonly outputFile: string | undefined;
    readonly files: FileWriter | undefined;
    readonly guardrails: readonly Guardrail<ParsedOutput<Schema>>[];
    readonly guardrailMaxRetries: number;
    readonly asyncExecution: boolean;
    readonly humanInput: TaskOptions<Schema>['humanInput'];
    readonly condition: TaskOptions<Schema>['condition'];
    readonly callback: TaskOptions<Schema>['callback'];
    /** Runs the whole task with another agent than its own. Unset if the task consists only of a prompt. */
    readonly executeWith: ((agent: Agent, options: ExecuteTaskOptions) => Promise<TaskOutput>) | undefined;
    constructor(options: TaskOptions<Schema>);
    /**
     * Executes the task with its agent, including schema, guardrails, human input, output file and callback.
     *
     * @throws {ConfigurationError} if the task has no agent, or needs the outputs of other tasks and got no `context`.
     * @throws {GuardrailError} if a guardrail rejected every attempt.
     * @throws {CrewError} any other error of the run.
     */
    execute(options?: TaskExecuteOptions): Promise<TaskOutput<ParsedOutput<Schema>>>;
}

// tools/make-tool.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type JsonObject } from '../json.ts';
import type { ToolContext, ToolSchema, ToolSettings, TypedTool } from './tool.ts';
/** Options of a tool whose parameters are described by a Standard Schema, such as one of zod. */
export interface SchemaToolOptions<S extends ToolSchema, Out> extends ToolSettings {
    /** A schema of an object, which describes and validates the arguments. */
    readonly parameters: S;
    /** The function of the tool. It receives the validated arguments. */
    readonly execute: (input: StandardSchemaV1.InferOutput<S>, context: ToolContext) => Out | Promise<Out>;
}
/**
 * Options of a tool whose parameters are described by a JSON Schema.
 *
 * @example
 * ```ts
 * import { type JsonToolOptions, tool } from '@crew/core';
 *
 * const options: JsonToolOptions<string> = {
 *   name: 'read_page',
 *   description: 'Reads a page of the handbook. Use it for questions about company rules.',
 *   parameters: {
 *     type: 'object',
 *     properties: { page: { type: 'integer', minimum: 1 } },
 *     required: ['page'],
 *     additionalProperties: false,
 *   },
 *   execute: ({ page }) => `The text of page ${page}.`,
 *   maxUses: 5,
 *   timeout: 10_000,
 *   cache: true,
 * };
 * const readPage = tool(options);
 * console.log(readPage.name); // read_page
 * ```
 */
export interface JsonToolOptions<Out> extends ToolSettings {
    /** A JSON Schema of an object, which describes and validates the arguments. */
    readonly parameters: JsonObject;
    /** The function of the tool. It receives the validated arguments. */
    readonly execute: (input: JsonObject, context: ToolContext) => Out | Promise<Out>;
}
/**
 * Creates a tool that a model can call. `parameters` is a schema (zod 4, arktype, valibot through `toStandardJsonSchema`)
 * or a JSON Schema. `execute` receives the validated arguments. The model receives a returned string unchanged, and any
 * other value as JSON.
 *
 * @throws {ConfigurationError} if an option is invalid, or if the schema cannot be converted to JSON Schema.
 *
 * @example Parameters as a zod schema
 * ```ts
 * import { tool } from '@crew/core';
 * import { z } from 'zod';
 *
 * export const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: z.object({ a: z.number(), b: z.number() }),
 *   execute: ({ a, b }) => a + b,
 * });
 * ```
 *
 * @example Parameters as a JSON Schema
 * ```ts
 * import { tool } from '@crew/core';
 *
 * export const add = tool({
 *   name: 'add',
 *   description: 'Adds two numbers.',
 *   parameters: {
 *     type: 'object',
 *     properties: { a: { type: 'number' }, b: { type: 'number' } },
 *     required: ['a', 'b'],
 *   },
 *   execute: ({ a, b }) => Number(a) + Number(b),
 * });
 * ```
 */
export declare function tool<S extends ToolSchema, Out>(settings: SchemaToolOptions<S, Out>): TypedTool<StandardSchemaV1.InferOutput<S>, Out>;
export declare function tool<Out>(settings: JsonToolOptions<Out>): TypedTool<JsonObject, Out>;

// tools/schema.d.ts
import { type JsonObject, type JsonValue } from '../json.ts';
/** Validates a parsed value. Returns the value to use, or its problems. */
export type SchemaCheck = (value: JsonValue) => SchemaResult | Promise<SchemaResult>;
/** The result of a schema check. */
export type SchemaResult = {
    readonly value: unknown;
} | {
    readonly problems: string;
};
/** A schema in two forms: as JSON Schema for the model, and as a check of the model's output. */
export interface ReadSchema {
    /** Deeply frozen. */
    readonly jsonSchema: JsonObject;
    readonly check: SchemaCheck;
}
/**
 * Reads a Standard Schema that converts to JSON Schema, or a plain JSON Schema.
 *
 * @throws {ConfigurationError} for anything else. The message names `what` and suggests a remedy.
 */
export declare function readSchema(schema: unknown, what: string): ReadSchema;

// tools/tool.d.ts
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../json.ts';
/**
 * The context of one tool call.
 *
 * @example
 * ```ts
 * import { tool, type ToolContext } from '@crew/core';
 *
 * async function readOrders(_input: object, context: ToolContext): Promise<string> {
 *   const response = await fetch('http://127.0.0.1:8080/orders', {
 *     headers: { 'x-tenant': String(context.authContext), 'x-request-id': context.toolCallId },
 *     signal: context.signal,
 *   });
 *   return response.text();
 * }
 *
 * export const orders = tool({
 *   name: 'orders',
 *   description: 'Lists the open orders of the customer.',
 *   parameters: { type: 'object', properties: {} },
 *   execute: readOrders,
 * });
 * ```
 */
export interface ToolContext {
    /** A signal that is aborted when the run is cancelled or the tool's `timeout` expires. */
    readonly signal: AbortSignal;
    /** The id of the run. */
    readonly runId: string;
    /** The model's id of the call, unique within the run. */
    readonly toolCallId: string;
    /** The `authContext` option of the run, such as a tenant. */
    readonly authContext: unknown;
}
/** The description of a tool for the model. `parameters` is a JSON Schema of an object. */
export interface ToolDefinition {
    readonly name: string;
    readonly description: string;
    readonly parameters: JsonObject;
    /**
     * Requests that the provider makes every call fit `parameters` exactly, if it can. Providers that can usually demand that
     * every property is required and that `additionalProperties` is false. Default: not sent.
     */
    readonly strict?: boolean | undefined;
}
/** Options that control how the tool loop runs a tool. */
export interface ToolPolicy {
    /** Ends the run with a successful result as its answer, unchanged. Default false. */
    readonly resultAsAnswer?: boolean | undefined;
    /** Maximum number of calls in one run. Further calls get an error as their result. Default: unlimited. */
    readonly maxUses?: number | undefined;
    /** Timeout of one call, in milliseconds. Default: none. */
    readonly timeout?: number | undefined;
    /** Prevents the tool from running concurrently with other calls of the same turn. Default false. */
    readonly sequential?: boolean | undefined;
    /** Allows identical calls in consecutive turns without a warning to the model. Default false. */
    readonly repeatable?: boolean | undefined;
    /** Caches successful results by their arguments, for the duration of a run. Default false. */
    readonly cache?: boolean | undefined;
}
/** A tool that the tool loop can run. Create one with `tool()`. */
export interface Tool extends ToolDefinition, ToolPolicy {
    /**
     * Parses and validates the arguments, runs the tool, and returns its result as text for the model.
     *
     * @throws {ToolInputError} if the arguments are not JSON or do not fit the parameters.
     */
    run(argumentsText: string, context: ToolContext): Promise<string>;
}
/** A tool whose function can also be called directly, with its original types. */
export interface TypedTool<In, Out> extends Tool {
    /** The function passed to `tool()`. A direct call validates nothing, and the options for the tool loop do not apply. */
    execute(input: In, context: ToolContext): Out | Promise<Out>;
}
/** A schema that validates values and converts to JSON Schema: zod 4, arktype, valibot's `toStandardJsonSchema`. */
export type ToolSchema<In = unknown, Out = In> = StandardSchemaV1<In, Out> & StandardJSONSchemaV1<In, Out>;
/** Options of a tool other than its parameters and its function. */
export interface ToolSettings extends ToolPolicy {
    /** The name: letters, digits, `_` and `-`, at most 64 characters. All providers accept such names. */
    readonly name: string;
    /** A description for the model: what the tool does, and when to use it. */
    readonly description: string;
    /**
     * Requests that the provider makes every call fit `parameters` exactly, if it can. Providers that can usually demand that
     * every property is required and that `additionalProperties` is false. Default: not sent.
     */
    readonly strict?: boolean | undefined;
}
