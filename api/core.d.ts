// The public surface of @crew/core. Written by `pnpm api:update`; see docs/versions.md.

// agent/agent-options.d.ts
import { type OptionRules } from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Tool } from '../tools/tool.ts';
/** What an agent is made of. */
export interface AgentOptions {
    /** Who it is: "Research Assistant". */
    readonly role: string;
    /** What it wants. */
    readonly goal: string;
    /** What makes it good at that. */
    readonly backstory: string;
    /** The model it thinks with. There is no default. */
    readonly llm: BaseLLM;
    /** What it may use. Default none. */
    readonly tools?: readonly Tool[] | undefined;
    /** Rounds of tool calls before the answer is forced. Default 25. */
    readonly maxIterations?: number | undefined;
    /**
     * Model turns that are asked for again in one run after they failed. Default 2. Not after a refused credential, a
     * wrong option, a cancellation, a used-up quota, or a request that the server calls wrong.
     */
    readonly maxRetryLimit?: number | undefined;
    /** Seconds for one run. What is in flight then is cancelled. Default: no limit. */
    readonly maxExecutionTime?: number | undefined;
    /** Requests to the model per minute, evenly spread, over all runs of the agent. Wins over the crew's. Default: no limit. */
    readonly maxRpm?: number | undefined;
    /** Remembers successful tool results within a run, except of tools that say `cache: false`. Default false. */
    readonly cache?: boolean | undefined;
    /** `false` puts everything into one user message, for models without a system role. Default true. */
    readonly useSystemPrompt?: boolean | undefined;
    /** Replaces the system message. `{role}`, `{goal}`, `{backstory}` and `{{ .System }}`, the default text, are filled in. */
    readonly systemTemplate?: string | undefined;
    /** Replaces the user message. `{role}`, `{goal}`, `{backstory}` and `{{ .Prompt }}`, the default text, are filled in. */
    readonly promptTemplate?: string | undefined;
    /** What stands before `{{ .Response }}` ends the user message; what stands after it is a stop word. */
    readonly responseTemplate?: string | undefined;
    /**
     * Summarises a conversation that outgrows the model's context window. `false` makes it a
     * `ContextWindowExceededError`. Default true.
     */
    readonly respectContextWindow?: boolean | undefined;
    /** Told of every event of each of its runs. */
    readonly callbacks?: readonly EventCallback[] | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** What the options of an agent must be. */
export declare const agentOptionRules: OptionRules<AgentOptions>;

// agent/agent.d.ts
import { type OptionRules } from '../errors/check-options.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import { type Clock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { JsonObject } from '../json.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import { type AgentOptions } from './agent-options.ts';
import type { TaskPrompt } from './prompt.ts';
import { type RunOptions } from './run-options.ts';
/** What one run of an agent may be given. */
export interface ExecuteTaskOptions extends RunOptions {
    /** What the agent should know besides the task. */
    readonly context?: string | undefined;
    /** Instead of the task's and the agent's own tools. */
    readonly tools?: readonly Tool[] | undefined;
}
/** What the options of `executeTask` must be. */
export declare const executeTaskOptionRules: OptionRules<ExecuteTaskOptions>;
/** A task that an agent can execute: with tools of its own, perhaps, or a schema for the answer. */
export interface ExecutableTask extends TaskPrompt {
    /** Instead of the agent's own tools; `[]` means none. */
    readonly tools?: readonly Tool[] | undefined;
    /** What the answer must fit. */
    readonly outputSchema?: ToolSchema | JsonObject | undefined;
    /**
     * Runs the whole task with an agent. A `Task` has it where more belongs to it than a prompt: guardrails, a human, a file,
     * a callback, a condition, or other tasks whose outputs it needs.
     */
    readonly executeWith?: ((agent: Agent, options: ExecuteTaskOptions) => Promise<{
        readonly raw: string;
    }>) | undefined;
}
/**
 * A model in a role, with tools. It keeps nothing from one run to the next, and may execute several tasks at once. Its
 * fields are the options that it was made of (`AgentOptions`), defaults filled in.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export declare class Agent {
    readonly role: string;
    readonly goal: string;
    readonly backstory: string;
    readonly llm: BaseLLM;
    readonly tools: readonly Tool[];
    readonly maxIterations: number;
    readonly maxRetryLimit: number;
    readonly maxExecutionTime: number | undefined;
    /** Shared by all runs of the agent; made from `maxRpm`. */
    readonly rateLimiter: RateLimiter | undefined;
    readonly cache: boolean;
    readonly useSystemPrompt: boolean;
    readonly systemTemplate: string | undefined;
    readonly promptTemplate: string | undefined;
    readonly responseTemplate: string | undefined;
    readonly respectContextWindow: boolean;
    readonly callbacks: readonly EventCallback[];
    readonly clock: Clock;
    constructor(given: AgentOptions);
    /**
     * Does the task and resolves to the answer's text. A `Task` is run with all that belongs to it, its guardrails among
     * them, by this agent instead of its own.
     *
     * @throws {CrewError} what the model turns gave rise to; its `messages` hold the conversation so far. A `TimeoutError`
     * when `maxExecutionTime` is over. A `GuardrailError` when a guardrail refused every attempt.
     */
    executeTask(task: ExecutableTask, options?: ExecuteTaskOptions): Promise<string>;
    /**
     * Does the task and gives its events as they happen, model deltas included. The last one carries the output: it is
     * `agent-finish`, or `task-finish` for a `Task` with guardrails and the like. An error is thrown. Leaving the loop early cancels the work.
     */
    stream(task: ExecutableTask, options?: ExecuteTaskOptions): AsyncIterable<CrewEvent>;
}

// agent/prompt.d.ts
import type { Message } from '../messages/message.ts';
import type { Agent } from './agent.ts';
/** Who the model is to be. */
export interface Persona {
    readonly role: string;
    readonly goal: string;
    readonly backstory: string;
}
/** What an agent is asked to do. A `Task` is one; so is any object with these members. */
export interface TaskPrompt {
    /** What is to be done. */
    readonly description: string;
    /** What a good answer is like. */
    readonly expectedOutput: string;
}
/** What an agent's first request holds. */
export interface AgentPrompt {
    readonly messages: readonly Message[];
    /** Where the answer ends, by the agent's `responseTemplate`. */
    readonly stop: readonly string[];
}
/** Whether the text can be a `responseTemplate`. */
export declare function isResponseTemplate(template: unknown): boolean;
/** The task as the model reads it. `context` is what others found out, `instruction` how to write the answer. */
export declare function taskText(task: TaskPrompt, context: string | undefined, instruction: string | undefined): string;
/** The conversation that an agent begins with. */
export declare function agentPrompt(agent: Pick<Agent, 'systemTemplate' | 'promptTemplate' | 'responseTemplate' | 'useSystemPrompt'>, persona: Persona, task: string): AgentPrompt;

// agent/run-ids.d.ts
/**
 * The ids of a run and of the runs inside it. Only the outermost is random: an inner one is made of it and of where the
 * inner run's steps stand, and so is the same in a replay, whichever of several runs begins first then.
 */
export declare class RunIds {
    #private;
    /** The id of the outermost run. */
    readonly outermost: string;
    constructor(outermost: string, stepPrefix: string);
    /** The id of a run inside. No two of a kind have their steps in one place. */
    inner(kind: string, stepPrefix: string): string;
}

// agent/run-options.d.ts
import { type OptionRules } from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { StepRunner } from '../execution/step-runner.ts';
/** What any run takes: of an agent, a task, a crew. It is handed down to everything inside the run. */
export interface RunOptions {
    /** Cancels the run: model turns, tools and waits in flight are aborted. */
    readonly signal?: AbortSignal | undefined;
    /** Told of every event of the run. What a callback throws is dropped. */
    readonly callbacks?: readonly EventCallback[] | undefined;
    /** Handed untouched to authenticators and tools (a tenant, say). Never serialised, logged or emitted. */
    readonly authContext?: unknown;
    /** Makes the run durable. See `StepRunner`. */
    readonly steps?: StepRunner | undefined;
    /** Put before every step's name, to tell the runs of one workflow apart. */
    readonly stepPrefix?: string | undefined;
    /** Asks models through `stream`, so that `turn-delta` events are told. Default false. */
    readonly stream?: boolean | undefined;
}
/** What the options of a run must be. */
export declare const runOptionRules: OptionRules<RunOptions>;

// agent/run-scope.d.ts
import { type EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Agent } from './agent.ts';
import { RunIds } from './run-ids.ts';
import type { RunOptions } from './run-options.ts';
import type { RetryCount } from './turn-retries.ts';
/** The options of a run, and where in the whole it stands. */
export interface RunScope extends RunOptions {
    readonly clock: Clock;
    /** The span that contains the run. */
    readonly parentId?: string | undefined;
    /** The ids of the outermost run. Unset in that itself. */
    readonly ids?: RunIds | undefined;
    /** For agents without a limit of their own. */
    readonly rateLimiter?: RateLimiter | undefined;
    /** Shared by the agent's runs of one task. Default: each run counts for itself. */
    readonly retries?: RetryCount | undefined;
    /** Told of the tokens of each run of an agent, once, also when it failed. */
    readonly count?: ((agent: Agent, usage: TokenUsage) => void) | undefined;
}
/** What every kind of run gives. */
export interface RunResult {
    readonly raw: string;
    readonly usage: TokenUsage;
}
/** Runs the work as a span of its own: an id, an event at its start and one at its end. What it throws becomes a `CrewError`. */
export declare function inSpan<Result extends RunResult>(kind: 'crew' | 'task' | 'agent', name: string, scope: RunScope, work: (runId: string, ids: RunIds) => Promise<Result>): Promise<Result>;
/** Both lists as one; `undefined` when nobody listens, so that no event is made. */
export declare function joinCallbacks(own: readonly EventCallback[], given: readonly EventCallback[] | undefined): readonly EventCallback[] | undefined;

// agent/turn-retries.d.ts
import type { CrewError } from '../errors/crew-error.ts';
import type { RunScope } from './run-scope.ts';
/** Retries that were used up so far, by all runs that belong to one piece of work. */
export interface RetryCount {
    used: number;
}
/** Decides which failed model turns of a run are asked for again, and waits before. The limit is that of the count. */
export declare function turnRetries(limit: number, runId: string, scope: RunScope, signal: AbortSignal): (error: CrewError) => Promise<boolean>;

// chat-completions.d.ts
export { decodeError, type ServerError } from './chat-completions/decode-error.ts';
export { type DecodeEventsOptions, decodeEvents } from './chat-completions/decode-events.ts';
export { decodeTurn } from './chat-completions/decode-turn.ts';
export { encodeMessages, type WireContentPart, type WireMessage, type WireToolCall, } from './chat-completions/encode-messages.ts';
export { type EncodableTurn, type EncodeRequestSettings, encodeRequest } from './chat-completions/encode-request.ts';
export { encodeTools, type WireTool } from './chat-completions/encode-tools.ts';
export { isContextOverflow, isQuotaExhausted, isStopUnsupported, isToolsUnsupported, } from './chat-completions/known-errors.ts';
export type { StreamDecoderOptions } from './chat-completions/stream-decoder.ts';
export { type ResponseErrorContext, toResponseError } from './chat-completions/to-response-error.ts';

