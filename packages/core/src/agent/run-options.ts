import { anything, callbacks, flag, type OptionRules, objectWith, optional, string } from '../errors/check-options.ts';
import type { EventCallback } from '../events/event.ts';
import type { StepRunner } from '../execution/step-runner.ts';

/** What any run takes: of an agent, a task, a crew. It is handed down to everything inside the run. */
export interface RunOptions {
  /** Cancels the run: model turns, tools and waits in flight are aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every event of the run. What a callback throws is dropped. */
  readonly callbacks?: readonly EventCallback[] | undefined;
  /** Handed untouched to authenticators and tools (a tenant, say). Never serialised, logged or emitted. */
  readonly authContext?: unknown;
  /** Makes the run durable. See `StepRunner`. */
  readonly steps?: StepRunner | undefined;
  /** Put before every step's name, to tell the runs of one workflow apart. */
  readonly stepPrefix?: string | undefined;
  /** Asks models through `stream`, so that `turn-delta` events are told. Default false. */
  readonly stream?: boolean | undefined;
}

/** What the options of a run must be. */
export const runOptionRules: OptionRules<RunOptions> = {
  signal: optional(objectWith('an AbortSignal', 'addEventListener', 'removeEventListener')),
  callbacks: optional(callbacks),
  authContext: anything,
  steps: optional(objectWith('a StepRunner', 'run', 'sleep', 'now', 'randomId')),
  stepPrefix: optional(string),
  stream: optional(flag),
};
