import type { Agent, ExecuteTaskOptions } from '../agent/agent.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { Tool } from '../tool.ts';
import { runTask } from './run-task.ts';
import type { TaskOutput } from './task-output.ts';

/** What a task is made of. */
export interface TaskOptions {
  /** What is to be done. */
  readonly description: string;
  /** What a good answer is like. */
  readonly expectedOutput: string;
  /** For events and errors. Default: the beginning of the description. */
  readonly name?: string | undefined;
  /** Who does it. */
  readonly agent?: Agent | undefined;
  /** Instead of the agent's own tools; `[]` means none. */
  readonly tools?: readonly Tool[] | undefined;
  /** Whose outputs the agent is told: unset = of all earlier tasks of the crew; `[]` = of none. */
  readonly context?: readonly Task[] | undefined;
}

/**
 * Something to be done. It keeps nothing from one run to the next, and may be executed several times at once.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export class Task {
  readonly description: string;
  readonly expectedOutput: string;
  readonly name: string;
  readonly agent: Agent | undefined;
  readonly tools: readonly Tool[] | undefined;
  readonly context: readonly Task[] | undefined;

  constructor(options: TaskOptions) {
    const { description, expectedOutput, agent, tools, context } = options;
    for (const [key, value] of Object.entries({ description, expectedOutput })) {
      if (typeof value !== 'string' || value.trim() === '') {
        throw new ConfigurationError(`A task needs ${key}: a non-empty string.`);
      }
    }
    this.description = description;
    this.expectedOutput = expectedOutput;
    this.name = options.name ?? shorten(description);
    this.agent = agent;
    this.tools = tools && Object.freeze([...tools]);
    this.context = context && Object.freeze([...context]);
  }

  /**
   * Has the task's agent do it.
   *
   * @throws {ConfigurationError} when the task has no agent.
   * @throws {CrewError} what the run gave rise to.
   */
  async execute(options: ExecuteTaskOptions = {}): Promise<TaskOutput> {
    const { agent } = this;
    if (agent === undefined) throw new ConfigurationError(`Task "${this.name}" has no agent to do it.`);
    const { context, tools = this.tools ?? agent.tools, ...run } = options;
    return runTask({ task: this, agent, context, tools }, { ...run, clock: agent.clock });
  }
}

/** A description in so few words that it can stand in a sentence. */
function shorten(description: string): string {
  const line = description.trim().replace(/\s+/g, ' ');
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