// chat-completions/decode-error.d.ts
import { type JsonRecord } from './json-record.ts';
/** The parts of a server's error, read from whichever shape the server chose. */
export interface ServerError {
    /** The server's message, at most 16,384 characters of it; empty when it has none. */
    readonly message: string;
    /** The server's code where that is a word, such as `context_length_exceeded`: one line of at most 100 characters. */
    readonly code: string | undefined;
    /** The server's kind of error, such as `invalid_request_error`: one line of at most 100 characters. */
    readonly type: string | undefined;
    /** The HTTP status; of an error inside a 200 answer the one that the body names, if it does. */
    readonly status: number | undefined;
}
/**
 * Reads an error body: `{ error: { message, type, code } }` with any part missing and `code` a word or a status,
 * `{ error: "..." }`, `{ message, type, code }`, `{ detail }`, `{ errors: [...] }`, a list of one of these, plain text,
 * and HTML (its title). `body` is the parsed JSON, or the text where it was none. Never throws.
 */
export declare function decodeError(body: unknown, status?: number): ServerError;
/** Whether the body of a 200 answer, or of one event, is an error and nothing else. */
export declare function isErrorBody(body: JsonRecord): boolean;

// chat-completions/decode-events.d.ts
import type { StreamPart } from '../llm/turn.ts';
import { type StreamDecoderOptions } from './stream-decoder.ts';
/** How a stream is read. */
export interface DecodeEventsOptions extends StreamDecoderOptions {
    /**
     * Milliseconds in which the server may end its answer after `[DONE]`; then it is closed. Default 1,000. An answer that
     * was read to its end leaves a connection that can be used again.
     */
    readonly endTimeout?: number | undefined;
}
/**
 * The parts of a streamed chat-completions answer, each as soon as it is there, the last one `finish`. `chunks` are the
 * body's bytes, split anywhere. The format is `text/event-stream` (WHATWG HTML, section 9.2); a body that is one JSON
 * object instead is decoded as a turn.
 *
 * The turn is complete when a finish reason or `[DONE]` has come. When the consumer stops early, `chunks` is closed.
 *
 * Throws, with the text so far as `partialText`: a `ConnectionError` when the stream ends or breaks before the turn is
 * complete; a `ResponseError`, or the subclass that fits, for an error event; a `ProtocolError` for what cannot be read.
 * A `CrewError` or an abort out of `chunks` passes through.
 */
export declare function decodeEvents(chunks: AsyncIterable<Uint8Array>, options?: DecodeEventsOptions): AsyncGenerator<StreamPart, void, undefined>;

// chat-completions/decode-turn.d.ts
import type { Generation } from '../llm/turn.ts';
import { type JsonRecord } from './json-record.ts';
import { type ResponseErrorContext } from './to-response-error.ts';
import { TurnAssembler } from './turn-assembler.ts';
/**
 * The turn that a chat-completions answer holds. `body` is the parsed JSON.
 *
 * Servers' deviations are read for what they mean: content as a list of parts, arguments as an object, missing ids
 * (`call_0`, `call_1`, ...), a missing or wrong finish reason, `<think>` at the start of the text, absent usage.
 *
 * Throws a `ResponseError` (or the subclass that fits) for an error body, and a `ProtocolError`, which shows the start of the body, for
 * what cannot be read.
 */
export declare function decodeTurn(body: unknown, context?: ResponseErrorContext): Generation;
/** The same with an assembler whose parts the caller wants. */
export declare function assembleTurn(assembler: TurnAssembler, body: unknown, context: ResponseErrorContext): Generation;
/** The choice with index 0, or the first when none says its index. */
export declare function firstChoice(body: JsonRecord): JsonRecord | undefined;

// chat-completions/encode-messages.d.ts
import type { Message, Prompt } from '../messages/message.ts';
/** A piece of a user message on the wire. */
export type WireContentPart = {
    readonly type: 'text';
    readonly text: string;
} | {
    readonly type: 'image_url';
    readonly image_url: {
        readonly url: string;
    };
};
/** A tool call on the wire. `arguments` always is the text of a JSON object. */
export type WireToolCall = {
    readonly id: string;
    readonly type: 'function';
    readonly function: {
        readonly name: string;
        readonly arguments: string;
    };
};
/** A message on the wire. It holds no `null` and no member that is `undefined`. */
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
 * The conversation as the chat-completions format wants it in `messages`.
 *
 * An assistant message has `content: ""` beside its tool calls, never `null`, which some servers refuse. Arguments that
 * are not a JSON object are sent inside one (`{"unreadable_arguments": "..."}`): servers that parse the history answer
 * 500 to anything else.
 */
export declare function encodeMessages(messages: Prompt): WireMessage[];
/** One message as JSON text: remembered for messages that were prepared, since those never change. */
export declare function messageJson(message: Message): string;

// chat-completions/encode-request.d.ts
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
/** What `encodeRequest` takes of a turn: a `TurnRequest`, or a `call()`'s messages and options. */
export interface EncodableTurn extends TurnOptions {
    readonly messages: readonly Message[];
}
/** What is the same for every request of one LLM. */
export interface EncodeRequestSettings {
    /** Sent as `model`. Unset: not sent; the endpoint knows its model. */
    readonly model?: string | undefined;
    /** Ask for server-sent events, with a usage report at the end. Default `false`. */
    readonly stream?: boolean | undefined;
    /** The temperature of turns that set none. */
    readonly temperature?: number | undefined;
}
/**
 * The request's body as JSON text. It holds what was set and nothing else, and no `null` but those inside a value.
 *
 * `extraBody` is merged last as a JSON merge patch of the top level (RFC 7396): a field replaces ours, `null` removes it
 * (`{ stream_options: null }`, for a server that refuses it). It cannot replace `messages` or `stream`. Messages that
 * Crew prepared and deeply frozen tool schemas are turned into text once.
 *
 * Throws a `ConfigurationError` for what cannot be JSON: a cycle, a big integer, a number that is not finite.
 */
export declare function encodeRequest(given: EncodableTurn, options?: EncodeRequestSettings): string;

// chat-completions/encode-tools.d.ts
import type { JsonObject } from '../json.ts';
import type { ToolDefinition } from '../tools/tool.ts';
/** A tool on the wire. */
export type WireTool = {
    readonly type: 'function';
    readonly function: {
        readonly name: string;
        readonly description: string;
        readonly parameters: JsonObject;
    };
};
/**
 * The tools as the chat-completions format wants them in `tools`: name, description and parameters, nothing else of a
 * tool. `undefined` when there are none, which `JSON.stringify` leaves out: servers refuse an empty list.
 */
export declare function encodeTools(tools: readonly ToolDefinition[] | undefined): WireTool[] | undefined;
/** One tool as JSON text: remembered while its schema is deeply frozen and its words are the same. */
export declare function toolJson(tool: ToolDefinition): string;

// chat-completions/json-record.d.ts
/** A parsed JSON object whose members are yet to be checked. */
export type JsonRecord = {
    readonly [key: string]: unknown;
};
/** The value if it is a JSON object. */
export declare function asRecord(value: unknown): JsonRecord | undefined;
/** The value if it is a string with something in it. */
export declare function asText(value: unknown): string | undefined;

// chat-completions/known-errors.d.ts
import type { ServerError } from './decode-error.ts';
/** Whether the server says that the conversation is longer than the model can read. */
export declare function isContextOverflow(error: ServerError): boolean;
/** Whether the account has nothing left to spend: repeating the call cannot help. */
export declare function isQuotaExhausted(error: ServerError): boolean;
/** Whether the server says that this model cannot call tools. */
export declare function isToolsUnsupported(error: ServerError): boolean;
/** Whether the server says that it takes no stop words for this model. */
export declare function isStopUnsupported(error: ServerError): boolean;
/**
 * Whether what the server does not like is the response format: the model has none, or not with this schema, or not
 * together with tools. To be asked only where one was sent.
 */
export declare function isAboutResponseFormat(error: ServerError): boolean;

// chat-completions/stream-decoder.d.ts
import type { StreamPart } from '../llm/turn.ts';
import { type ResponseErrorContext } from './to-response-error.ts';
/** What a stream's errors say, and how much it may hold at once. */
export interface StreamDecoderOptions extends Omit<ResponseErrorContext, 'partialText'> {
    /** The longest event, and the longest answer that is no stream, in characters. Default 16 Mi. */
    readonly maxEventLength?: number | undefined;
}
/** Decodes one streamed answer, fed with its bytes. The loop that reads them is `decodeEvents`. */
export declare class StreamDecoder {
    #private;
    /** Characters of all events that were decoded. */
    decoded: number;
    constructor(options: StreamDecoderOptions);
    /** What was decoded. The reader takes it out. */
    get parts(): StreamPart[];
    /** The text so far, if there is any. */
    get partialText(): string | undefined;
    /** Whether the server said that nothing more comes. */
    get isDone(): boolean;
    /** Whether the whole turn has come. */
    get isComplete(): boolean;
    push(bytes: Uint8Array): void;
    /** The stream ended: an event without its blank line counts. */
    end(): void;
    /** Decodes the next event into `parts`; `false` when there is none. */
    decodeNext(): boolean;
    /** The end of the turn into `parts`. Throws when it is not complete. */
    finish(): void;
}

// chat-completions/to-response-error.d.ts
import { ResponseError } from '../errors/response-error.ts';
import type { ServerError } from './decode-error.ts';
/** What is known besides the error's body. */
export interface ResponseErrorContext {
    /** Who answered, for the message: an origin and path. Default "The model server". */
    readonly server?: string | undefined;
    readonly requestId?: string | undefined;
    /** Seconds the server asked to wait. */
    readonly retryAfter?: number | undefined;
    /** The text that had been streamed before. */
    readonly partialText?: string | undefined;
}
/**
 * The error for what a server said: an `AuthenticationError` (401), a `ContextWindowExceededError`, a `RateLimitError`
 * (429, or the quota is used up), or a plain `ResponseError`. Give it text that holds no credential.
 */
export declare function toResponseError(error: ServerError, context?: ResponseErrorContext): ResponseError;

// chat-completions/turn-assembler.d.ts
import type { ProtocolError } from '../errors/protocol-error.ts';
import type { Generation, StreamPart } from '../llm/turn.ts';
import { type JsonRecord } from './json-record.ts';
/**
 * Puts one turn together out of messages or deltas, and says of each what is new in it. A whole answer is one delta:
 * so that both ways of answering are read by the same code.
 */
export declare class TurnAssembler {
    #private;
    /** Receives the parts in order. The caller takes them out. */
    readonly parts: StreamPart[];
    /** The text so far; what may yet turn out to be a tag is not in it. */
    get text(): string;
    /** Whether nothing has come that belongs to a reply. */
    get isEmpty(): boolean;
    /** The server's id of the answer. */
    get requestId(): string | undefined;
    /** Whether the server has said why the model stopped. */
    get hasFinishReason(): boolean;
    /** What stands beside the choices of a body or a chunk. The first id is the turn's: some servers change it per chunk. */
    addEnvelope(body: JsonRecord): void;
    /** A choice's `delta`, or its `message`, which is `whole` in an answer that is not streamed. */
    addMessage(message: JsonRecord, whole: boolean): void;
    /** A choice's finish reason: the first that is one. */
    addFinishReason(said: unknown): void;
    /** The whole turn. What was held back goes into `parts`. Throws what `unreadable` makes of something unreadable. */
    finish(unreadable: (what: string) => ProtocolError): Generation;
}

