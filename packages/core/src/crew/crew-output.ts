import type { JsonValue } from '../json.ts';
import type { TaskOutput } from '../task/task-output.ts';
import { addUsage, NO_USAGE } from '../token-usage.ts';
import type { TokenUsage } from '../turn.ts';

/** What came out of a crew's run: the last task's output, and all of them. */
export class CrewOutput {
  /** The last task's text. */
  readonly raw: string;
  /** The last task's JSON, where it has an `outputSchema`. */
  readonly json: JsonValue | undefined;
  /** The last task's parsed value, where it has an `outputSchema`. */
  readonly parsed: unknown;
  /** Every task's output, in the crew's order. */
  readonly tasks: readonly TaskOutput[];
  /** Tokens of all model turns of the run, each counted once. */
  readonly usage: TokenUsage;

  constructor(tasks: readonly TaskOutput[]) {
    const last = tasks.at(-1);
    this.raw = last?.raw ?? '';
    this.json = last?.json;
    this.parsed = last?.parsed;
    this.tasks = tasks;
    this.usage = tasks.reduce((sum, task) => addUsage(sum, task.usage), NO_USAGE);
  }

  /** The last task's text. */
  toString(): string {
    return this.raw;
  }
}
