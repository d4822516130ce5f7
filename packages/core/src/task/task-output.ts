import type { JsonValue } from '../json.ts';
import type { FinishReason, TokenUsage } from '../llm/turn.ts';
import type { Message } from '../messages/message.ts';

/** The fields of a `TaskOutput`. */
export interface TaskOutputFields<Parsed = unknown> {
  /** The task's name. */
  readonly name: string;
  /** The answer's text. */
  readonly raw: string;
  /** The answer as JSON, if the task has an `outputSchema`. */
  readonly json: JsonValue | undefined;
  /** The output of the task's `outputSchema`: checked, transformed, defaults filled in. */
  readonly parsed: Parsed;
  /** Tokens of all model turns of the task, including repeated attempts, guardrails and delegated work. */
  readonly usage: TokenUsage;
  /** The conversation that led to the answer. */
  readonly messages: readonly Message[];
  /**
   * The reason why the model stopped in the turn that gave the answer: `length` and `content-filter` mean that the answer is
   * incomplete, `refusal` that it is a refusal. Undefined if the task was skipped.
   */
  readonly finishReason?: FinishReason | undefined;
  /** True if the task's `condition` returned false. Then `raw` is empty. Default false. */
  readonly skipped?: boolean | undefined;
}

/**
 * The output of a task.
 *
 * @example
 * ```ts
 * import { Agent, Task } from '@crew/core';
 * import { fakeLLM } from '@crew/llm-testkit';
 *
 * const llm = fakeLLM(['{"title":"Moby-Dick","year":1851}']);
 * const agent = new Agent({ role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm });
 * const outputSchema = {
 *   type: 'object',
 *   properties: { title: { type: 'string' }, year: { type: 'integer' } },
 *   required: ['title', 'year'],
 * };
 * const task = new Task({ description: 'Recommend a novel.', expectedOutput: 'One book.', agent, outputSchema });
 * const { raw, json, usage, messages } = await task.execute();
 * console.log(raw, json, usage.outputTokens, messages.length);
 * ```
 */
export class TaskOutput<Parsed = unknown> implements TaskOutputFields<Parsed> {
  readonly name: string;
  readonly raw: string;
  readonly json: JsonValue | undefined;
  readonly parsed: Parsed;
  readonly usage: TokenUsage;
  readonly messages: readonly Message[];
  readonly finishReason: FinishReason | undefined;
  readonly skipped: boolean;

  constructor(fields: TaskOutputFields<Parsed>) {
    this.name = fields.name;
    this.raw = fields.raw;
    this.json = fields.json;
    this.parsed = fields.parsed;
    this.usage = fields.usage;
    this.messages = fields.messages;
    this.finishReason = fields.finishReason;
    this.skipped = fields.skipped ?? false;
  }

  /** Returns the answer's text. */
  toString(): string {
    return this.raw;
  }
}
