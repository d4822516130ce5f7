import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AbortError, CredentialError } from '@crew/core';
import { manualClock, startEndpoint, text } from '@crew/test-endpoint';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readSecret } from '../src/adapter.ts';
import { fromCommand, HttpLLM } from '../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-command-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that ignores TERM, and a child of it that does too and holds its output open. They write down their ids. */
const STUBBORN = `trap '' TERM
(trap '' TERM; sleep 1000) &
echo $! > "$0/child.tmp" && mv "$0/child.tmp" "$0/child"
echo $$ > "$0/program.tmp" && mv "$0/program.tmp" "$0/program"
wait`;

const stubborn = (): readonly string[] => ['sh', '-c', STUBBORN, folder];

/** The ids, once both are running. */
async function started(): Promise<readonly number[]> {
  return vi.waitFor(
    () => ['child', 'program'].map(name => Number(readFileSync(join(folder, name), 'utf8'))),
    FOR_AS_LONG,
  );
}

async function haveEnded(ids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(ids.filter(isRunning)).toEqual([]), FOR_AS_LONG);
}

const FOR_AS_LONG = { timeout: 600_000, interval: 20 };

/** A process that has ended and was not collected by its parent is not running. */
function isRunning(id: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'));
  } catch {
    return false;
  }
}

if (process.platform === 'linux')
  describe('fromCommand', () => {
    test('kills a program that ignores TERM, and its children, at the deadline [X8]', async () => {
      const clock = manualClock();
      const secret = fromCommand(stubborn(), { clock, timeout: 5_000 });
      const value = Promise.resolve(secret({ signal: new AbortController().signal }));
      const failure = value.catch((thrown: unknown) => thrown);
      const ids = await started();
      await clock.advance(5_000);
      expect(await failure).toBeInstanceOf(CredentialError);
      await haveEnded(ids);
    });

    test('kills a program that ignores TERM, and its children, when its caller aborts [X8]', async () => {
      const caller = new AbortController();
      const value = Promise.resolve(fromCommand(stubborn())({ signal: caller.signal }));
      const failure = value.catch((thrown: unknown) => thrown);
      const ids = await started();
      caller.abort();
      expect(await failure).toBeInstanceOf(AbortError);
      await haveEnded(ids);
    });

    test('kills a program that ignores TERM, and its children, when the LLM is closed [X8]', async () => {
      await using endpoint = await startEndpoint({ respond: () => text('Hello') });
      const secret = fromCommand(stubborn());
      const llm = new HttpLLM({
        endpoint: endpoint.url,
        auth: {
          name: 'command',
          authenticate: async (request, { signal }) => {
            request.setHeader('x-key', await readSecret(secret, 'key', { signal }));
          },
        },
      });
      const call = llm.call('Hello').catch((thrown: unknown) => thrown);
      const ids = await started();
      await llm.close();
      expect(await call).toBeInstanceOf(AbortError);
      await haveEnded(ids);
    });

    test('kills the program and its children when the process exits [X8]', async () => {
      const program = `import { existsSync } from 'node:fs';
        import { fromCommand } from '@crew/llm-http';
        void Promise.resolve(fromCommand(JSON.parse(process.argv[1]))({ signal: new AbortController().signal }));
        setInterval(() => existsSync(process.argv[2]) && process.exit(), 10);`;
      await promisify(execFile)(
        process.execPath,
        [
          '--conditions=@crew/source',
          '--input-type=module',
          '--eval',
          program,
          JSON.stringify(stubborn()),
          join(folder, 'program'),
        ],
        { cwd: new URL('..', import.meta.url) },
      );
      await haveEnded(await started());
    });

    test('returns when the program exits although a child keeps its output open, and kills the child [X8]', async () => {
      const program = `sleep 1000 & echo $! > "$0/child"; printf key`;
      const value = await fromCommand(['sh', '-c', program, folder])({ signal: new AbortController().signal });
      expect(value).toBe('key');
      await haveEnded([Number(readFileSync(join(folder, 'child'), 'utf8'))]);
    });

    test('returns the whole output of a program that exits although a child keeps its output open', async () => {
      const program = `sleep 1000 & printf '%0500000d' 7`;
      const value = await fromCommand(['sh', '-c', program])({ signal: new AbortController().signal });
      expect(value).toHaveLength(500_000);
    });

    test('kills a program that prints more than 1 MiB or never stops [X8]', async () => {
      const value = fromCommand(['sh', '-c', 'exec yes'])({ signal: new AbortController().signal });
      await expect(Promise.resolve(value)).rejects.toThrow(/printed more than 1 MiB/);
    });

    test('runs no program in the background, where no caller could end it [X8]', async () => {
      const clock = manualClock();
      const secret = fromCommand(['sh', '-c', `echo run >> "$0/runs"; echo key`, folder], { clock, maxAge: 300_000 });
      const context = { signal: new AbortController().signal };
      await secret(context);
      await clock.advance(289_999);
      expect(secret(context)).toBe('key');
      await clock.advance(10_001);
      await secret(context);
      expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('run\nrun\n');
    });
  });
