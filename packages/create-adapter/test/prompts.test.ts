import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSystemProgram } from '@crew/llm-testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
const ENTER = '\r';
const DOWN = '\u001b[B';
const CTRL_C = '\u0003';

/** util-linux's `script` gives a program a terminal; other systems' takes other options. */
const script = process.platform === 'linux' ? findSystemProgram('script') : undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crew-create-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.runIf(script !== undefined)('the prompts in a terminal', () => {
  it('the command asks for the name, the kind and the author', async () => {
    const code = await answer([
      ['What is the package called?', `@acme/my-auth${ENTER}`],
      ['What does it contain?', `${DOWN}${ENTER}`],
      ['Who is the author?', `Ada${ENTER}`],
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'my-auth/package.json'), 'utf8')).name).toBe('@acme/my-auth');
    expect(existsSync(join(folder, 'my-auth/src/read-text.ts'))).toBe(true);
    expect(readFileSync(join(folder, 'my-auth/LICENSE'), 'utf8')).toContain('Ada');
  });

  it('the command asks again for a name that npm does not accept', async () => {
    const code = await answer([
      ['What is the package called?', `my auth${ENTER}`],
      ['is not a valid npm package name', CTRL_C],
    ]);
    expect(code).toBe(1);
  });

  it('the command writes nothing after Ctrl+C', async () => {
    expect(await answer([['What is the package called?', CTRL_C]])).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** Types each answer when its question is displayed, and returns the exit code. */
async function answer(dialogue: readonly (readonly [question: string, keys: string])[]): Promise<number | null> {
  // The terminal of `script` has no width by default.
  const command = `stty cols 100 rows 40 && '${process.execPath}' '${cli}'`;
  const child = spawn(script ?? '', ['-qec', command, '/dev/null'], { cwd: folder });
  const rest = [...dialogue];
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [question, keys] = rest[0] ?? [];
    if (question === undefined || keys === undefined || !shown.includes(question)) return;
    shown = '';
    rest.shift();
    child.stdin.write(keys);
  });
  return new Promise(resolve => child.once('close', resolve));
}
