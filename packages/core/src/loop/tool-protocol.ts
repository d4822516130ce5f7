import type { ConditionalStopWord } from '../llm/stop-words.ts';
import type { Generation } from '../llm/turn.ts';
import type { TurnOptions } from '../llm/turn-options.ts';
import type { Message, ToolCall } from '../messages/message.ts';
import type { Tool } from '../tools/tool.ts';
import type { ToolProtocolName } from './tool-loop-options.ts';

/**
 * A protocol for tool calls: encodes them into requests and decodes them from replies. Conversations contain tool calls
 * as structured data whatever the protocol, so that a run can switch protocols, and messages can be passed to another
 * LLM.
 */
export interface ToolProtocol {
  readonly name: ToolProtocolName;
  /** The user message that requires an answer when the maximum number of rounds is reached. */
  readonly answerRequest: Message;
  /** Returns the request for the next turn of a conversation. */
  encode(conversation: readonly Message[], plan: TurnPlan): ModelRequest;
  /** Decodes a turn of the model. `callIds` holds the ids of earlier tool calls; those of this turn are added. */
  decode(generation: Generation, plan: TurnPlan, callIds: Set<string>): DecodedTurn;
  /** Returns the tool that the model means by a name. */
  findTool(name: string, tools: readonly Tool[]): Tool | undefined;
}

/** The parameters of one turn, before a tool protocol encodes it. */
export interface TurnPlan {
  /** The tools that the model may call. Empty if it must correct its answer. */
  readonly tools: readonly Tool[];
  /** True if the maximum number of rounds is reached: the model must answer in this turn, without tools. */
  readonly forced: boolean;
  readonly toolChoice: TurnOptions['toolChoice'];
  readonly responseFormat: TurnOptions['responseFormat'];
  /** True if the provider requires definitions of the tools in the history, even if none may be called. */
  readonly toolsInHistory: boolean;
}

/** The messages of one request to the model, and the turn options that depend on the tool protocol. */
export interface ModelRequest extends Pick<TurnOptions, 'tools' | 'toolChoice' | 'responseFormat'> {
  readonly messages: readonly Message[];
  /** A stop word that is sent like the others, but cuts the reply only where its condition holds. */
  readonly conditionalStop?: ConditionalStopWord | undefined;
}

/** The decoded reply of the model. */
export type DecodedTurn =
  /** The final answer. */
  | { readonly kind: 'answer'; readonly text: string; readonly assistant: Message }
  /** Tool calls to run; `assistant` is the message that contains them. */
  | { readonly kind: 'calls'; readonly calls: readonly ToolCall[]; readonly assistant: Message }
  /** A reply without anything to run; the messages tell the model why. */
  | { readonly kind: 'feedback'; readonly messages: readonly Message[] };
