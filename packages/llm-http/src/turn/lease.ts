import { abortReason } from '@crew/core';
import type { Authenticator, ConnectionCredentials } from '../auth/authenticator.ts';
import type { Connections, Lease } from '../transport/connections.ts';
import { authenticationFault, isThenable } from './authenticate.ts';

/** A lease on connections with the credentials that are valid now. At once where the authenticator answers at once. */
export function lease(
  authenticators: readonly Authenticator[],
  connections: Connections,
  signal: AbortSignal,
): Lease | Promise<Lease> {
  const source = authenticators.find(one => one.connection !== undefined);
  if (source?.connection === undefined) return connections.lease(undefined);
  let credentials: ConnectionCredentials | Promise<ConnectionCredentials>;
  try {
    credentials = source.connection({ signal });
  } catch (thrown) {
    throw authenticationFault(source, thrown);
  }
  if (!isThenable(credentials)) return connections.lease(credentials);
  return Promise.resolve(credentials).then(
    value => {
      // Nobody waits any more who could give the lease back.
      if (signal.aborted) throw abortReason(signal, 'Connecting');
      return connections.lease(value);
    },
    thrown => {
      throw authenticationFault(source, thrown);
    },
  );
}
