import type { Agent } from '../agent/agent.ts';
import type { Persona } from '../agent/prompt.ts';
import type { RunIds } from '../agent/run-ids.ts';
import type { RunScope } from '../agent/run-scope.ts';
import { AbortError } from '../errors/run-errors.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { Deadline, throwIfAborted } from '../execution/deadline.ts';
import { addUsage, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import type { Inputs } from '../task/interpolate.ts';
import { runTask } from '../task/run-task.ts';
import { agentPersona, type TaskTexts, taskTexts } from '../task/run-texts.ts';
import type { AnyTask } from '../task/task.ts';
import type { TaskOutput } from '../task/task-output.ts';
import type { Tool } from '../tools/tool.ts';
import type { Crew } from './crew.ts';
import { CrewOutput } from './crew-output.ts';
import { type Coworker, delegationTools } from './delegation-tools.ts';
import { joinContext } from './join-context.ts';

/** One run of a crew. Nothing of it stays behind in the crew. */
export class CrewRun {
  readonly #crew: Crew;
  readonly #scope: RunScope;
  readonly #texts: ReadonlyMap<AnyTask, TaskTexts>;
  readonly #personas: ReadonlyMap<Agent, Persona>;
  readonly #usage = new Map<Agent, TokenUsage>();
  readonly #deadline: Deadline;
  /** By the tasks' order. */
  readonly #outputs: Promise<TaskOutput>[] = [];
  /** Tasks whose outputs the tasks after them can count on, whichever finishes first. */
  readonly #joined = new Set<number>();
  #failure: { readonly error: unknown } | undefined;

  /** Fills in the inputs, so that a missing one stops the run before it begins. */
  constructor(crew: Crew, inputs: Inputs, scope: RunScope) {
    this.#crew = crew;
    this.#texts = new Map(crew.tasks.map(task => [task, taskTexts(task, inputs)]));
    this.#personas = new Map(crew.members.map(agent => [agent, agentPersona(agent, inputs)]));
    this.#deadline = new Deadline({ subject: 'The run of the crew', clock: scope.clock, parent: scope.signal });
    this.#scope = {
      ...scope,
      signal: this.#deadline.signal,
      count: (agent, usage) => this.#usage.set(agent, addUsage(this.#usage.get(agent) ?? NO_USAGE, usage)),
    };
  }

  /** Does the tasks. When one fails, those in flight are cancelled, and what it threw is thrown once they have ended. */
  async run(parentId: string, ids: RunIds): Promise<CrewOutput> {
    try {
      for (const [index, task] of this.#crew.tasks.entries()) {
        const told = this.#toldOf(index, task);
        const output = this.#start(index, task, told, { ...this.#scope, parentId, ids });
        output.catch(thrown => this.#fail(task, thrown));
        this.#outputs.push(output);
        if (task.asyncExecution) continue;
        await output;
        for (const at of [...told, index]) this.#joined.add(at);
      }
      const outputs = await Promise.all(this.#outputs);
      const usageByAgent = [...this.#personas].map(([agent, { role }]) => ({
        role,
        usage: this.#usage.get(agent) ?? NO_USAGE,
      }));
      return new CrewOutput(Object.freeze(outputs), Object.freeze(usageByAgent));
    } catch (thrown) {
      await Promise.allSettled(this.#outputs);
      throw this.#failure ? this.#failure.error : thrown;
    }
  }

  /** Lets go of the caller's signal. */
  dispose(): void {
    this.#deadline.dispose();
  }

  async #start(index: number, task: AnyTask, told: readonly number[], scope: RunScope): Promise<TaskOutput> {
    const earlier = task.condition ? this.#outputs.slice(0, index) : [];
    const outputs = await Promise.all(told.map(at => this.#outputs[at]));
    const previous = (await Promise.all(earlier)).findLast(output => !output.skipped);
    throwIfAborted(this.#deadline.signal, 'The run of the crew');
    const stepPrefix = `${scope.stepPrefix ?? ''}task/${index + 1}/`;
    const context = joinContext(outputs.flatMap(output => output ?? []));
    const texts = this.#texts.get(task);
    if (texts === undefined) throw new TypeError('A task of the crew has no texts.');
    return runTask({ task, texts, context, previous, ...this.#assign(task) }, { ...scope, stepPrefix });
  }

  /**
   * The tasks whose outputs a task is told. Without a list of its own an asynchronous one is told what was joined before
   * it, so that neighbours run side by side; and it does not depend on which of them finishes first.
   */
  #toldOf(index: number, task: AnyTask): readonly number[] {
    if (task.context !== undefined) return task.context.map(other => this.#crew.tasks.indexOf(other));
    const earlier = [...this.#crew.tasks.keys()].slice(0, index);
    return task.asyncExecution ? earlier.filter(at => this.#joined.has(at)) : earlier;
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
    const error = toCrewError(thrown, `Task "${task.name}"`);
    this.#failure = { error };
    this.#deadline.abort(
      new AbortError(`The run of the crew was cancelled, because task "${task.name}" failed.`, { cause: error }),
    );
  }
}
