import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterKind, createAdapter } from '@crew/create-adapter';
import { describe, expect, it } from 'vitest';

describe('a package name', () => {
  it.each(['My-Auth', 'my auth', '.my-auth', 'node_modules', '@acme', '@acme/', 'a'.repeat(215), 'fs'])(
    'the name %j is refused because npm does not accept it',
    async name => {
      await expect(create(name)).rejects.toThrow(/is not a valid npm package name: ./);
    },
  );

  it.each([
    ['@acme/delete-llm', 'authenticator', 'would export "delete", a word that TypeScript reserves'],
    ['default', 'authenticator', 'would export "default", a word that TypeScript reserves'],
    ['fetch-llm', 'authenticator', 'would export "fetch", the name of something else in it'],
    ['promise', 'authenticator', 'would export "Promise", the name of something else in it'],
    ['read-secret', 'authenticator', 'would export "readSecret", the name of something else in it'],
    ['read-ticket', 'authenticator', 'would export "readTicket", the name of something else in it'],
    ['http-llm', 'authenticator', 'would export "HttpLLM", the name of something else in it'],
    ['base-llm', 'llm', 'would export "BaseLLM", the name of something else in it'],
    ['index', 'authenticator', 'would have two files named src/index.ts'],
    ['conformance', 'authenticator', 'would have two files named test/conformance.test.ts'],
  ] as const)('the name %s is refused because it clashes with a name in the code', async (name, kind, why) => {
    await expect(create(name, kind)).rejects.toThrow(`A package named "${name}" ${why}. Choose another name`);
  });

  it.each([
    ['delete-llm', 'llm'],
    ['promise', 'llm'],
    ['base-llm', 'authenticator'],
    ['my-gateway-ticket', 'authenticator'],
  ] as const)('the name %s is accepted because it clashes with nothing', async (name, kind) => {
    expect(await create(name, kind)).toContain('package.json');
  });

  it('a name that starts with a digit is refused because a class is named after it', async () => {
    await expect(create('@acme/2fa')).rejects.toThrow('must start with a letter');
  });
});

describe('the files of a package', () => {
  it.each([
    ['my-auth', 'src/my-auth-llm.ts'],
    ['@acme/llm-tickets', 'src/tickets-llm.ts'],
    ['my-llm', 'src/my-llm.ts'],
    ['llm', 'src/llm-llm.ts'],
    ['crew.two_words', 'src/crew-two-words-llm.ts'],
  ])('the package %s contains the file %s', async (name, file) => {
    expect(await create(name)).toContain(file);
  });
});

async function create(name: string, kind: AdapterKind = 'llm'): Promise<readonly string[]> {
  const parent = await mkdtemp(join(tmpdir(), 'crew-create-'));
  try {
    return await createAdapter({ folder: join(parent, 'package'), name, kind });
  } finally {
    await rm(parent, { recursive: true });
  }
}
