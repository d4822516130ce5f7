import type { Agent } from '../agent/agent.ts';
import type { RunIds } from '../agent/run-ids.ts';
import { type RunOptions, runOptionRules } from '../agent/run-options.ts';
import { inSpan, joinCallbacks } from '../agent/run-scope.ts';
import { streamEvents } from '../agent/stream-events.ts';
import { checkOptions, type OptionRules } from '../errors/check-options.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import { type Inputs, inputsRule } from '../task/interpolate.ts';
import type { AnyTask } from '../task/task.ts';
import { type CrewOptions, checkCrew, crewOptionRules } from './crew-options.ts';
import type { CrewOutput } from './crew-output.ts';
import { CrewRun } from './crew-run.ts';
import { type KickoffForEachOptions, type KickoffResult, kickoffForEach } from './kickoff-for-each.ts';
import { makeManager } from './manager.ts';

/** What one run of a crew may be given. */
export interface KickoffOptions extends RunOptions {
  /**
   * Fills in the `{name}` placeholders in the agents' roles, goals and backstories and in the tasks' descriptions,
   * expected outputs and output files. Each placeholder needs its input; braces in a value are left alone.
   */
  readonly inputs?: Inputs | undefined;
}

const kickoffOptionRules: OptionRules<KickoffOptions> = { ...runOptionRules, inputs: inputsRule };

/**
 * Agents with tasks. It keeps nothing from one run to the next, and may be kicked off several times at once.
 *
 * @throws {ConfigurationError} for a wrong option, or for parts that do not fit together.
 */
export class Crew {
  readonly name: string;
  readonly tasks: readonly AnyTask[];
  /** Who does the tasks, or is delegated them: the agents given, and those of the tasks. */
  readonly agents: readonly Agent[];
  /** The manager of a hierarchical crew. */
  readonly manager: Agent | undefined;
  /** Everyone: the manager, then the agents. */
  readonly members: readonly Agent[];
  readonly #callbacks: readonly EventCallback[];
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter | undefined;

  constructor(given: CrewOptions) {
    const options = checkOptions('a crew', given, crewOptionRules);
    checkCrew(options);
    const { tasks, name = 'crew', managerAgent, managerLLM, maxRpm, callbacks = [], clock = systemClock } = options;
    this.name = name;
    this.tasks = Object.freeze([...tasks]);
    this.agents = Object.freeze([...new Set([...(options.agents ?? []), ...tasks.flatMap(task => task.agent ?? [])])]);
    this.manager = managerLLM === undefined ? managerAgent : makeManager(managerLLM, clock);
    this.members = this.manager === undefined ? this.agents : Object.freeze([this.manager, ...this.agents]);
    this.#callbacks = [...callbacks];
    this.#clock = clock;
    this.#rateLimiter = maxRpm === undefined ? undefined : new RateLimiter({ requestsPerMinute: maxRpm, clock });
  }

  /**
   * Does all tasks.
   *
   * @throws {ConfigurationError} naming a missing input, before anything is done.
   * @throws {CrewError} what the first failed task threw; the others have been cancelled by then.
   */
  async kickoff(options: KickoffOptions = {}): Promise<CrewOutput> {
    return this.#run(checkOptions('kickoff', options, kickoffOptionRules));
  }

  /** One run for each set of inputs. Resolves to what became of each, in order; a failed run stops no other. */
  kickoffForEach(inputs: readonly Inputs[], options: KickoffForEachOptions = {}): Promise<readonly KickoffResult[]> {
    return kickoffForEach(inputs, options, (run, ids) => this.#run(run, ids));
  }

  /** `kickoff` as its events, model deltas included. The last one is `crew-finish`; leaving early cancels the work. */
  stream(options: KickoffOptions = {}): AsyncIterable<CrewEvent> {
    return streamEvents(options, run => this.kickoff(run));
  }
  async #run({ inputs = {}, ...run }: KickoffOptions, ids?: RunIds): Promise<CrewOutput> {
    const callbacks = joinCallbacks(this.#callbacks, run.callbacks);
    const scope = { ...run, callbacks, clock: this.#clock, ids, rateLimiter: this.#rateLimiter };
    const crewRun = new CrewRun(this, inputs, scope);
    try {
      return await inSpan('crew', this.name, scope, (runId, inner) => crewRun.run(runId, inner));
    } finally {
      crewRun.dispose();
    }
  }
}
