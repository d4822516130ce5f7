// The short registry round trip of `npm test`: publishes, installs one adapter in an empty folder, and runs a program with it.
// `pnpm test:release` does the same for every package, package manager and version of Node.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Application, install } from '../src/application.ts';
import { publish, type Registry, startRegistry } from '../src/registry.ts';
import { packages } from '../src/workspace.ts';

let registry: Registry;
let application: Application;

beforeAll(async () => {
  registry = await startRegistry();
  await publish(
    registry,
    packages.filter(({ name }) => ['@crew/core', '@crew/llm-http', '@crew/llm-apikey'].includes(name)),
  );
  application = await install(registry, 'short', ['@crew/core', '@crew/llm-apikey']);
});
afterAll(() => registry[Symbol.asyncDispose]());

it('an adapter installs core, llm-http and their few dependencies, and no other adapter', () => {
  expect([...application.installed().keys()].sort()).toEqual([
    '@cfworker/json-schema',
    '@crew/core',
    '@crew/llm-apikey',
    '@crew/llm-http',
    '@standard-schema/spec',
    'jsonrepair',
    'undici',
  ]);
});

it('a strict TypeScript program with an installed adapter compiles and runs', async () => {
  const printed = await application.runTypeScript(`
    import { Agent } from '@crew/core';
    import { ApiKeyLLM } from '@crew/llm-apikey';
    await using llm = new ApiKeyLLM({ endpoint: 'https://gateway.example/v1/chat/completions', apiKey: 'key' });
    const agent = new Agent({ role: 'r', goal: 'g', backstory: 'b', llm });
    console.log(agent.role, llm.supportsFunctionCalling());
  `);
  expect(printed.trim()).toBe('r true');
});
