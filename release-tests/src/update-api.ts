// `pnpm api:update`: writes the API records of all built packages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiRecord } from './api-record.ts';
import { packages, root } from './workspace.ts';

mkdirSync(join(root, 'api'), { recursive: true });
for (const manifest of packages) {
  writeFileSync(join(root, 'api', `${manifest.name.replace('@crew/', '')}.d.ts`), apiRecord(manifest));
}
