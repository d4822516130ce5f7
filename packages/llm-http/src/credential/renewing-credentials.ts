import { ConfigurationError, copyOptions } from '@crew/core';
import type { ObtainedCredential } from './lifetime.ts';
import type { RenewingCredentialOptions } from './renewing-credential.ts';
import { RenewingCredential } from './renewing-credential.ts';

/** What one credential among many is for: everything that changes the answer, such as tenant, scopes, resource. */
export type CredentialKey = readonly (string | undefined)[];

/** How `RenewingCredentials` obtains the credential of a key. The rest is as for one `RenewingCredential`. */
export interface RenewingCredentialsOptions<T> extends Omit<RenewingCredentialOptions<T>, 'obtain'> {
  /** Obtains the credential of one key, as `RenewingCredentialOptions.obtain` does. */
  obtain(context: {
    readonly key: CredentialKey;
    readonly signal: AbortSignal;
    readonly refused: T | undefined;
  }): Promise<ObtainedCredential<T>>;
  /** How many keys are kept. Beyond it the least recently used goes, if nobody is waiting for it. Default 1,000. */
  readonly size?: number | undefined;
}

/** A bounded set of renewing credentials, one for each key. */
export class RenewingCredentials<T> {
  readonly #options: RenewingCredentialsOptions<T>;
  readonly #size: number;
  /** In the order of their last use, the longest unused first. */
  readonly #byKey = new Map<string, RenewingCredential<T>>();

  /** @throws {ConfigurationError} for a size that is not a positive integer. */
  constructor(given: RenewingCredentialsOptions<T>) {
    const options = copyOptions(given);
    const { size = 1000, name = 'credential' } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new ConfigurationError(`${name}: the number of keys to keep must be a positive integer.`);
    }
    if (typeof options.obtain !== 'function') throw new ConfigurationError(`${name}: obtain must be a function.`);
    this.#options = options;
    this.#size = size;
  }

  /** The credential of this key. Two keys are the same when all their parts are. */
  of(key: CredentialKey): RenewingCredential<T> {
    // JSON keeps the parts apart whatever they contain: ['a,b'] is not ['a', 'b'].
    const id = JSON.stringify(key);
    const known = this.#byKey.get(id);
    if (known !== undefined) {
      this.#byKey.delete(id);
      this.#byKey.set(id, known);
      this.#evict(id);
      return known;
    }
    const { deadline, name, clock, emit } = this.#options;
    const own = [...key];
    const credential = new RenewingCredential<T>({
      obtain: context => this.#options.obtain({ ...context, key: own }),
      deadline,
      name,
      clock,
      emit,
    });
    this.#byKey.set(id, credential);
    this.#evict(id);
    return credential;
  }

  /** Closes every credential. */
  close(): void {
    for (const credential of this.#byKey.values()) credential.close();
    this.#byKey.clear();
  }

  /** Those that are being obtained stay for the moment, so that there may be more than one to go. */
  #evict(newest: string): void {
    for (const [id, credential] of this.#byKey) {
      if (this.#byKey.size <= this.#size) return;
      if (id !== newest && !credential.isRenewing) this.#byKey.delete(id);
    }
  }
}
