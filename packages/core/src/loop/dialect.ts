import type { Generation } from '../llm/turn.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import type { Tool } from '../tools/tool.ts';
import type { ToolProtocol } from './run-tool-loop.ts';

/** One turn of a run, before it is written down for the model. */
export interface TurnPlan {
  /** The tools of the run. */
  readonly tools: readonly Tool[];
  /** Whether the bound is reached: the model must answer now, without tools. */
  readonly forced: boolean;
  /** A choice that demands a call holds for the first turn only, or the model could never answer. */
  readonly toolChoice: TurnOptions['toolChoice'];
  readonly responseFormat: TurnOptions['responseFormat'];
  /** Whether the provider wants the tools of a history defined, also where none may be called. */
  readonly toolsInHistory: boolean;
}

/** What a dialect decides of a request. */
export interface DialectRequest extends Pick<TurnOptions, 'tools' | 'toolChoice' | 'responseFormat' | 'stop'> {
  readonly messages: readonly Message[];
}

/** What a turn of the model means for the run. */
export type Reading =
  /** The model is done. */
  | { readonly kind: 'answer'; readonly text: string; readonly assistant: Message }
  /** The model wants these tools run; `assistant` is the message that asks for them. */
  | { readonly kind: 'calls'; readonly calls: readonly ToolCall[]; readonly assistant: Message }
  /** Nothing can be run: tell the model why, and go on. */
  | { readonly kind: 'feedback'; readonly messages: readonly Message[] };

/**
 * How tool calls are written into a request and read out of a reply: natively, or as text (ReAct). A conversation holds
 * them natively in either case, so that a run can change its dialect, and messages can go from one LLM to another.
 */
export interface ToolDialect {
  readonly protocol: ToolProtocol;
  /** The request for a turn of this conversation. */
  request(conversation: readonly Message[], plan: TurnPlan): DialectRequest;
  /** `takenIds` holds the ids of earlier calls; those that are read are added. */
  read(generation: Generation, plan: TurnPlan, takenIds: Set<string>): Reading;
  /** The tool that the model means. */
  find(name: string, tools: readonly Tool[]): Tool | undefined;
  /** The user message that asks for the answer when the bound is reached. */
  readonly finalRequest: Message;
}
