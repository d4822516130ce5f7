import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';

/** The two hooks of an LLM: what goes around an LLM goes around these. */
export interface TurnHooks {
  respond(request: TurnRequest): Promise<AssistantTurn>;
  respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
}
