import { AbortError } from '../errors/abort-error.ts';
import { CrewError, type CrewErrorJson } from '../errors/crew-error.ts';
import type { StepRunner } from '../step-runner.ts';

type Recorded<T> = { readonly value: T } | { readonly error: CrewErrorJson };

/**
 * Runs an action as a step, or directly when there is no runner. Expected errors cross a runner as data, so that a
 * replay throws the same class; cancellation is never recorded, whatever its reason: the run can be taken up again.
 */
export async function runStep<T>(
  steps: StepRunner | undefined,
  name: string,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (steps === undefined) return action(signal);
  const recorded = await steps.run<Recorded<T>>(name, async stepSignal => {
    const either = AbortSignal.any([signal, stepSignal]);
    try {
      return { value: await action(either) };
    } catch (thrown) {
      if (either.aborted || !CrewError.isInstance(thrown) || AbortError.isInstance(thrown)) throw thrown;
      return { error: thrown.toJSON() };
    }
  });
  if ('error' in recorded) throw CrewError.fromJSON(recorded.error);
  return recorded.value;
}
