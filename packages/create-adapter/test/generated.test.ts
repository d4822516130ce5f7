// What is generated, as its author would live with it: type-check, test, build. The full round trip through a registry is
// release-tests/release/third-party.test.ts.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AdapterKind, createAdapter } from '@crew/create-adapter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let parent: string;

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'crew-generated-'));
});
afterAll(() => rmSync(parent, { recursive: true }));

describe.each<AdapterKind>(['authenticator', 'llm'])('a package of the kind %s', kind => {
  let folder: string;

  beforeAll(async () => {
    folder = join(parent, kind);
    await createAdapter({ folder, name: '@acme/my-auth', kind });
    // In place of `npm install`: the packages of this repository as they are built, and its tools.
    mkdirSync(join(folder, 'node_modules/@crew'), { recursive: true });
    mkdirSync(join(folder, 'node_modules/@types'));
    for (const name of ['core', 'llm-http', 'llm-testkit']) link(`packages/${name}`, `@crew/${name}`);
    for (const name of ['vitest', '@types/node']) link(`node_modules/${name}`, name);
  });

  it('type-checks', () => succeeds('tsc', '-p', 'tsconfig.test.json'));

  it('passes its own tests, the conformance suite among them', () => succeeds('vitest', 'run'), 120_000);

  it('builds', async () => {
    await succeeds('tsc');
    for (const file of ['index.js', 'index.d.ts']) expect(existsSync(join(folder, 'dist', file))).toBe(true);
  });

  function link(from: string, name: string): void {
    symlinkSync(join(root, from), join(folder, 'node_modules', name), 'junction');
  }

  async function succeeds(program: string, ...args: readonly string[]): Promise<void> {
    const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
    const ended = await new Promise<string>(resolve => {
      const path = join(root, 'node_modules/.bin', program);
      execFile(path, args, { cwd: folder, env }, (error, stdout, stderr) => {
        resolve(error === null ? 'ok' : `${stdout}${stderr}`);
      });
    });
    expect(ended).toBe('ok');
  }
});
