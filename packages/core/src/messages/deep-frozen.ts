/**
 * Returns whether the value can never change: a primitive, or frozen all the way down with data properties only. Such a
 * value may be cached by identity.
 */
export function isDeepFrozen(value: unknown): boolean {
  const seen = new Set<unknown>([value]);
  // A set grows while it is iterated: neither depth nor a circle overflows the stack.
  for (const part of seen) {
    if (typeof part === 'function') return false;
    if (typeof part !== 'object' || part === null) continue;
    if (!Object.isFrozen(part)) return false;
    const prototype: unknown = Object.getPrototypeOf(part);
    // Inherited accessors and internal slots (Map, Date) can change under a frozen object.
    if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false;
    for (const property of Object.values(Object.getOwnPropertyDescriptors(part))) {
      if (!('value' in property)) return false;
      seen.add(property.value);
    }
  }
  return true;
}

/** Freezes a value of JSON all the way down, and returns it. Only for what was made here. */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const part = pending.pop();
    if (typeof part !== 'object' || part === null || Object.isFrozen(part)) continue;
    Object.freeze(part);
    for (const member of Object.values(part)) pending.push(member);
  }
  return value;
}
