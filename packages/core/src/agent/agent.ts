import { checkOptions, copyOptions, text } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { JsonObject } from '../json.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { toStopWords } from '../llm/stop-words.ts';
import { readSchema } from '../tools/schema.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import {
  type AgentOptions,
  type AgentSettings,
  agentOptionRules,
  type ExecuteTaskOptions,
  executeTaskOptionRules,
} from './agent-options.ts';
import type { TaskPrompt } from './prompt.ts';
import { runAgent } from './run-agent.ts';
import { streamEvents } from './stream-events.ts';

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
  readonly executeWith?: ((agent: Agent, options: ExecuteTaskOptions) => Promise<{ readonly raw: string }>) | undefined;
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
export class Agent implements AgentSettings {
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

  constructor(options: AgentOptions) {
    const role = copyOptions(options)?.role;
    const checked = checkOptions(text.accepts(role) ? `agent "${role}"` : 'an agent', options, agentOptionRules);
    const { maxRpm, clock = systemClock } = checked;
    this.role = checked.role;
    this.goal = checked.goal;
    this.backstory = checked.backstory;
    this.llm = checked.llm;
    this.tools = Object.freeze([...(checked.tools ?? [])]);
    this.maxIterations = checked.maxIterations ?? 25;
    this.maxRetryLimit = checked.maxRetryLimit ?? 2;
    this.maxExecutionTime = checked.maxExecutionTime;
    this.rateLimiter = maxRpm === undefined ? undefined : new RateLimiter({ perMinute: maxRpm, clock });
    this.cache = checked.cache ?? false;
    this.useSystemPrompt = checked.useSystemPrompt ?? true;
    this.systemTemplate = checked.systemTemplate;
    this.promptTemplate = checked.promptTemplate;
    this.responseTemplate = checked.responseTemplate;
    this.respectContextWindow = checked.respectContextWindow ?? true;
    this.temperature = checked.temperature;
    this.topP = checked.topP;
    this.maxTokens = checked.maxTokens;
    this.seed = checked.seed;
    this.reasoningEffort = checked.reasoningEffort;
    this.parallelToolCalls = checked.parallelToolCalls;
    this.extraBody = checked.extraBody;
    this.stop = Object.freeze(toStopWords(checked.stop));
    this.callbacks = Object.freeze([...(checked.callbacks ?? [])]);
    this.clock = clock;
  }

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
  async executeTask(task: ExecutableTask, options: ExecuteTaskOptions = {}): Promise<string> {
    checkPrompt(task);
    const checked = checkOptions('executeTask', options, executeTaskOptionRules);
    if (task.executeWith !== undefined) return (await task.executeWith(this, checked)).raw;
    const { context, tools = task.tools ?? this.tools, ...run } = checked;
    const schema = task.outputSchema && readSchema(task.outputSchema, 'outputSchema');
    const { raw } = await runAgent(this, { task, context, tools, schema }, { ...run, clock: this.clock });
    return raw;
  }

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
  stream(task: ExecutableTask, options: ExecuteTaskOptions = {}): AsyncIterable<CrewEvent> {
    return streamEvents(options, run => this.executeTask(task, run));
  }
}

function checkPrompt(task: ExecutableTask): void {
  if (typeof task?.description !== 'string' || typeof task.expectedOutput !== 'string') {
    throw new ConfigurationError('executeTask takes a Task, or an object with description and expectedOutput.');
  }
}
