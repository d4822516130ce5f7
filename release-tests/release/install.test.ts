// Installs each adapter alone in an empty folder, with npm and with pnpm, and loads it on every supported version of Node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Application, install } from '../src/application.ts';
import { publish, type Registry, startRegistry } from '../src/registry.ts';
import { run, runOrThrow } from '../src/run.ts';
import { packages, root } from '../src/workspace.ts';

interface Budget {
  readonly packages: number;
  readonly kilobytes: number;
}
const budgets: Readonly<Record<string, Budget>> = JSON.parse(
  readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'),
);
const adapters: Readonly<
  Record<string, { readonly llm: string; readonly options: string; readonly own: readonly string[] }>
> = {
  '@crew/llm-apikey': { llm: 'ApiKeyLLM', options: "apiKey: 'key'", own: [] },
  '@crew/llm-jwt': {
    llm: 'JwtLLM',
    options: "mint: { key: 'a shared secret that is long enough', audience: 'a' }",
    own: ['jose'],
  },
  '@crew/llm-oauth': {
    llm: 'OAuthLLM',
    options: "grant: 'client_credentials', issuer: 'https://idp.example', clientId: 'c', clientSecret: 's'",
    own: ['oauth4webapi'],
  },
  '@crew/llm-mtls': { llm: 'MtlsLLM', options: "certificate: () => ({ pem: '' })", own: [] },
  '@crew/llm-session': { llm: 'SessionLLM', options: '', own: ['tough-cookie'] },
};
const NODES = ['22.23', '24', '26'];

let registry: Registry;
const nodes = new Map<string, string>();

beforeAll(async () => {
  registry = await startRegistry();
  await publish(registry);
  for (const version of NODES) {
    const folder = registry.folder(`node-${version}`);
    await runOrThrow('npm', ['install', '--prefix', folder, `node@${version}`], { cwd: folder, env: registry.env });
    nodes.set(version, join(folder, 'node_modules/node/bin/node'));
  }
});
afterAll(() => registry[Symbol.asyncDispose]());

describe.each(['npm', 'pnpm'] as const)('an installation with %s', manager => {
  describe.each(Object.keys(adapters))('the adapter %s', name => {
    let application: Application;
    beforeAll(async () => {
      application = await install(registry, name.replace(/\W+/g, '-'), ['@crew/core', name], manager);
    });

    it('an adapter installs no other adapter and none of its dependencies', async () => {
      const installed = application.installed();
      expect([...installed.keys()]).toContain('undici');
      const others = Object.entries(adapters).filter(([other]) => other !== name);
      const unexpected = others.flatMap(([other, { own }]) => [other, ...own]).filter(found => installed.has(found));
      expect(unexpected).toEqual([]);
      const kilobytes = Math.ceil([...installed.values()].reduce((sum, size) => sum + size, 0) / 1024);
      console.log(`${name} (${manager}): ${installed.size} packages, ${kilobytes} kB`);
      const budget = budgets[name];
      expect(budget, `budgets.json has no budget for ${name}`).toBeDefined();
      if (budget === undefined) return;
      expect(installed.size).toBeLessThanOrEqual(budget.packages);
      expect(kilobytes).toBeLessThanOrEqual(budget.kilobytes);
    });

    it.each(NODES)('an adapter compiles and loads on Node %s with import and require()', async version => {
      const node = nodes.get(version) ?? '';
      const { llm } = adapters[name] ?? { llm: '' };
      const body = `
        const llmClass: typeof BaseLLM = ${llm};
        console.log(llmClass.name, Object.getPrototypeOf(${llm}).name, typeof Agent);
      `;
      const printed = `${llm} HttpLLM function`;
      const imported = `import { Agent, BaseLLM } from '@crew/core';\nimport { ${llm} } from '${name}';\n${body}`;
      expect((await application.runTypeScript(imported, { node })).trim()).toBe(printed);
      const required = `import core = require('@crew/core');\nimport adapter = require('${name}');
        const { Agent, BaseLLM } = core;\nconst { ${llm} } = adapter;\n${body.replace('typeof BaseLLM', 'typeof core.BaseLLM')}`;
      expect((await application.runTypeScript(required, { node, commonJs: true })).trim()).toBe(printed);
    });
  });
});

it('an installation of only core stays within its budget', async () => {
  const installed = (await install(registry, 'core', ['@crew/core'])).installed();
  const kilobytes = Math.ceil([...installed.values()].reduce((sum, size) => sum + size, 0) / 1024);
  console.log(`@crew/core: ${installed.size} packages, ${kilobytes} kB`);
  expect(installed.size).toBeLessThanOrEqual(budgets['@crew/core']?.packages ?? 0);
  expect(kilobytes).toBeLessThanOrEqual(budgets['@crew/core']?.kilobytes ?? 0);
});

describe.each(packages.map(({ name, folder, version }) => [name, folder, version] as const))(
  'the package %s',
  (name, folder, version) => {
    const tarball = (): string =>
      join(registry.folder('tarballs'), `${name.slice(1).replace('/', '-')}-${version}.tgz`);
    const check = (program: string, ...args: string[]) =>
      run(join(root, 'release-tests/node_modules/.bin', program), [tarball(), ...args], { cwd: folder });

    it('publint reports no problem in the package', async () => {
      const { code, stdout, stderr } = await check('publint', '--strict');
      expect(`${stdout}${stderr}`).toContain('All good!');
      expect(code).toBe(0);
    });

    it('attw reports no problem in the package', async () => {
      const { code, stdout, stderr } = await check('attw', '--profile', 'esm-only', '--no-color', '--no-emoji');
      expect(code, `${stdout}${stderr}`).toBe(0);
    });
  },
);
