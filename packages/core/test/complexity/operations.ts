import { Session } from 'node:inspector/promises';

/** Work of a function, counted so that it is the same on every machine. */
export interface Work {
  /** Executions of functions and of blocks in the sources of this package. */
  readonly operations: number;
  /** Characters that were handed to regular expressions and to `JSON.parse`. */
  readonly characters: number;
}

/**
 * Runs the function at a small size, at eight times that size, and counts the work of both. A first run, which is not
 * counted, has everything compiled for counting.
 */
export async function workAt(run: (size: number) => unknown, size: number): Promise<readonly [Work, Work]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const workOf = async (runSize: number): Promise<Work> => {
    await session.post('Profiler.takePreciseCoverage');
    const restore = countCharacters();
    let characters = 0;
    try {
      await run(runSize);
    } finally {
      characters = restore();
    }
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const operations = result
      .filter(({ url }) => url.includes('/core/src/'))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
      .reduce((sum, count) => sum + count, 0);
    return { operations, characters };
  };
  try {
    await workOf(size);
    return [await workOf(size), await workOf(8 * size)];
  } finally {
    await session.post('Profiler.stopPreciseCoverage');
    session.disconnect();
  }
}

/** Counts until the returned function is called, which returns the count. */
function countCharacters(): () => number {
  const { exec } = RegExp.prototype;
  const { parse } = JSON;
  let characters = 0;
  RegExp.prototype.exec = function counted(this: RegExp, text: string): RegExpExecArray | null {
    characters += text.length;
    return exec.call(this, text);
  };
  JSON.parse = (text, reviver) => {
    characters += text.length;
    return parse(text, reviver);
  };
  return () => {
    RegExp.prototype.exec = exec;
    JSON.parse = parse;
    return characters;
  };
}
