// Changesets releases the packages that peer on core as *patches* when core has a major, although their users must take
// the new core: a breaking change for them. This insists that such a release names a major for each.
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
    `@crew/core is to have a major, so these need a major too: ${missing.join(', ')}.\n` +
      'Name them as major in a changeset: their users have to move to the new core with them.',
  );
  process.exitCode = 1;
}
