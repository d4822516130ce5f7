import type { Agent } from '../agent/agent.ts';
import { inSpan, joinCallbacks, type RunIds } from '../agent/run-scope.ts';
import { streamEvents } from '../agent/stream-events.ts';
import { checkOptions } from '../errors/check-options.ts';
import type { CrewEvent, EventCallback } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { Inputs } from '../task/inputs.ts';
import type { AnyTask } from '../task/task.ts';
import {
  type CrewOptions,
  checkCrew,
  crewOptionRules,
  type KickoffOptions,
  kickoffOptionRules,
} from './crew-options.ts';
import type { CrewOutput } from './crew-output.ts';
import { type CrewMembers, CrewRun } from './crew-run.ts';
import { type KickoffForEachOptions, type KickoffResult, kickoffForEach } from './kickoff-for-each.ts';
import { makeManager } from './manager.ts';

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
export class Crew implements CrewMembers {
  readonly name: string;
  readonly tasks: readonly AnyTask[];
  /** The agents that execute tasks or delegated work: those of the option `agents`, then those of the tasks. */
  readonly agents: readonly Agent[];
  /** The manager of a hierarchical crew. */
  readonly manager: Agent | undefined;
  /** The manager, if there is one, followed by the agents. */
  readonly members: readonly Agent[];
  readonly #callbacks: readonly EventCallback[];
  readonly #clock: Clock;
  readonly #rateLimiter: RateLimiter | undefined;

  constructor(options: CrewOptions) {
    const checked = checkOptions('a crew', options, crewOptionRules);
    checkCrew(checked);
    const { tasks, name = 'crew', managerAgent, managerLLM, maxRpm, callbacks = [], clock = systemClock } = checked;
    this.name = name;
    this.tasks = Object.freeze([...tasks]);
    this.agents = Object.freeze([...new Set([...(checked.agents ?? []), ...tasks.flatMap(task => task.agent ?? [])])]);
    this.manager = managerLLM === undefined ? managerAgent : makeManager(managerLLM, clock);
    this.members = this.manager === undefined ? this.agents : Object.freeze([this.manager, ...this.agents]);
    this.#callbacks = [...callbacks];
    this.#clock = clock;
    this.#rateLimiter = maxRpm === undefined ? undefined : new RateLimiter({ perMinute: maxRpm, clock });
  }

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
  async kickoff(options: KickoffOptions = {}): Promise<CrewOutput> {
    return this.#run(checkOptions('kickoff', options, kickoffOptionRules));
  }

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
  kickoffForEach(inputs: readonly Inputs[], options: KickoffForEachOptions = {}): Promise<readonly KickoffResult[]> {
    return kickoffForEach(inputs, options, (run, ids) => this.#run(run, ids));
  }

  /**
   * Executes all tasks and yields the events as they happen, model deltas included. The last event is `crew-finish`. If the
   * run fails, its error is thrown. Leaving the loop early cancels the work.
   */
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
