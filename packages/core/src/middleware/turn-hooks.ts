import type { AssistantTurn, StreamPart } from '../turn.ts';
import type { TurnRequest } from '../turn-options.ts';

/** The two hooks of an LLM: what goes around an LLM goes around these. */
export interface TurnHooks {
  respond(request: TurnRequest): Promise<AssistantTurn>;
  respondStream(request: TurnRequest): AsyncIterable<StreamPart>;
}
