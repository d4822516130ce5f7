import type { JsonValue } from '../json.ts';
import { addUsage, NO_USAGE, type TokenUsage } from '../llm/turn.ts';
import type { TaskOutput } from '../task/task-output.ts';

/** What one agent of a crew used in one run. */
export interface AgentUsage {
  /** The agent's role, with the run's inputs filled in. */
  readonly role: string;
  readonly usage: TokenUsage;
}

/** What came out of a crew's run: the last task's output, and all of them. */
export class CrewOutput {
  /** The text of the last task that was not skipped. */
  readonly raw: string;
  /** Its JSON, where it has an `outputSchema`. */
  readonly json: JsonValue | undefined;
  /** Its parsed value, where it has an `outputSchema`. */
  readonly parsed: unknown;
  /** Every task's output, in the crew's order, those of skipped ones too. */
  readonly tasks: readonly TaskOutput[];
  /** Tokens of all model turns of the run, each counted once. */
  readonly usage: TokenUsage;
  /** The same by agent: one entry for each, the manager first. */
  readonly usageByAgent: readonly AgentUsage[];

  constructor(tasks: readonly TaskOutput[], usageByAgent: readonly AgentUsage[]) {
    const last = tasks.findLast(task => !task.skipped);
    this.raw = last?.raw ?? '';
    this.json = last?.json;
    this.parsed = last?.parsed;
    this.tasks = tasks;
    this.usage = usageByAgent.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE);
    this.usageByAgent = usageByAgent;
  }

  /** The text of the last task that was not skipped. */
  toString(): string {
    return this.raw;
  }
}
