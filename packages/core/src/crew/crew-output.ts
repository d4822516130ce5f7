import type { JsonValue } from '../json.ts';
import { addUsage, type FinishReason, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import type { TaskOutput } from '../task/task-output.ts';

/** The tokens that one agent of a crew used in one run. */
export interface AgentUsage {
  /** The agent's role, with the run's inputs filled in. */
  readonly role: string;
  readonly usage: TokenUsage;
}

/**
 * The output of a crew's run: the output of the last task, and those of all tasks.
 *
 * @example
 * ```ts
 * import { Agent, Crew, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['06:40', 'Enter at six.']);
 * const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
 * const tide = new Task({ description: 'Find the next high tide.', expectedOutput: 'A time.', agent });
 * const advice = new Task({ description: 'Advise the ship.', expectedOutput: 'A sentence.', agent });
 * const output = await new Crew({ tasks: [tide, advice] }).kickoff();
 * console.log(output.raw, output.tasks.map(task => task.raw), output.usage);
 * for (const { role, usage } of output.usageByAgent) console.log(role, usage.inputTokens, usage.outputTokens);
 * ```
 */
export class CrewOutput {
  /** The text of the last task that was not skipped. */
  readonly raw: string;
  /** The JSON of that task, if it has an `outputSchema`. */
  readonly json: JsonValue | undefined;
  /** The parsed value of that task, if it has an `outputSchema`. */
  readonly parsed: unknown;
  /** The reason why the model stopped in the turn that gave that task's answer, such as `length` for an incomplete one. */
  readonly finishReason: FinishReason | undefined;
  /** The outputs of all tasks, in the crew's order, including skipped ones. */
  readonly tasks: readonly TaskOutput[];
  /** Tokens of all model turns of the run, each counted once. */
  readonly usage: TokenUsage;
  /** The tokens by agent: one entry for each, the manager first. */
  readonly usageByAgent: readonly AgentUsage[];

  constructor(tasks: readonly TaskOutput[], usageByAgent: readonly AgentUsage[]) {
    const last = tasks.findLast(task => !task.skipped);
    this.raw = last?.raw ?? '';
    this.json = last?.json;
    this.parsed = last?.parsed;
    this.finishReason = last?.finishReason;
    this.tasks = tasks;
    this.usage = usageByAgent.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE);
    this.usageByAgent = usageByAgent;
  }

  /** Returns the text of the last task that was not skipped. */
  toString(): string {
    return this.raw;
  }
}
