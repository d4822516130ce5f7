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
