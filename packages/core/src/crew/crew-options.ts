import type { Agent } from '../agent/agent.ts';
import { type RunOptions, runOptionRules } from '../agent/agent-options.ts';
import {
  callbacks,
  clock,
  listOf,
  llm,
  type OptionRules,
  objectWith,
  oneOf,
  optional,
  positive,
  text,
} from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { EventCallback } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { type Inputs, inputsRule } from '../task/inputs.ts';
import type { AnyTask } from '../task/task.ts';
import { isSameRole } from './manager.ts';

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
export const crewOptionRules: OptionRules<CrewOptions> = {
  tasks: listOf('a list of tasks', 'execute'),
  agents: optional(listOf('a list of agents', 'executeTask')),
  name: optional(text),
  process: optional(oneOf('sequential', 'hierarchical')),
  managerLLM: optional({ ...llm, must: 'a BaseLLM' }),
  managerAgent: optional(objectWith('an Agent', 'executeTask')),
  maxRpm: optional(positive),
  callbacks: optional(callbacks),
  clock: optional(clock),
};

/** Rules for the options of `kickoff`. */
export const kickoffOptionRules: OptionRules<KickoffOptions> = { ...runOptionRules, inputs: inputsRule };

/**
 * Checks that the parts of a crew fit together.
 *
 * @throws {ConfigurationError} naming the task or agent that does not fit.
 */
export function checkCrew(options: CrewOptions): void {
  const { tasks, process } = options;
  if (tasks.length === 0) throw new ConfigurationError('A crew needs at least one task. Add one to tasks.');
  for (const [index, task] of tasks.entries()) checkTask(task, index, tasks);
  if (process === 'hierarchical') checkHierarchy(options);
  else checkSequence(options);
}

function checkTask(task: AnyTask, index: number, tasks: readonly AnyTask[]): void {
  if (tasks.indexOf(task) !== index) {
    throw new ConfigurationError(`Task "${task.name}" is in the crew twice. Create a second task.`);
  }
  for (const other of task.context ?? []) {
    const at = tasks.indexOf(other);
    if (at >= 0 && at < index) continue;
    const problem = at === -1 ? 'is not in the crew' : 'does not come earlier';
    throw new ConfigurationError(`Task "${task.name}" has "${other.name}" as context, which ${problem}.`);
  }
}

function checkSequence({ tasks, managerAgent, managerLLM }: CrewOptions): void {
  const idle = tasks.find(task => task.agent === undefined);
  if (idle) {
    throw new ConfigurationError(`Task "${idle.name}" has no agent. In a sequential crew, set the agent of each task.`);
  }
  if (managerAgent ?? managerLLM) {
    throw new ConfigurationError(
      'A sequential crew has no manager. Set process: "hierarchical", or remove managerAgent and managerLLM.',
    );
  }
}

function checkHierarchy({ agents = [], managerAgent, managerLLM, tasks }: CrewOptions): void {
  if ((managerAgent === undefined) === (managerLLM === undefined)) {
    throw new ConfigurationError('A hierarchical crew needs either a managerLLM or a managerAgent.');
  }
  const team = new Set([...agents, ...tasks.flatMap(task => task.agent ?? [])]);
  if (team.size === 0) throw new ConfigurationError('A hierarchical crew needs agents to delegate to. Set agents.');
  if (managerAgent && team.has(managerAgent)) {
    throw new ConfigurationError(
      `The manager "${managerAgent.role}" is also one of the agents. Create a separate agent for managerAgent.`,
    );
  }
  if (managerAgent && managerAgent.tools.length > 0) {
    throw new ConfigurationError(
      `The manager "${managerAgent.role}" has tools. A manager only delegates: remove its tools.`,
    );
  }
  for (const [index, { role }] of [...team].entries()) {
    const twin = [...team].slice(0, index).find(other => isSameRole(other.role, role));
    if (twin) {
      throw new ConfigurationError(
        `The manager cannot tell the agents "${twin.role}" and "${role}" apart. Give them different roles.`,
      );
    }
  }
}
