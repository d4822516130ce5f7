import type { ToolCall } from '../messages/message.ts';

/** What became of one tool call. */
export interface ToolOutcome {
  readonly call: ToolCall;
  readonly ok: boolean;
  /** The result, or what went wrong: what the model is told. */
  readonly text: string;
  /** A sentence that the model is told besides; it is no part of the result. */
  readonly remark?: string | undefined;
}
