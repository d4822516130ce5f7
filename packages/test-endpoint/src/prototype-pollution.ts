/**
 * Runs the action while `Object.prototype` has a property of each given name, and returns the names that were read there with the
 * lines that read them. Only files whose path contains `file` are considered. Use it to prove that a polluted `Object.prototype`
 * cannot supply options.
 *
 * @example
 * ```ts
 * import { detectPrototypePollution } from '@crew/test-endpoint';
 *
 * const reads = await detectPrototypePollution(['timeout'], import.meta.filename, () => {
 *   const options: { timeout?: number } = {};
 *   return options.timeout;
 * });
 * console.log(reads.length); // 1: the option was read from `Object.prototype`
 * ```
 */
export async function detectPrototypePollution(
  names: readonly string[],
  file: string,
  action: () => unknown,
): Promise<readonly string[]> {
  const reads = new Set<string>();
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get() {
        const line = stackFrames().find(frame => !frame.includes('<anonymous>'));
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

/** Returns the stack of the reading code, innermost frame first. */
function stackFrames(): readonly string[] {
  return (new Error('read').stack ?? '').split('\n').slice(3);
}
