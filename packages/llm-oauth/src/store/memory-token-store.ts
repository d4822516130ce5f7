import { abortReason } from '../abort-reason.ts';
import type { TokenStore } from './token-store.ts';

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
        if (before !== undefined) await orAbort(before, signal);
        return await work();
      } finally {
        end();
        if (turns.get(key) === mine) turns.delete(key);
      }
    },
  };
}

function orAbort(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(abortReason(signal));
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    void turn.then(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
  });
}
