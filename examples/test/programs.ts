import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A module that runs to its end when it is imported. */
export interface Program {
  readonly path: string;
  readonly args?: readonly string[];
  /** Variables that it has beside those of its process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const together = fileURLToPath(new URL('programs-process.ts', import.meta.url));

/** Runs a program in a process of its own. */
export function runAlone({ path, args = [], environment = {} }: Program): Promise<Ran> {
  return start([path, ...args], environment, undefined, '');
}

/**
 * Runs programs one after the other in one process, which has to end by itself after them: most of the time of a short
 * program is its start. They must leave nothing behind that another one would notice.
 */
export async function runTogether(programs: readonly Program[], cwd?: string): Promise<readonly Ran[]> {
  const { code, stdout, stderr } = await start([together], {}, cwd, JSON.stringify(programs));
  if (code !== 0) throw new Error(`The process of ${programs.length} programs ended with ${code}:\n${stdout}${stderr}`);
  return JSON.parse(stdout) as readonly Ran[];
}

function start(
  args: readonly string[],
  own: Readonly<Record<string, string>>,
  cwd: string | undefined,
  input: string,
): Promise<Ran> {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...own };
  return new Promise(resolve => {
    const child = execFile(process.execPath, args, { env, cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
