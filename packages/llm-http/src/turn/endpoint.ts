import type { Clock } from '@crew/core';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Protocol } from '../protocol.ts';
import type { RetrySettings } from '../retry-policy.ts';
import type { Connections, Lease } from '../transport/connections.ts';
import type { TimeoutSettings } from '../transport/timeouts.ts';

/** Everything that the turns of one LLM have in common. */
export interface Endpoint {
  readonly url: URL;
  /** Who is asked, for errors: origin and path. */
  readonly server: string;
  readonly model: string | undefined;
  readonly protocol: Protocol;
  /** The user's, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authenticators: readonly Authenticator[];
  readonly connections: Connections;
  readonly timeouts: TimeoutSettings;
  readonly retry: RetrySettings;
  readonly maxResponseBytes: number;
  readonly clock: Clock;
  /** Secrets that are in no authenticator: those of `headers` and of the proxy. */
  readonly secrets: readonly string[];
  /** A `fetch` on that lease. */
  fetchOn(lease: Lease): typeof fetch;
}
