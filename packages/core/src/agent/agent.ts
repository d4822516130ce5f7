import { checkOptions, copyOptions, type OptionRules, optional, string, text, tools } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { JsonObject } from '../json.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { readSchema } from '../tools/schema.ts';
import type { Tool, ToolSchema } from '../tools/tool.ts';
import { type AgentOptions, agentOptionRules } from './agent-options.ts';
import type { TaskPrompt } from './prompt.ts';
import { runAgent } from './run-agent.ts';
import { type RunOptions, runOptionRules } from './run-options.ts';
import { streamEvents } from './stream-events.ts';

/** What one run of an agent may be given. */
export interface ExecuteTaskOptions extends RunOptions {
  /** What the agent should know besides the task. */
  readonly context?: string | undefined;
  /** Instead of the task's and the agent's own tools. */
  readonly tools?: readonly Tool[] | undefined;
}

/** What the options of `executeTask` must be. */
export const executeTaskOptionRules: OptionRules<ExecuteTaskOptions> = {
  ...runOptionRules,
  context: optional(string),
  tools: optional(tools),
};

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
  readonly executeWith?: ((agent: Agent, options: ExecuteTaskOptions) => Promise<{ readonly raw: string }>) | undefined;
}

/**
 * A model in a role, with tools. It keeps nothing from one run to the next, and may execute several tasks at once. Its
 * fields are the options that it was made of (`AgentOptions`), defaults filled in.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export class Agent {
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

  constructor(given: AgentOptions) {
    const role = copyOptions(given)?.role;
    const options = checkOptions(text.accepts(role) ? `agent "${role}"` : 'an agent', given, agentOptionRules);
    const { maxRpm, clock = systemClock } = options;
    this.role = options.role;
    this.goal = options.goal;
    this.backstory = options.backstory;
    this.llm = options.llm;
    this.tools = Object.freeze([...(options.tools ?? [])]);
    this.maxIterations = options.maxIterations ?? 25;
    this.maxRetryLimit = options.maxRetryLimit ?? 2;
    this.maxExecutionTime = options.maxExecutionTime;
    this.rateLimiter = maxRpm === undefined ? undefined : new RateLimiter({ requestsPerMinute: maxRpm, clock });
    this.cache = options.cache ?? false;
    this.useSystemPrompt = options.useSystemPrompt ?? true;
    this.systemTemplate = options.systemTemplate;
    this.promptTemplate = options.promptTemplate;
    this.responseTemplate = options.responseTemplate;
    this.respectContextWindow = options.respectContextWindow ?? true;
    this.callbacks = Object.freeze([...(options.callbacks ?? [])]);
    this.clock = clock;
  }

  /**
   * Does the task and resolves to the answer's text. A `Task` is run with all that belongs to it, its guardrails among
   * them, by this agent instead of its own.
   *
   * @throws {CrewError} what the model turns gave rise to; its `messages` hold the conversation so far. A `TimeoutError`
   * when `maxExecutionTime` is over. A `GuardrailError` when a guardrail refused every attempt.
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
   * Does the task and gives its events as they happen, model deltas included. The last one carries the output: it is
   * `agent-finish`, or `task-finish` for a `Task` with guardrails and the like. An error is thrown. Leaving the loop early cancels the work.
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
