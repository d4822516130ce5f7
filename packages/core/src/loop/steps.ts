import { CrewError, type CrewErrorJson, copyError } from '../errors/crew-error.ts';
import { AbortError } from '../errors/run-errors.ts';
import { thrownText } from '../errors/to-crew-error.ts';
import type { Clock } from '../execution/clock.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import type { Tool } from '../tools/tool.ts';

type StepResult<T> = { readonly value: T } | { readonly error: CrewErrorJson };

/**
 * Runs an action as a step, or directly if there is no step runner. Expected errors cross the runner as data, so that a
 * replay throws the same class. Cancellation is never recorded, whatever its reason, so that the run can be resumed. A
 * failure of the runner itself is thrown as a `stepFailure`.
 */
export async function runStep<T>(
  steps: StepRunner | undefined,
  name: string,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (steps === undefined) return action(signal);
  /** Errors that the action threw through the runner. */
  const actionErrors = new Set<unknown>();
  const perform = async (stepSignal: AbortSignal): Promise<StepResult<T>> => {
    const either = AbortSignal.any([signal, stepSignal]);
    try {
      return { value: await action(either) };
    } catch (thrown) {
      const expected = CrewError.isInstance(thrown) && !AbortError.isInstance(thrown) && !isStepFailure(thrown);
      if (expected && !either.aborted) return { error: thrown.toJSON() };
      if (!stepSignal.aborted) actionErrors.add(thrown);
      throw thrown;
    }
  };
  let result: StepResult<T>;
  try {
    result = await steps.run<StepResult<T>>(name, perform);
  } catch (thrown) {
    throw signal.aborted || actionErrors.has(thrown) ? thrown : stepFailure(`step "${name}"`, thrown);
  }
  if ('error' in result) throw CrewError.fromJSON(result.error);
  return result.value;
}

/** Returns the runner's id for an outermost run. It is the same in a replay. */
export async function randomId(steps: StepRunner): Promise<string> {
  try {
    return await steps.randomId();
  } catch (thrown) {
    throw stepFailure('the id of a run', thrown);
  }
}

/** Waits. A step runner, if there is one, does the waiting, so that a replay can skip it. */
export async function pause(
  steps: StepRunner | undefined,
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (steps === undefined) return clock.sleep(milliseconds, signal);
  try {
    await steps.sleep(milliseconds, signal);
  } catch (thrown) {
    throw signal.aborted ? thrown : stepFailure('a pause', thrown);
  }
}

const failures = new WeakSet<object>();

/**
 * Returns the error that ends a run whose `StepRunner` failed, such as by losing a lease or the journal. It is not a
 * result of the step: it is not retried, shown to a model, or recorded.
 */
function stepFailure(operation: string, thrown: unknown): CrewError {
  const known = CrewError.isInstance(thrown) ? thrown : undefined;
  if (known && failures.has(known)) return known;
  const error = known
    ? copyError(known)
    : new CrewError('STEP_RUNNER', `The step runner failed at ${operation}: ${thrownText(thrown)}`, { cause: thrown });
  failures.add(error);
  return error;
}

/** Returns true if the error is a failure of a step runner. It then belongs to the run alone. */
export function isStepFailure(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && failures.has(thrown);
}

const composites = new WeakSet<Tool>();

/** Marks a tool that runs steps of its own. It does not run inside a step, because steps do not nest. */
export function composite<T extends Tool>(tool: T): T {
  composites.add(tool);
  return tool;
}

/** Returns true if the tool runs steps of its own. */
export function isComposite(tool: Tool): boolean {
  return composites.has(tool);
}
