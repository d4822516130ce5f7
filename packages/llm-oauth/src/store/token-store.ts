import { CredentialError, CrewError } from '@crew/core';
import { abortReason } from '../cancellation.ts';

/**
 * A store for tokens, such as the memory of a process, a directory, Redis or a keychain. Keys are hashes without secrets.
 * Values are secret strings.
 */
export interface TokenStore {
  /** Returns the value, or `undefined` if there is none. */
  get(key: string): Promise<string | undefined>;
  /** Stores the value. Resolves when the value is as durable as the store promises. */
  set(key: string, value: string): Promise<void>;
  /** Deletes the value, if there is one. */
  delete(key: string): Promise<void>;
  /**
   * Runs `work` while no other user of the store runs work for this key, and resolves or rejects with its result. An abort
   * of `signal` ends the wait for the lock, but not work that has started.
   */
  exclusively<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/**
 * Returns true for an object with the methods of a token store.
 *
 * @internal
 */
export function isTokenStore(value: unknown): value is TokenStore {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['get', 'set', 'delete', 'exclusively'].every(method => typeof Reflect.get(value, method) === 'function')
  );
}

/**
 * Creates a token store in the memory of this process. It is the default; pass one explicitly to share it between LLMs.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, memoryTokenStore, OAuthLLM, refreshToken } from '@crew/llm-oauth';
 *
 * const login = {
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 *   store: memoryTokenStore(),
 * };
 *
 * await using llm = new OAuthLLM({
 *   ...login,
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 * });
 * await using other = new OAuthLLM({ ...login, endpoint: 'https://other.example/v1/chat/completions' });
 * console.log(await llm.call('Say hello.'), await other.call('Say hello.'));
 * ```
 */
export function memoryTokenStore(): TokenStore {
  const values = new Map<string, string>();
  const turns = new Map<string, Promise<void>>();
  return {
    get: async key => values.get(key),
    set: async (key, value) => {
      values.set(key, value);
    },
    delete: async key => {
      values.delete(key);
    },
    async exclusively(key, signal, work) {
      const before = turns.get(key);
      const { promise: turn, resolve: end } = Promise.withResolvers<void>();
      const mine = before === undefined ? turn : before.then(() => turn);
      turns.set(key, mine);
      try {
        if (before !== undefined) await waitForTurn(before, signal);
        return await work();
      } finally {
        end();
        if (turns.get(key) === mine) turns.delete(key);
      }
    },
  };
}

function waitForTurn(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortReason(signal));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void turn.then(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

/**
 * Wraps a store so that its errors show no token. Databases quote the failed command with its values, so only the code of
 * an error is kept. A `CrewError` without a cause is passed on unchanged.
 */
export function sanitiseStoreErrors(store: TokenStore, name: string): TokenStore {
  const guard = async <T>(method: keyof TokenStore, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (thrown) {
      throw storeError(name, method, thrown);
    }
  };
  return {
    get: key => guard('get', () => store.get(key)),
    set: (key, value) => guard('set', () => store.set(key, value)),
    delete: key => guard('delete', () => store.delete(key)),
    async exclusively(key, signal, work) {
      let isStarted = false;
      // An error of the work is not an error of the store, even if the store wraps it.
      const thrownByWork: unknown[] = [];
      const watched: typeof work = async () => {
        isStarted = true;
        thrownByWork.length = 0;
        try {
          return await work();
        } catch (thrown) {
          thrownByWork.push(thrown);
          throw thrown;
        }
      };
      try {
        return await store.exclusively(key, signal, watched);
      } catch (thrown) {
        if (thrownByWork.length > 0) throw thrownByWork[0];
        // A `CredentialError` of the store may explain which lock was not released.
        if (signal.aborted && !isStarted && !CredentialError.isInstance(thrown)) throw abortReason(signal);
        throw storeError(name, 'exclusively', thrown);
      }
    },
  };
}

function storeError(name: string, method: keyof TokenStore, thrown: unknown): CrewError {
  // A cause could contain the message of the database.
  if (CrewError.isInstance(thrown) && thrown.cause === undefined) return thrown;
  const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  const shownCode = typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : '';
  return new CredentialError(
    `${name}: the token store failed at \`${method}\`${shownCode}. Its message is not shown, because it may contain a token. ` +
      'Check the log of the store.',
  );
}
