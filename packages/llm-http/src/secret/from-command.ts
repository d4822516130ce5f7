import { type ChildProcess, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { abortReason, type Clock, ConfigurationError, CredentialError, copyOptions, systemClock } from '@crew/core';
import { RenewingCredential } from '../credential/renewing-credential.ts';
import { showName } from '../errors/show-name.ts';
import type { SecretContext } from './secret.ts';
import { withoutLineBreak } from './secret.ts';

/** Options of `fromCommand`. */
export interface FromCommandOptions {
  /** Time limit of one run, in milliseconds. The command is killed when it is exceeded. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Time for which the printed secret is cached, in milliseconds. Default 300,000. */
  readonly maxAge?: number | undefined;
  /** Clock of both times. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** Maximum size of the output, in bytes. */
const LARGEST_OUTPUT = 1_048_576;
/** Turns of the event loop without output after which the whole output of a program that has exited has been read. */
const QUIET_TURNS = 3;
const IS_WINDOWS = process.platform === 'win32';

/**
 * Returns a function that reads a secret from the output of a command, such as the CLI of a vault. The command runs without a
 * shell: `argv` is the program and its arguments. Only one run is active at a time. Its output (at most 1 MiB), without one
 * trailing line break, is cached for `maxAge` or until the server refuses it. Errors contain neither output nor arguments.
 *
 * The command runs only while a call waits for it. The program and all its child processes are killed when it exceeds
 * `timeout`, when no call waits any more (the calls were aborted, or the LLM was closed), when it prints too much, when the
 * program itself exits, and when this process exits (SIGKILL to its process group; on Windows `taskkill /T`). The command has
 * no terminal and an empty standard input.
 *
 * @throws {CredentialError} from the returned function, if the command fails, exceeds `timeout` or prints nothing.
 *
 * @example
 * ```ts
 * import { fromCommand } from '@crew/llm-http';
 *
 * const key = fromCommand([process.execPath, '-p', '"sk-4f9a7c21"'], { maxAge: 60_000 });
 * console.log((await key({ signal: AbortSignal.timeout(10_000) })).length); // 11
 * ```
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
    name: `The command ${nameOf(program)}`,
    deadline: timeout,
    clock,
    obtain: async ({ signal }) => {
      const value = await run(program, rest, signal);
      const expiresAt = clock.wall() + maxAge;
      // No early renewal: no caller's abort would end a run in the background.
      return { value, expiresAt, renewAfter: expiresAt };
    },
  });
  return ({ signal, refused }) => {
    if (refused !== undefined) credential.refused(refused);
    return credential.fresh() ?? credential.get(signal);
  };
}

async function run(program: string, rest: readonly string[], signal: AbortSignal): Promise<string> {
  const text = withoutLineBreak(await output(program, rest, signal));
  if (text === '') throw new CredentialError(`The command ${nameOf(program)} printed nothing.`);
  return text;
}

/** Runs the program and returns its output. Errors of `spawn` are dropped because they contain the whole command line. */
function output(program: string, rest: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(new CredentialError(`The command ${nameOf(program)} failed (${reason}).`));
    let child: ChildProcess;
    try {
      // A separate process group can be killed as a whole.
      child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'ignore'], detached: !IS_WINDOWS, windowsHide: true });
    } catch (thrown) {
      fail(codeOf(thrown));
      return;
    }
    running.add(child);
    const printed = new Output(child.stdout);
    let isOver = false;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', abort);
      running.delete(child);
      killTree(child);
      child.stdout?.destroy();
      // A program that the system cannot end at once must not keep this process alive.
      child.unref();
      settle();
    };
    const abort = (): void => end(() => reject(abortReason(signal, `The command ${nameOf(program)}`)));
    printed.onTooLarge = () => end(() => fail('it printed more than 1 MiB'));
    child.once('error', thrown => end(() => fail(codeOf(thrown))));
    child.once('exit', (code, killedBy) => {
      if (code !== 0) return end(() => fail(code === null ? `signal ${killedBy}` : `exit code ${code}`));
      printed.drained(() => end(() => resolve(printed.text)));
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** The standard output of a program, up to the size limit. */
class Output {
  #bytes = Buffer.alloc(4096);
  #length = 0;
  #isEnded = false;
  onTooLarge: (() => void) | undefined;

  constructor(stream: Readable | null) {
    stream?.on('data', (chunk: Buffer) => this.#add(chunk));
    const end = (): void => {
      this.#isEnded = true;
    };
    stream?.once('close', end);
    stream?.once('error', end);
  }

  get text(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
  }

  /**
   * Calls back when all output written so far has been read. Waiting for the end of the stream is not enough: a child process
   * that the program left behind may hold it open forever.
   */
  drained(done: () => void, turns = QUIET_TURNS): void {
    const before = this.#length;
    if (this.#isEnded || turns === 0) done();
    else setImmediate(() => this.drained(done, this.#length === before ? turns - 1 : QUIET_TURNS));
  }

  #add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > LARGEST_OUTPUT) {
      this.onTooLarge?.();
      return;
    }
    // A program that prints byte by byte must not cost an object per byte.
    if (length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * length);
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
  }
}

/** The running programs. They are killed when this process exits. */
class RunningPrograms {
  readonly #programs = new Set<ChildProcess>();
  readonly #killAll = (): void => this.#programs.forEach(killTree);

  add(program: ChildProcess): void {
    if (this.#programs.size === 0) process.once('exit', this.#killAll);
    this.#programs.add(program);
  }

  delete(program: ChildProcess): void {
    this.#programs.delete(program);
    if (this.#programs.size === 0) process.removeListener('exit', this.#killAll);
  }
}

const running = new RunningPrograms();

/** Kills a program and its child processes, except those that have left its process group. */
function killTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (IS_WINDOWS) {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => undefined,
    );
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process group no longer exists.
  }
}

function nameOf(program: string): string {
  return showName(basename(program));
}

function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' ? code : 'for an unknown reason';
}
