import { toGeneration } from '../llm/assistant-turn.ts';
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './turn-hooks.ts';

/** Code that goes around turns. */
export interface Surrounding {
  /** Goes around each turn: may change the request, change the answer, ask again, or not ask at all. */
  respond?(request: TurnRequest, next: (request: TurnRequest) => Promise<AssistantTurn>): Promise<AssistantTurn>;
  /** The same for streamed turns. Without it, `respond` goes around them too, and they arrive in one piece. */
  respondStream?(
    request: TurnRequest,
    next: (request: TurnRequest) => AsyncIterable<StreamPart>,
  ): AsyncIterable<StreamPart>;
}

/** The hooks with that code around them. */
export function surrounded(hooks: TurnHooks, around: Surrounding): TurnHooks {
  const respond = (request: TurnRequest): Promise<AssistantTurn> =>
    around.respond ? around.respond(request, asked => hooks.respond(asked)) : hooks.respond(request);
  const inOnePiece = async function* (request: TurnRequest): AsyncIterable<StreamPart> {
    yield { type: 'finish', generation: toGeneration(await respond(request)) };
  };
  const respondStream = (request: TurnRequest): AsyncIterable<StreamPart> => {
    if (around.respondStream) return around.respondStream(request, asked => hooks.respondStream(asked));
    return around.respond ? inOnePiece(request) : hooks.respondStream(request);
  };
  return { respond, respondStream };
}
