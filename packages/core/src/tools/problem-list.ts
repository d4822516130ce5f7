import { excerpt } from '../messages/printable.ts';

/** Problems that are described in words. A model needs a few to correct all of them. */
const MOST_DESCRIBED = 8;
/** Characters of one problem: a schema's own words and values have no bound. */
const MOST_LENGTH = 300;

/** The problems of a value: the first few in words, the others counted. */
export class ProblemList {
  /** The number of problems that were added, equal ones included. */
  total = 0;
  readonly #described = new Set<string>();
  #others = 0;

  /** Adds a problem. `describe` is called only for those that are described. */
  add(describe: () => string): void {
    this.total += 1;
    if (this.#described.size >= MOST_DESCRIBED) this.#others += 1;
    else this.#described.add(clipped(describe()));
  }

  /** Adds the problems of another list. */
  addAll(list: ProblemList): void {
    for (const text of list.#described) this.add(() => text);
    this.#others += list.#others;
    this.total += list.#others;
  }

  /** The problems as one sentence without its full stop. */
  toString(): string {
    const described = [...this.#described].join('; ');
    return this.#others === 0 ? described : `${described}; and ${this.#others} more`;
  }
}

/** On one line: the names of a value's members are a stranger's, and stand in a message that programs print. */
function clipped(text: string): string {
  return excerpt(text, MOST_LENGTH);
}
