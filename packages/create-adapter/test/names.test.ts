import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapter } from '@crew/create-adapter';
import { describe, expect, it } from 'vitest';

describe('a package name', () => {
  it.each(['My-Auth', 'my auth', '.my-auth', 'node_modules', '@acme', '@acme/', 'a'.repeat(215), 'fs'])(
    '%j is refused, because npm takes none such',
    async name => {
      await expect(create(name)).rejects.toThrow(/^npm takes no such name: ./);
    },
  );

  it('that begins with a digit is refused, because a class is named after it', async () => {
    await expect(create('@acme/2fa')).rejects.toThrow('must begin with a letter');
  });
});

describe('what is named after the package', () => {
  it.each([
    ['my-auth', 'src/my-auth-llm.ts'],
    ['@acme/llm-tickets', 'src/tickets-llm.ts'],
    ['my-llm', 'src/my-llm.ts'],
    ['llm', 'src/llm-llm.ts'],
    ['crew.two_words', 'src/crew-two-words-llm.ts'],
  ])('%s holds %s', async (name, file) => {
    expect(await create(name)).toContain(file);
  });
});

async function create(name: string): Promise<readonly string[]> {
  const parent = await mkdtemp(join(tmpdir(), 'crew-create-'));
  try {
    return await createAdapter({ folder: join(parent, 'package'), name, kind: 'llm' });
  } finally {
    await rm(parent, { recursive: true });
  }
}
