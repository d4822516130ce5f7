import { abortReason, type Clock, CredentialError, TimeoutError } from '@crew/core';
import { showName } from '../show-name.ts';

/** Time that reading a file may take, in milliseconds: that of obtaining a credential. */
const DEADLINE = 30_000;

/**
 * Waits for work on a file until the caller's signal aborts or 30 seconds are over. The work itself goes on: what a network
 * file system does not answer cannot be cancelled. So do not begin other work on the same file meanwhile.
 *
 * @throws {CredentialError} naming the path, when the time is over.
 * @throws {AbortError} when the signal aborts first.
 */
export async function withinFileDeadline<T>(
  work: Promise<T>,
  limit: { readonly path: string; readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<T> {
  const { path, clock, signal } = limit;
  if (signal?.aborted) throw abortReason(signal, `Reading the file ${showName(path)}`);
  const timer = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      timer.abort();
      if (signal !== undefined) reject(abortReason(signal, `Reading the file ${showName(path)}`));
    };
    const end = (): void => {
      timer.abort();
      signal?.removeEventListener('abort', leave);
    };
    signal?.addEventListener('abort', leave, { once: true });
    clock.sleep(DEADLINE, timer.signal).then(
      () => {
        end();
        reject(lateError(path));
      },
      () => undefined,
    );
    work.then(
      value => {
        end();
        resolve(value);
      },
      (thrown: unknown) => {
        end();
        reject(thrown);
      },
    );
  });
}

function lateError(path: string): CredentialError {
  return new CredentialError(
    `The file ${showName(path)} could not be read within ${DEADLINE} ms. Check the file system that it is on.`,
    { cause: new TimeoutError('Reading a file took too long.', { deadline: 'obtain', milliseconds: DEADLINE }) },
  );
}
