import { randomBytes } from 'node:crypto';
import type { CredentialIssuer } from '../adapter.ts';

const REFUSED = {
  status: 401,
  body: { error: { message: 'The credential is not accepted.', type: 'invalid_credential' } },
};

/** The issuer of one check, as the check sees it: it counts, holds and fails. */
export class ControlledIssuer implements CredentialIssuer {
  /** Whether credentials can be had. */
  available = true;
  /** How many were asked for. */
  asked = 0;
  readonly #plant: (label: string, value: string) => string;
  readonly #valid: Set<string> = new Set();
  #gate: PromiseWithResolvers<void> | undefined;
  #waiters: (() => void)[] = [];

  constructor(plant: (label: string, value: string) => string) {
    this.#plant = plant;
  }

  async issue(value?: string): Promise<string> {
    this.asked += 1;
    for (const tell of this.#waiters.splice(0)) tell();
    await this.#gate?.promise;
    if (!this.available) throw new Error('The issuer of credentials is out of service.');
    const issued = value ?? this.#plant(`credential ${this.asked}`, `crew-check-${randomBytes(16).toString('hex')}`);
    this.#valid.add(issued);
    return issued;
  }

  check(value: string | undefined): true | typeof REFUSED {
    return (value !== undefined && this.#valid.has(value)) || REFUSED;
  }

  /** Refuses every credential that was issued so far. */
  revoke(): void {
    this.#valid.clear();
  }

  /** Lets whoever obtains a credential wait, until what comes back is called. */
  hold(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate;
    return () => {
      this.#gate = undefined;
      gate.resolve();
    };
  }

  /** Resolves when a credential is asked for the next time. */
  whenAsked(): Promise<void> {
    return new Promise(resolve => this.#waiters.push(resolve));
  }
}
