// Type-checks, tests and builds generated packages, as their authors do. The full round trip through a registry is
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

describe.each<AdapterKind>(['authenticator', 'llm'])('a generated package of the kind %s', kind => {
  let folder: string;

  beforeAll(async () => {
    folder = join(parent, kind);
    await generate(folder, '@acme/my-auth', kind);
  });

  it('a generated package type-checks', () => succeeds(folder, 'tsc', '-p', 'tsconfig.test.json'));

  // In one process for all files, which takes half as long as one process for each file.
  it('a generated package passes its own tests, including the conformance suite', () =>
    succeeds(folder, 'vitest', 'run', '--no-isolate', '--maxWorkers=1'));

  it('a generated package builds', async () => {
    await succeeds(folder, 'tsc');
    for (const file of ['index.js', 'index.d.ts']) expect(existsSync(join(folder, 'dist', file))).toBe(true);
  });
});

// Each of these names is also used inside the functions of the template.
it.each(['llm-auth', 'options', 'rest', 'ticket-url'])(
  'a generated package with the name %s type-checks',
  async name => {
    const folder = join(parent, name);
    await generate(folder, name, 'authenticator');
    await succeeds(folder, 'tsc', '-p', 'tsconfig.test.json');
  },
);

async function generate(folder: string, name: string, kind: AdapterKind): Promise<void> {
  const link = (from: string, to: string): void =>
    symlinkSync(join(root, from), join(folder, 'node_modules', to), 'junction');
  await createAdapter({ folder, name, kind });
  // Instead of `npm install`: the built packages of this repository, and its tools.
  mkdirSync(join(folder, 'node_modules/@crew'), { recursive: true });
  mkdirSync(join(folder, 'node_modules/@types'));
  for (const own of ['core', 'llm-http', 'llm-testkit']) link(`packages/${own}`, `@crew/${own}`);
  for (const tool of ['vitest', '@types/node']) link(`node_modules/${tool}`, tool);
}

async function succeeds(folder: string, program: string, ...args: readonly string[]): Promise<void> {
  const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
  const ended = await new Promise<string>(resolve => {
    const path = join(root, 'node_modules/.bin', program);
    execFile(path, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve(error === null ? 'ok' : `${stdout}${stderr}`);
    });
  });
  expect(ended).toBe('ok');
}
