import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapter } from '@crew/create-adapter';
import { describe, expect, test, vi } from 'vitest';

vi.mock('node:fs/promises', async original => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, rename: vi.fn(real.rename) };
});

describe('createAdapter() on a full disk', () => {
  test('the empty folder is left unchanged if the package cannot be moved into it completely', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'crew-create-'));
    const folder = mkdtempSync(join(parent, 'my-auth-'));
    const { rename: move } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    // The third entry fails, as on a full disk.
    vi.mocked(rename)
      .mockImplementationOnce(move)
      .mockImplementationOnce(move)
      .mockImplementationOnce(() => Promise.reject(new Error('ENOSPC')));
    try {
      await expect(createAdapter({ folder, name: 'my-auth', kind: 'llm' })).rejects.toThrow('ENOSPC');
      expect(rename).toHaveBeenCalledTimes(3);
      expect(readdirSync(folder)).toEqual([]);
      expect(readdirSync(parent)).toHaveLength(1);
    } finally {
      rmSync(parent, { recursive: true });
    }
  });
});
