import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

const run = promisify(execFile);
const home = fileURLToPath(new URL('..', import.meta.url));
// The folder is inside the package, so that imports resolve as they do for its users.
const folder = join(home, '.documentation');
const PAGES = [
  'README.md',
  '../../docs/token-stores.md',
  '../../docs/oauth-entra.md',
  '../../docs/oauth-google.md',
  '../../docs/oauth-workload-identity.md',
];

interface Program {
  readonly name: string;
  readonly code: string;
}

let fixture: Fixture;
const programs: Program[] = [];
beforeAll(async () => {
  fixture = await startFixture({ clients: [{ client_id: 'crew', client_secret: SECRET }] });
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const page of PAGES) {
    const blocks = [...(await readFile(join(home, page), 'utf8')).matchAll(/^```ts[^\n]*\n([\s\S]*?)^```$/gm)];
    for (const [index, [, code = '']] of blocks.entries()) {
      if (code.startsWith('import ')) programs.push({ name: `${page.split('/').at(-1)}-${index + 1}.ts`, code });
    }
  }
  for (const { name, code } of programs) await writeFile(join(folder, name), `${code}\nexport {};\n`);
  const settings = { extends: '../../../tsconfig.base.json', compilerOptions: { noEmit: true, types: ['node'] } };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...settings, include: ['*.ts'] }));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await fixture[Symbol.asyncDispose]();
});

test('every program of README and guides compiles', async () => {
  expect(programs.length).toBeGreaterThanOrEqual(15);
  const compiled = await run('tsc', ['-p', folder]).catch((failed: { stdout: string }) => failed);
  expect(compiled.stdout.split('\n').filter(line => /^[\w.-]+\.ts\(/.test(line))).toEqual([]);
});

test('programs that need no cloud run unchanged against the authorization server', async () => {
  const own = programs.filter(({ code }) => code.includes('https://login.example') && !code.includes('githubActions'));
  expect(own.length).toBeGreaterThanOrEqual(9);
  const { stdout, stderr } = await runPrograms(own);
  const outputs = stdout.split(/^--- /m).slice(1);
  expect(outputs.length, stderr).toBe(own.length);
  for (const output of outputs) expect(output, stderr).toMatch(/^Hello\./m);
});

/** Runs all programs in one process, because starting one for each is slow. Each has its own folder and environment. */
async function runPrograms(all: readonly Program[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const runs = await Promise.all(
    all.map(async ({ name, code }) => {
      const directory = join(folder, name.replace('.ts', ''));
      await mkdir(directory);
      const replaced = code
        .replaceAll('https://gateway.example', fixture.endpoint.origin)
        .replaceAll('https://login.example', fixture.server.issuer)
        .replaceAll('/var/run/secrets/identity/token', join(directory, 'token'));
      const token = await userToken();
      const files = {
        'program.ts': `${replaced}\nexport {};\n`,
        'ca.pem': fixture.server.ca,
        'key.pem': fixture.privateKey,
        'client.pem': fixture.certificate.chain,
        'client-key.pem': fixture.certificate.key,
        token,
      };
      for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
      return { directory, env: { REFRESH_TOKEN: await fixture.server.login('session'), USER_TOKEN: token } };
    }),
  );
  await writeFile(join(folder, 'ca.pem'), fixture.server.ca);
  await writeFile(join(folder, 'programs.mjs'), RUNNER);
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    CLIENT_SECRET: SECRET,
    RUNS: JSON.stringify(runs),
  };
  const argv = ['--conditions=@crew/source', '--no-warnings', 'programs.mjs'];
  return run(process.execPath, argv, { cwd: folder, env }).catch(
    (failed: { stdout: string; stderr: string }) => failed,
  );
}

const RUNNER = `import { join } from 'node:path';
for (const { directory, env } of JSON.parse(process.env.RUNS)) {
  process.chdir(directory);
  Object.assign(process.env, env);
  console.log('--- ' + directory);
  try {
    await import(join(directory, 'program.ts'));
  } catch (error) {
    console.error(directory, error);
  }
}
`;

async function userToken(): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('https://issuer.test')
    .setSubject('alice')
    .setAudience(fixture.server.issuer)
    .setExpirationTime('5 minutes')
    .sign(await importPKCS8(fixture.privateKey, 'ES256'));
}