// crew/crew-options.d.ts
import type { Agent } from '../agent/agent.ts';
import { type OptionRules } from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { AnyTask } from '../task/task.ts';
/** What a crew is made of. */
export interface CrewOptions {
    /** Done in this order. */
    readonly tasks: readonly AnyTask[];
    /** Who is in the crew. A hierarchical crew's manager delegates to them. Default: the agents of the tasks. */
    readonly agents?: readonly Agent[] | undefined;
    /** For events. Default "crew". */
    readonly name?: string | undefined;
    /**
     * `sequential`, the default: each task by its own agent. `hierarchical`: each task by the manager, who can only
     * delegate it to the task's agent or, where it has none, to any agent of the crew, and ask them questions.
     */
    readonly process?: 'sequential' | 'hierarchical' | undefined;
    /** The model of the manager that a hierarchical crew makes itself. */
    readonly managerLLM?: BaseLLM | undefined;
    /** The manager of a hierarchical crew, instead of `managerLLM`. Not one of its agents, and without tools. */
    readonly managerAgent?: Agent | undefined;
    /** Requests per minute, evenly spread, of all agents that set no `maxRpm` themselves, over all runs. Default: no limit. */
    readonly maxRpm?: number | undefined;
    /** Told of every event of each run. */
    readonly callbacks?: readonly EventCallback[] | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** What the options of a crew must be. */
export declare const crewOptionRules: OptionRules<CrewOptions>;
/** Refuses a crew whose parts do not fit together. */
export declare function checkCrew(options: CrewOptions): void;

// crew/crew-output.d.ts
import type { JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { TaskOutput } from '../task/task-output.ts';
/** What one agent of a crew used in one run. */
export interface AgentUsage {
    /** The agent's role, with the run's inputs filled in. */
    readonly role: string;
    readonly usage: TokenUsage;
}
/** What came out of a crew's run: the last task's output, and all of them. */
export declare class CrewOutput {
    /** The text of the last task that was not skipped. */
    readonly raw: string;
    /** Its JSON, where it has an `outputSchema`. */
    readonly json: JsonValue | undefined;
    /** Its parsed value, where it has an `outputSchema`. */
    readonly parsed: unknown;
    /** Every task's output, in the crew's order, those of skipped ones too. */
    readonly tasks: readonly TaskOutput[];
    /** Tokens of all model turns of the run, each counted once. */
    readonly usage: TokenUsage;
    /** The same by agent: one entry for each, the manager first. */
    readonly usageByAgent: readonly AgentUsage[];
    constructor(tasks: readonly TaskOutput[], usageByAgent: readonly AgentUsage[]);
    /** The text of the last task that was not skipped. */
    toString(): string;
}

// crew/crew.d.ts
import type { Agent } from '../agent/agent.ts';
import { type RunOptions } from '../agent/run-options.ts';
import type { CrewEvent } from '../events/event.ts';
import { type Inputs } from '../task/interpolate.ts';
import type { AnyTask } from '../task/task.ts';
import { type CrewOptions } from './crew-options.ts';
import type { CrewOutput } from './crew-output.ts';
import { type KickoffForEachOptions, type KickoffResult } from './kickoff-for-each.ts';
/** What one run of a crew may be given. */
export interface KickoffOptions extends RunOptions {
    /**
     * Fills in the `{name}` placeholders in the agents' roles, goals and backstories and in the tasks' descriptions,
     * expected outputs and output files. Each placeholder needs its input; braces in a value are left alone.
     */
    readonly inputs?: Inputs | undefined;
}
/**
 * Agents with tasks. It keeps nothing from one run to the next, and may be kicked off several times at once.
 *
 * @throws {ConfigurationError} for a wrong option, or for parts that do not fit together.
 */
export declare class Crew {
    #private;
    readonly name: string;
    readonly tasks: readonly AnyTask[];
    /** Who does the tasks, or is delegated them: the agents given, and those of the tasks. */
    readonly agents: readonly Agent[];
    /** The manager of a hierarchical crew. */
    readonly manager: Agent | undefined;
    /** Everyone: the manager, then the agents. */
    readonly members: readonly Agent[];
    constructor(given: CrewOptions);
    /**
     * Does all tasks.
     *
     * @throws {ConfigurationError} naming a missing input, before anything is done.
     * @throws {CrewError} what the first failed task threw; the others have been cancelled by then.
     */
    kickoff(options?: KickoffOptions): Promise<CrewOutput>;
    /** One run for each set of inputs. Resolves to what became of each, in order; a failed run stops no other. */
    kickoffForEach(inputs: readonly Inputs[], options?: KickoffForEachOptions): Promise<readonly KickoffResult[]>;
    /** `kickoff` as its events, model deltas included. The last one is `crew-finish`; leaving early cancels the work. */
    stream(options?: KickoffOptions): AsyncIterable<CrewEvent>;
}

// crew/kickoff-for-each.d.ts
import { RunIds } from '../agent/run-ids.ts';
import { type RunOptions } from '../agent/run-options.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { type Inputs } from '../task/interpolate.ts';
import type { KickoffOptions } from './crew.ts';
import type { CrewOutput } from './crew-output.ts';
/** What `kickoffForEach` may be given. The options of a run are those of each. */
export interface KickoffForEachOptions extends RunOptions {
    /** Runs at the same time. Default 1. */
    readonly concurrency?: number | undefined;
}
/** What became of one run. */
export type KickoffResult = {
    readonly ok: true;
    readonly inputs: Inputs;
    readonly output: CrewOutput;
} | {
    readonly ok: false;
    readonly inputs: Inputs;
    readonly error: CrewError;
};
/** One run of the crew for each set of inputs; see `Crew.kickoffForEach`. */
export declare function kickoffForEach(list: readonly Inputs[], given: KickoffForEachOptions, kickoff: (options: KickoffOptions, ids: RunIds) => Promise<CrewOutput>): Promise<readonly KickoffResult[]>;

// errors/abort-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** The caller cancelled the work. The `cause` is the reason given to the `AbortController`, where that was an error. */
export declare class AbortError extends CrewError {
    readonly name: 'AbortError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Whether the value is an `AbortError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is AbortError;
}

// errors/authentication-error.d.ts
import { ResponseError, type ResponseErrorOptions } from './response-error.ts';
/** The server refused the credential, also a renewed one. */
export declare class AuthenticationError extends ResponseError {
    readonly name: 'AuthenticationError';
    constructor(message: string, options?: ResponseErrorOptions);
    /** Whether the value is of this class, from whichever copy of this package. */
    static isInstance(value: unknown): value is AuthenticationError;
}

// errors/check-options.d.ts
/** What one option must be. */
export interface OptionRule {
    /** Ends the sentence "... must be". */
    readonly must: string;
    /** Whether it may be left out. */
    readonly optional: boolean;
    /** Asked for every value but `undefined`. */
    accepts(value: unknown): boolean;
}
/** A rule for each option, so that none can be added without one. */
export type OptionRules<Options> = {
    readonly [Name in keyof Required<Options>]: OptionRule;
};
/**
 * Copies the options and checks what a program without types may have got wrong. `what` names whose options they are:
 * `agent "Librarian"`. The copy has a property for each rule: use it, and not what was given (see `copyOptions`).
 *
 * @throws {ConfigurationError} naming the first option that is unknown, missing or wrong.
 */
export declare function checkOptions<Options extends object>(what: string, options: Options, rules: OptionRules<Options>): Options;
/** The rule for an option that may be left out. */
export declare function optional(rule: OptionRule): OptionRule;
export declare const text: OptionRule;
export declare const string: OptionRule;
export declare const flag: OptionRule;
export declare const positive: OptionRule;
/** A whole number that is at least `least`. */
export declare function whole(least: number): OptionRule;
export declare const callable: OptionRule;
export declare const callbacks: OptionRule;
/** Anything at all. */
export declare const anything: OptionRule;
/** One of these words. */
export declare function oneOf(...words: readonly string[]): OptionRule;
/** An object that has these methods. */
export declare function shaped(must: string, ...methods: readonly string[]): OptionRule;
/** A list of objects that have these methods. */
export declare function listOf(must: string, ...methods: readonly string[]): OptionRule;
export declare const llm: OptionRule;
export declare const clock: OptionRule;
export declare const tools: OptionRule;

// errors/configuration-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** An option or a piece of code that uses Crew is wrong. Repeating the call cannot help. */
export declare class ConfigurationError extends CrewError {
    readonly name: 'ConfigurationError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Whether the value is a `ConfigurationError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is ConfigurationError;
}

// errors/connection-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `ConnectionError` may be given. */
export interface ConnectionErrorOptions extends CrewErrorOptions {
    /** The text that had been streamed before the connection was lost. */
    readonly partialText?: string | undefined;
}
/** The connection could not be made, or was lost. */
export declare class ConnectionError extends CrewError {
    readonly name: 'ConnectionError';
    /** The text that had been streamed before the connection was lost. */
    readonly partialText: string | undefined;
    constructor(message: string, options?: ConnectionErrorOptions);
    /** Whether the value is a `ConnectionError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is ConnectionError;
}

// errors/context-window-exceeded-error.d.ts
import { ResponseError, type ResponseErrorOptions } from './response-error.ts';
/** The conversation is longer than the model can read. From the server, or from Crew's own estimate (then without a status). */
export declare class ContextWindowExceededError extends ResponseError {
    readonly name: 'ContextWindowExceededError';
    constructor(message: string, options?: ResponseErrorOptions);
    /** Whether the value is of this class, from whichever copy of this package. */
    static isInstance(value: unknown): value is ContextWindowExceededError;
}

// errors/copy-options.d.ts
/**
 * Copies an object of options, so that only what the caller gave is read: an object without a prototype, on which a
 * property of `Object.prototype` (prototype pollution) has no effect, and which nobody can change later. Accessors are read
 * once. Of an instance of a class, the accessors and methods of the class are copied too. Returns anything that is not such
 * an object, an array say, unchanged. With `names`, the copy has a property for each of them, `undefined` where the caller
 * gave none, so that it can be spread into a plain object.
 */
export declare function copyOptions<T>(options: T, names?: readonly string[]): T;

// errors/credential-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `CredentialError` may be given. */
export interface CredentialErrorOptions extends CrewErrorOptions {
    /** True when trying again cannot help (a wrong client secret, say). */
    readonly terminal?: boolean | undefined;
    /** Seconds until the source may be asked again, where it said so. */
    readonly retryAfter?: number | undefined;
}
/** A credential could not be *obtained*: the file is unreadable, the key does not sign, the token server refused or is away. See also `AuthenticationError`. */
export declare class CredentialError extends CrewError {
    readonly name: 'CredentialError';
    /** True when trying again cannot help (a wrong client secret, say). */
    readonly terminal: boolean | undefined;
    /** Seconds until the source may be asked again, where it said so. */
    readonly retryAfter: number | undefined;
    constructor(message: string, options?: CredentialErrorOptions);
    /** Whether the value is a `CredentialError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is CredentialError;
}

// errors/crew-error.d.ts
import type { JsonObject } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
/** What any `CrewError` may be given. */
export interface CrewErrorOptions {
    /** What was thrown underneath. It must hold no secret: it is printed with the error. */
    readonly cause?: unknown;
}
/** A `CrewError` as data: what `toJSON` gives and `fromJSON` reads. */
export type CrewErrorJson = JsonObject & {
    readonly name: string;
    readonly code: string;
    readonly message: string;
};
type Reviver = (message: string, fields: JsonObject, options: CrewErrorOptions) => CrewError;
/**
 * The parent of every error that Crew throws: a `code` to switch on, a sentence that says what happened, to what, and
 * what to do, and the `cause`. Use `isInstance` instead of `instanceof`: it also recognises errors of another copy of
 * this package.
 */
export declare class CrewError extends Error {
    /** Stable and machine-readable, such as `RATE_LIMIT`. */
    readonly code: string;
    /**
     * Set when a tool loop was ended by this error: the conversation so far, with every open tool call answered
     * "cancelled". Not enumerable, so that printing an error prints no prompt.
     */
    readonly messages?: readonly Message[] | undefined;
    /** Set together with `messages`: the tokens of the turns that the run had. Not enumerable either. */
    readonly usage?: TokenUsage | undefined;
    constructor(code: string, message: string, options?: CrewErrorOptions);
    /** Whether the value is a `CrewError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is CrewError;
    /** The error as JSON, with its cause as far as that is an error; `CrewError.fromJSON` gives it back. */
    toJSON(): CrewErrorJson;
    /** The error that `toJSON` described, of the same class. Unknown names become a plain `CrewError` with that code. */
    static fromJSON(json: CrewErrorJson): CrewError;
}
/**
 * Names a class of errors and marks it by that name, so that `isMarked` knows its instances across copies, and teaches
 * `fromJSON` how to make one.
 */
export declare function markError(errorClass: {
    readonly prototype: CrewError;
}, name: string, revive?: Reviver): void;
/**
 * The error that a run says with how far it had come. A reason to abort ends every run under its signal, and an LLM may
 * throw one and the same error to several runs: none of them may find the conversation of another in it. So one of
 * Crew's classes is copied. One of another class cannot be: a copy would lack its private fields. It is the run's itself,
 * unless another run has it, or nothing can be added to it.
 */
export declare function ownError(error: CrewError): CrewError;
/**
 * An error like this one that nobody else holds: of the same class, with the same fields, where the class is one of
 * Crew's; otherwise a plain one with its code. The cause is that error's, or the error itself where it has none or is of
 * another class.
 */
export declare function detachedError(error: CrewError): CrewError;
/** Says with an error of the run's own how far the run had come that it ended. */
export declare function attachRun(error: CrewError, messages: readonly Message[], usage: TokenUsage): void;
/** Whether the value carries the mark of that class of errors. */
export declare function isMarked(value: unknown, name: string): boolean;
export {};

// errors/empty-reply-error.d.ts
import type { TokenUsage } from '../llm/turn.ts';
import { CrewError, type CrewErrorJson, type CrewErrorOptions } from './crew-error.ts';
/** What an `EmptyReplyError` may be given. */
export interface EmptyReplyErrorOptions extends CrewErrorOptions {
    /** Tokens of the empty turn, where the provider reported them. */
    readonly turnUsage?: TokenUsage | undefined;
}
/** The model answered with neither text nor a tool call. */
export declare class EmptyReplyError extends CrewError {
    readonly name: 'EmptyReplyError';
    /** Tokens of the empty turn, where the provider reported them: it is paid for like any other. */
    readonly turnUsage: TokenUsage | undefined;
    constructor(message: string, options?: EmptyReplyErrorOptions);
    /** Whether the value is an `EmptyReplyError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is EmptyReplyError;
    /** With the tokens of the turn: a run that is replayed counts them too. */
    toJSON(): CrewErrorJson;
}

// errors/guardrail-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `GuardrailError` may be given. */
export interface GuardrailErrorOptions extends CrewErrorOptions {
    /** What the guardrail said last. */
    readonly feedback?: string | undefined;
}
/** A guardrail refused a task's output too often. */
export declare class GuardrailError extends CrewError {
    readonly name: 'GuardrailError';
    /** What the guardrail said last. */
    readonly feedback: string | undefined;
    constructor(message: string, options?: GuardrailErrorOptions);
    /** Whether the value is a `GuardrailError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is GuardrailError;
}

// errors/protocol-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `ProtocolError` may be given. */
export interface ProtocolErrorOptions extends CrewErrorOptions {
    /** The text that had been streamed before the fault. */
    readonly partialText?: string | undefined;
}
/** The server's answer was not what the protocol promises. */
export declare class ProtocolError extends CrewError {
    readonly name: 'ProtocolError';
    /** The text that had been streamed before the fault. */
    readonly partialText: string | undefined;
    constructor(message: string, options?: ProtocolErrorOptions);
    /** Whether the value is a `ProtocolError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is ProtocolError;
}

// errors/rate-limit-error.d.ts
import { ResponseError, type ResponseErrorOptions } from './response-error.ts';
/** What a `RateLimitError` may be given. */
export interface RateLimitErrorOptions extends ResponseErrorOptions {
    /** Seconds the server asked to wait. */
    readonly retryAfter?: number | undefined;
}
/** The server refuses for now: too many requests, or the quota is used up (then `serverCode` says so). */
export declare class RateLimitError extends ResponseError {
    readonly name: 'RateLimitError';
    /** Seconds the server asked to wait, where it said so (RFC 9110, section 10.2.3). */
    readonly retryAfter: number | undefined;
    constructor(message: string, options?: RateLimitErrorOptions);
    /** Whether the value is a `RateLimitError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is RateLimitError;
}

// errors/response-error.d.ts
import type { JsonObject } from '../json.ts';
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `ResponseError` may be given. */
export interface ResponseErrorOptions extends CrewErrorOptions {
    /** The HTTP status (RFC 9110, section 15). */
    readonly status?: number | undefined;
    /** The server's id of the request. */
    readonly requestId?: string | undefined;
    /** What the server said, scrubbed of credentials and shortened. */
    readonly serverMessage?: string | undefined;
    /** The server's own code or type of the error, such as `insufficient_quota`. */
    readonly serverCode?: string | undefined;
    /** The text that had been streamed before an error event. */
    readonly partialText?: string | undefined;
}
/** The server answered with an error. Its subclasses are the ones worth telling apart. */
export declare class ResponseError extends CrewError {
    /** The HTTP status (RFC 9110, section 15). Also of an error event in a stream, where that carries one. */
    readonly status: number | undefined;
    /** The server's id of the request, for its support. */
    readonly requestId: string | undefined;
    /** What the server said, scrubbed of credentials and shortened. */
    readonly serverMessage: string | undefined;
    /** The server's own code or type of the error, such as `insufficient_quota`. */
    readonly serverCode: string | undefined;
    /** The text that had been streamed before an error event. */
    readonly partialText: string | undefined;
    constructor(message: string, options?: ResponseErrorOptions, code?: string);
    /** Whether the value is a `ResponseError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is ResponseError;
}
/** The options of a `ResponseError` out of its JSON. */
export declare function responseFields(fields: JsonObject, options: CrewErrorOptions): ResponseErrorOptions;

// errors/structured-output-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `StructuredOutputError` may be given. */
export interface StructuredOutputErrorOptions extends CrewErrorOptions {
    /** How often the model was asked. */
    readonly attempts?: number | undefined;
    /** What was wrong with its last reply. */
    readonly problems?: string | undefined;
}
/** The model was asked for a value that fits a schema, and gave none however often it was told what was wrong. */
export declare class StructuredOutputError extends CrewError {
    readonly name: 'StructuredOutputError';
    /** How often the model was asked. */
    readonly attempts: number | undefined;
    /** What was wrong with its last reply. */
    readonly problems: string | undefined;
    constructor(message: string, options?: StructuredOutputErrorOptions);
    /** Whether the value is a `StructuredOutputError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is StructuredOutputError;
}

// errors/timeout-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** What a `TimeoutError` may be given. */
export interface TimeoutErrorOptions extends CrewErrorOptions {
    /** Which one: `connect`, `first-byte`, `idle`, `total`, `turn`, `tool`, `execution`, ... */
    readonly deadline?: string | undefined;
    /** How long it was. */
    readonly milliseconds?: number | undefined;
}
/** A deadline passed. */
export declare class TimeoutError extends CrewError {
    readonly name: 'TimeoutError';
    /** Which one: `connect`, `first-byte`, `idle`, `total`, `turn`, `tool`, `execution`, ... */
    readonly deadline: string | undefined;
    /** How long it was. */
    readonly milliseconds: number | undefined;
    constructor(message: string, options?: TimeoutErrorOptions);
    /** Whether the value is a `TimeoutError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is TimeoutError;
}

// errors/to-crew-error.d.ts
import { CrewError } from './crew-error.ts';
/**
 * What was thrown as a `CrewError`: itself if it is one; an
 * `AbortError` or a `TimeoutError` when it is the platform's; otherwise wrapped
 * under `code`, with `what` in front of its message.
 */
export declare function toCrewError(thrown: unknown, what: string, code?: string): CrewError;

// errors/tool-input-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** The arguments that the model wrote for a tool are not JSON or do not fit the schema. The loop tells the model; only a direct `tool.run` throws it. */
export declare class ToolInputError extends CrewError {
    readonly name: 'ToolInputError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Whether the value is a `ToolInputError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is ToolInputError;
}

// errors/tool-loop-error.d.ts
import { CrewError, type CrewErrorOptions } from './crew-error.ts';
/** The tool loop ended without an answer: the model went on calling tools when none were offered any more. */
export declare class ToolLoopError extends CrewError {
    readonly name: 'ToolLoopError';
    constructor(message: string, options?: CrewErrorOptions);
    /** Whether the value is a `ToolLoopError`, from whichever copy of this package. */
    static isInstance(value: unknown): value is ToolLoopError;
}

// events/event.d.ts
import type { CrewErrorJson } from '../errors/crew-error.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';
/**
 * What every event has. No event holds a secret. Members named alike mean the same in all of them: `durationMs` is the
 * time since the start of the span in milliseconds, `error` a `CrewError` as JSON, `usage` the tokens of the span.
 */
export interface CrewEventBase {
    readonly type: string;
    /** The span that the event belongs to: a crew run, a task, an agent's run, one model turn, one tool call. */
    readonly runId?: string | undefined;
    /** The span that contains that one. Absent at the root. */
    readonly parentId?: string | undefined;
    /** Milliseconds since the epoch. */
    readonly at: number;
}
/** A model turn begins. */
export interface TurnStartEvent extends CrewEventBase {
    readonly type: 'turn-start';
    /** The model that is asked for, where the LLM has one. */
    readonly model: string | undefined;
    readonly messageCount: number;
    readonly toolNames: readonly string[];
}
/** A piece of text arrived (streamed turns only). */
export interface TurnDeltaEvent extends CrewEventBase {
    readonly type: 'turn-delta';
    readonly kind: 'text' | 'reasoning';
    /** What came now, not what came so far. */
    readonly text: string;
}
/** A model turn ended well. */
export interface TurnFinishEvent extends CrewEventBase {
    readonly type: 'turn-finish';
    readonly generation: Generation;
    readonly usage: TokenUsage | undefined;
    readonly durationMs: number;
}
/** A model turn failed. */
export interface TurnErrorEvent extends CrewEventBase {
    readonly type: 'turn-error';
    readonly error: CrewErrorJson;
    readonly durationMs: number;
}
/** An attempt failed and another one follows after `delayMs`. */
export interface TurnRetryEvent extends CrewEventBase {
    readonly type: 'turn-retry';
    /** The attempt that failed, from 1. */
    readonly attempt: number;
    /** The wait before the next attempt, in milliseconds. */
    readonly delayMs: number;
    readonly error: CrewErrorJson;
}
/** Something happened to a credential: never the credential. */
export interface CredentialEvent extends CrewEventBase {
    readonly type: 'credential';
    readonly action: 'obtained' | 'renewed' | 'refused' | 'failed' | 'expiring';
    /** The authenticator's name. */
    readonly authenticator: string;
    /** How long obtaining it took. */
    readonly durationMs?: number | undefined;
    /** When it expires, in milliseconds since the epoch. */
    readonly expiresAt?: number | undefined;
    readonly error?: CrewErrorJson | undefined;
}
/** A tool call begins. */
export interface ToolStartEvent extends CrewEventBase {
    readonly type: 'tool-start';
    readonly toolCallId: string;
    readonly name: string;
    /** The JSON text that the model wrote. */
    readonly arguments: string;
}
/** A tool call ended well. */
export interface ToolFinishEvent extends CrewEventBase {
    readonly type: 'tool-finish';
    readonly toolCallId: string;
    readonly name: string;
    readonly result: string;
    readonly durationMs: number;
}
/** A tool call failed; the model is told `message`. */
export interface ToolErrorEvent extends CrewEventBase {
    readonly type: 'tool-error';
    readonly toolCallId: string;
    readonly name: string;
    readonly message: string;
    readonly durationMs: number;
}
/** The conversation no longer fitted the model's context window: a summary stands for part of it now. Its turns have events of their own. */
export interface ContextSummarisedEvent extends CrewEventBase {
    readonly type: 'context-summarised';
    /** About how many tokens the next request would have had, and has. */
    readonly tokensBefore: number;
    readonly tokensAfter: number;
    /** The model's context window, in tokens. */
    readonly contextWindow: number;
    /** How many parts were summarised, each in a turn of its own. */
    readonly chunks: number;
}
/** A run began: of a crew, a task, or an agent. */
export interface RunStartEvent extends CrewEventBase {
    readonly type: 'crew-start' | 'task-start' | 'agent-start';
    /** The crew's or task's name, or the agent's role. */
    readonly name: string;
}
/** A run ended well. */
export interface RunFinishEvent extends CrewEventBase {
    readonly type: 'crew-finish' | 'task-finish' | 'agent-finish';
    readonly name: string;
    readonly output: string;
    readonly usage: TokenUsage;
    readonly durationMs: number;
}
/** A run failed. */
export interface RunErrorEvent extends CrewEventBase {
    readonly type: 'crew-error' | 'task-error' | 'agent-error';
    readonly name: string;
    readonly error: CrewErrorJson;
    readonly durationMs: number;
}
/** A task was not done: its `condition` said so. */
export interface TaskSkipEvent extends CrewEventBase {
    readonly type: 'task-skip';
    /** The task's name. */
    readonly name: string;
}
/** A guardrail judged a task's output. */
export interface GuardrailEvent extends CrewEventBase {
    readonly type: 'guardrail';
    /** The task's name. */
    readonly name: string;
    /** Which attempt at the task, from 1. */
    readonly attempt: number;
    readonly ok: boolean;
    /** What is wrong, when not `ok`. */
    readonly feedback: string | undefined;
}
/** Every kind of event by its name. Extend it by declaration merging to emit kinds of your own. */
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
/** Anything that Crew reports while it works: a union on `type`. */
export type CrewEvent = CrewEvents[keyof CrewEvents];
/** Told of events. What it throws is dropped: a listener never breaks a run. */
export type EventCallback = (event: CrewEvent) => void;
/** Tells every callback, each safe from the others' faults. */
export declare function emit(callbacks: readonly EventCallback[] | undefined, event: CrewEvent): void;
/** Callbacks that say which span the events of a part belong to. `undefined` when nobody listens: then nothing is made. */
export declare function childCallbacks(callbacks: readonly EventCallback[] | undefined, parentId: string): readonly EventCallback[] | undefined;

// execution/clock.d.ts
/** Where time comes from. Inject another one in tests; nothing in Crew reads a global clock besides `systemClock`. */
export interface Clock {
    /** Milliseconds since the epoch; jumps when the machine's time is set. */
    wall(): number;
    /** Milliseconds since some fixed moment; never goes back. */
    monotonic(): number;
    /** Resolves after the time, or rejects at once with `signal.reason` when the signal aborts. */
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
/** The machine's clock. */
export declare const systemClock: Clock;

// execution/deadline.d.ts
import { CrewError } from '../errors/crew-error.ts';
import type { Clock } from './clock.ts';
/** The reason of an aborted signal as a `CrewError`. A reason that already is one stays itself. */
export declare function abortReason(signal: AbortSignal, what: string): CrewError;
/** Throws when the signal is aborted. */
export declare function throwIfAborted(signal: AbortSignal | undefined, what: string): void;
/**
 * The life of one piece of work: a signal that is aborted by the parent's, by the time limit, or by `abort`; and a
 * guard that stops waiting then, even for work that ignores its signal. `dispose` removes timer and listener.
 */
export declare class Deadline {
    #private;
    constructor(options: {
        /** The subject of the sentence in an `AbortError`: "The turn". */
        readonly what: string;
        readonly clock: Clock;
        readonly parent: AbortSignal | undefined;
        readonly milliseconds?: number | undefined;
        /** Makes the error when the time is over. */
        readonly expired?: (() => CrewError) | undefined;
    });
    get signal(): AbortSignal;
    abort(reason: CrewError): void;
    /** The work's result, or the reason as soon as the signal aborts. */
    guard<T>(work: Promise<T>): Promise<T>;
    dispose(): void;
}

// execution/rate-limiter.d.ts
import { type Clock } from './clock.ts';
/** What a rate limiter is made of. */
export interface RateLimiterOptions {
    /** Requests that may start in any minute; a positive number, 0.5 being one every two minutes. */
    readonly requestsPerMinute: number;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Lets requests start at an even pace: one every 60 / `requestsPerMinute` seconds, first come, first served. Idle time
 * is not saved up for a burst. Share one limiter between everything that uses up the same allowance.
 *
 * @throws {ConfigurationError} when `requestsPerMinute` is not a positive number.
 */
export declare class RateLimiter {
    #private;
    constructor(options: RateLimiterOptions);
    /**
     * Resolves when the caller may start its request. An abort ends the wait at once and gives the place to the next.
     *
     * @throws {AbortError} when the signal is aborted; the signal's reason, where that is a `CrewError`.
     */
    acquire(signal: AbortSignal): Promise<void>;
}

// execution/step-runner.d.ts
/**
 * The seam for durable execution. The loop calls it around each model turn and each tool run, and for sleep, time and
 * random ids. Step names are stable across replays and steps start in an order that does not depend on which finishes
 * first. What `action` resolves to is JSON; expected errors cross as data and keep their class.
 */
export interface StepRunner {
    /** Runs the action, or returns the recorded result of an earlier run of the same name. */
    run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T>;
    /** Waits, unless the recording says that the wait is over. Rejects with the signal's reason when it aborts. */
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
    /** Milliseconds since the epoch. */
    now(): Promise<number>;
    /** An id that no other run has; the same one in a replay. Asked for once: the ids of the runs inside are made of it. */
    randomId(): Promise<string>;
}

// index.d.ts
export { Agent, type ExecutableTask, type ExecuteTaskOptions } from './agent/agent.ts';
export type { AgentOptions } from './agent/agent-options.ts';
export type { TaskPrompt } from './agent/prompt.ts';
export type { RunOptions } from './agent/run-options.ts';
export { Crew, type KickoffOptions } from './crew/crew.ts';
export type { CrewOptions } from './crew/crew-options.ts';
export { type AgentUsage, CrewOutput } from './crew/crew-output.ts';
export type { KickoffForEachOptions, KickoffResult } from './crew/kickoff-for-each.ts';
export { AbortError } from './errors/abort-error.ts';
export { AuthenticationError } from './errors/authentication-error.ts';
export { ConfigurationError } from './errors/configuration-error.ts';
export { ConnectionError, type ConnectionErrorOptions } from './errors/connection-error.ts';
export { ContextWindowExceededError } from './errors/context-window-exceeded-error.ts';
export { copyOptions } from './errors/copy-options.ts';
export { CredentialError, type CredentialErrorOptions } from './errors/credential-error.ts';
export { CrewError, type CrewErrorJson, type CrewErrorOptions } from './errors/crew-error.ts';
export { EmptyReplyError, type EmptyReplyErrorOptions } from './errors/empty-reply-error.ts';
export { GuardrailError, type GuardrailErrorOptions } from './errors/guardrail-error.ts';
export { ProtocolError, type ProtocolErrorOptions } from './errors/protocol-error.ts';
export { RateLimitError, type RateLimitErrorOptions } from './errors/rate-limit-error.ts';
export { ResponseError, type ResponseErrorOptions } from './errors/response-error.ts';
export { StructuredOutputError, type StructuredOutputErrorOptions } from './errors/structured-output-error.ts';
export { TimeoutError, type TimeoutErrorOptions } from './errors/timeout-error.ts';
export { toCrewError } from './errors/to-crew-error.ts';
export { ToolInputError } from './errors/tool-input-error.ts';
export { ToolLoopError } from './errors/tool-loop-error.ts';
export type * from './events/event.ts';
export { emit } from './events/event.ts';
export type { Clock } from './execution/clock.ts';
export { systemClock } from './execution/clock.ts';
export { abortReason } from './execution/deadline.ts';
export { RateLimiter, type RateLimiterOptions } from './execution/rate-limiter.ts';
export type { StepRunner } from './execution/step-runner.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { BaseLLM, type BaseLLMOptions, notifyListeners } from './llm/base-llm.ts';
export type { AssistantTurn, FinishReason, Generation, StreamPart, TokenUsage } from './llm/turn.ts';
export type { CallOptions, ToolFunction, TurnOptions, TurnRequest } from './llm/turn-options.ts';
export { runToolLoop, type ToolLoopOptions, type ToolLoopResult, type ToolProtocol } from './loop/run-tool-loop.ts';
export type { ContentPart, Message, Prompt, ToolCall } from './messages/message.ts';
export { excerpt, printable } from './messages/printable.ts';
export type { TurnCache } from './middleware/cached.ts';
export { type ErrorKind, type FallbackOptions, fallback } from './middleware/fallback.ts';
export type { ObservedTurn } from './middleware/observed.ts';
export { type WrapOptions, wrapLLM } from './middleware/wrap-llm.ts';
export type { GeneratedObject, GenerateObjectOptions } from './structured-output/generate-object.ts';
export type { FileWriter } from './task/file-writer.ts';
export type { Guardrail, GuardrailFunction, GuardrailVerdict } from './task/guardrail.ts';
export type { Inputs } from './task/interpolate.ts';
export { type AnyTask, Task, type TaskExecuteOptions } from './task/task.ts';
export type { TaskCallContext } from './task/task-call.ts';
export type { OutputSchema, ParsedOutput, TaskFunction, TaskOptions } from './task/task-options.ts';
export { TaskOutput, type TaskOutputFields } from './task/task-output.ts';
export { type JsonToolOptions, type SchemaToolOptions, tool } from './tools/make-tool.ts';
export type * from './tools/tool.ts';

// json.d.ts
/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {
    readonly [key: string]: JsonValue;
};
/** A JSON object (RFC 8259, section 4). */
export type JsonObject = {
    readonly [key: string]: JsonValue;
};

// llm/base-llm.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type CrewEvent } from '../events/event.ts';
import { type Clock } from '../execution/clock.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Message, Prompt } from '../messages/message.ts';
import { type GeneratedObject, type GenerateObjectOptions } from '../structured-output/generate-object.ts';
import type { ToolSchema } from '../tools/tool.ts';
import type { AssistantTurn, Generation, StreamPart, TokenUsage } from './turn.ts';
import { type CallOptions, type TurnOptions, type TurnRequest } from './turn-options.ts';
/** What every LLM takes. */
export interface BaseLLMOptions {
    /** The model's name, where the endpoint serves several. */
    readonly model?: string | undefined;
    /** Used by turns that set none of their own. */
    readonly temperature?: number | undefined;
    /** Stop words of every turn. */
    readonly stop?: string | readonly string[] | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * A model behind some endpoint. A custom LLM writes four methods: `call`, `supportsFunctionCalling`,
 * `supportsStopWords` and `getContextWindowSize`. Agents use it through `generate` and `stream`, which do everything
 * around the request: check messages, join stop words and cut at them, keep the deadline, count tokens, tell events,
 * and turn what was thrown into a `CrewError`.
 */
export declare abstract class BaseLLM implements AsyncDisposable {
    #private;
    /** The model's name, where the endpoint serves several. */
    readonly model: string | undefined;
    /** The temperature of turns that set none. May be changed between turns. */
    temperature: number | undefined;
    /** Stop words of every turn, before the turn's own. May be changed between turns. */
    stop: string[];
    /** @throws {ConfigurationError} for a wrong option. */
    constructor(options?: BaseLLMOptions);
    /**
     * Asks the model. Given `availableFunctions` it runs the tools itself and resolves to the final text; without them it
     * resolves to the text, or to an `AssistantTurn` with the tool calls for the caller to run.
     */
    abstract call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
    /** Whether the provider takes tool definitions. `false` makes agents use the text (ReAct) protocol. */
    abstract supportsFunctionCalling(): boolean;
    /** Whether the provider takes stop words. The reply is cut at them in either case. */
    abstract supportsStopWords(): boolean;
    /** How many tokens the model can read and write together. `Infinity` when unknown. */
    abstract getContextWindowSize(): number;
    /**
     * Set to `true` for a provider that refuses a history with tool calls unless their tools are defined in the request:
     * the request that forces the answer then keeps them, with `toolChoice: 'none'`.
     */
    readonly toolsInHistory?: boolean;
    /** Hook: one raw turn of a prepared request. The default adapts `call()`. Wrappers delegate to it. */
    respond(request: TurnRequest): Promise<AssistantTurn>;
    /** Hook: the same turn in parts, the last one `finish`. The default is `respond()` as one `finish` part. */
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
    /**
     * One turn of the model. Never overridden.
     *
     * @throws {CrewError} `ConfigurationError` for a wrong message or option; `TimeoutError`, `AbortError`;
     * `EmptyReplyError`; and what the endpoint gave rise to.
     */
    generate(messages: Prompt, options?: TurnOptions): Promise<Generation>;
    /**
     * The same turn as it arrives; the last part is `finish`. Nothing after a stop word is ever given. Leaving the loop
     * early cancels the request. Never overridden. Throws as `generate` does.
     */
    stream(messages: Prompt, options?: TurnOptions): AsyncIterable<StreamPart>;
    /**
     * Asks for a value that fits a schema (zod 4, arktype, valibot through `toStandardJsonSchema`, or a JSON Schema). The
     * schema goes into the request as `responseFormat` where the LLM calls functions, and into the prompt otherwise. The
     * reply may hold the JSON alone, in a fenced block, or within other text; one that does not fit is answered with the
     * validator's message, and the model is asked again, three times in all. Never overridden.
     *
     * @throws {CrewError} `StructuredOutputError` when no attempt fits; and what `generate` throws.
     */
    generateObject<S extends ToolSchema>(messages: Prompt, schema: S, options?: GenerateObjectOptions): Promise<GeneratedObject<StandardSchemaV1.InferOutput<S>>>;
    generateObject(messages: Prompt, schema: JsonObject, options?: GenerateObjectOptions): Promise<GeneratedObject<JsonValue>>;
    /** About how many tokens the messages are. Override it where a tokeniser is at hand. */
    countTokens(messages: readonly Message[]): number;
    /** Tokens of all turns of this LLM so far, each counted once. */
    get usage(): TokenUsage;
    /** Calls `listener` for every event of that type; what comes back removes it again. */
    on<Type extends CrewEvent['type']>(type: Type, listener: (event: Extract<CrewEvent, {
        readonly type: Type;
    }>) => void): () => void;
    /** Frees what the LLM holds: connections, timers. Override it where there is something to free. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
/** Tells the listeners of an LLM (`llm.on`) of something that belongs to no turn: a renewal in the background, say. */
export declare function notifyListeners(llm: BaseLLM, event: CrewEvent): void;

// llm/turn-options.d.ts
import type { CrewEvent } from '../events/event.ts';
import type { JsonObject } from '../json.ts';
import type { Message } from '../messages/message.ts';
import type { ToolContext, ToolDefinition } from '../tools/tool.ts';
/** What one model turn may be given. Everything is optional; what is not set is not sent. */
export interface TurnOptions {
    /** What the model may call. Values of `tool()` will do; their functions are not run by a turn. */
    readonly tools?: readonly ToolDefinition[] | undefined;
    /** Whether the model may, must or must not call tools, or which one it must call. Unset: the provider's default. */
    readonly toolChoice?: 'auto' | 'none' | 'required' | {
        readonly name: string;
    } | undefined;
    /** Asks for JSON that fits a schema, where the provider can. */
    readonly responseFormat?: {
        readonly name: string;
        readonly schema: JsonObject;
    } | undefined;
    /** Stop words of this turn, joined to the LLM's own. The reply is cut at the earliest in every case. */
    readonly stop?: string | readonly string[] | undefined;
    /** How freely the model chooses its words, on the provider's scale. Default: the LLM's own. */
    readonly temperature?: number | undefined;
    /** Nucleus sampling: the share of likely words to choose from, 0 to 1. */
    readonly topP?: number | undefined;
    /** The longest reply, in tokens. One that is cut off has the finish reason `length`. */
    readonly maxTokens?: number | undefined;
    /** Asks for the same reply to the same request, where the provider can. */
    readonly seed?: number | undefined;
    /** Provider fields merged into the request body. */
    readonly extraBody?: JsonObject | undefined;
    /** Told of every event of the turn. What a callback throws is dropped. */
    readonly callbacks?: readonly ((event: CrewEvent) => void)[] | undefined;
    /** Cancels the turn: it rejects at once with an `AbortError`, or with the signal's reason where that is a `CrewError`. */
    readonly signal?: AbortSignal | undefined;
    /** Milliseconds for the whole turn, retries included. */
    readonly timeout?: number | undefined;
    /** Handed untouched to authenticators and tools (a tenant, say). Never serialised, logged or emitted. */
    readonly authContext?: unknown;
}
/** Copies the options of a turn, so that nothing else is read than what the caller gave. */
export declare function copyTurnOptions<Options extends TurnOptions>(options: Options): Options;
/** A function that answers a tool call: called with the parsed arguments and a context. May return a promise. */
export type ToolFunction = {
    bivarianceHack(input: object, context: ToolContext): unknown;
}['bivarianceHack'];
/** What `BaseLLM.call` may be given: a turn's options, and the functions that make it run the tools itself. */
export interface CallOptions extends TurnOptions {
    /** By tool name. Each needs its definition in `tools`. */
    readonly availableFunctions?: Readonly<Record<string, ToolFunction>> | undefined;
    /** Rounds of tool calls before the answer is forced. Default 25. */
    readonly maxToolRounds?: number | undefined;
}
/** A prepared turn, as the hooks `respond` and `respondStream` receive it. */
export interface TurnRequest extends TurnOptions {
    /** Valid and deeply frozen. */
    readonly messages: readonly Message[];
    /** The complete list. The hook must not add `this.stop`. Empty when `supportsStopWords()` is false. */
    readonly stop: readonly string[];
    /** Aborted by the caller's signal, by the deadline, and when the consumer of a stream stops early. */
    readonly signal: AbortSignal;
}

// llm/turn.d.ts
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
export type Generation = {
    readonly [K in keyof Required<AssistantTurn>]: AssistantTurn[K];
} & {
    readonly toolCalls: readonly ToolCall[];
    readonly finishReason: FinishReason;
};
/** One piece of a streamed turn. `finish` comes last and holds the whole. */
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

// loop/run-tool-loop.d.ts
import type { CrewError } from '../errors/crew-error.ts';
import { type Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';
import { type CallOptions } from '../llm/turn-options.ts';
import type { Message, Prompt } from '../messages/message.ts';
import type { Tool, ToolDefinition } from '../tools/tool.ts';
import { ToolLoop } from './tool-loop.ts';
/** What a tool loop runs on. The options of a turn are those of each turn. */
export interface ToolLoopOptions extends CallOptions {
    readonly messages: Prompt;
    /** Tools made with `tool()`; or, with `availableFunctions`, the definitions of those. */
    readonly tools?: readonly (Tool | ToolDefinition)[] | undefined;
    /**
     * How tool calls are written: by the provider's own API, or as text (ReAct) that is read out of the reply. Whoever
     * calls gives plain messages in either case: the text protocol puts its listing of the tools and its format in the
     * system message of each request, or in the first user message where there is none. Default: as
     * `llm.supportsFunctionCalling()` says. A run that the provider tells that it supports no tools goes on as text.
     */
    readonly protocol?: ToolProtocol | undefined;
    /**
     * Summarises the conversation when it would no longer fit the model's context window; `false` makes that a
     * `ContextWindowExceededError`. Default true.
     */
    readonly respectContextWindow?: boolean | undefined;
    /** Asked before each request to the model. Share one between runs that use up the same allowance. */
    readonly rateLimiter?: RateLimiter | undefined;
    /** Asks the model through `stream`, so that deltas are told as events. Default false. */
    readonly stream?: boolean | undefined;
    /** Makes the run durable. See `StepRunner`. */
    readonly steps?: StepRunner | undefined;
    /** Put before every step's name, to tell loops of one workflow apart. */
    readonly stepPrefix?: string | undefined;
    /** The id of the run, where the caller already told of it. */
    readonly runId?: string | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
    /** Told of a model turn that failed; when it resolves to true the turn is asked for again. `retry` counts from 1. */
    readonly retryTurn?: ((error: CrewError, retry: number) => Promise<boolean>) | undefined;
}
/** How tool calls travel: in the provider's own fields, or as text in the messages. */
export type ToolProtocol = 'native' | 'text';
/** What a tool loop gives. */
export interface ToolLoopResult {
    /** The answer: the model's last text, or the result of a tool with `resultAsAnswer`. */
    readonly text: string;
    /** The whole conversation, the answer included. */
    readonly messages: readonly Message[];
    /** The last turn. */
    readonly generation: Generation;
    /** Tokens of all turns of this loop, summaries included. */
    readonly usage: TokenUsage;
    /** Turns the model was asked for. */
    readonly turns: number;
    /** Tools that were run. */
    readonly toolCalls: number;
    /** The protocol that the run ended with. Give it to the next run on the same LLM, so that it need not find out again. */
    readonly protocol: ToolProtocol;
}
/**
 * Asks the model, runs the tools it calls, and asks again until it answers. Each call is answered exactly once, whatever
 * happens; what goes wrong in a tool is told to the model. After `maxToolRounds` rounds (25) the answer is forced.
 *
 * @throws {CrewError} what `llm.generate` throws, and `ToolLoopError` when even the forced turn called tools. The error's
 * `messages` hold the conversation so far, open calls answered "cancelled".
 */
export declare function runToolLoop(llm: BaseLLM, options: ToolLoopOptions): Promise<ToolLoopResult>;
/** Makes a loop, and lets go of its caller's signal after its use. */
export declare function withToolLoop<Result>(llm: BaseLLM, given: ToolLoopOptions, use: (loop: ToolLoop) => Promise<Result>): Promise<Result>;

// loop/tool-loop.d.ts
import { type CrewError } from '../errors/crew-error.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import type { ToolLoopOptions, ToolLoopResult } from './run-tool-loop.ts';
/**
 * One run of the loop: the model's turns and the tools between them. It can go on after an answer that is of no use; what
 * its rules count, they count in the whole run.
 */
export declare class ToolLoop {
    #private;
    /** `signal` is the run's own: it is aborted by the one in the options, with a `CrewError` as its reason. */
    constructor(llm: BaseLLM, options: ToolLoopOptions, runId: string, signal: AbortSignal);
    /** Tells the model what is wrong with its answer, and goes on. `part` is where the names of the further steps begin. */
    goOn(feedback: string, part: string): Promise<ToolLoopResult>;
    /** Goes on until the model answers. */
    run(): Promise<ToolLoopResult>;
    /** An error that nobody else holds, with how far the run had come. */
    ended(error: CrewError): CrewError;
}

// messages/message.d.ts
/** A piece of a user message. An image is an `https:` or `data:` URL. */
export type ContentPart = {
    readonly type: 'text';
    readonly text: string;
} | {
    readonly type: 'image';
    readonly url: string;
};
/** A tool call of the model. `arguments` is the JSON text that the model wrote; it is parsed once, by the tool. */
export type ToolCall = {
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
};
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
} | {
    readonly role: 'tool';
    readonly toolCallId: string;
    readonly name?: string | undefined;
    readonly content: string;
};
/** What a model is asked: a text (one user message), or the conversation so far. */
export type Prompt = string | readonly Message[];

// messages/printable.d.ts
/**
 * Returns a foreign text (a model's answer, a tool's name, the name of a file) as a terminal or a log may show it. Line
 * feeds and tabs are kept, other line ends become line feeds, format characters are removed, and any other control
 * character is replaced by U+FFFD. An escape sequence is then plain text: it can no longer move the cursor, hide what was
 * printed before it, or write to the clipboard (OSC 52). Emoji that are joined by U+200D come apart.
 *
 * May be called for each part of a stream: it looks at single characters, and the end of a line that is split over two
 * parts is at worst shown as U+FFFD and a line feed. Use `excerpt` where one line is expected.
 *
 * @example
 * process.stdout.write(`${printable(await llm.call('Say hello.'))}\n`);
 */
export declare function printable(text: string): string;
/**
 * Returns the start of a foreign text (what a server, a certificate or a file says) as one line of printable characters,
 * for an error's message. Runs of white space, control and format characters become one blank. `length` is the largest
 * number of characters; a text that is cut ends with `…`. Its cost does not depend on the length of the text.
 *
 * @example
 * throw new CredentialError(`The identity service answered: ${excerpt(await response.text())}`);
 */
export declare function excerpt(text: string, length?: number): string;
/** Returns the start of a parsed body as JSON, on one line. */
export declare function excerptOf(body: unknown): string;

// middleware/cached.d.ts
import type { AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './turn-hooks.ts';
/** Where answers are remembered: a `Map`, or a store of your own. What it throws is no worse than not knowing. */
export interface TurnCache {
    /** The turn that was kept under the key (64 hexadecimal digits). */
    get(key: string): AssistantTurn | undefined | Promise<AssistantTurn | undefined>;
    /** The turn is plain data, as JSON can carry it. */
    set(key: string, turn: AssistantTurn): unknown;
}
/** How turns are remembered. */
export interface CacheOptions {
    /** Answers to requests that were made before come from here: a `Map`, say. Failed and cut-off turns are not kept. */
    readonly cache?: TurnCache | undefined;
    /**
     * What tells answers apart besides the request: the tenant in `authContext`, say. `undefined` keeps a turn out of the
     * cache. Default: all turns without an `authContext` are alike, and those with one stay out.
     */
    cacheScope?(request: TurnRequest): string | undefined;
}
/** Turns that were asked for before come from the cache. Two that are asked for at the same time are both asked for. */
export declare function cached(hooks: TurnHooks, cache: TurnCache, scopeOf: NonNullable<CacheOptions['cacheScope']>, model: string | undefined): TurnHooks;

// middleware/fallback.d.ts
import { type Clock } from '../execution/clock.ts';
import { BaseLLM } from '../llm/base-llm.ts';
/** A kind of error: an error class of Crew, or anything that tells its own apart. */
export interface ErrorKind {
    isInstance(value: unknown): boolean;
}
/** What `fallback` may be given. */
export interface FallbackOptions {
    /**
     * The errors after which the next LLM is asked: `[RateLimitError, ConnectionError]`, say. Default: rate limits,
     * connections, timeouts, garbled answers and statuses of 500 and above.
     */
    readonly on?: readonly ErrorKind[] | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Several LLMs as one: each turn asks the first, and after an error of a kind that is named, the next. A streamed turn
 * that has shown something stays with its LLM; a cancelled one is not asked again. Since a turn may be answered by any
 * of them, all must call functions for this one to, the smallest context window counts, and the stop words of all are
 * in effect. Tokens are counted and events are told by this one; each change is a `turn-retry` event without a delay.
 *
 * @throws {ConfigurationError} when there is no LLM, or an option is wrong.
 */
export declare function fallback(llms: readonly BaseLLM[], options?: FallbackOptions): BaseLLM;

// middleware/observed.d.ts
import type { CrewError } from '../errors/crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import type { AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './turn-hooks.ts';
/** A turn that ended: what was asked, and what came of it. */
export interface ObservedTurn {
    readonly request: TurnRequest;
    /** What the model said. `undefined` when the turn failed. */
    readonly turn: AssistantTurn | undefined;
    /** Why it failed. */
    readonly error: CrewError | undefined;
    /** Whether it was streamed. */
    readonly streamed: boolean;
    /** Milliseconds, waiting for the rate limit included. */
    readonly durationMs: number;
}
/** Tells `observe` of each turn once, when it ended. What that throws is dropped. */
export declare function observed(hooks: TurnHooks, observe: (turn: ObservedTurn) => unknown, clock: Clock): TurnHooks;

// middleware/surrounded.d.ts
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './turn-hooks.ts';
/** Code that goes around turns. */
export interface Surrounding {
    /** Goes around each turn: may change the request, change the answer, ask again, or not ask at all. */
    respond?(request: TurnRequest, next: (request: TurnRequest) => Promise<AssistantTurn>): Promise<AssistantTurn>;
    /** The same for streamed turns. Without it, `respond` goes around them too, and they arrive in one piece. */
    respondStream?(request: TurnRequest, next: (request: TurnRequest) => AsyncIterable<StreamPart>): AsyncIterable<StreamPart>;
}
/** The hooks with that code around them. */
export declare function surrounded(hooks: TurnHooks, around: Surrounding): TurnHooks;

// middleware/turn-hooks.d.ts
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
/** The two hooks of an LLM: what goes around an LLM goes around these. */
export interface TurnHooks {
    respond(request: TurnRequest): Promise<AssistantTurn>;
    respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
}

// middleware/wrap-llm.d.ts
import { type Clock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import { BaseLLM } from '../llm/base-llm.ts';
import { type CacheOptions } from './cached.ts';
import { type ObservedTurn } from './observed.ts';
import { type Surrounding } from './surrounded.ts';
/** What `wrapLLM` puts around an LLM, from the outside in: `observe`, `cache`, `respond`, `rateLimit`. */
export interface WrapOptions extends CacheOptions, Surrounding {
    /** Told of each turn once, when it ended, also of a failed one. What it throws is dropped. */
    observe?(turn: ObservedTurn): void;
    /** Requests per minute, at an even pace; or a limiter that is shared with others. */
    readonly rateLimit?: number | RateLimiter | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Any LLM with something around it: an observer, a cache, a rate limit, code of your own. What comes back is an LLM like
 * any other and can be wrapped again. Tokens are counted and events are told by the outermost alone. Its `model`,
 * `stop`, `temperature` and abilities are those of the LLM inside, and closing it closes that one. See also `fallback`.
 *
 * @throws {ConfigurationError} when an option is wrong.
 */
export declare function wrapLLM(llm: BaseLLM, options: WrapOptions): BaseLLM;

// node.d.ts
import type { FileWriter } from './task/file-writer.ts';
/** Where files go. */
export interface NodeFilesOptions {
    /** The folder that nothing may leave. It must exist. Default: the working directory, as it is when a file is written. */
    readonly directory?: string | undefined;
}
/**
 * Writes the files of tasks into one folder of this machine. A path out of it is refused, also one that leads through a
 * symbolic link. Folders are made. A file is written beside its place and then moved there, so that no reader sees half
 * of it; a link in its place is replaced, not followed.
 *
 * @throws {ConfigurationError} for a wrong `directory`; its `write` rejects with one for a path that leaves the folder.
 */
export declare function nodeFiles(options?: NodeFilesOptions): FileWriter;

// structured-output/generate-object.d.ts
import type { BaseLLM } from '../llm/base-llm.ts';
import type { Generation, TokenUsage } from '../llm/turn.ts';
import { type TurnOptions } from '../llm/turn-options.ts';
import type { Prompt } from '../messages/message.ts';
/** What `generateObject` may be given: a turn's options, used for each attempt. */
export interface GenerateObjectOptions extends Omit<TurnOptions, 'responseFormat' | 'tools' | 'toolChoice'> {
    /** How often the model is asked before it is an error. Default 3. */
    readonly maxAttempts?: number | undefined;
}
/** A value that fits its schema, and how it came about. */
export interface GeneratedObject<T> {
    /** The value as the schema gives it: transformed, with defaults filled in. */
    readonly object: T;
    /** The turn that held it. */
    readonly generation: Generation;
    /** Tokens of all attempts. */
    readonly usage: TokenUsage;
}
/** Asks an LLM for a value that fits the schema; see `BaseLLM.generateObject`. */
export declare function generateObject(llm: BaseLLM, prompt: Prompt, schema: unknown, options: GenerateObjectOptions): Promise<GeneratedObject<unknown>>;

// task/file-writer.d.ts
/** Where a task's `outputFile` goes. `nodeFiles()` of `@crew/core/node` is one. */
export interface FileWriter {
    /**
     * Writes the whole file, or nothing: a reader never sees half of it. `path` is relative, with `/` between folders;
     * missing folders are made. Rejects for a path that leaves the writer's own folder.
     */
    write(path: string, content: string, options: {
        readonly signal: AbortSignal;
    }): Promise<void>;
}

// task/guardrail.d.ts
import type { TaskFunction } from './task-options.ts';
/** What a guardrail function says: fine; not fine and why; or in full, perhaps with a better value. */
export type GuardrailVerdict = true | string | {
    readonly ok: boolean;
    /** Taken instead of the output, when `ok`: a text, or any JSON value. */
    readonly value?: unknown;
    /** What is wrong, when not `ok`: the agent is told. */
    readonly feedback?: string | undefined;
};
/** Judges an output. */
export type GuardrailFunction<Parsed = unknown> = TaskFunction<Parsed, GuardrailVerdict>;
/** A function, or a sentence that the agent's own model judges the output by. */
export type Guardrail<Parsed = unknown> = string | GuardrailFunction<Parsed>;

// task/interpolate.d.ts
import type { OptionRule } from '../errors/check-options.ts';
import type { JsonValue } from '../json.ts';
/** What `{name}` placeholders stand for: a text as it is, anything else as JSON. */
export type Inputs = {
    readonly [name: string]: JsonValue | undefined;
};
/**
 * Fills in the placeholders of a text in one pass, so that braces in a value stay what they are. Without inputs the text
 * is taken as it is.
 *
 * @throws {ConfigurationError} when an input is missing, naming it and `what` asks for it.
 */
export declare function interpolate(template: string, inputs: Inputs | undefined, what: string): string;
/** What the option `inputs` must be. */
export declare const inputsRule: OptionRule;

// task/task-call.d.ts
import type { RunScope } from '../agent/run-scope.ts';
import type { Deadline } from '../execution/deadline.ts';
/** What a task's own functions are given besides their value. */
export interface TaskCallContext {
    /** Aborted when the run is cancelled. */
    readonly signal: AbortSignal;
    readonly authContext: unknown;
}
/**
 * Calls a function that the task was given: as a step, so that a replay does not ask again, and not waited for longer
 * than the run lasts. `what` names it in the error when it throws.
 */
export declare function callForTask<T>(scope: RunScope, deadline: Deadline, step: string, what: string, action: (context: TaskCallContext) => T | Promise<T>): Promise<T>;

// task/task-options.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Agent } from '../agent/agent.ts';
import { type OptionRules } from '../errors/check-options.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import type { FileWriter } from './file-writer.ts';
import type { Guardrail } from './guardrail.ts';
import type { AnyTask } from './task.ts';
import type { TaskCallContext } from './task-call.ts';
import type { TaskOutput } from './task-output.ts';
/** What an answer must fit: a Standard Schema that describes itself as JSON Schema, or a JSON Schema. */
export type OutputSchema = ToolSchema | JsonObject;
/** The type of `TaskOutput.parsed` that a task's `outputSchema` leads to. */
export type ParsedOutput<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : Schema extends JsonObject ? JsonValue : undefined;
/** A function of a task's output. */
export type TaskFunction<Parsed, Result> = {
    bivarianceHack(output: TaskOutput<Parsed>, context: TaskCallContext): Result | Promise<Result>;
}['bivarianceHack'];
/** What a task is made of. */
export interface TaskOptions<Schema extends OutputSchema | undefined = undefined> {
    /** What is to be done. */
    readonly description: string;
    /** What a good answer is like. */
    readonly expectedOutput: string;
    /** For events and errors. Default: the beginning of the description. */
    readonly name?: string | undefined;
    /** Who does it. A sequential crew needs one for each task. */
    readonly agent?: Agent | undefined;
    /** Instead of the agent's own tools; `[]` means none. */
    readonly tools?: readonly Tool[] | undefined;
    /** Whose outputs the agent is told: unset = of all earlier tasks of the crew; `[]` = of none. */
    readonly context?: readonly AnyTask[] | undefined;
    /** What the answer must fit. The agent is told what is wrong until it does, three attempts in all. */
    readonly outputSchema?: Schema | undefined;
    /** Where the answer is written: a relative path, in which a crew's inputs are filled in. Needs `files`. */
    readonly outputFile?: string | undefined;
    /** Writes the `outputFile`: `nodeFiles()` of `@crew/core/node`. */
    readonly files?: FileWriter | undefined;
    /** Judges the answer: functions, or sentences that the agent's model judges by. All must accept it, in order. */
    readonly guardrail?: Guardrail<ParsedOutput<Schema>> | readonly Guardrail<ParsedOutput<Schema>>[] | undefined;
    /** How often the task is done again after a guardrail refused its output. Default 3. */
    readonly guardrailMaxRetries?: number | undefined;
    /** Lets a crew go on with the next task meanwhile. Default false. */
    readonly asyncExecution?: boolean | undefined;
    /** Asked about the finished output. An empty answer accepts it; any other is told to the agent, which tries again. */
    readonly humanInput?: TaskFunction<ParsedOutput<Schema>, string> | undefined;
    /** Whether to do the task at all. Given the output before it, of the last task that was not skipped. */
    readonly condition?: ((previous: TaskOutput | undefined, context: TaskCallContext) => boolean | Promise<boolean>) | undefined;
    /** Told of the accepted output. What it throws fails the task. */
    readonly callback?: TaskFunction<ParsedOutput<Schema>, void> | undefined;
}
/** What the options of a task must be. */
export declare const taskOptionRules: OptionRules<TaskOptions<OutputSchema | undefined>>;

// task/task-output.d.ts
import type { JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';
/** What a task's output is made of. */
export interface TaskOutputFields<Parsed = unknown> {
    /** The task's name. */
    readonly name: string;
    /** The answer's text. */
    readonly raw: string;
    /** The answer as JSON, where the task has an `outputSchema`. */
    readonly json: JsonValue | undefined;
    /** The answer as the task's `outputSchema` gives it: checked, transformed, defaults filled in. */
    readonly parsed: Parsed;
    /** Tokens of all model turns of the task: those of repeated attempts, guardrails and delegated work too. */
    readonly usage: TokenUsage;
    /** The conversation that led to the answer. */
    readonly messages: readonly Message[];
    /** Whether the task's `condition` said not to do it. Then `raw` is empty. Default false. */
    readonly skipped?: boolean | undefined;
}
/** What came out of a task. */
export declare class TaskOutput<Parsed = unknown> implements TaskOutputFields<Parsed> {
    readonly name: string;
    readonly raw: string;
    readonly json: JsonValue | undefined;
    readonly parsed: Parsed;
    readonly usage: TokenUsage;
    readonly messages: readonly Message[];
    readonly skipped: boolean;
    constructor(fields: TaskOutputFields<Parsed>);
    /** The answer's text. */
    toString(): string;
}

// task/task.d.ts
import { type Agent, type ExecuteTaskOptions } from '../agent/agent.ts';
import { type ReadSchema } from '../tools/schema.ts';
import type { Tool } from '../tools/tool.ts';
import type { FileWriter } from './file-writer.ts';
import type { Guardrail } from './guardrail.ts';
import { type Inputs } from './interpolate.ts';
import { type OutputSchema, type ParsedOutput, type TaskOptions } from './task-options.ts';
import type { TaskOutput } from './task-output.ts';
/** A task, whatever its answer must fit. */
export type AnyTask = Task<OutputSchema | undefined>;
/** What one run of a task may be given. */
export interface TaskExecuteOptions extends ExecuteTaskOptions {
    /** Fills in `{name}` placeholders. Unset, they stay as they are. */
    readonly inputs?: Inputs | undefined;
}
/**
 * Something to be done. It keeps nothing from one run to the next, and may be executed several times at once. Its fields
 * are the options that it was made of (`TaskOptions`), defaults filled in.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export declare class Task<Schema extends OutputSchema | undefined = undefined> {
    #private;
    readonly description: string;
    readonly expectedOutput: string;
    readonly name: string;
    readonly agent: Agent | undefined;
    readonly tools: readonly Tool[] | undefined;
    readonly context: readonly AnyTask[] | undefined;
    readonly outputSchema: Schema | undefined;
    /** `outputSchema` in the two forms that a run needs. */
    readonly schema: ReadSchema | undefined;
    readonly outputFile: string | undefined;
    readonly files: FileWriter | undefined;
    readonly guardrails: readonly Guardrail<ParsedOutput<Schema>>[];
    readonly guardrailMaxRetries: number;
    readonly asyncExecution: boolean;
    readonly humanInput: TaskOptions<Schema>['humanInput'];
    readonly condition: TaskOptions<Schema>['condition'];
    readonly callback: TaskOptions<Schema>['callback'];
    /** Runs the whole task with another agent than its own. Unset where a prompt is all that the task consists of. */
    readonly executeWith: ((agent: Agent, options: ExecuteTaskOptions) => Promise<TaskOutput>) | undefined;
    constructor(given: TaskOptions<Schema>);
    /**
     * Has the task's agent do it, with all that belongs to it: schema, guardrails, human, file, callback.
     *
     * @throws {ConfigurationError} when the task has no agent, or needs the outputs of other tasks and got no `context`.
     * @throws {GuardrailError} when a guardrail refused every attempt.
     * @throws {CrewError} what the run gave rise to.
     */
    execute(options?: TaskExecuteOptions): Promise<TaskOutput<ParsedOutput<Schema>>>;
}

// tools/make-tool.d.ts
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../json.ts';
import type { ToolContext, ToolSchema, ToolSettings, TypedTool } from './tool.ts';
/** The settings of a tool whose parameters are a Standard Schema. */
export interface SchemaToolOptions<S extends ToolSchema, Out> extends ToolSettings {
    /** Describes and checks the arguments; an object. */
    readonly parameters: S;
    readonly execute: (input: StandardSchemaV1.InferOutput<S>, context: ToolContext) => Out | Promise<Out>;
}
/** The settings of a tool whose parameters are a JSON Schema. */
export interface JsonToolOptions<Out> extends ToolSettings {
    /** A JSON Schema of an object. */
    readonly parameters: JsonObject;
    readonly execute: (input: JsonObject, context: ToolContext) => Out | Promise<Out>;
}
/**
 * A tool that a model may call. `parameters` is a schema (zod 4, arktype, valibot through `toStandardJsonSchema`) or a
 * plain JSON Schema; `execute` gets the checked arguments and may return anything: a string as it is, the rest as JSON.
 *
 * @throws {ConfigurationError} for a wrong setting, or a schema that has no JSON Schema.
 */
export declare function tool<S extends ToolSchema, Out>(settings: SchemaToolOptions<S, Out>): TypedTool<StandardSchemaV1.InferOutput<S>, Out>;
export declare function tool<Out>(settings: JsonToolOptions<Out>): TypedTool<JsonObject, Out>;

// tools/schema.d.ts
import type { JsonObject, JsonValue } from '../json.ts';
/** Checks a parsed value. Gives the value to use, or what is wrong with it. */
export type SchemaCheck = (value: JsonValue) => SchemaVerdict | Promise<SchemaVerdict>;
/** What a check gives. */
export type SchemaVerdict = {
    readonly value: unknown;
} | {
    readonly problems: string;
};
/** A schema in the two forms that Crew needs: JSON Schema for the model, a check for what comes back. */
export interface ReadSchema {
    /** Deeply frozen. */
    readonly jsonSchema: JsonObject;
    readonly check: SchemaCheck;
}
/**
 * Reads a Standard Schema that also describes itself as JSON Schema, or a plain JSON Schema.
 *
 * @throws {ConfigurationError} for anything else, naming `what` and the remedy.
 */
export declare function readSchema(schema: unknown, what: string): ReadSchema;

// tools/tool.d.ts
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../json.ts';
/** What a running tool is told. */
export interface ToolContext {
    /** Aborted when the run is cancelled or the tool's `timeout` passes. */
    readonly signal: AbortSignal;
    /** The run that the call belongs to. */
    readonly runId: string;
    /** The model's id of the call, unique in the run. */
    readonly toolCallId: string;
    /** What the caller gave as `authContext`: which tenant, say. */
    readonly authContext: unknown;
}
/** What a model is told of a tool. `parameters` is a JSON Schema of an object. */
export interface ToolDefinition {
    readonly name: string;
    readonly description: string;
    readonly parameters: JsonObject;
}
/** How the loop treats a tool. */
export interface ToolPolicy {
    /** A successful result is the run's answer, as it is. */
    readonly resultAsAnswer?: boolean | undefined;
    /** Calls allowed in one run. More are answered with a sentence that says so. */
    readonly maxUses?: number | undefined;
    /** Milliseconds for one call. */
    readonly timeout?: number | undefined;
    /** Never runs beside another call of the same turn. */
    readonly sequential?: boolean | undefined;
    /** An identical call in two turns after one another is normal: do not remark on it. */
    readonly repeatable?: boolean | undefined;
    /** Remembers successful results per run, by the arguments. */
    readonly cache?: boolean | undefined;
}
/** A tool that the loop can run. Make one with `tool()`. */
export interface Tool extends ToolDefinition, ToolPolicy {
    /** Parses and checks the arguments, runs the tool, and gives the text that the model reads. */
    run(argumentsText: string, context: ToolContext): Promise<string>;
}
/** A tool whose function can also be called directly, with its own types. */
export interface TypedTool<In, Out> extends Tool {
    /** The function that was given to `tool()`. Called directly it gets its input unchecked, and no rule of the loop holds. */
    execute(input: In, context: ToolContext): Out | Promise<Out>;
}
/** A schema that can both check a value and describe itself as JSON Schema: zod 4, arktype, valibot's `toStandardJsonSchema`. */
export type ToolSchema<In = unknown, Out = In> = StandardSchemaV1<In, Out> & StandardJSONSchemaV1<In, Out>;
/** Everything of a tool but its parameters and its function. */
export interface ToolSettings extends ToolPolicy {
    /** Letters, digits, `_` and `-`, at most 64: what every provider takes. */
    readonly name: string;
    /** What the tool does and when to use it, for the model. */
    readonly description: string;
}
