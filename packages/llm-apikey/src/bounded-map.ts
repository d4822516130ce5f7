/** More entries than these are not kept. */
const MOST = 1_000;

/** A map that forgets what was set longest ago. */
export class BoundedMap<Key, Value> {
  readonly #map = new Map<Key, Value>();

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  set(key: Key, value: Value): void {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= MOST) return;
    const oldest = this.#map.keys().next();
    if (oldest.done !== true) this.#map.delete(oldest.value);
  }

  values(): Iterable<Value> {
    return this.#map.values();
  }
}
