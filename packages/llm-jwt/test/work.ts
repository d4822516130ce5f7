import { type Profiler, Session } from 'node:inspector';

// Started when the test file is loaded: V8 counts the blocks of functions that are compiled afterwards, at their first
// call, and goes on counting when they are optimised.
const session = new Session();
session.connect();
const started = call(done => session.post('Profiler.enable', done)).then(() =>
  call(done => session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true }, done)),
);

/**
 * Counts the work of an action: how often each block of JavaScript ran, in all modules, summed up. The same on every
 * machine, however busy. What a regular expression does inside one match is not counted.
 */
export async function countWork(action: () => unknown): Promise<number> {
  await started;
  await take();
  await action();
  const scripts = await take();
  let work = 0;
  for (const { functions } of scripts) {
    for (const { ranges } of functions) for (const { count } of ranges) work += count;
  }
  return work;
}

async function take(): Promise<readonly Profiler.ScriptCoverage[]> {
  const { result } = await call<Profiler.TakePreciseCoverageReturnType>(done =>
    session.post('Profiler.takePreciseCoverage', done),
  );
  return result;
}

function call<T>(post: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  post((error, result) => (error === null ? resolve(result) : reject(error)));
  return promise;
}
