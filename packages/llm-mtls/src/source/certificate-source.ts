import type { CrewError } from '@crew/core';
import type { Identity } from '../material/identity.ts';

/** Provider of the identity of one authenticator, also when the certificate is replaced. */
export interface CertificateSource {
  /** Returns the identity for a new connection, without a promise if it is available. */
  current(signal: AbortSignal): Identity | Promise<Identity>;
  /** The identity in use. Undefined before the first one was loaded. */
  readonly identity: Identity | undefined;
  /** The reason why the newest content is not in use, if so. */
  readonly rejection?: CrewError | undefined;
  /** Returns another identity after the server refused this one, if there is another. */
  afterRefusal(refused: string | undefined, signal: AbortSignal): Identity | Promise<Identity | undefined> | undefined;
  close(): void;
}

/** An identity from option values, which is never replaced. */
export class FixedSource implements CertificateSource {
  readonly identity: Identity;

  constructor(identity: Identity) {
    this.identity = identity;
  }

  current(): Identity {
    return this.identity;
  }

  afterRefusal(): undefined {
    return undefined;
  }

  close(): void {}
}
