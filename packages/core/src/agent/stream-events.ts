import { AbortError } from '../errors/run-errors.ts';
import type { CrewEvent } from '../events/event.ts';
import type { RunOptions } from './run-options.ts';

/**
 * The events of a run as it goes, model deltas included. Ends with the run: the last event is its `-finish`, or what it
 * threw is thrown. Leaving early cancels the run and waits until it has stopped.
 */
export async function* streamEvents<Options extends RunOptions>(
  options: Options,
  start: (options: Options) => Promise<unknown>,
): AsyncGenerator<CrewEvent, void, undefined> {
  const leaving = new AbortController();
  const { callbacks = [], signal } = options;
  let queue: CrewEvent[] = [];
  let wake = (): void => undefined;
  let settled = false;
  const run = start({
    ...options,
    stream: true,
    signal: signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal,
    callbacks: [
      ...callbacks,
      event => {
        queue.push(event);
        wake();
      },
    ],
  }).finally(() => {
    settled = true;
    wake();
  });
  // It is awaited below; until then a failure is not unhandled.
  run.catch(() => undefined);
  try {
    while (!settled || queue.length > 0) {
      const events = queue;
      queue = [];
      yield* events;
      if (queue.length === 0 && !settled) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    }
    await run;
  } finally {
    if (!settled) {
      leaving.abort(new AbortError('The stream was left before its end.'));
      await run.catch(() => undefined);
    }
  }
}
