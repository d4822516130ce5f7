import { CredentialError, CrewError } from '@crew/core';
import { abortReason } from '../abort-reason.ts';
import type { TokenStore } from './token-store.ts';

/**
 * A store whose failures show no token. Databases quote the command that failed, with the value in it, so that of what a
 * store throws only a code is kept. Errors that the store made to be shown stay.
 */
export function guardedTokenStore(store: TokenStore, name: string): TokenStore {
  const guard = async <T>(method: keyof TokenStore, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (thrown) {
      throw failureOf(name, method, thrown);
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
        throw failureOf(name, 'exclusively', thrown);
      }
    },
  };
}

function failureOf(name: string, method: keyof TokenStore, thrown: unknown): CrewError {
  // A cause is the database's own word again.
  if (CrewError.isInstance(thrown) && thrown.cause === undefined) return thrown;
  const code = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
  const shown = typeof code === 'string' && /^[A-Z_]+$/.test(code) ? ` (${code})` : '';
  return new CredentialError(
    `${name}: the token store failed at \`${method}\`${shown}. What it said is not shown, because it may hold a token: ` +
      "look into the store's own log.",
  );
}
