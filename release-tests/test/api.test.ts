// Makes every change of a public API visible in review.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiRecord } from '../src/api-record.ts';
import { packages, root } from '../src/workspace.ts';

describe('the public API', () => {
  it.each(packages.map(manifest => [manifest.name, manifest] as const))(
    'the public API of %s is the recorded one (run `npx pnpm@12.21.0 api:update` and review the difference)',
    (name, manifest) => {
      const file = join(root, 'api', `${name.replace('@crew/', '')}.d.ts`);
      expect(existsSync(file), `${file} does not exist`).toBe(true);
      expect(apiRecord(manifest)).toBe(readFileSync(file, 'utf8'));
    },
  );
});
