/**
 * The ids of a run and of the runs inside it. Only the outermost is random: an inner one is made of it and of where the
 * inner run's steps stand, and so is the same in a replay, whichever of several runs begins first then.
 */
export class RunIds {
  /** The id of the outermost run. */
  readonly outermost: string;
  readonly #stepPrefix: string;

  constructor(outermost: string, stepPrefix: string) {
    this.outermost = outermost;
    this.#stepPrefix = stepPrefix;
  }

  /** The id of a run inside. No two of a kind have their steps in one place. */
  inner(kind: string, stepPrefix: string): string {
    // A prefix can hold what a model wrote (the id of a call); a tool may want to put the id into a header.
    return `${this.outermost}/${encodeURI(stepPrefix.slice(this.#stepPrefix.length).toWellFormed())}${kind}`;
  }
}
