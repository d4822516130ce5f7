import type { TaskOutput } from '../task/task-output.ts';

/** Between the outputs of two tasks. */
const DIVIDER = '\n\n----------\n\n';

/** The outputs as one text, without those of skipped tasks. `undefined` when there are none. */
export function joinContext(outputs: readonly TaskOutput[]): string | undefined {
  const done = outputs.filter(output => !output.skipped);
  return done.length === 0 ? undefined : done.map(output => output.raw).join(DIVIDER);
}
