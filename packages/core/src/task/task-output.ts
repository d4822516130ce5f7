import type { JsonValue } from '../json.ts';
import type { TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';

/** What a task's output is made of. */
export interface TaskOutputFields<Parsed = unknown> {
  /** The task's name. */
  readonly name: string;
  /** The answer's text. */
  readonly raw: string;
  /** The answer as JSON, where the task has an `outputSchema`. */
  readonly json: JsonValue | undefined;
  /** The answer as the task's `outputSchema` gives it: checked, transformed, defaults filled in. */
  readonly parsed: Parsed;
  /** Tokens of all model turns of the task: those of repeated attempts, guardrails and delegated work too. */
  readonly usage: TokenUsage;
  /** The conversation that led to the answer. */
  readonly messages: readonly Message[];
  /** Whether the task's `condition` said not to do it. Then `raw` is empty. Default false. */
  readonly skipped?: boolean | undefined;
}

/** What came out of a task. */
export class TaskOutput<Parsed = unknown> implements TaskOutputFields<Parsed> {
  readonly name: string;
  readonly raw: string;
  readonly json: JsonValue | undefined;
  readonly parsed: Parsed;
  readonly usage: TokenUsage;
  readonly messages: readonly Message[];
  readonly skipped: boolean;

  constructor(fields: TaskOutputFields<Parsed>) {
    this.name = fields.name;
    this.raw = fields.raw;
    this.json = fields.json;
    this.parsed = fields.parsed;
    this.usage = fields.usage;
    this.messages = fields.messages;
    this.skipped = fields.skipped ?? false;
  }

  /** The answer's text. */
  toString(): string {
    return this.raw;
  }
}
