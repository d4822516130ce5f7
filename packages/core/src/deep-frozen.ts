/**
 * Whether the value can never change: a primitive, or frozen all the way down with data properties only. Such a value
 * may be cached by identity.
 */
export function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (!Object.isFrozen(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Inherited accessors and internal slots (Map, Date) can change under a frozen object.
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    property => 'value' in property && isDeepFrozen(property.value),
  );
}

/** Freezes a value of JSON all the way down, and gives it back. Only for what was made here. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
