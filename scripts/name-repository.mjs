// Writes the repository into each public package.json, because npm's provenance requires it to be the repository whose workflow
// publishes. This happens at release time, so that the packages of a fork name the fork. Nothing is committed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
/** Owner and name of the repository. Only set on GitHub; elsewhere nothing is written. */
const { GITHUB_REPOSITORY: slug } = process.env;

if (slug) {
  if (!/^[\w.-]+\/[\w.-]+$/.test(slug))
    throw new Error(`GITHUB_REPOSITORY "${slug}" is not an owner and name of a repository.`);
  for (const folder of readdirSync(packages)) {
    const file = join(packages, folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    if (manifest.private) continue;
    manifest.repository = { type: 'git', url: `git+https://github.com/${slug}.git`, directory: `packages/${folder}` };
    writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
}
