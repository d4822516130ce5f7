import type { Identity } from '../material/identity.ts';
import type { CertificateSource } from './certificate-source.ts';

/** An identity from values: it is never replaced. */
export class FixedSource implements CertificateSource {
  readonly held: Identity;

  constructor(identity: Identity) {
    this.held = identity;
  }

  current(): Identity {
    return this.held;
  }

  afterRefusal(): undefined {
    return undefined;
  }

  close(): void {}
}
