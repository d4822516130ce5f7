/**
 * Copies an object of options, so that only what the caller gave is read: an object without a prototype, on which a
 * property of `Object.prototype` (prototype pollution) has no effect, and which nobody can change later. Accessors are read
 * once. Of an instance of a class, the accessors and methods of the class are copied too. Returns anything that is not such
 * an object, an array say, unchanged. With `names`, the copy has a property for each of them, `undefined` where the caller
 * gave none, so that it can be spread into a plain object.
 */
export function copyOptions<T>(options: T, names: readonly string[] = []): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const copy: object = Object.create(null);
  for (let source: object = options; ; ) {
    for (const name of Reflect.ownKeys(source)) {
      if (Object.hasOwn(copy, name) || (source !== options && name === 'constructor')) continue;
      const { get, enumerable: isEnumerable } = Object.getOwnPropertyDescriptor(source, name) ?? {};
      const enumerable = source === options ? isEnumerable === true : get !== undefined;
      const value: unknown = Reflect.get(source, name, options);
      Object.defineProperty(copy, name, { value, enumerable, writable: true, configurable: true });
    }
    const parent: object | null = Object.getPrototypeOf(source);
    // The last object of the chain is some realm's Object.prototype.
    if (parent === null || Object.getPrototypeOf(parent) === null) break;
    source = parent;
  }
  for (const name of names) if (!Object.hasOwn(copy, name)) Object.assign(copy, { [name]: undefined });
  return copy as T;
}
