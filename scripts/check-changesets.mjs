// Fails if a changeset has a major of core, but not a major of each package with a peer dependency on core. Changesets would
// release those as patches, although the new core is a breaking change for their users.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import read from '@changesets/read';

const root = process.argv[2] ?? process.cwd();
const majors = new Set(
  (await read(root)).flatMap(({ releases }) => releases.filter(({ type }) => type === 'major').map(({ name }) => name)),
);
const peers = readdirSync(join(root, 'packages'))
  .map(folder => JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')))
  .filter(({ peerDependencies }) => peerDependencies?.['@crew/core'] !== undefined)
  .map(({ name }) => name);
const missing = majors.has('@crew/core') ? peers.filter(name => !majors.has(name)) : [];
if (missing.length > 0) {
  console.error(
    `@crew/core gets a major, so these packages need a major too: ${missing.join(', ')}.\n` +
      'Add them as major to a changeset, because their users have to update core with them.',
  );
  process.exitCode = 1;
}
