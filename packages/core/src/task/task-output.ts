import type { JsonValue } from '../json.ts';
import type { Message } from '../message.ts';
import type { TokenUsage } from '../turn.ts';

/** What came out of a task. */
export class TaskOutput<Parsed = unknown> {
  /** The answer's text. */
  readonly raw: string;
  /** The answer as JSON, where the task has an `outputSchema`. */
  readonly json: JsonValue | undefined;
  /** The answer as the task's `outputSchema` gives it. */
  readonly parsed: Parsed;
  /** Tokens of all model turns of the task. */
  readonly usage: TokenUsage;
  /** The conversation that led to the answer. */
  readonly messages: readonly Message[];

  constructor(fields: {
    readonly raw: string;
    readonly json: JsonValue | undefined;
    readonly parsed: Parsed;
    readonly usage: TokenUsage;
    readonly messages: readonly Message[];
  }) {
    this.raw = fields.raw;
    this.json = fields.json;
    this.parsed = fields.parsed;
    this.usage = fields.usage;
    this.messages = fields.messages;
  }

  /** The answer's text. */
  toString(): string {
    return this.raw;
  }
}
