import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Runs a module in a separate process, on the package's sources. */
async function inChild(code: string): Promise<string> {
  const options = { cwd: new URL('..', import.meta.url) };
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@crew/source', '--input-type=module', '--eval', code],
    options,
  );
  return stdout.trim();
}

describe('importing the package', () => {
  it("leaves the host program's own fetch unchanged [T59, failure 2]", async () => {
    const output = await inChild(`
      const state = () => [1, 2].map(n => globalThis[Symbol.for('undici.globalDispatcher.' + n)]);
      await fetch('data:,warm');
      const [before, ownFetch, globals] = [state(), fetch, Object.getOwnPropertySymbols(globalThis).length];
      await import('@crew/llm-http');
      const after = state();
      console.log(JSON.stringify([
        before.every((value, index) => value === after[index]),
        ownFetch === fetch,
        globals === Object.getOwnPropertySymbols(globalThis).length,
      ]));
    `);
    expect(JSON.parse(output)).toEqual([true, true, true]);
  });

  it('has no effect that keeps a process alive', async () => {
    expect(await inChild(`await import('@crew/llm-http'); console.log('imported');`)).toBe('imported');
  });
});
