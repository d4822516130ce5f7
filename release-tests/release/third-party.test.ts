// Publishes a third-party adapter: creates it, installs it from the registry, tests, builds and publishes it, installs it in an
// application, and runs an agent with it. Then releases new versions of core.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Endpoint, json, simulatedModel, startEndpoint } from '@crew/test-endpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from '../src/application.ts';
import { publish, type Registry, startRegistry } from '../src/registry.ts';
import { run, runOrThrow } from '../src/run.ts';
import { type Manifest, packages, root } from '../src/workspace.ts';

let registry: Registry;
let endpoint: Endpoint;
const core = packages.find(({ name }) => name === '@crew/core') as Manifest;
const [major = 0, minor = 0] = core.version.split('.').map(Number);
const nextMinor = `${major}.${minor + 1}.0`;
const nextMajor = `${major + 1}.0.0`;

beforeAll(async () => {
  registry = await startRegistry();
  await publish(registry);
  const model = simulatedModel();
  endpoint = await startEndpoint({
    path: '*',
    respond: request => (request.path === '/tickets' ? json({ ticket: 'the-ticket', expiresIn: 60 }) : model(request)),
  });
});
afterAll(async () => {
  await endpoint.close();
  await registry[Symbol.asyncDispose]();
});

const kinds = {
  authenticator: {
    name: '@someone/my-auth',
    options: () => `ticketUrl: '${endpoint.origin}/tickets', secret: 'sesame'`,
  },
  llm: { name: '@someone/my-llm', options: () => "ticket: 'the-ticket'" },
} as const;

