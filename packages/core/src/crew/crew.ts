import type { Agent } from '../agent/agent.ts';
import type { RunOptions } from '../agent/run-options.ts';
import { inSpan } from '../agent/run-scope.ts';
import { streamEvents } from '../agent/stream-events.ts';
import { type Clock, systemClock } from '../clock.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewEvent, EventCallback } from '../event.ts';
import { runTask } from '../task/run-task.ts';
import type { Task } from '../task/task.ts';
import type { TaskOutput } from '../task/task-output.ts';
import { CrewOutput } from './crew-output.ts';
import { joinContext } from './join-context.ts';

/** What a crew is made of. */
export interface CrewOptions {
  /** Done in this order. */
  readonly tasks: readonly Task[];
  /** Who is in the crew. */
  readonly agents?: readonly Agent[] | undefined;
  /** For events. Default "crew". */
  readonly name?: string | undefined;
  /** Default `sequential`: each task by its own agent, one after another. */
  readonly process?: 'sequential' | undefined;
  /** Told of every event of each run. */
  readonly callbacks?: readonly EventCallback[] | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** What one run of a crew may be given. */
export interface KickoffOptions extends RunOptions {}

/**
 * Agents with tasks. It keeps nothing from one run to the next, and may be kicked off several times at once.
 *
 * @throws {ConfigurationError} for a wrong option.
 */
export class Crew {
  readonly name: string;
  readonly agents: readonly Agent[];
  readonly tasks: readonly Task[];
  readonly #callbacks: readonly EventCallback[];
  readonly #clock: Clock;

  constructor(options: CrewOptions) {
    const { tasks, agents = [], name = 'crew', callbacks = [], clock = systemClock } = options;
    if (!Array.isArray(tasks) || tasks.length === 0) throw new ConfigurationError('A crew needs at least one task.');
    for (const task of tasks) {
      if (task.agent === undefined) throw new ConfigurationError(`Task "${task.name}" has no agent to do it.`);
    }
    this.name = name;
    this.agents = Object.freeze([...agents]);
    this.tasks = Object.freeze([...tasks]);
    this.#callbacks = [...callbacks];
    this.#clock = clock;
  }

  /**
   * Does all tasks.
   *
   * @throws {CrewError} what the first failed task threw.
   */
  kickoff(options: KickoffOptions = {}): Promise<CrewOutput> {
    const callbacks = [...this.#callbacks, ...(options.callbacks ?? [])];
    const scope = { ...options, callbacks, clock: this.#clock };
    return inSpan('crew', this.name, scope, async parentId => {
      const outputs: TaskOutput[] = [];
      for (const [index, task] of this.tasks.entries()) {
        const { agent } = task;
        if (agent === undefined) throw new ConfigurationError(`Task "${task.name}" has no agent to do it.`);
        const earlier = task.context?.flatMap(other => outputs[this.tasks.indexOf(other)] ?? []) ?? outputs;
        const work = { task, agent, context: joinContext(earlier), tools: task.tools ?? agent.tools };
        const stepPrefix = `${options.stepPrefix ?? ''}task/${index + 1}/`;
        outputs.push(await runTask(work, { ...scope, parentId, stepPrefix }));
      }
      return new CrewOutput(Object.freeze(outputs));
    });
  }

  /** `kickoff` as its events, model deltas included. The last one is `crew-finish`; leaving early cancels the work. */
  stream(options: KickoffOptions = {}): AsyncIterable<CrewEvent> {
    return streamEvents(options, run => this.kickoff(run));
  }
}
