import type { TaskOutput } from '../task/task-output.ts';

/** Between the outputs of two tasks. */
const DIVIDER = '\n\n----------\n\n';

/** The outputs as one text. `undefined` when there are none. */
export function joinContext(outputs: readonly TaskOutput[]): string | undefined {
  return outputs.length === 0 ? undefined : outputs.map(output => output.raw).join(DIVIDER);
}
