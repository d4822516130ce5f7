import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

// V8 counts the blocks of functions that are compiled after the start, at their first call. For other functions it only counts
// calls. Profiling continues until the process ends, because blocks would not be counted again after a stop.
const session = new Session();
session.connect();
await send(done => session.post('Profiler.enable', done));
await start();

/**
 * Returns the number of steps of an action: the sum of the executions of each block of JavaScript in all modules. It is the
 * same on every machine, even a busy one. The work of a regular expression inside one match is not counted.
 */
export async function countSteps(action: () => unknown): Promise<number> {
  // Calls of optimised functions are not counted. A new start discards earlier optimisations.
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
