import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian packages of the programs that tests use. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['nginx', 'nginx'],
  ['squid', 'squid'],
  ['tinyproxy', 'tinyproxy-bin'],
  ['openssl', 'openssl'],
]);

const reported = new Set<string>();

/**
 * Returns the path of a system program that some tests require, or undefined if it is not installed. Register those tests only if the
 * program exists. The first call for a missing program prints its name and how to install it to stderr.
 *
 * @throws Error for a missing program if the environment variable `CREW_REQUIRE_SYSTEM` is 1. Set it for runs that must not skip tests.
 *
 * @example
 * ```ts no-run
 * import { findSystemProgram } from '@crew/test-endpoint';
 * import { describe, test } from 'vitest';
 *
 * const nginx = findSystemProgram('nginx');
 * if (nginx !== undefined) {
 *   describe('a client behind nginx', () => {
 *     test('connects', () => console.log(nginx));
 *   });
 * }
 * ```
 */
export function findSystemProgram(name: string): string | undefined {
  // Debian installs servers in folders that are not on an ordinary user's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const found = folders
    .filter(folder => folder !== '')
    .map(folder => join(folder, name))
    .find(isExecutable);
  if (found !== undefined) return found;
  const problem = `${name} is not installed (Debian: apt-get install ${PACKAGES.get(name) ?? name})`;
  if (process.env['CREW_REQUIRE_SYSTEM'] === '1') throw new Error(`${problem}, and CREW_REQUIRE_SYSTEM=1 is set.`);
  if (!reported.has(name)) process.stderr.write(`${problem}. The tests that require it are skipped.\n`);
  reported.add(name);
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
