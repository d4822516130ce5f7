import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { type Clock, ConfigurationError, CredentialError, copyOptions, systemClock } from '@crew/core';
import { RenewingCredential } from '../credential/renewing-credential.ts';
import { showName } from '../show-name.ts';
import { withoutLineBreak } from './credential-text.ts';
import type { SecretContext } from './secret.ts';

/** What `fromCommand` may be given. */
export interface FromCommandOptions {
  /** Milliseconds that one run may take; then the command is killed. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds for which the printed secret is used before the command runs again. Default 300,000. */
  readonly maxAge?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const LARGEST_OUTPUT = 1_048_576;

/**
 * A secret that a command prints, such as a vault's CLI. It runs without a shell: `argv` is the program and its
 * arguments. One run is under way at a time; what it printed, less one trailing line break, is used for `maxAge`, or
 * until the server refuses it. Neither output nor arguments ever go into an error.
 *
 * @throws {CredentialError} from the returned function, when the command failed, took too long or printed nothing.
 */
export function fromCommand(
  argv: readonly string[],
  options: FromCommandOptions = {},
): (context: SecretContext) => string | Promise<string> {
  const { timeout = 30_000, maxAge = 300_000, clock = systemClock } = copyOptions(options);
  const [program, ...rest] = Array.isArray(argv) ? (argv as readonly string[]) : [];
  if (program === undefined || program === '' || [program, ...rest].some(part => typeof part !== 'string')) {
    throw new ConfigurationError('fromCommand needs a list of strings: the program and its arguments.');
  }
  if (!(maxAge > 0)) throw new ConfigurationError('fromCommand: maxAge must be a positive number of milliseconds.');
  const credential = new RenewingCredential<string>({
    name: `The command ${showName(basename(program))}`,
    deadline: timeout,
    clock,
    obtain: async ({ signal }) => ({ value: await run(program, rest, signal), expiresAt: clock.wall() + maxAge }),
  });
  return ({ signal, refused }) => {
    if (refused !== undefined) credential.refused(refused);
    return credential.fresh() ?? credential.get(signal);
  };
}

function run(program: string, rest: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = { signal, maxBuffer: LARGEST_OUTPUT, windowsHide: true, killSignal: 'SIGKILL' } as const;
    const child = execFile(program, rest, settings, (error, stdout) => {
      // The error of execFile holds the whole command line and is dropped for that.
      if (error) {
        reject(new CredentialError(`The command ${basename(program)} failed (${reasonOf(error)}).`));
        return;
      }
      const text = withoutLineBreak(stdout);
      if (text === '') reject(new CredentialError(`The command ${basename(program)} printed nothing.`));
      else resolve(text);
    });
    child.stdin?.end();
  });
}

function reasonOf(error: { readonly code?: unknown; readonly signal?: unknown }): string {
  if (typeof error.code === 'number') return `exit code ${error.code}`;
  if (typeof error.code === 'string') return error.code;
  return typeof error.signal === 'string' ? `signal ${error.signal}` : 'for an unknown reason';
}
