import type { Agent } from '../agent/agent.ts';
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
import type { AnyTask } from '../task/task.ts';
import { sameRole } from './same-role.ts';

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

const agent = objectWith('an Agent', 'executeTask');

/** What the options of a crew must be. */
export const crewOptionRules: OptionRules<CrewOptions> = {
  tasks: listOf('a list of tasks', 'execute'),
  agents: optional(listOf('a list of agents', 'executeTask')),
  name: optional(text),
  process: optional(oneOf('sequential', 'hierarchical')),
  managerLLM: optional({ ...llm, must: 'a BaseLLM' }),
  managerAgent: optional(agent),
  maxRpm: optional(positive),
  callbacks: optional(callbacks),
  clock: optional(clock),
};

/** Refuses a crew whose parts do not fit together. */
export function checkCrew(options: CrewOptions): void {
  const { tasks, process } = options;
  if (tasks.length === 0) throw new ConfigurationError('A crew needs at least one task.');
  for (const [index, task] of tasks.entries()) checkTask(task, index, tasks);
  if (process === 'hierarchical') checkHierarchy(options);
  else checkSequence(options);
}

function checkTask(task: AnyTask, index: number, tasks: readonly AnyTask[]): void {
  if (tasks.indexOf(task) !== index) {
    throw new ConfigurationError(`Task "${task.name}" stands twice in the crew. Make two tasks of it.`);
  }
  for (const other of task.context ?? []) {
    const at = tasks.indexOf(other);
    if (at >= 0 && at < index) continue;
    const where = at === -1 ? 'is not in the crew' : 'does not come earlier';
    throw new ConfigurationError(`Task "${task.name}" has "${other.name}" as context, which ${where}.`);
  }
}

function checkSequence({ tasks, managerAgent, managerLLM }: CrewOptions): void {
  const idle = tasks.find(task => task.agent === undefined);
  if (idle) {
    throw new ConfigurationError(`Task "${idle.name}" has no agent. In a sequential crew each task needs one.`);
  }
  if (managerAgent ?? managerLLM) {
    throw new ConfigurationError(
      'A sequential crew has no manager. Set process: "hierarchical", or leave the manager out.',
    );
  }
}

function checkHierarchy({ agents = [], managerAgent, managerLLM, tasks }: CrewOptions): void {
  if ((managerAgent === undefined) === (managerLLM === undefined)) {
    throw new ConfigurationError('A hierarchical crew needs either a managerLLM or a managerAgent.');
  }
  const team = new Set([...agents, ...tasks.flatMap(task => task.agent ?? [])]);
  if (team.size === 0) throw new ConfigurationError('A hierarchical crew needs agents to delegate to.');
  if (managerAgent && team.has(managerAgent)) {
    throw new ConfigurationError(
      `The manager "${managerAgent.role}" is also one of the agents. Make another agent of it.`,
    );
  }
  if (managerAgent && managerAgent.tools.length > 0) {
    throw new ConfigurationError(
      `The manager "${managerAgent.role}" has tools. A manager only delegates: take them away.`,
    );
  }
  for (const [index, { role }] of [...team].entries()) {
    const twin = [...team].slice(0, index).find(other => sameRole(other.role, role));
    if (twin) {
      throw new ConfigurationError(
        `The manager cannot tell the agents "${twin.role}" and "${role}" apart. Name their roles differently.`,
      );
    }
  }
}
