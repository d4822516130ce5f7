import type { Clock, CrewEvent } from '@crew/core';
import { RenewingCredential } from '@crew/llm-http/adapter';
import type { Identity } from '../material/identity.ts';
import type { CertificateMaterial } from '../material/material.ts';
import { materialError } from '../material/material-error.ts';
import type { CertificateSource } from './certificate-source.ts';

/** Gives a certificate with its key, from a vault say. `signal` aborts when nobody waits for it any more. */
export type LoadCertificate = (context: {
  readonly signal: AbortSignal;
}) => CertificateMaterial | Promise<CertificateMaterial>;

/** What a `CallbackSource` is told to do. */
export interface CallbackSourceSettings {
  readonly name: string;
  readonly load: LoadCertificate;
  /** Milliseconds after which the function is called again; undefined: by the certificate's life alone. */
  readonly maxAge: number | undefined;
  readonly deadline: number | undefined;
  readonly clock: Clock;
  check(material: CertificateMaterial): Identity;
  /** Told of what was obtained or failed while no call waited for it. */
  emit(event: CrewEvent): void;
}

/** The part of a certificate's life after which another one is asked for. */
const RENEW_AFTER = 2 / 3;

/** An identity from a function. It is called again when two thirds of the certificate's life, or `maxAge`, are over. */
export class CallbackSource implements CertificateSource {
  readonly #credential: RenewingCredential<Identity>;
  #held: Identity | undefined;

  constructor(settings: CallbackSourceSettings) {
    const { name, load, clock, deadline, emit } = settings;
    this.#credential = new RenewingCredential<Identity>({
      name,
      clock,
      deadline,
      emit,
      obtain: async ({ signal }) => {
        const material: unknown = await load({ signal });
        if (!isMaterial(material)) {
          throw materialError('`load` must give an object with `cert` and `key` (PEM), or with `pkcs12` (bytes).');
        }
        const identity = settings.check(material);
        this.#held = identity;
        return { value: identity, expiresAt: identity.expiresAt, renewAfter: renewal(identity, settings) };
      },
    });
  }

  get held(): Identity | undefined {
    return this.#held;
  }

  current(signal: AbortSignal): Identity | Promise<Identity> {
    return this.#credential.fresh() ?? this.#credential.get(signal);
  }

  afterRefusal(refused: string | undefined, signal: AbortSignal): Identity | Promise<Identity> {
    const fresh = this.#credential.fresh();
    if (fresh !== undefined && fresh.id !== refused) return fresh;
    // Calls that were refused together wait for one and the same new certificate.
    if (fresh !== undefined) this.#credential.refused(fresh);
    return this.#credential.get(signal);
  }

  close(): void {
    this.#credential.close();
  }
}

function renewal({ validFrom, expiresAt }: Identity, { clock, maxAge }: CallbackSourceSettings): number {
  const byLife = validFrom + RENEW_AFTER * (expiresAt - validFrom);
  return Math.min(byLife, maxAge === undefined ? Number.POSITIVE_INFINITY : clock.wall() + maxAge);
}

function isMaterial(value: unknown): value is CertificateMaterial {
  if (typeof value !== 'object' || value === null) return false;
  return 'pkcs12' in value || ('cert' in value && 'key' in value);
}
