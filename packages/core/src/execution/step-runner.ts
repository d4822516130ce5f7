/**
 * The seam for durable execution. The loop calls it around each model turn and each tool run, and for sleep, time and
 * random ids. Step names are stable across replays and steps start in an order that does not depend on which finishes
 * first. What `action` resolves to is JSON; expected errors cross as data and keep their class.
 */
export interface StepRunner {
  /** Runs the action, or returns the recorded result of an earlier run of the same name. */
  run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Waits, unless the recording says that the wait is over. Rejects with the signal's reason when it aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): Promise<number>;
  /** An id that no other run has; the same one in a replay. Asked for once: the ids of the runs inside are made of it. */
  randomId(): Promise<string>;
}