describe.each(['authenticator', 'llm'] as const)('a third-party adapter of the kind %s', kind => {
  const { name } = kinds[kind];
  const { folder: author, npm } = workplace(`author-of-${kind}`);

  it('`npm create @crew/adapter` creates the adapter', async () => {
    await npm(author(), 'create', '--yes', '@crew/adapter@latest', name, '--', '--kind', kind);
    expect(JSON.parse(readFileSync(join(adapter(), 'package.json'), 'utf8')).name).toBe(name);
  });

  it('a created adapter installs, type-checks, passes the conformance suite and builds', async () => {
    await npm(adapter(), 'install');
    await npm(adapter(), 'run', 'typecheck');
    expect(stripVTControlCharacters(await npm(adapter(), 'test'))).toMatch(/Tests\s+\d+ passed \(/);
    expect(await npm(adapter(), 'run', 'check')).toContain(' passed, 0 failed, ');
    await npm(adapter(), 'run', 'build');
  });

  it('an agent of a new application works with the published adapter', async () => {
    await npm(adapter(), 'publish');
    const application = await install(registry, `uses-${kind}`, [`@crew/core@${core.version}`, name]);
    expect(await application.runTypeScript(agentProgram(kind))).toMatch(/\S/);
    expect(endpoint.requests.at(-1)?.headers['x-ticket']).toBe('the-ticket');
  });

  function adapter(): string {
    return join(author(), name.split('/')[1] ?? '');
  }
});

describe('a new release of core', () => {
  beforeAll(async () => {
    await republishCore(nextMinor, 'latest');
    await republishCore(nextMajor, 'next');
  });

  it.each(['npm', 'pnpm'] as const)(
    'a minor release of core does not break a published adapter (%s)',
    async manager => {
      const application = await install(
        registry,
        'after-minor',
        [`@crew/core@${nextMinor}`, kinds.authenticator.name],
        manager,
      );
      const manifest = readFileSync(join(application.folder, 'node_modules/@crew/core/package.json'), 'utf8');
      expect(JSON.parse(manifest).version).toBe(nextMinor);
      expect(await application.runTypeScript(agentProgram('authenticator'))).toMatch(/\S/);
    },
  );

  it('npm refuses an incompatible core with ERESOLVE', async () => {
    const { folder } = workplace('after-major-npm');
    const args = ['install', `@crew/core@${nextMajor}`, kinds.authenticator.name];
    const { code, stderr } = await run('npm', args, { cwd: folder(), env: registry.env });
    expect(stderr).toContain('ERESOLVE');
    expect(stderr).toContain(`peer @crew/core@"^${major}.0.0"`);
    expect(code).toBe(1);
  });

  it('pnpm warns about an incompatible core', async () => {
    const { folder } = workplace('after-major-pnpm');
    writeFileSync(join(folder(), 'package.json'), JSON.stringify({ name: 'after-major', private: true }));
    const pnpm = (...args: readonly string[]) =>
      run('npx', ['--yes', 'pnpm@12.21.0', ...args], { cwd: folder(), env: registry.env });
    const { code, stdout, stderr } = await pnpm('add', `@crew/core@${nextMajor}`, kinds.authenticator.name);
    expect(`${stdout}${stderr}`).toContain('Issues with peer dependencies found');
    const check = await pnpm('peers', 'check');
    expect(`${check.stdout}${check.stderr}`).toMatch(/@crew\/core/);
    expect(code).toBe(0);
  });
});

it('the conformance suite runs from the command line without a test runner', async () => {
  const { folder } = await install(registry, 'no-runner', [
    `@crew/core@${core.version}`,
    '@crew/llm-apikey',
    '@crew/llm-testkit',
  ]);
  writeFileSync(
    join(folder, 'index.mjs'),
    `import { ApiKeyLLM } from '@crew/llm-apikey';
    export default {
      name: 'ApiKeyLLM',
      create: async ({ endpoint, ca, clock, issuer }) => ({
        llm: new ApiKeyLLM({ endpoint, ca, clock, apiKey: await issuer.issue() }),
        credential: ({ headers }) => issuer.check(headers.authorization?.replace('Bearer ', '')),
      }),
      capabilities: { credential: 'fixed' },
    };`,
  );
  const { code, stdout, stderr } = await run('npx', ['@crew/llm-testkit', 'check', './index.mjs'], {
    cwd: folder,
    env: registry.env,
  });
  expect(stderr).toBe('');
  expect(stdout).toContain(' passed, 0 failed, ');
  expect(code).toBe(0);
});

/** Returns a function that creates an empty folder outside of the repository, and one that runs npm with the registry. */
function workplace(name: string): {
  readonly folder: () => string;
  readonly npm: (cwd: string, ...args: readonly string[]) => Promise<string>;
} {
  return {
    folder: () => registry.folder(name),
    npm: (cwd, ...args) => runOrThrow('npm', args, { cwd, env: registry.env }),
  };
}

function agentProgram(kind: keyof typeof kinds): string {
  const { name, options } = kinds[kind];
  const llmClass = kind === 'llm' ? 'MyLLM' : 'MyAuthLLM';
  return `
    import { Agent, Task } from '@crew/core';
    import { ${llmClass} } from '${name}';
    await using llm = new ${llmClass}({ endpoint: '${endpoint.origin}/v1/chat/completions', ${options()} });
    const agent = new Agent({ role: 'Clerk', goal: 'Answer', backstory: 'You answer letters.', llm });
    const task = new Task({ description: 'Say good morning.', expectedOutput: 'One sentence.' });
    console.log(await agent.executeTask(task));
  `;
}

/** Publishes the current core under another version. */
async function republishCore(version: string, tag: string): Promise<void> {
  const folder = registry.folder(`core-${version}`);
  const tarball = join(registry.folder('tarballs'), `crew-core-${core.version}.tgz`);
  await runOrThrow('tar', ['-xzf', tarball, '-C', folder], { cwd: root });
  const path = join(folder, 'package/package.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), version }));
  await runOrThrow('npm', ['publish', '--tag', tag, '--provenance=false', '--ignore-scripts'], {
    cwd: join(folder, 'package'),
    env: registry.env,
  });
}
