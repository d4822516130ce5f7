import type { AdapterCapabilities } from '../adapter.ts';
import type { Trial, TrialOptions } from '../trial/trial.ts';

/** The parts of the suite. */
export type CheckFamily = 'contract' | 'transport' | 'credentials' | 'leaks';

/** What a check may need an adapter to do. */
export type Need = Exclude<keyof AdapterCapabilities, 'credential'> | 'credential' | 'renewal';

/** One thing that is expected of every adapter. */
export interface Check {
  /** A sentence about the adapter. */
  readonly name: string;
  readonly family: CheckFamily;
  /** One sentence: what goes wrong in a program whose adapter fails it. */
  readonly why: string;
  /** Where to read how to do it: a page of the repository and a heading in it. */
  readonly guide: string;
  /** What the adapter has to do for the check to apply. Default: nothing special. */
  readonly needs?: readonly Need[] | undefined;
  /** How the endpoint is started. */
  readonly trial?: TrialOptions | undefined;
  /** Rejects when the adapter fails. */
  run(trial: Trial): Promise<void>;
}

/** What became of a check. */
export interface CheckResult {
  readonly name: string;
  readonly family: CheckFamily;
  readonly why: string;
  readonly guide: string;
  /** `not-applicable`: the adapter says that it does not do this. */
  readonly outcome: 'passed' | 'failed' | 'not-applicable';
  /** Of a failed one: what is wrong. */
  readonly error?: Error | undefined;
  /** Of one that does not apply: which capability it needs. */
  readonly reason?: string | undefined;
  readonly durationMs: number;
}

/** The page that explains all checks, a heading for each kind. */
export function guide(heading: string): string {
  return `docs/write-an-adapter.md#${heading}`;
}
