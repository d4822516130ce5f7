import { toCrewError } from '../errors/to-crew-error.ts';
import { type EventCallback, emit } from '../events/event.ts';
import type { Clock } from '../execution/clock.ts';
import type { RateLimiter } from '../execution/rate-limiter.ts';
import type { FinishReason, TokenUsage } from '../llm/turn.ts';
import { randomId } from '../loop/steps.ts';
import type { AgentSettings, RunOptions } from './agent-options.ts';

/** The options of a run, and its place in the outermost run. */
export interface RunScope extends RunOptions {
  readonly clock: Clock;
  /** Id of the span that contains the run. */
  readonly parentId?: string | undefined;
  /** Ids of the outermost run. Unset in the outermost run itself. */
  readonly ids?: RunIds | undefined;
  /** Rate limiter of agents without their own limit. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** Retries shared by the agent's runs of one task. Default: each run counts its own. */
  readonly retries?: RetryCount | undefined;
  /** Called once for each run of an agent with the tokens that it used, even if it failed. */
  readonly onUsage?: ((agent: AgentSettings, usage: TokenUsage) => void) | undefined;
}

/** The number of retries that all runs of one piece of work have used. */
export interface RetryCount {
  used: number;
}

/** The result of every kind of run. */
export interface RunResult {
  readonly raw: string;
  readonly finishReason?: FinishReason | undefined;
  readonly usage: TokenUsage;
}

/**
 * Ids of a run and of the runs inside it. Only the outermost id is random. An inner id is made of it and of the prefix of
 * the inner run's steps: it is the same in a replay, whichever of several runs starts first.
 */
export class RunIds {
  /** Id of the outermost run. */
  readonly outermost: string;
  readonly #stepPrefix: string;

  constructor(outermost: string, stepPrefix: string) {
    this.outermost = outermost;
    this.#stepPrefix = stepPrefix;
  }

  /** Returns the ids for a new outermost run. Draws the random id as a step, if there are steps. */
  static async create({ steps, stepPrefix = '' }: RunOptions): Promise<RunIds> {
    return new RunIds(steps ? await randomId(steps) : crypto.randomUUID(), stepPrefix);
  }

  /** Returns the id of an inner run. No two runs of one kind have the same step prefix. */
  inner(kind: string, stepPrefix: string): string {
    // A prefix may contain text of a model (a call's id), and a tool may put the id into a header.
    return `${this.outermost}/${encodeURI(stepPrefix.slice(this.#stepPrefix.length).toWellFormed())}${kind}`;
  }
}

/**
 * Runs the work as a span: with its own id, an event at its start and one at its end. Any exception is turned into a
 * `CrewError`.
 */
export async function inSpan<Result extends RunResult>(
  kind: 'crew' | 'task' | 'agent',
  name: string,
  scope: RunScope,
  work: (runId: string, ids: RunIds) => Promise<Result>,
): Promise<Result> {
  const { callbacks, clock, parentId, stepPrefix = '' } = scope;
  const ids = scope.ids ?? (await RunIds.create(scope));
  const runId = scope.ids ? ids.inner(kind, stepPrefix) : ids.outermost;
  const startedAt = clock.monotonic();
  const end = () => ({ runId, parentId, at: clock.wall(), name, durationMs: clock.monotonic() - startedAt });
  if (callbacks) emit(callbacks, { type: `${kind}-start`, runId, parentId, at: clock.wall(), name });
  try {
    const result = await work(runId, ids);
    const { raw: output, finishReason, usage } = result;
    if (callbacks) emit(callbacks, { type: `${kind}-finish`, ...end(), output, finishReason, usage });
    return result;
  } catch (thrown) {
    const error = toCrewError(thrown, `The run of ${kind} "${name}"`);
    if (callbacks) emit(callbacks, { type: `${kind}-error`, ...end(), error: error.toJSON() });
    throw error;
  }
}

/** Joins the callbacks of an agent or a crew with those of a run. Returns `undefined` if there are none, so that no event is made. */
export function joinCallbacks(
  own: readonly EventCallback[],
  added: readonly EventCallback[] | undefined,
): readonly EventCallback[] | undefined {
  if (own.length === 0) return added?.length ? added : undefined;
  return added?.length ? [...own, ...added] : own;
}
