/**
 * Runs the action while `Object.prototype` has a property of each of these names, and returns which of them are read there,
 * and by which lines, of files whose path contains `file`. What a stranger puts on `Object.prototype` must not be taken for
 * an option.
 */
export async function prototypeReads(
  names: readonly string[],
  file: string,
  action: () => unknown,
): Promise<readonly string[]> {
  const reads = new Set<string>();
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get() {
        const line = lines().find(frame => !frame.includes('<anonymous>'));
        if (line?.includes(file)) reads.add(`${name} ${line.slice(line.indexOf(file))}`);
        return undefined;
      },
      set(value: unknown) {
        Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
      },
    });
  }
  try {
    await action();
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  }
  return [...reads];
}

/** The stack of the code that reads, innermost first. */
function lines(): readonly string[] {
  return (new Error('read').stack ?? '').split('\n').slice(3);
}
