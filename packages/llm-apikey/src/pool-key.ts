import type { AuthContext, OutgoingRequest } from '@crew/llm-http/adapter';
import type { KeySource } from './api-key-options.ts';
import { BoundedMap } from './bounded-map.ts';
import { readKey } from './key-source.ts';

/** The first rest after a 429 that does not say how long, in milliseconds. It doubles with each one that follows. */
const FIRST_REST = 1_000;
const LONGEST_REST = 60_000;
/** A rest that the server asks for is no longer than an hour: a wrong number must not take the key away for good. */
const LONGEST_ASKED = 3_600_000;

/** What is known of one value of a key. */
interface Known {
  isRefused: boolean;
  /** On the monotonic clock. */
  restsUntil: number;
  rests: number;
}

/**
 * One key of a pool and what is known of it: by value, because a function may give each tenant another one, and what
 * became of one tenant's key is no other tenant's matter.
 */
export class PoolKey {
  /** When it was used last, as a count of all uses. */
  lastUse = 0;
  readonly #source: KeySource;
  readonly #what: string;
  readonly #known = new BoundedMap<string, Known>();
  /** Of a function: the limited value, by the `authContext` of the calls that it was given for. */
  readonly #limitedFor = new BoundedMap<unknown, string>();

  constructor(source: KeySource, what: string) {
    this.#source = source;
    this.#what = what;
  }

  /** The key, where it is a text: what it is worth is known without asking. */
  get text(): string | undefined {
    return typeof this.#source === 'string' ? this.#source : undefined;
  }

  /** Whether the server refused it, so that it can never work again: a text does not change. */
  get isDropped(): boolean {
    return this.text !== undefined && this.wasRefused(this.text);
  }

  /** How much longer that value rests, in milliseconds. */
  restLeft(value: string | undefined, now: number): number {
    const known = value === undefined ? undefined : this.#known.get(value);
    return Math.max(0, (known?.restsUntil ?? 0) - now);
  }

  /** How much longer it rests for such a call, as far as that is known without asking. */
  restLeftFor(authContext: unknown, now: number): number {
    return this.restLeft(this.text ?? this.#limitedFor.get(authContext), now);
  }

  /** Its value for this attempt. `refused` is told to a function: only ever what it gave for this very call. */
  read(request: OutgoingRequest, context: AuthContext, refused?: string): string | Promise<string> {
    return readKey(this.#source, this.#what, request, context, refused);
  }

  /** Whether the server refused this very value. */
  wasRefused(value: string): boolean {
    return this.#known.get(value)?.isRefused ?? false;
  }

  drop(value: string): void {
    this.#of(value).isRefused = true;
  }

  /** Whatever the server refused may work now. */
  forgetRefusals(): void {
    for (const known of this.#known.values()) known.isRefused = false;
  }

  /** The server took the value: its next rest without a time is a short one. */
  recover(value: string, now: number): void {
    const known = this.#known.get(value);
    if (known !== undefined && this.restLeft(value, now) === 0) known.rests = 0;
  }

  /** The server takes no more of the value for now. Calls that were under way together count as one. */
  rest(value: string, milliseconds: number | undefined, now: number, authContext: unknown): void {
    const known = this.#of(value);
    if (this.restLeft(value, now) === 0) known.rests++;
    const own = Math.min(LONGEST_REST, FIRST_REST * 2 ** (known.rests - 1));
    known.restsUntil = Math.max(known.restsUntil, now + Math.min(milliseconds ?? own, LONGEST_ASKED));
    if (this.text === undefined) this.#limitedFor.set(authContext, value);
  }

  #of(value: string): Known {
    const known = this.#known.get(value) ?? { isRefused: false, restsUntil: 0, rests: 0 };
    this.#known.set(value, known);
    return known;
  }
}
