import type { CrewEventBase } from '@crew/core';

/**
 * A private key is in a file that others than its owner may read or write. Told once for each file and mode, with the
 * first use; with `strictPermissions` it is an error instead.
 */
export interface KeyPermissionsEvent extends CrewEventBase {
  readonly type: 'key-permissions';
  /** The authenticator's name. */
  readonly authenticator: string;
  readonly path: string;
  /** In octal, such as `0644`. */
  readonly mode: string;
}

declare module '@crew/core' {
  interface CrewEvents {
    'key-permissions': KeyPermissionsEvent;
  }
}
