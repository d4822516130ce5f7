import { CrewError, copyError } from '../errors/crew-error.ts';
import { thrownText } from '../errors/to-crew-error.ts';

const failures = new WeakSet<object>();

/**
 * The error that a run ends with when its `StepRunner` fails: a lost lease, a journal that cannot be written. It is no
 * result of the step: nobody may try again, tell a model of it, or record it.
 */
export function stepFailure(what: string, thrown: unknown): CrewError {
  const known = CrewError.isInstance(thrown) ? thrown : undefined;
  if (known && failures.has(known)) return known;
  const error = known
    ? copyError(known)
    : new CrewError('STEP_RUNNER', `The step runner failed at ${what}: ${thrownText(thrown)}`, { cause: thrown });
  failures.add(error);
  return error;
}

/** Whether a step runner failed with it. Then it is the run's own. */
export function isStepFailure(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && failures.has(thrown);
}
