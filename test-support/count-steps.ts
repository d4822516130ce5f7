import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

// V8 counts the blocks of functions that are compiled from now on, which they are at their first call; of the others it
// counts the calls. It goes on to the end of the process: if it stopped, the blocks would not be counted again.
const session = new Session();
session.connect();
await send(done => session.post('Profiler.enable', done));
await start();

/**
 * Counts the steps of an action: how often each block of JavaScript ran, in all modules, summed up. The same on every
 * machine, however busy. What a regular expression does inside one match is not counted.
 */
export async function countSteps(action: () => unknown): Promise<number> {
  // Calls of optimised functions are not counted. Starting anew discards what was optimised before.
  for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag);
  try {
    await start();
    await take();
    await action();
    const scripts = await take();
    let steps = 0;
    for (const { functions } of scripts) {
      for (const { ranges } of functions) for (const { count } of ranges) steps += count;
    }
    return steps;
  } finally {
    for (const flag of ['--opt', '--maglev']) setFlagsFromString(flag);
  }
}

function start(): Promise<unknown> {
  const options = { callCount: true, detailed: true };
  return send(done => session.post('Profiler.startPreciseCoverage', options, done));
}

async function take(): Promise<readonly Profiler.ScriptCoverage[]> {
  const { result } = await send<Profiler.TakePreciseCoverageReturnType>(done =>
    session.post('Profiler.takePreciseCoverage', done),
  );
  return result;
}

function send<T>(post: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  post((error, result) => (error === null ? resolve(result) : reject(error)));
  return promise;
}
