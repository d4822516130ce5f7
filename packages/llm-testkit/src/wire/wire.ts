import type { Message, TokenUsage } from '@crew/core';
import type { RecordedRequest, Reply } from '@crew/test-endpoint';

/** What the model says in a check. */
export interface WireTurn {
  readonly text?: string | undefined;
  readonly toolCalls?:
    | readonly { readonly id: string; readonly name: string; readonly arguments: object }[]
    | undefined;
  readonly usage?: TokenUsage | undefined;
}

/** What a request says, read back into Crew's own terms. */
export interface WireRequest {
  readonly messages: readonly Message[];
  readonly stop: readonly string[];
  /** The names of the tools on offer. */
  readonly tools: readonly string[];
}

/** How the service behind an adapter writes turns, for one that does not speak chat completions. */
export interface AdapterWire {
  /** The turn as the service answers this request, streamed where the request asks for that. */
  reply(turn: WireTurn, request: RecordedRequest): Reply;
  /** What the request says. */
  read(request: RecordedRequest): WireRequest;
  /** How it says that the conversation is too long. Default: 400 `exceed_context_size_error`. */
  readonly contextOverflow?: Reply | undefined;
}
