// A change of a public surface must be seen in review, and be meant.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiRecord } from '../src/api-record.ts';
import { packages, root } from '../src/workspace.ts';

describe('the public surface is the recorded one (else: npx pnpm@12.21.0 api:update, and look at the difference)', () => {
  it.each(packages.map(manifest => [manifest.name, manifest] as const))('of %s', (name, manifest) => {
    const file = join(root, 'api', `${name.replace('@crew/', '')}.d.ts`);
    expect(existsSync(file), `There is no ${file}`).toBe(true);
    expect(apiRecord(manifest)).toBe(readFileSync(file, 'utf8'));
  });
});
