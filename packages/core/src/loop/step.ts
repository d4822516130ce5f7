import { CrewError, type CrewErrorJson } from '../errors/crew-error.ts';
import { AbortError } from '../errors/run-errors.ts';
import type { Clock } from '../execution/clock.ts';
import type { StepRunner } from '../execution/step-runner.ts';
import { isStepFailure, stepFailure } from './step-failure.ts';

type Recorded<T> = { readonly value: T } | { readonly error: CrewErrorJson };

/**
 * Runs an action as a step, or directly when there is no runner. Expected errors cross a runner as data, so that a
 * replay throws the same class; cancellation is never recorded, whatever its reason: the run can be taken up again. What
 * the runner itself fails of is a `stepFailure`.
 */
export async function runStep<T>(
  steps: StepRunner | undefined,
  name: string,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (steps === undefined) return action(signal);
  /** What the action threw through the runner, of its own accord. */
  const escaped = new Set<unknown>();
  const perform = async (stepSignal: AbortSignal): Promise<Recorded<T>> => {
    const either = AbortSignal.any([signal, stepSignal]);
    try {
      return { value: await action(either) };
    } catch (thrown) {
      const expected = CrewError.isInstance(thrown) && !AbortError.isInstance(thrown) && !isStepFailure(thrown);
      if (expected && !either.aborted) return { error: thrown.toJSON() };
      if (!stepSignal.aborted) escaped.add(thrown);
      throw thrown;
    }
  };
  let recorded: Recorded<T>;
  try {
    recorded = await steps.run<Recorded<T>>(name, perform);
  } catch (thrown) {
    throw signal.aborted || escaped.has(thrown) ? thrown : stepFailure(`step "${name}"`, thrown);
  }
  if ('error' in recorded) throw CrewError.fromJSON(recorded.error);
  return recorded.value;
}

/** An id for an outermost run: the runner's, which a replay has again. */
export async function randomId(steps: StepRunner): Promise<string> {
  try {
    return await steps.randomId();
  } catch (thrown) {
    throw stepFailure('the id of a run', thrown);
  }
}

/** Waits: by the runner where there is one, so that a replay need not. */
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
