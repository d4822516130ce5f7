import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { type Clock, ConfigurationError, CredentialError, systemClock } from '@crew/core';
import { withoutLineBreak } from './credential-text.ts';
import { immediate } from './secret.ts';

/** How often the file is looked at, in milliseconds. */
const LOOK_EVERY = 1_000;
const LARGEST = 1_048_576n;

/** What `fromFile` may be given. */
export interface FromFileOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * A secret in a file, such as a mounted one that is rotated. The file is looked at no more than once a second, on use,
 * and read again when its inode, size or modification time changed. One trailing line break is dropped. While it is
 * missing or empty (a rotation under way) the last value stands.
 *
 * @throws {CredentialError} from the returned function, when the file could never be read. Adapters call it at
 * construction.
 */
export function fromFile(path: string, options: FromFileOptions = {}): () => string {
  if (typeof path !== 'string' || path === '') throw new ConfigurationError('fromFile needs the path of a file.');
  const { clock = systemClock } = options;
  let held: { readonly text: string; readonly state: string } | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return immediate(() => {
    const now = clock.monotonic();
    if (held !== undefined && now - lookedAt < LOOK_EVERY) return held.text;
    lookedAt = now;
    try {
      if (held === undefined || stateOf(statSync(path, { bigint: true })) !== held.state) held = readWhole(path);
    } catch (thrown) {
      if (held === undefined) throw unreadable(path, thrown);
    }
    return held.text;
  });
}

function readWhole(path: string): { readonly text: string; readonly state: string } {
  // State and text of one open file belong together, whatever is renamed meanwhile.
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file, { bigint: true });
    if (!stats.isFile()) throw new CredentialError(`${path} is not a regular file.`);
    if (stats.size > LARGEST) throw new CredentialError(`${path} is larger than 1 MiB: it does not hold a secret.`);
    const text = withoutLineBreak(readFileSync(file, 'utf8'));
    if (text === '') throw new CredentialError(`${path} is empty.`);
    return { text, state: stateOf(stats) };
  } finally {
    closeSync(file);
  }
}

function stateOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

function unreadable(path: string, thrown: unknown): CredentialError {
  if (CredentialError.isInstance(thrown)) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown reason';
  return new CredentialError(`The file ${path} cannot be read (${code}).`);
}
