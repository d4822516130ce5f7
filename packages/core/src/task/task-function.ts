import type { RunScope } from '../agent/run-scope.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { Deadline } from '../execution/deadline.ts';
import { runStep } from '../loop/steps.ts';
import type { TaskOutput } from './task-output.ts';

/** A function that a task calls with its output: a guardrail, `humanInput`, `callback`. */
export type TaskFunction<Parsed, Result> = {
  bivarianceHack(output: TaskOutput<Parsed>, context: TaskCallContext): Result | Promise<Result>;
}['bivarianceHack'];

/** The second argument of a task's functions. */
export interface TaskCallContext {
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** The run's `authContext`, unchanged. */
  readonly authContext: unknown;
}

/**
 * Calls a function of a task as a step, so that a replay does not call it again. Stops waiting when the run is cancelled.
 * `what` names the function in the error that is thrown if it fails.
 */
export async function callTaskFunction<T>(
  scope: RunScope,
  deadline: Deadline,
  step: string,
  what: string,
  action: (context: TaskCallContext) => T | Promise<T>,
): Promise<T> {
  const { authContext, stepPrefix = '', steps } = scope;
  try {
    deadline.signal.throwIfAborted();
    return await runStep(steps, stepPrefix + step, deadline.signal, signal =>
      deadline.guard((async () => action({ signal, authContext }))()),
    );
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : toCrewError(error, what);
  }
}
