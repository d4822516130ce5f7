import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How to get the programs that tests use, on Debian. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['nginx', 'nginx'],
  ['squid', 'squid'],
  ['tinyproxy', 'tinyproxy-bin'],
  ['openssl', 'openssl'],
]);

const told = new Set<string>();

/**
 * The path of a program of the system that some tests need, or undefined where it is not installed. Register those tests
 * only when it is there: a line on stderr, once in a process, says which program is missing and how to get it.
 *
 * @throws Error for a missing program when the environment has `CREW_REQUIRE_SYSTEM=1`, so that a run that must be
 * complete fails.
 *
 * @example
 * const nginx = systemProgram('nginx');
 * if (nginx !== undefined) describe('behind nginx', () => { ... });
 */
export function systemProgram(name: string): string | undefined {
  // Debian keeps servers out of an ordinary user's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const found = folders
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  const remedy = `${name} is not installed (Debian: apt-get install ${PACKAGES.get(name) ?? name})`;
  if (process.env['CREW_REQUIRE_SYSTEM'] === '1') throw new Error(`${remedy}, and CREW_REQUIRE_SYSTEM=1 is set.`);
  if (!told.has(name)) process.stderr.write(`${remedy}: the tests that need it are left out.\n`);
  told.add(name);
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
