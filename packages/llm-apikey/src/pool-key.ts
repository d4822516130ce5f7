import type { AuthContext, OutgoingRequest } from '@crew/llm-http';
import type { KeySource } from './api-key-options.ts';
import { readKey } from './key-source.ts';

/** The first rest after a 429 that does not say how long, in milliseconds. It doubles with each one that follows. */
const FIRST_REST = 1_000;
const LONGEST_REST = 60_000;

/** One key of a pool and what is known of it. */
export class PoolKey {
  /** When it was used last, as a count of all uses. */
  lastUse = 0;
  readonly #source: KeySource;
  readonly #what: string;
  /** On the monotonic clock. */
  #restsUntil = 0;
  #rests = 0;
  #refused: string | undefined;

  constructor(source: KeySource, what: string) {
    this.#source = source;
    this.#what = what;
  }

  /** Whether the server refused it, so that it can never work again: a text does not change. */
  get isDropped(): boolean {
    return this.#refused !== undefined && typeof this.#source === 'string';
  }

  /** How much longer it rests, in milliseconds. */
  restLeft(now: number): number {
    return Math.max(0, this.#restsUntil - now);
  }

  read(request: OutgoingRequest, context: AuthContext): string | Promise<string> {
    return readKey(this.#source, this.#what, request, context, this.#refused);
  }

  /** Whether the server refused this very value. */
  wasRefused(value: string): boolean {
    return this.#refused === value;
  }

  drop(value: string): void {
    this.#refused = value;
  }

  /** Whatever the server refused may work now. */
  forgetRefusal(): void {
    this.#refused = undefined;
  }

  /** The server took it: the next rest without a time is a short one. */
  recover(now: number): void {
    if (this.restLeft(now) === 0) this.#rests = 0;
  }

  /** The server takes no more of it for now. Calls that were under way together count as one. */
  rest(milliseconds: number | undefined, now: number): void {
    if (this.restLeft(now) === 0) this.#rests++;
    const rest = milliseconds ?? Math.min(LONGEST_REST, FIRST_REST * 2 ** (this.#rests - 1));
    this.#restsUntil = Math.max(this.#restsUntil, now + rest);
  }
}
