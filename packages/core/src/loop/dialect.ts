import type { Message, ToolCall } from '../message.ts';
import type { Tool } from '../tool.ts';
import type { Generation } from '../turn.ts';
import type { TurnOptions } from '../turn-options.ts';

/** What a turn of the model means for the run. */
export type Reading =
  /** The model is done. */
  | { readonly kind: 'answer'; readonly text: string; readonly assistant: Message }
  /** The model wants these tools run; `assistant` is the message that asks for them. */
  | { readonly kind: 'calls'; readonly calls: readonly ToolCall[]; readonly assistant: Message }
  /** Nothing can be run: tell the model why, and go on. */
  | { readonly kind: 'feedback'; readonly messages: readonly Message[] };

/** What became of one tool call. */
export interface ToolOutcome {
  readonly call: ToolCall;
  /** What the model is told. */
  readonly text: string;
  readonly ok: boolean;
}

/** How tool calls are written into a conversation and read out of it: natively, or as text (ReAct). */
export interface ToolDialect {
  /** What a turn that may call tools adds to the request. */
  readonly offer: (tools: readonly Tool[]) => Pick<TurnOptions, 'tools' | 'stop'>;
  /** `takenIds` holds the ids of earlier calls; those that are read are added. */
  readonly read: (generation: Generation, takenIds: Set<string>) => Reading;
  /** The messages that answer the calls of a turn, in request order. */
  readonly answer: (outcomes: readonly ToolOutcome[]) => readonly Message[];
  /** The tool that the model means. */
  readonly find: (name: string, tools: readonly Tool[]) => Tool | undefined;
  /** The user message that asks for the answer when the bound is reached. */
  readonly finalRequest: string;
}
