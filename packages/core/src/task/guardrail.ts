import type { TaskFunction } from './task-options.ts';

/** What a guardrail function says: fine; not fine and why; or in full, perhaps with a better value. */
export type GuardrailVerdict =
  | true
  | string
  | {
      readonly ok: boolean;
      /** Taken instead of the output, when `ok`: a text, or any JSON value. */
      readonly value?: unknown;
      /** What is wrong, when not `ok`: the agent is told. */
      readonly feedback?: string | undefined;
    };

/** Judges an output. */
export type GuardrailFunction<Parsed = unknown> = TaskFunction<Parsed, GuardrailVerdict>;

/** A function, or a sentence that the agent's own model judges the output by. */
export type Guardrail<Parsed = unknown> = string | GuardrailFunction<Parsed>;
