import type { Clock } from '../clock.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { emit } from '../event.ts';
import type { TokenUsage } from '../turn.ts';
import type { RunOptions } from './run-options.ts';

/** The options of a run, and where in the whole it stands. */
export interface RunScope extends RunOptions {
  readonly clock: Clock;
  /** The span that contains the run. */
  readonly parentId?: string | undefined;
}

/** What every kind of run gives. */
export interface RunResult {
  readonly raw: string;
  readonly usage: TokenUsage;
}

/** Runs the work as a span of its own: an id, an event at its start and one at its end. What it throws becomes a `CrewError`. */
export async function inSpan<Result extends RunResult>(
  kind: 'crew' | 'task' | 'agent',
  name: string,
  scope: RunScope,
  work: (runId: string) => Promise<Result>,
): Promise<Result> {
  const { callbacks, clock, parentId, steps } = scope;
  const runId = steps ? await steps.randomId() : crypto.randomUUID();
  const heard = callbacks !== undefined && callbacks.length > 0;
  const startedAt = clock.monotonic();
  if (heard) emit(callbacks, { type: `${kind}-start`, runId, parentId, at: clock.wall(), name });
  const ended = () => ({ runId, parentId, at: clock.wall(), name, durationMs: clock.monotonic() - startedAt });
  try {
    const result = await work(runId);
    if (heard) emit(callbacks, { type: `${kind}-finish`, ...ended(), output: result.raw, usage: result.usage });
    return result;
  } catch (thrown) {
    const error = toCrewError(thrown, `The run of ${kind} "${name}"`);
    if (heard) emit(callbacks, { type: `${kind}-error`, ...ended(), error: error.toJSON() });
    throw error;
  }
}
