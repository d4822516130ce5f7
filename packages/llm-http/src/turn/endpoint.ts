import type { Clock } from '@crew/core';
import type { Authenticator, TransportFetch } from '../auth/authenticator.ts';
import type { HttpLLMSettings } from '../http-llm-options.ts';
import type { Protocol } from '../protocol.ts';
import { Connections, type Lease } from '../transport/connections.ts';
import { proxyCredentials } from '../transport/proxy.ts';
import type { TimeoutSettings } from '../transport/timeouts.ts';
import { transportFetch } from '../transport/transport-fetch.ts';
import { describeUrl } from '../transport/url.ts';
import type { RetrySettings } from './retry.ts';

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
  fetchOn(lease: Lease): TransportFetch;
}

/** What an LLM of these settings asks. */
export function createEndpoint(settings: HttpLLMSettings, model: string | undefined): Endpoint {
  const { url, timeouts, headers, proxy } = settings;
  return {
    ...settings,
    server: describeUrl(url),
    model,
    connections: new Connections({ ...settings, connectTimeout: timeouts.connect }),
    secrets: [...Object.entries(headers), ...url.searchParams].flatMap(secretByName).concat(proxyCredentials(proxy)),
    fetchOn: leased => transportFetch(settings, () => ({ ...leased, release: () => undefined })),
  };
}

/** Headers of the user's, and parameters of the endpoint's query, that hold credentials by the look of their names. */
function secretByName([name, value]: readonly [string, string]): readonly string[] {
  return /key|token|secret|auth|password|credential|signature/i.test(name) ? [value] : [];
}
