import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** No living writer takes as long, in milliseconds. */
const LONGEST_WRITE = 600_000;
const NAME = /^\.crew-([0-9a-f]{8})-([1-9][0-9]{0,9})-[0-9a-f-]{36}\.tmp$/;

let machine: string | undefined;

/** The name of a file that this process has not finished yet: it says who writes it, so that others know whether it lives. */
export function unfinishedName(id: string): string {
  return `.crew-${thisMachine()}-${process.pid}-${id}.tmp`;
}

/**
 * Removes the unfinished files in a folder whose writers are dead: the process that the name says is gone, or, where that
 * cannot be known (another machine or container, a process id used again), the file is ten minutes old. It is also removed
 * when it claims to be ten minutes from the future. It never fails: the next writer tries again.
 */
export async function removeUnfinishedFiles(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const writer = NAME.exec(name);
      if (writer !== null) await removeIfDead(join(folder, name), writer[1], Number(writer[2]));
    }
  } catch {
    // It may not be listed, or is gone.
  }
}

async function removeIfDead(path: string, writtenOn: string | undefined, process: number): Promise<void> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || !isOwn(stats.uid)) return;
    const isGone = writtenOn === thisMachine() && !isAlive(process);
    if (isGone || Math.abs(Date.now() - stats.mtimeMs) > LONGEST_WRITE) await rm(path, { force: true });
  } catch {
    // Another writer was faster.
  }
}

function isOwn(uid: number): boolean {
  const user = process.getuid?.();
  return user === undefined || uid === user;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (thrown) {
    return !(thrown instanceof Error && Reflect.get(thrown, 'code') === 'ESRCH');
  }
}

/** Process ids mean something within one machine, and on Linux within one namespace of them. */
function thisMachine(): string {
  if (machine !== undefined) return machine;
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has them.
  }
  machine = createHash('sha256').update(`${hostname()}\n${namespace}`).digest('hex').slice(0, 8);
  return machine;
}
