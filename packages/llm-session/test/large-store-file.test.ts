import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CredentialError } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { fileSessionStore } from '../src/index.ts';

describe('a session file', () => {
  test('a session file of more than 1 MiB is refused, and one of 1 MiB is read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crew-session-'));
    try {
      const path = join(folder, 'session.json');
      await writeFile(path, ' '.repeat(1_048_576));
      await chmod(path, 0o600);
      expect(await fileSessionStore(path).load()).toHaveLength(1_048_576);
      await writeFile(path, ' '.repeat(1_048_577));
      await expect(fileSessionStore(path).load()).rejects.toThrow(/larger than 1 MiB/);
      await expect(fileSessionStore(path).load()).rejects.toBeInstanceOf(CredentialError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
