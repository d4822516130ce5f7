import { CrewError } from '@crew/core';
import { AttemptRequest } from '../auth/attempt-request.ts';
import { registerLLM } from '../credential/recursion-guard.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { Deadlines } from '../transport/timeouts.ts';
import { authenticate } from './authenticate.ts';
import type { Endpoint } from './endpoint.ts';
import { lease } from './lease.ts';

/** Leases a connection and authenticates a request that is never sent. */
export async function makeReady(endpoint: Endpoint, parent: AbortSignal | undefined): Promise<void> {
  const { clock, server, timeouts, authenticators, connections, url, secrets } = endpoint;
  const scrubber = new Scrubber(secrets);
  const scope = new Deadlines({ clock, server, total: timeouts.total, shortest: timeouts.total, parent });
  registerLLM(scope.signal, endpoint);
  try {
    const leased = await scope.guard(Promise.resolve(lease(authenticators, connections, scope.signal)));
    try {
      const request = new AttemptRequest(url, {}, new Uint8Array(), scrubber);
      const waiting = authenticate(authenticators, request, {
        signal: scope.signal,
        attempt: 1,
        renewed: false,
        authContext: undefined,
        connection: leased.credentials,
        fetch: endpoint.fetchOn(leased),
        emit: () => undefined,
      });
      if (waiting !== undefined) await scope.guard(waiting);
    } finally {
      leased.release();
    }
  } catch (thrown) {
    throw CrewError.isInstance(thrown) ? scrubber.error(thrown) : thrown;
  } finally {
    scope.dispose();
  }
}
