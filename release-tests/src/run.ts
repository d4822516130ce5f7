import { execFile } from 'node:child_process';

/** Output and exit code of a program. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program until it exits, in the current environment without the variables that npm and pnpm set for scripts. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<RunResult> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?!config_registry)|pnpm_|NODE_OPTIONS|INIT_CWD|VITEST|NODE_ENV)/i.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...options.env };
  return new Promise(resolve => {
    execFile(program, args, { cwd: options.cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/**
 * Runs a program, and returns its standard output.
 *
 * @throws {Error} with all its output if the exit code is not 0.
 */
export async function runOrThrow(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call);
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} exited with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
