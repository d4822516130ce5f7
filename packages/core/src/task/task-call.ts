import type { RunScope } from '../agent/run-scope.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import type { Deadline } from '../execution/deadline.ts';
import { runStep } from '../loop/steps.ts';

/** What a task's own functions are given besides their value. */
export interface TaskCallContext {
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  readonly authContext: unknown;
}

/**
 * Calls a function that the task was given: as a step, so that a replay does not ask again, and not waited for longer
 * than the run lasts. `what` names it in the error when it throws.
 */
export async function callForTask<T>(
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
  } catch (thrown) {
    throw deadline.signal.aborted ? deadline.signal.reason : toCrewError(thrown, what);
  }
}
