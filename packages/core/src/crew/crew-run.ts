import type { Agent } from '../agent/agent.ts';
import type { AgentSettings } from '../agent/agent-options.ts';
import type { Persona } from '../agent/prompt.ts';
import type { RunIds, RunScope } from '../agent/run-scope.ts';
import { attachRun, type CrewError, copyError } from '../errors/crew-error.ts';
import { AbortError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { Deadline, throwIfAborted } from '../execution/deadline.ts';
import { addUsage, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import { excerpt } from '../messages/printable.ts';
import { fillPersona, fillTask, type Inputs, type TaskTexts } from '../task/inputs.ts';
import { runTask } from '../task/run-task.ts';
import type { AnyTask } from '../task/task.ts';
import type { TaskOutput } from '../task/task-output.ts';
import type { Tool } from '../tools/tool.ts';
import { CrewOutput } from './crew-output.ts';
import { type Coworker, delegationTools } from './manager.ts';

/** The tasks and agents of a crew. A `Crew` has them as fields. */
export interface CrewMembers {
  readonly tasks: readonly AnyTask[];
  readonly agents: readonly Agent[];
  readonly manager: Agent | undefined;
  readonly members: readonly Agent[];
}

/** One run of a crew. Keeps no state in the crew. */
export class CrewRun {
  readonly #crew: CrewMembers;
  readonly #scope: RunScope;
  readonly #texts: ReadonlyMap<AnyTask, TaskTexts>;
  readonly #personas: ReadonlyMap<Agent, Persona>;
  readonly #usage = new Map<AgentSettings, TokenUsage>();
  readonly #deadline: Deadline;
  /** Outputs in the order of the tasks. */
  readonly #outputs: Promise<TaskOutput>[] = [];
  /** Indexes of tasks that are certain to be finished before the next task starts, whichever finishes first. */
  readonly #finished = new Set<number>();
  #failure: { readonly error: unknown } | undefined;

  /** Fills in the inputs, so that a missing one fails the run before it starts. */
  constructor(crew: CrewMembers, inputs: Inputs, scope: RunScope) {
    this.#crew = crew;
    this.#texts = new Map(crew.tasks.map(task => [task, fillTask(task, inputs)]));
    this.#personas = new Map(crew.members.map(agent => [agent, fillPersona(agent, inputs)]));
    this.#deadline = new Deadline({ subject: 'The run of the crew', clock: scope.clock, parent: scope.signal });
    this.#scope = {
      ...scope,
      signal: this.#deadline.signal,
      onUsage: (agent, usage) => this.#usage.set(agent, addUsage(this.#usage.get(agent) ?? NO_USAGE, usage)),
    };
  }

  /** Executes the tasks. If one fails, cancels those in flight, and throws its error once they have ended. */
  async run(parentId: string, ids: RunIds): Promise<CrewOutput> {
    try {
      for (const [index, task] of this.#crew.tasks.entries()) {
        const sources = this.#contextOf(index, task);
        const output = this.#start(index, task, sources, { ...this.#scope, parentId, ids });
        output.catch(error => this.#fail(task, error));
        this.#outputs.push(output);
        if (task.asyncExecution) continue;
        await output;
        for (const at of [...sources, index]) this.#finished.add(at);
      }
      const outputs = await Promise.all(this.#outputs);
      const usageByAgent = [...this.#personas].map(([agent, { role }]) => ({
        role,
        usage: this.#usage.get(agent) ?? NO_USAGE,
      }));
      return new CrewOutput(Object.freeze(outputs), Object.freeze(usageByAgent));
    } catch (error) {
      await Promise.allSettled(this.#outputs);
      throw this.#failure ? this.#failure.error : error;
    }
  }

  /** Stops listening to the caller's signal. */
  dispose(): void {
    this.#deadline.dispose();
  }

  async #start(index: number, task: AnyTask, sources: readonly number[], scope: RunScope): Promise<TaskOutput> {
    const earlier = task.condition ? this.#outputs.slice(0, index) : [];
    const outputs = await Promise.all(sources.map(at => this.#outputs[at]));
    const previous = (await Promise.all(earlier)).findLast(output => !output.skipped);
    throwIfAborted(this.#deadline.signal, 'The run of the crew');
    const stepPrefix = `${scope.stepPrefix ?? ''}task/${index + 1}/`;
    const context = joinOutputs(outputs.flatMap(output => output ?? []));
    const texts = this.#texts.get(task);
    if (texts === undefined) throw new TypeError('A task of the crew has no texts.');
    return runTask({ task, texts, context, previous, ...this.#assign(task) }, { ...scope, stepPrefix });
  }

  /**
   * Returns the indexes of the tasks whose outputs a task receives. By default, an asynchronous task receives the outputs of
   * the tasks that are certain to be finished when it starts: adjacent asynchronous tasks run side by side, and the result
   * does not depend on which of them finishes first.
   */
  #contextOf(index: number, task: AnyTask): readonly number[] {
    if (task.context !== undefined) return task.context.map(other => this.#crew.tasks.indexOf(other));
    const earlier = [...this.#crew.tasks.keys()].slice(0, index);
    return task.asyncExecution ? earlier.filter(at => this.#finished.has(at)) : earlier;
  }

  #assign(task: AnyTask): { agent: Agent; persona: Persona; tools: (scope: RunScope) => readonly Tool[] } {
    const { manager, agents } = this.#crew;
    const agent = manager ?? task.agent;
    if (agent === undefined) throw new TypeError('A task of the crew has no agent.');
    const persona = this.#persona(agent);
    if (manager === undefined) return { agent, persona, tools: () => task.tools ?? agent.tools };
    const team = task.agent ? [task.agent] : agents;
    const coworkers = team.map(
      (coworker): Coworker => ({
        agent: coworker,
        persona: this.#persona(coworker),
        tools: task.tools ?? coworker.tools,
      }),
    );
    return { agent, persona, tools: scope => delegationTools(coworkers, scope) };
  }

  #persona(agent: Agent): Persona {
    return this.#personas.get(agent) ?? agent;
  }

  #fail(task: AnyTask, thrown: unknown): void {
    if (this.#failure) return;
    const cause = toCrewError(thrown, `Task "${task.name}"`);
    // A run that the caller cancelled is not the failure of a task.
    const error = this.#deadline.signal.aborted ? cause : withTask(cause, task, this.#assign(task).persona.role);
    this.#failure = { error };
    this.#deadline.abort(
      new AbortError(`The run of the crew was cancelled, because task "${task.name}" failed.`, { cause: error }),
    );
  }
}

/** Returns a copy of the error whose message names the task and the agent. Errors of other classes are not copied. */
function withTask(error: CrewError, task: AnyTask, role: string): CrewError {
  const copy = copyError(error);
  if (Object.getPrototypeOf(copy) !== Object.getPrototypeOf(error)) return error;
  const prefix = `Task "${excerpt(task.name, MAX_NAME_LENGTH)}" (agent "${excerpt(role, MAX_NAME_LENGTH)}") failed: `;
  Object.defineProperty(copy, 'message', { value: prefix + error.message, configurable: true, writable: true });
  if (error.messages !== undefined) attachRun(copy, error.messages, error.usage ?? NO_USAGE);
  return copy;
}

/** Maximum length of a name in a message, in characters. */
const MAX_NAME_LENGTH = 100;

const DIVIDER = '\n\n----------\n\n';

/** Joins the outputs of tasks that were not skipped. Returns `undefined` if there are none. */
function joinOutputs(outputs: readonly TaskOutput[]): string | undefined {
  const done = outputs.filter(output => !output.skipped);
  return done.length === 0 ? undefined : done.map(output => output.raw).join(DIVIDER);
}
