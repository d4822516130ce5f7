import { randomBytes } from 'node:crypto';
import type { CredentialIssuer } from '../adapter.ts';

const REFUSED = {
  status: 401,
  body: { error: { message: 'The credential is not accepted.', type: 'invalid_credential' } },
};

/** The credential issuer of a check. The check can count, delay and fail its calls. */
export class ControlledIssuer implements CredentialIssuer {
  /** False to simulate an outage, in which no credential can be obtained. */
  isAvailable = true;
  /** Number of calls of `issue`. */
  issueCount = 0;
  readonly #plant: (label: string, value: string) => string;
  readonly #valid: Set<string> = new Set();
  #gate: PromiseWithResolvers<void> | undefined;
  #waiters: (() => void)[] = [];

  constructor(plant: (label: string, value: string) => string) {
    this.#plant = plant;
  }

  async issue(value?: string): Promise<string> {
    this.issueCount += 1;
    for (const resolve of this.#waiters.splice(0)) resolve();
    await this.#gate?.promise;
    if (!this.isAvailable) throw new Error('The credential issuer is out of service.');
    const issued =
      value ?? this.#plant(`credential ${this.issueCount}`, `crew-check-${randomBytes(16).toString('hex')}`);
    this.#valid.add(issued);
    return issued;
  }

  check(value: string | undefined): true | typeof REFUSED {
    return (value !== undefined && this.#valid.has(value)) || REFUSED;
  }

  /** Revokes every credential issued so far. */
  revoke(): void {
    this.#valid.clear();
  }

  /** Delays the calls of `issue` until the returned function is called. */
  hold(): () => void {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate;
    return () => {
      this.#gate = undefined;
      gate.resolve();
    };
  }

  /** Resolves at the next call of `issue`. */
  whenIssuing(): Promise<void> {
    return new Promise(resolve => this.#waiters.push(resolve));
  }
}
