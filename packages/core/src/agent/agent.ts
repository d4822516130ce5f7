import { BaseLLM } from '../base-llm.ts';
import { type Clock, systemClock } from '../clock.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewEvent, EventCallback } from '../event.ts';
import type { Tool } from '../tool.ts';
import type { TaskPrompt } from './prompt.ts';
import { runAgent } from './run-agent.ts';
import type { RunOptions } from './run-options.ts';
import { streamEvents } from './stream-events.ts';

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
  /** Told of every event of each of its runs. */
  readonly callbacks?: readonly EventCallback[] | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** What one run of an agent may be given. */
export interface ExecuteTaskOptions extends RunOptions {
  /** What the agent should know besides the task. */
  readonly context?: string | undefined;
  /** Instead of the task's and the agent's own tools. */
  readonly tools?: readonly Tool[] | undefined;
}

/** A task that an agent can execute: with tools of its own, perhaps. */
export interface ExecutableTask extends TaskPrompt {
  /** Instead of the agent's own tools; `[]` means none. */
  readonly tools?: readonly Tool[] | undefined;
}

/**
 * A model in a role, with tools. It keeps nothing from one run to the next, and may execute several tasks at once.
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
  readonly callbacks: readonly EventCallback[];
  readonly clock: Clock;

  constructor(options: AgentOptions) {
    const { role, goal, backstory, llm, tools = [], maxIterations = 25, callbacks = [], clock = systemClock } = options;
    for (const [name, value] of Object.entries({ role, goal, backstory })) {
      if (typeof value !== 'string' || value.trim() === '') {
        throw new ConfigurationError(`An agent needs a ${name}: a non-empty string.`);
      }
    }
    if (!(llm instanceof BaseLLM)) {
      throw new ConfigurationError(`Agent "${role}" needs an llm: there is no default model.`);
    }
    if (!Number.isInteger(maxIterations) || maxIterations < 1) {
      throw new ConfigurationError(`maxIterations of agent "${role}" must be a whole number of at least 1.`);
    }
    this.role = role;
    this.goal = goal;
    this.backstory = backstory;
    this.llm = llm;
    this.tools = Object.freeze([...tools]);
    this.maxIterations = maxIterations;
    this.callbacks = Object.freeze([...callbacks]);
    this.clock = clock;
  }

  /**
   * Does the task and resolves to the answer's text.
   *
   * @throws {CrewError} what the model turns gave rise to; its `messages` hold the conversation so far.
   */
  async executeTask(task: ExecutableTask, options: ExecuteTaskOptions = {}): Promise<string> {
    const { context, tools = task.tools ?? this.tools, ...run } = options;
    const { raw } = await runAgent(this, { task, context, tools }, { ...run, clock: this.clock });
    return raw;
  }

  /**
   * Does the task and gives its events as they happen, model deltas included. The last one is `agent-finish` and carries
   * the output; an error is thrown. Leaving the loop early cancels the work.
   */
  stream(task: ExecutableTask, options: ExecuteTaskOptions = {}): AsyncIterable<CrewEvent> {
    return streamEvents(options, run => this.executeTask(task, run));
  }
}
