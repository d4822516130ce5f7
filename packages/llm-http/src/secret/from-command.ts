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
  /** Milliseconds that one run may take; then the command is killed. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Milliseconds for which the printed secret is used before the command runs again. Default 300,000. */
  readonly maxAge?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

const LARGEST_OUTPUT = 1_048_576;
/** Turns of the event loop without output after which what an ended program had written has been read. */
const QUIET_TURNS = 3;
const IS_WINDOWS = process.platform === 'win32';

/**
 * A secret that a command prints, such as a vault's CLI. It runs without a shell: `argv` is the program and its
 * arguments. One run is under way at a time; its output (at most 1 MiB), less one trailing line break, is used for `maxAge`,
 * or until the server refuses it. Neither output nor arguments ever go into an error.
 *
 * The command runs only while a call waits for it. When it takes longer than `timeout`, when no call waits any more (because
 * the calls were aborted or the LLM was closed), when it prints too much, when it has ended and when this process exits,
 * everything that it started is killed (SIGKILL to its process group; on Windows `taskkill /T`). It has no terminal and an
 * empty standard input.
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
    name: `The command ${nameOf(program)}`,
    deadline: timeout,
    clock,
    obtain: async ({ signal }) => {
      const value = await run(program, rest, signal);
      const expiresAt = clock.wall() + maxAge;
      // No early renewal: in the background, nobody would end it.
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

/** Runs the program to its end. Errors of `spawn` hold the whole command line and are dropped for that. */
function output(program: string, rest: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new CredentialError(`The command ${nameOf(program)} failed (${why}).`));
    let child: ChildProcess;
    try {
      // A group of its own can be killed as a whole.
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
      // One that the system cannot end at once must not keep this process alive.
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

/** The standard output of a program, up to the limit. */
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
   * Calls back when everything has been read that was written by now. The end of the stream alone would not do: a process
   * that the program left behind may hold it open for ever.
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
    // A program that prints byte by byte must not cost an object for each.
    if (length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * length);
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
  }
}

/** The programs under way. None outlives this process. */
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

/** Kills a program with all that it started, as far as that did not leave its process group. */
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
    // Nothing is left of it.
  }
}

function nameOf(program: string): string {
  return showName(basename(program));
}

function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  return typeof code === 'string' ? code : 'for an unknown reason';
}
