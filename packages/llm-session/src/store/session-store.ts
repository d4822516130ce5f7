import { ConfigurationError } from '@crew/core';
import { readPrivateFile, removePrivateFile, replacePrivateFile, showName } from '@crew/llm-http/adapter';

/**
 * Storage for one session, so that a restarted program need not log in again. The stored string is a secret: until the session
 * ends it is worth as much as the password. `fileSessionStore` creates one that uses a file.
 *
 * @example
 * ```ts
 * import { formLogin, type SessionStore, session } from '@crew/llm-session';
 *
 * // Shares the session between the authenticators of one process. A key-value database works in the same way.
 * let stored: string | undefined;
 * const store: SessionStore = {
 *   load: async () => stored,
 *   save: async text => {
 *     stored = text;
 *   },
 *   remove: async () => {
 *     stored = undefined;
 *   },
 * };
 * const auth = session({ login: formLogin({ page: '/login' }), username: 'ada', password: 'secret', store });
 * console.log(auth.name); // session
 * ```
 */
export interface SessionStore {
  /** Returns the string that was saved last, or `undefined` if there is none. */
  load(): Promise<string | undefined>;
  /** Saves a string in place of the previous one. */
  save(text: string): Promise<void>;
  /** Removes the saved string. Does nothing if there is none. */
  remove(): Promise<void>;
}

/**
 * Creates a store that keeps a session in a file that only its owner can read (mode 0600, in a directory that is created with
 * mode 0700). The file is replaced atomically, so that a reader never sees an incomplete one; temporary files that a killed
 * process left behind are removed by the next write. One file holds one session: use a separate file for each session.
 *
 * Symbolic links, anything else that is not a regular file, files of another user, files that others can read or write, and
 * files of more than 1 MiB are refused with a `CredentialError`, because someone else may have put them there.
 *
 * @example
 * ```ts no-run
 * import { fileSessionStore, formLogin, fromEnv, SessionLLM } from '@crew/llm-session';
 *
 * await using llm = new SessionLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   login: formLogin({ page: '/login' }),
 *   username: fromEnv('LLM_USER'),
 *   password: fromEnv('LLM_PASSWORD'),
 *   store: fileSessionStore('/var/lib/app/session.json'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} if the path is empty or not a string.
 */
export function fileSessionStore(path: string): SessionStore {
  if (typeof path !== 'string' || path === '') {
    throw new ConfigurationError('fileSessionStore() requires the path of a file, as a string that is not empty.');
  }
  const options = { subject: `The session file ${showName(path)}` };
  return {
    load: () => readPrivateFile(path, options),
    save: text => replacePrivateFile(path, text, options),
    remove: () => removePrivateFile(path, options),
  };
}
