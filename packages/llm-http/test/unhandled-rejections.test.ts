import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Values that user code may throw, and that throw themselves when they are inspected. */
const HOSTILE = `[
  undefined, null, 7, Symbol('x'), Object.create(null), Object.freeze(new Error('frozen')),
  Object.defineProperty(new Error(), 'message', { get() { throw new Error('message'); } }),
  Object.defineProperty(new Error('code'), 'code', { get() { throw new Error('code'); } }),
  Object.defineProperty(new Error('cause'), 'cause', { get() { throw new Error('cause'); } }),
  Object.defineProperty(new CredentialError('own'), 'toJSON', { value() { throw new Error('toJSON'); } }),
  Object.defineProperty(new CredentialError('own'), 'message', { get() { throw new Error('message'); } }),
  Object.defineProperty(new Error('stack'), 'stack', { get() { throw new Error('stack'); } }),
  Object.assign(new Error('name'), { name: { toString() { throw new Error('name'); } } }),
  new Proxy(new Error('proxy'), { get() { throw new Error('get'); }, getPrototypeOf() { throw new Error('proto'); } }),
  new Proxy({}, { get() { throw new Error('get'); }, has() { throw new Error('has'); }, ownKeys() { throw new Error('keys'); } }),
]`;

/** Runs a program in a separate process, which exits with an error if a rejection is not handled. */
async function program(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--unhandled-rejections=strict',
      '--conditions=@crew/source',
      '--input-type=module',
      '--eval',
      `import { CredentialError } from '@crew/core';
       import { fromCommand, HttpLLM } from '@crew/llm-http';
import { RenewingCredential } from '@crew/llm-http/adapter';
       const hostile = ${HOSTILE};
       const signal = new AbortController().signal;
       const outcomes = new Set();
       ${code}
       console.log([...outcomes].join());`,
    ],
    { cwd: new URL('..', import.meta.url) },
  );
  return stdout.trim();
}

test("a process survives any error of a credential's source, for callers and in the background [X24]", async () => {
  const code = `
    for (const thrown of hostile) {
      const failing = new RenewingCredential({ obtain: async () => { throw thrown; } });
      await failing.get(signal).catch(error => outcomes.add(error instanceof CredentialError));
      let runs = 0;
      const renewed = new RenewingCredential({
        obtain: async () => {
          runs += 1;
          if (runs > 1) throw thrown;
          return { value: 'token', expiresAt: Date.now() + 600_000, renewAfter: Date.now() + 1 };
        },
        clock: { wall: () => Date.now(), monotonic: () => performance.now() + (runs > 0 ? 2_000 : 0), sleep: () => new Promise(() => {}) },
      });
      await renewed.get(signal);
      renewed.fresh();
      await new Promise(resolve => setImmediate(resolve));
      outcomes.add(renewed.fresh() === 'token');
    }`;
  expect(await program(code)).toBe('true');
});

test('a process survives any error of a listener at the end of a renewal [X24]', async () => {
  const code = `
    for (const thrown of hostile) {
      const emit = () => { throw thrown; };
      const credential = new RenewingCredential({ emit, obtain: async () => ({ value: 'token' }) });
      outcomes.add((await credential.get(signal, emit)) === 'token');
    }`;
  expect(await program(code)).toBe('true');
});

test('a process survives a command that cannot be started, for any reason [X8]', async () => {
  const code = `
    for (const argv of [['/'], ['no-such-program'], ['sh', '\\0'], ['a'.repeat(100_000)], ['sh', 'a'.repeat(4_000_000)]]) {
      await Promise.resolve(fromCommand(argv)({ signal })).catch(error => outcomes.add(error instanceof CredentialError));
    }`;
  expect(await program(code)).toBe('true');
});
