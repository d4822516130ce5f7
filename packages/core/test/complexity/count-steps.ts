import { Session } from 'node:inspector';

// Code that is already compiled has no counters, so that this precedes the first use of anything.
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/**
 * Counts the executed blocks of Crew's own code and its parsers. Other load on the machine does not affect this measure.
 * It does not include the work of native methods and regular expressions.
 */
export async function countSteps(work: () => unknown): Promise<number> {
  session.post('Profiler.takePreciseCoverage');
  await work();
  let steps = 0;
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error) throw error;
    for (const script of coverage.result) {
      if (!/core\/src|cfworker|jsonrepair/.test(script.url)) continue;
      for (const { ranges } of script.functions) for (const range of ranges) steps += range.count;
    }
  });
  return steps;
}

/** Returns the factor by which the steps grow when the size grows eightfold, starting from `size`. */
export async function growth(size: number, work: (size: number) => unknown): Promise<number> {
  await work(size);
  const small = await countSteps(() => work(size));
  if (small < size) throw new Error(`Only ${small} steps were counted for ${size}: the measure sees too little.`);
  return (await countSteps(() => work(8 * size))) / small;
}
