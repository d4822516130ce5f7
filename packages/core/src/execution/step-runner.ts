/**
 * The interface to a durable execution engine, which records steps and replays them after a crash. The tool loop calls it
 * for each model turn, each tool run, and for delays, time and random IDs. Step names are the same in a replay, and steps
 * start in an order that does not depend on which finishes first. Results of steps are JSON. Expected errors are recorded
 * as data and keep their class.
 *
 * @example
 * A step runner that keeps results in memory, for tests of code that replays:
 *
 * ```ts
 * import { type StepRunner, systemClock } from '@crew/core';
 *
 * export function memorySteps(journal: Map<string, string>): StepRunner {
 *   let count = 0;
 *   const run: StepRunner['run'] = async (name, action) => {
 *     const recorded = journal.get(name);
 *     if (recorded !== undefined) return JSON.parse(recorded);
 *     const result = await action(new AbortController().signal);
 *     journal.set(name, JSON.stringify(result));
 *     return result;
 *   };
 *   return {
 *     run,
 *     sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
 *     now: () => run(`now-${count++}`, async () => systemClock.wall()),
 *     randomId: () => run(`id-${count++}`, async () => crypto.randomUUID()),
 *   };
 * }
 * ```
 */
export interface StepRunner {
  /** Runs the action and records its result, or returns the recorded result of the step with that name. */
  run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Waits, unless the delay is recorded as completed. Rejects with the signal's reason when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Resolves to milliseconds since the epoch; to the same value in a replay. */
  now(): Promise<number>;
  /** Resolves to a unique ID; to the same ID in a replay. Called once per run; IDs of nested runs are derived from it. */
  randomId(): Promise<string>;
}
