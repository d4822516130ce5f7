import { ConfigurationError, copyOptions } from '@crew/core';
import type { ObtainedCredential } from './lifetime.ts';
import type { RenewingCredentialOptions } from './renewing-credential.ts';
import { RenewingCredential } from './renewing-credential.ts';

/** The cache key of a credential: everything that it depends on, such as tenant, scopes and resource. */
export type CredentialKey = readonly (string | undefined)[];

/** Options of `RenewingCredentials`. All but `obtain` and `size` are those of `RenewingCredential`. */
export interface RenewingCredentialsOptions<T> extends Omit<RenewingCredentialOptions<T>, 'obtain'> {
  /** Obtains the credential of a key, as `RenewingCredentialOptions.obtain` does. */
  obtain(context: {
    readonly key: CredentialKey;
    readonly signal: AbortSignal;
    readonly refused: T | undefined;
  }): Promise<ObtainedCredential<T>>;
  /** Maximum number of keys. Above it the least recently used key without an active renewal is removed. Default 1,000. */
  readonly size?: number | undefined;
}

/**
 * A bounded cache of renewing credentials, one per key.
 *
 * @example
 * ```ts
 * import type { Authenticator } from '@crew/llm-http';
 * import { RenewingCredentials } from '@crew/llm-http/adapter';
 *
 * const tokens = new RenewingCredentials<string>({
 *   name: 'tenant-token',
 *   obtain: async ({ key: [tenant], signal }) => {
 *     const response = await fetch(`https://login.example/${tenant}/token`, { method: 'POST', signal });
 *     return { value: await response.text(), expiresAt: Date.now() + 3_600_000 };
 *   },
 * });
 *
 * export const tenantToken: Authenticator = {
 *   name: 'tenant-token',
 *   async authenticate(request, { authContext, signal, emit }) {
 *     const token = await tokens.of([String(authContext)]).get(signal, emit);
 *     request.setHeader('authorization', `Bearer ${token}`);
 *   },
 *   close: async () => tokens.close(),
 * };
 * ```
 */
export class RenewingCredentials<T> {
  readonly #options: RenewingCredentialsOptions<T>;
  readonly #size: number;
  /** In the order of their last use, the least recently used first. */
  readonly #byKey = new Map<string, RenewingCredential<T>>();

  /** @throws {ConfigurationError} if `obtain` is not a function or `size` is not a positive integer. */
  constructor(unchecked: RenewingCredentialsOptions<T>) {
    const options = copyOptions(unchecked);
    const { size = 1000, name = 'credential' } = options;
    if (!Number.isInteger(size) || size < 1) {
      throw new ConfigurationError(`${name}: size must be a positive integer.`);
    }
    if (typeof options.obtain !== 'function') throw new ConfigurationError(`${name}: obtain must be a function.`);
    this.#options = options;
    this.#size = size;
  }

  /** Returns the credential of a key. Two keys are equal if all their parts are equal. */
  of(key: CredentialKey): RenewingCredential<T> {
    // JSON separates the parts whatever they contain: ['a,b'] is not ['a', 'b'].
    const id = JSON.stringify(key);
    const existing = this.#byKey.get(id);
    if (existing !== undefined) {
      this.#byKey.delete(id);
      this.#byKey.set(id, existing);
      this.#evict(id);
      return existing;
    }
    const { deadline, name, clock, emit } = this.#options;
    const copy = [...key];
    const credential = new RenewingCredential<T>({
      obtain: context => this.#options.obtain({ ...context, key: copy }),
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

  /** Removes the least recently used credentials. Those that are being renewed stay, so several may have to be removed later. */
  #evict(newest: string): void {
    for (const [id, credential] of this.#byKey) {
      if (this.#byKey.size <= this.#size) return;
      if (id !== newest && !credential.isRenewing) this.#byKey.delete(id);
    }
  }
}
