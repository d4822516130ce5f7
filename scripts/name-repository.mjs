// Says in each public package where it was built, as npm's provenance asks: `repository` has to be the repository whose
// workflow publishes. It is written when a release is made, so that a fork's packages name the fork. Nothing is committed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
/** Owner and name. Set on GitHub alone: elsewhere there is nothing to say. */
const { GITHUB_REPOSITORY: slug } = process.env;

if (slug) {
  if (!/^[\w.-]+\/[\w.-]+$/.test(slug)) throw new Error(`"${slug}" is no owner and name of a repository.`);
  for (const folder of readdirSync(packages)) {
    const file = join(packages, folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    if (manifest.private) continue;
    manifest.repository = { type: 'git', url: `git+https://github.com/${slug}.git`, directory: `packages/${folder}` };
    writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
}
