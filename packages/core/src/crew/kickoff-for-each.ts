import { RunIds } from '../agent/run-ids.ts';
import { type RunOptions, runOptionRules } from '../agent/run-options.ts';
import { checkOptions, type OptionRules, optional, whole } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { abortReason } from '../execution/deadline.ts';
import { randomId } from '../loop/steps.ts';
import { type Inputs, inputsRule } from '../task/interpolate.ts';
import type { KickoffOptions } from './crew.ts';
import type { CrewOutput } from './crew-output.ts';

/** What `kickoffForEach` may be given. The options of a run are those of each. */
export interface KickoffForEachOptions extends RunOptions {
  /** Runs at the same time. Default 1. */
  readonly concurrency?: number | undefined;
}

/** What became of one run. */
export type KickoffResult =
  | { readonly ok: true; readonly inputs: Inputs; readonly output: CrewOutput }
  | { readonly ok: false; readonly inputs: Inputs; readonly error: CrewError };

const kickoffForEachOptionRules: OptionRules<KickoffForEachOptions> = {
  ...runOptionRules,
  concurrency: optional(whole(1)),
};

/** One run of the crew for each set of inputs; see `Crew.kickoffForEach`. */
export async function kickoffForEach(
  list: readonly Inputs[],
  given: KickoffForEachOptions,
  kickoff: (options: KickoffOptions, ids: RunIds) => Promise<CrewOutput>,
): Promise<readonly KickoffResult[]> {
  const options = checkOptions('kickoffForEach', given, kickoffForEachOptionRules);
  if (!Array.isArray(list) || !list.every(item => inputsRule.accepts(item))) {
    throw new ConfigurationError('kickoffForEach takes a list of inputs, each an object of values by name.');
  }
  const { concurrency = 1, stepPrefix = '', ...run } = options;
  const { steps } = run;
  const ids = new RunIds(steps ? await randomId(steps) : crypto.randomUUID(), stepPrefix);
  const results: KickoffResult[] = [];
  const waiting = list.entries();
  const work = async (): Promise<void> => {
    for (const [index, inputs] of waiting) {
      try {
        // Those that have not begun when the whole is cancelled never do.
        if (run.signal?.aborted) throw abortReason(run.signal, 'The run of the crew');
        const output = await kickoff({ ...run, inputs, stepPrefix: `${stepPrefix}item/${index + 1}/` }, ids);
        results[index] = { ok: true, inputs, output };
      } catch (thrown) {
        results[index] = { ok: false, inputs, error: toCrewError(thrown, 'The run of the crew') };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, work));
  return Object.freeze(results);
}
