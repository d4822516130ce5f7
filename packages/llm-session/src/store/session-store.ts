import { ConfigurationError } from '@crew/core';
import { readPrivateFile, removePrivateFile, replacePrivateFile, showName } from '@crew/llm-http/adapter';

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

/**
 * Keeps a session in a file that only its owner can read (mode 0600, in a directory that is made with 0700). It is
 * replaced as a whole, so a reader never sees half of it; what a killed process left unfinished is removed by the next
 * write. One file holds one session: give each session its own.
 *
 * A symbolic link, anything else that is not an ordinary file, a file of another user, one that others can read or write and
 * one over 1 MiB are refused with a `CredentialError`: someone else may have put them there.
 */
export function fileSessionStore(path: string): SessionStore {
  if (typeof path !== 'string' || path === '')
    throw new ConfigurationError('fileSessionStore needs the path of a file.');
  const named = { subject: `The session file ${showName(path)}` };
  return {
    load: () => readPrivateFile(path, named),
    save: text => replacePrivateFile(path, text, named),
    remove: () => removePrivateFile(path, named),
  };
}
