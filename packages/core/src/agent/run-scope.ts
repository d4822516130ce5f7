import { toCrewError } from '../errors/to-crew-error.ts';
import { type EventCallback, emit } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { TokenUsage } from '../llm/turn.ts';
import { randomId } from '../loop/steps.ts';
import type { Agent } from './agent.ts';
import { RunIds } from './run-ids.ts';
import type { RunOptions } from './run-options.ts';
import type { RetryCount } from './turn-retries.ts';

/** The options of a run, and where in the whole it stands. */
export interface RunScope extends RunOptions {
  readonly clock: Clock;
  /** The span that contains the run. */
  readonly parentId?: string | undefined;
  /** The ids of the outermost run. Unset in that itself. */
  readonly ids?: RunIds | undefined;
  /** For agents without a limit of their own. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** Shared by the agent's runs of one task. Default: each run counts for itself. */
  readonly retries?: RetryCount | undefined;
  /** Told of the tokens of each run of an agent, once, also when it failed. */
  readonly count?: ((agent: Agent, usage: TokenUsage) => void) | undefined;
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
  work: (runId: string, ids: RunIds) => Promise<Result>,
): Promise<Result> {
  const { callbacks, clock, parentId, stepPrefix = '', steps } = scope;
  const ids = scope.ids ?? new RunIds(steps ? await randomId(steps) : crypto.randomUUID(), stepPrefix);
  const runId = scope.ids ? ids.inner(kind, stepPrefix) : ids.outermost;
  const startedAt = clock.monotonic();
  const ended = () => ({ runId, parentId, at: clock.wall(), name, durationMs: clock.monotonic() - startedAt });
  if (callbacks) emit(callbacks, { type: `${kind}-start`, runId, parentId, at: clock.wall(), name });
  try {
    const result = await work(runId, ids);
    if (callbacks) emit(callbacks, { type: `${kind}-finish`, ...ended(), output: result.raw, usage: result.usage });
    return result;
  } catch (thrown) {
    const error = toCrewError(thrown, `The run of ${kind} "${name}"`);
    if (callbacks) emit(callbacks, { type: `${kind}-error`, ...ended(), error: error.toJSON() });
    throw error;
  }
}

/** Both lists as one; `undefined` when nobody listens, so that no event is made. */
export function joinCallbacks(
  own: readonly EventCallback[],
  given: readonly EventCallback[] | undefined,
): readonly EventCallback[] | undefined {
  if (own.length === 0) return given?.length ? given : undefined;
  return given?.length ? [...own, ...given] : own;
}
