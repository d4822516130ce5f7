import { type RunOptions, runOptionRules } from '../agent/agent-options.ts';
import { RunIds } from '../agent/run-scope.ts';
import { checkOptions, type OptionRules, optional, whole } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { CrewError } from '../errors/crew-error.ts';
import { toCrewError } from '../errors/to-crew-error.ts';
import { abortReason } from '../execution/deadline.ts';
import { type Inputs, inputsRule } from '../task/inputs.ts';
import type { KickoffOptions } from './crew-options.ts';
import type { CrewOutput } from './crew-output.ts';

/** Options of `Crew.kickoffForEach`. The options of a run apply to each run. */
export interface KickoffForEachOptions extends RunOptions {
  /** Maximum number of simultaneous runs. Default 1. */
  readonly concurrency?: number | undefined;
}

/** The result of one run: an output or an error. */
export type KickoffResult =
  | { readonly ok: true; readonly inputs: Inputs; readonly output: CrewOutput }
  | { readonly ok: false; readonly inputs: Inputs; readonly error: CrewError };

const kickoffForEachOptionRules: OptionRules<KickoffForEachOptions> = {
  ...runOptionRules,
  concurrency: optional(whole(1)),
};

/** Runs the crew once for each set of inputs. Implements `Crew.kickoffForEach`. */
export async function kickoffForEach(
  list: readonly Inputs[],
  options: KickoffForEachOptions,
  kickoff: (options: KickoffOptions, ids: RunIds) => Promise<CrewOutput>,
): Promise<readonly KickoffResult[]> {
  const checked = checkOptions('kickoffForEach', options, kickoffForEachOptionRules);
  if (!Array.isArray(list) || !list.every(item => inputsRule.accepts(item))) {
    throw new ConfigurationError('kickoffForEach takes a list of inputs, each an object of values by name.');
  }
  const { concurrency = 1, stepPrefix = '', ...run } = checked;
  const ids = await RunIds.create(checked);
  const results: KickoffResult[] = [];
  // The workers share one iterator: each takes the next entry.
  const entries = list.entries();
  const work = async (): Promise<void> => {
    for (const [index, inputs] of entries) {
      try {
        // A run that has not started when the signal is aborted never starts.
        if (run.signal?.aborted) throw abortReason(run.signal, 'The run of the crew');
        const output = await kickoff({ ...run, inputs, stepPrefix: `${stepPrefix}item/${index + 1}/` }, ids);
        results[index] = { ok: true, inputs, output };
      } catch (error) {
        results[index] = { ok: false, inputs, error: toCrewError(error, 'The run of the crew') };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, list.length) }, work));
  return Object.freeze(results);
}
