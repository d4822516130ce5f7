import type { StepRunner } from '@crew/core';

/** The recording of a run: results as JSON by step name, and the IDs in order. */
export interface Recording {
  readonly steps: ReadonlyMap<string, string>;
  readonly ids: readonly string[];
}

/** Records the steps of a run, or replays a recording. A recorded step is not run again. */
export class Journal implements StepRunner {
  /** Step names in the order of their start. */
  readonly started: string[] = [];
  /** Names of the steps whose action ran. */
  readonly performed: string[] = [];
  readonly sleeps: number[] = [];
  readonly steps = new Map<string, string>();
  readonly ids: string[] = [];
  readonly #recording: Recording;

  constructor(recording: Recording = { steps: new Map(), ids: [] }) {
    this.#recording = recording;
  }

  async run<T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.started.includes(name)) throw new Error(`Two steps of the run are named "${name}".`);
    this.started.push(name);
    let result = this.#recording.steps.get(name);
    if (result === undefined) {
      this.performed.push(name);
      result = JSON.stringify(await action(new AbortController().signal)) ?? 'null';
    }
    this.steps.set(name, result);
    return JSON.parse(result) as T;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sleeps.push(milliseconds);
  }

  async now(): Promise<number> {
    return 0;
  }

  async randomId(): Promise<string> {
    const id = this.#recording.ids[this.ids.length] ?? crypto.randomUUID();
    this.ids.push(id);
    return id;
  }
}
