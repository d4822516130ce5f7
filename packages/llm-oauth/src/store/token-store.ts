import { CredentialError, CrewError } from '@crew/core';
import { abortReason } from '../cancellation.ts';

/**
 * Where tokens outlive a call: the memory of one process, a file, Redis, a keychain. Keys are hashes and hold no secret;
 * values are text, and secret.
 */
export interface TokenStore {
  get(key: string): Promise<string | undefined>;
  /** Resolves when the value would survive whatever the store promises to survive. */
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /**
   * Runs `work` while nobody else who shares the store runs work for this key, and resolves or rejects as it does. Waiting
   * for the turn ends when `signal` aborts; work that has begun goes on.
   */
  exclusively<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** @internal */
export function isTokenStore(value: unknown): value is TokenStore {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['get', 'set', 'delete', 'exclusively'].every(method => typeof Reflect.get(value, method) === 'function')
  );
}

/** Keeps tokens as long as the process lives. The default. */
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
 * A store whose failures show no token. Databases quote the command that failed, with the value in it, so that of what a
 * store throws only a code is kept. Errors that the store made to be shown stay.
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
      let hasBegun = false;
      // What the work throws is none of the store's errors, also when the store wraps it.
      const thrownByWork: unknown[] = [];
      const watched: typeof work = async () => {
        hasBegun = true;
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
        // A store may say what was waited for in vain.
        if (signal.aborted && !hasBegun && !CredentialError.isInstance(thrown)) throw abortReason(signal);
        throw storeError(name, 'exclusively', thrown);
      }
    },
  };
}

function storeError(name: string, method: keyof TokenStore, thrown: unknown): CrewError {
  // A cause is the database's own word again.
  if (CrewError.isInstance(thrown) && thrown.cause === undefined) return thrown;
  const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  const shownCode = typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : '';
  return new CredentialError(
    `${name}: the token store failed at \`${method}\`${shownCode}. What it said is not shown, because it may hold a token: ` +
      "look into the store's own log.",
  );
}
