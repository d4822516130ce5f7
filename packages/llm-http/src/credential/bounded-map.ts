/**
 * A map that holds a limited number of entries and removes the one that was set least recently, for values that are kept per
 * tenant, user or server.
 *
 * @example
 * ```ts
 * import { BoundedMap } from '@crew/llm-http/adapter';
 *
 * const clocks = new BoundedMap<string, Date>(2);
 * for (const server of ['a', 'b', 'c']) clocks.set(server, new Date());
 * console.log(clocks.get('a')); // undefined
 * ```
 */
export class BoundedMap<Key, Value> {
  readonly #map = new Map<Key, Value>();
  readonly #size: number;

  /** `size` is the largest number of entries. */
  constructor(size = 1_000) {
    this.#size = size;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  /** Sets a value, which makes it the newest entry. */
  set(key: Key, value: Value): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= this.#size) return;
    const oldest = this.#map.keys().next();
    if (oldest.done !== true) this.#map.delete(oldest.value);
  }

  /** Returns the values, the oldest first. */
  values(): Iterable<Value> {
    return this.#map.values();
  }
}
