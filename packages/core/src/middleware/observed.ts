import { AbortError } from '../errors/abort-error.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import { streamWithoutEnd } from '../llm/stream-without-end.ts';
import type { AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import { turnCutBy } from '../llm/unread-stream.ts';
import type { TurnHooks } from './turn-hooks.ts';

/** A turn that ended: what was asked, and what came of it. */
export interface ObservedTurn {
  readonly request: TurnRequest;
  /** What the model said. `undefined` when the turn failed. */
  readonly turn: AssistantTurn | undefined;
  /** Why it failed. */
  readonly error: CrewError | undefined;
  /** Whether it was streamed. */
  readonly streamed: boolean;
  /** Milliseconds, waiting for the rate limit included. */
  readonly durationMs: number;
}

/** Tells `observe` of each turn once, when it ended. What that throws is dropped. */
export function observed(hooks: TurnHooks, observe: (turn: ObservedTurn) => unknown, clock: Clock): TurnHooks {
  const begin = (request: TurnRequest, streamed: boolean) => {
    const startedAt = clock.monotonic();
    return (turn: AssistantTurn | undefined, error: CrewError | undefined): void => {
      try {
        const result = observe({ request, turn, error, streamed, durationMs: clock.monotonic() - startedAt });
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // An observer is not part of the work.
      }
    };
  };
  return {
    async respond(request) {
      const ended = begin(request, false);
      try {
        const turn = await hooks.respond(request);
        ended(turn, undefined);
        return turn;
      } catch (thrown) {
        ended(undefined, toCrewError(thrown, 'The model turn'));
        throw thrown;
      }
    },
    async *respondStream(request) {
      const ended = begin(request, true);
      let turn: AssistantTurn | undefined;
      let text = '';
      let error: CrewError | undefined = new AbortError('The stream was left before its end.');
      try {
        for await (const part of hooks.respondStream(request)) {
          if (part.type === 'finish') {
            turn = part.generation;
            error = undefined;
          }
          if (part.type === 'text') text += part.text;
          yield part;
        }
        // What whoever reads the stream is told.
        if (turn === undefined && !request.signal.aborted) error = streamWithoutEnd(text);
      } catch (thrown) {
        error = toCrewError(thrown, 'The model turn');
        throw thrown;
      } finally {
        const cut = turn === undefined ? turnCutBy(request.signal) : undefined;
        if (cut === undefined) ended(turn, error);
        else ended(cut, undefined);
      }
    },
  };
}
