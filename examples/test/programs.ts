import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A module that runs to completion when it is imported. */
export interface Program {
  readonly path: string;
  readonly args?: readonly string[];
  /** Environment variables, in addition to those of the process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The exit code and output of a program. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const batchProcess = fileURLToPath(new URL('programs-process.ts', import.meta.url));

/** Runs a program in a separate process. */
export function runAlone({ path, args = [], environment = {} }: Program): Promise<Ran> {
  return start([path, ...args], environment, undefined, '');
}

/**
 * Runs programs one after the other in one process, because a short program spends most of its time on starting. The
 * programs must not influence each other, and the process must be able to exit after the last one.
 *
 * @throws {Error} if the process fails.
 */
export async function runTogether(programs: readonly Program[], cwd?: string): Promise<readonly Ran[]> {
  const { code, stdout, stderr } = await start([batchProcess], {}, cwd, JSON.stringify(programs));
  if (code !== 0)
    throw new Error(`The process that ran ${programs.length} programs exited with code ${code}:\n${stdout}${stderr}`);
  return JSON.parse(stdout) as readonly Ran[];
}

function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string | undefined,
  input: string,
): Promise<Ran> {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, ...environment };
  return new Promise(resolve => {
    const child = execFile(process.execPath, args, { env, cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
