import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

// Optimised code loses counts. This must run before the code under test gets hot.
setFlagsFromString('--no-opt');
setFlagsFromString('--no-maglev');

/**
 * Counts the blocks of code of files whose URL contains `file` that run during the action: a measure of work that does not
 * depend on the machine and its load. The action runs twice: functions that are compiled while coverage is taken are counted
 * in another way.
 */
export async function countOperations(file: string, action: () => void): Promise<number> {
  await takeCoverage(file, action);
  return takeCoverage(file, action);
}

async function takeCoverage(file: string, action: () => void): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    action();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.includes(file))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
      .reduce((sum, count) => sum + count, 0);
  } finally {
    await session.post('Profiler.stopPreciseCoverage');
    session.disconnect();
  }
}
