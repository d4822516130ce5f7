import type { AdapterCapabilities } from '../adapter.ts';
import type { Trial, TrialOptions } from '../trial/trial.ts';

/** A part of the suite. */
export type CheckFamily = 'contract' | 'transport' | 'credentials' | 'leaks';

/** A capability that a check may require. `renewal` is `capabilities.credential: 'renewed'`. */
export type RequiredCapability = Exclude<keyof AdapterCapabilities, 'credential'> | 'credential' | 'renewal';

/** A conformance check: one requirement for every adapter. */
export interface Check {
  /** A sentence whose subject is the adapter, such as `sends a string as one user message`. */
  readonly name: string;
  readonly family: CheckFamily;
  /** One sentence on the consequences of failing the check. */
  readonly why: string;
  /** Page of the repository that explains the requirement, with a heading. */
  readonly guide: string;
  /** Capabilities without which the check does not apply. Default: none. */
  readonly requires?: readonly RequiredCapability[] | undefined;
  /** Options of the trial. */
  readonly trial?: TrialOptions | undefined;
  /** Runs the check. Rejects if the adapter fails it. */
  run(trial: Trial): Promise<void>;
}

/** Result of a check. */
export interface CheckResult {
  readonly name: string;
  readonly family: CheckFamily;
  readonly why: string;
  readonly guide: string;
  /** Outcome. `not-applicable`: the description of the adapter excludes a required capability. */
  readonly outcome: 'passed' | 'failed' | 'not-applicable';
  /** Error of a failed check. */
  readonly error?: Error | undefined;
  /** Missing capability of a check that does not apply. */
  readonly reason?: string | undefined;
  /** Duration in milliseconds. */
  readonly durationMs: number;
}

/** Returns the address of a heading on the page that explains the checks. */
export function guide(heading: string): string {
  return `docs/write-an-adapter.md#${heading}`;
}
