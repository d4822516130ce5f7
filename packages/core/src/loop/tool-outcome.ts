import type { ToolCall } from '../message.ts';

/** What became of one tool call. */
export interface ToolOutcome {
  readonly call: ToolCall;
  /** What the model is told. */
  readonly text: string;
  readonly ok: boolean;
}
