import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { CredentialError } from '@crew/core';
import { materialError } from '../material/material-error.ts';

const LARGEST = 1_048_576n;
const OTHERS = 0o077n;

/** One file, opened once: content and state belong together. */
export interface ReadFile {
  readonly bytes: Buffer;
  /** Whether others than its owner may read or write it. Always false on Windows, which has no such modes. */
  readonly isOpenToOthers: boolean;
  readonly mode: string;
}

/** What changes whenever one of the files is written, replaced, or reached through another symbolic link. */
export function stateOf(paths: readonly string[]): string {
  return paths.map(path => stateOfFile(path)).join('|');
}

/** @throws {CredentialError} when it cannot be read. */
export function readFile(path: string): ReadFile {
  try {
    // Opening a pipe would wait for its writer.
    checkRegular(statSync(path, { bigint: true }), path);
    const file = openSync(path, 'r');
    try {
      const stats = fstatSync(file, { bigint: true });
      checkRegular(stats, path);
      const isOpenToOthers = process.platform !== 'win32' && (stats.mode & OTHERS) !== 0n;
      return { bytes: readFileSync(file), isOpenToOthers, mode: (stats.mode & 0o777n).toString(8).padStart(4, '0') };
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason';
    throw new CredentialError(`The file ${path} cannot be read (${code}).`);
  }
}

function stateOfFile(path: string): string {
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  } catch {
    return 'missing';
  }
}

function checkRegular(stats: BigIntStats, path: string): void {
  if (!stats.isFile()) throw materialError(`${path} is not a regular file.`);
  if (stats.size > LARGEST) throw materialError(`${path} is larger than 1 MiB.`);
}
