import type { Clock, CrewEvent } from '@crew/core';
import { RenewingCredential } from '@crew/llm-http/adapter';
import type { Identity } from '../material/identity.ts';
import { type CertificateMaterial, type LoadCertificate, materialError } from '../material/material.ts';
import type { CertificateSource } from './certificate-source.ts';

/** Options of a `CallbackSource`. */
export interface CallbackSourceOptions {
  readonly name: string;
  readonly load: LoadCertificate;
  /** Time after which the function is called again, in milliseconds. Undefined: after two thirds of the certificate's life. */
  readonly maxAge: number | undefined;
  /** Time limit of the function, in milliseconds. */
  readonly deadline: number | undefined;
  readonly clock: Clock;
  check(material: CertificateMaterial): Identity;
  /** Called for a certificate that was loaded, or failed to load, while no call waited for it. */
  emit(event: CrewEvent): void;
}

/** Fraction of a certificate's life after which it is replaced. */
const RENEW_AFTER = 2 / 3;

/** An identity from a function, which is called again after two thirds of the certificate's life, or after `maxAge`. */
export class CallbackSource implements CertificateSource {
  readonly #credential: RenewingCredential<Identity>;
  #identity: Identity | undefined;

  constructor(options: CallbackSourceOptions) {
    const { name, load, clock, deadline, emit } = options;
    this.#credential = new RenewingCredential<Identity>({
      name,
      clock,
      deadline,
      emit,
      obtain: async ({ signal }) => {
        const material: unknown = await load({ signal });
        if (!isMaterial(material)) {
          throw materialError(
            '`load` must return an object with `cert` and `key` (PEM), or with `pkcs12` (a Uint8Array).',
          );
        }
        const identity = options.check(material);
        this.#identity = identity;
        return { value: identity, expiresAt: identity.expiresAt, renewAfter: renewalTime(identity, options) };
      },
    });
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  current(signal: AbortSignal): Identity | Promise<Identity> {
    return this.#credential.fresh() ?? this.#credential.get(signal);
  }

  afterRefusal(refused: string | undefined, signal: AbortSignal): Identity | Promise<Identity> {
    const fresh = this.#credential.fresh();
    if (fresh !== undefined && fresh.id !== refused) return fresh;
    // Calls that were refused together wait for the same new certificate.
    if (fresh !== undefined) this.#credential.refused(fresh);
    return this.#credential.get(signal);
  }

  close(): void {
    this.#credential.close();
  }
}

function renewalTime({ validFrom, expiresAt }: Identity, { clock, maxAge }: CallbackSourceOptions): number {
  const byLife = validFrom + RENEW_AFTER * (expiresAt - validFrom);
  return Math.min(byLife, maxAge === undefined ? Number.POSITIVE_INFINITY : clock.wall() + maxAge);
}

function isMaterial(value: unknown): value is CertificateMaterial {
  if (typeof value !== 'object' || value === null) return false;
  return 'pkcs12' in value || ('cert' in value && 'key' in value);
}
