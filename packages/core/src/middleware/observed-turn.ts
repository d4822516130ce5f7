import type { CrewError } from '../errors/crew-error.ts';
import { toTurnError } from '../errors/to-turn-error.ts';
import type { Clock } from '../execution/clock.ts';
import { missingFinishError, streamAbortReason, turnCutAtStopWord } from '../llm/stream-end.ts';
import type { AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './middleware-llm.ts';

/** A turn that has ended, with its request and its result. */
export interface ObservedTurn {
  /** The request of the turn. */
  readonly request: TurnRequest;
  /** The model's reply. `undefined` if the turn failed. */
  readonly turn: AssistantTurn | undefined;
  /** The error of a failed turn. */
  readonly error: CrewError | undefined;
  /** True for a streamed turn. */
  readonly streamed: boolean;
  /** Duration of the turn in milliseconds, including the wait for the rate limit. */
  readonly durationMs: number;
}

/** Returns hooks that call `observe` once per turn, when it has ended. Exceptions thrown by `observe` are ignored. */
export function addObserver(hooks: TurnHooks, observe: (turn: ObservedTurn) => unknown, clock: Clock): TurnHooks {
  const start = (request: TurnRequest, streamed: boolean) => {
    const startedAt = clock.monotonic();
    return (turn: AssistantTurn | undefined, error: CrewError | undefined): void => {
      try {
        const result = observe({ request, turn, error, streamed, durationMs: clock.monotonic() - startedAt });
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // Errors of the observer are ignored.
      }
    };
  };
  return {
    async respond(request) {
      const end = start(request, false);
      try {
        const turn = await hooks.respond(request);
        end(turn, undefined);
        return turn;
      } catch (thrown) {
        end(undefined, toTurnError(thrown));
        throw thrown;
      }
    },
    async *respondStream(request) {
      const end = start(request, true);
      let turn: AssistantTurn | undefined;
      let text = '';
      let error: CrewError | undefined = streamAbortReason(undefined);
      try {
        for await (const part of hooks.respondStream(request)) {
          if (part.type === 'finish') {
            turn = part.generation;
            error = undefined;
          }
          if (part.type === 'text') text += part.text;
          yield part;
        }
        // The consumer of the stream receives the same error.
        if (turn === undefined && !request.signal.aborted) error = missingFinishError(text);
      } catch (thrown) {
        error = toTurnError(thrown);
        throw thrown;
      } finally {
        const cutTurn = turn === undefined ? turnCutAtStopWord(request.signal) : undefined;
        if (cutTurn === undefined) end(turn, error);
        else end(cutTurn, undefined);
      }
    },
  };
}
