/**
 * Where a session is kept, so that a restarted program need not log in again. What is kept is a secret, as good as the
 * password for as long as the session lasts. `fileSessionStore` makes one.
 */
export interface SessionStore {
  /** What was saved last. `undefined` when there is nothing. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  remove(): Promise<void>;
}
