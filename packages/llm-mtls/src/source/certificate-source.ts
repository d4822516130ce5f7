import type { CrewError } from '@crew/core';
import type { Identity } from '../material/identity.ts';

/** Where the identity comes from, and comes anew when it is replaced. */
export interface CertificateSource {
  /** The identity to connect with now: at once when nothing has to be waited for. */
  current(signal: AbortSignal): Identity | Promise<Identity>;
  /** The one in use; undefined before the first was loaded. */
  readonly held: Identity | undefined;
  /** Why the newest content is not in use, where it is not. */
  readonly rejection?: CrewError | undefined;
  /** The server refused this identity. Gives another one if there is one. */
  afterRefusal(refused: string | undefined, signal: AbortSignal): Identity | Promise<Identity | undefined> | undefined;
  close(): void;
}
