import { abortReason, type Clock, CrewError, type ToolCall } from '@crew/core';
import { AttemptRequest } from '../auth/attempt-request.ts';
import type { TransportFetch } from '../auth/authenticator.ts';
import { AuthenticatorChain, isThenable } from '../auth/authenticators.ts';
import { BoundedMap } from '../credential/bounded-map.ts';
import { registerLLM } from '../credential/recursion-guard.ts';
import type { HttpLLMSettings } from '../http-llm-options.ts';
import type { Protocol } from '../protocol.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { Connections, type Lease } from '../transport/connections.ts';
import { proxyCredentials } from '../transport/proxy.ts';
import { Deadlines, type TimeoutSettings } from '../transport/timeouts.ts';
import { transportFetch } from '../transport/transport-fetch.ts';
import { describeUrl } from '../transport/url.ts';
import type { RetrySettings } from './retry.ts';

/** Maximum number of remembered ids of tool calls. */
const MAX_CALL_IDS = 10_000;
/** Maximum length of a remembered id, in characters. */
const MAX_CALL_ID_LENGTH = 1_024;

/** The server of one LLM: its URL, connections and authenticators, shared by all turns. */
export class Endpoint {
  readonly url: URL;
  /** Origin and path, for errors. */
  readonly server: string;
  readonly model: string | undefined;
  readonly protocol: Protocol;
  /** The `headers` option, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly authenticators: AuthenticatorChain;
  readonly timeouts: TimeoutSettings;
  readonly retry: RetrySettings;
  readonly maxResponseBytes: number;
  readonly clock: Clock;
  /** Secrets that no authenticator holds: those in `headers` and in the query of the endpoint, and those of the proxy. */
  readonly secrets: readonly string[];
  /** Ids of tool calls that the server has sent. Only they are certain to be accepted when they are sent back. */
  readonly callIds: BoundedMap<string, true> = new BoundedMap(MAX_CALL_IDS);
  readonly #settings: HttpLLMSettings;
  readonly #connections: Connections;

  constructor(settings: HttpLLMSettings, model: string | undefined) {
    const { url, timeouts, headers, proxy } = settings;
    this.url = url;
    this.server = describeUrl(url);
    this.model = model;
    this.protocol = settings.protocol;
    this.headers = headers;
    this.authenticators = new AuthenticatorChain(settings.authenticators);
    this.timeouts = timeouts;
    this.retry = settings.retry;
    this.maxResponseBytes = settings.maxResponseBytes;
    this.clock = settings.clock;
    this.secrets = [...Object.entries(headers), ...url.searchParams]
      .flatMap(secretByName)
      .concat(proxyCredentials(proxy));
    this.#settings = settings;
    this.#connections = new Connections({ ...settings, connectTimeout: timeouts.connect });
  }

  /** Remembers the ids of the tool calls of a turn, so that the server gets them back unchanged. */
  rememberCallIds(calls: readonly ToolCall[] = []): void {
    for (const { id } of calls) if (id.length <= MAX_CALL_ID_LENGTH) this.callIds.set(id, true);
  }

  /** Leases connections that use the current credentials. Returns a promise only if the authenticator does. */
  lease(signal: AbortSignal): Lease | Promise<Lease> {
    const credentials = this.authenticators.connection(signal);
    if (!isThenable(credentials)) return this.#connections.lease(credentials);
    return credentials.then(value => {
      // The caller that would release the lease is gone.
      if (signal.aborted) throw abortReason(signal, 'Connecting');
      return this.#connections.lease(value);
    });
  }

  /** Returns a `fetch` on its own lease, or on the given one, which it does not release. */
  fetch(lease?: Lease): TransportFetch {
    const borrowed = lease && { ...lease, release: () => undefined };
    return transportFetch(this.#settings, signal => borrowed ?? this.lease(signal));
  }

  /** Leases connections and authenticates a request that is never sent. */
  async prepare(parent: AbortSignal): Promise<void> {
    const { clock, server, timeouts, authenticators, url, secrets } = this;
    const scrubber = new Scrubber(secrets);
    const deadlines = new Deadlines({ clock, server, total: timeouts.total, shortest: timeouts.total, parent });
    const { signal } = deadlines;
    registerLLM(signal, this);
    try {
      const lease = await deadlines.race(Promise.resolve(this.lease(signal)));
      try {
        const request = new AttemptRequest(url, {}, new Uint8Array(), scrubber);
        const pending = authenticators.authenticate(request, {
          signal,
          attempt: 1,
          renewed: false,
          authContext: undefined,
          connection: lease.credentials,
          fetch: this.fetch(lease),
          emit: () => undefined,
        });
        if (pending !== undefined) await deadlines.race(pending);
      } finally {
        lease.release();
      }
    } catch (thrown) {
      throw CrewError.isInstance(thrown) ? scrubber.error(thrown) : thrown;
    } finally {
      deadlines.dispose();
    }
  }

  /** Closes all connections. */
  close(): Promise<void> {
    return this.#connections.close();
  }
}

/** Returns the value of a header or query parameter whose name suggests a credential. */
function secretByName([name, value]: readonly [string, string]): readonly string[] {
  return /key|token|secret|auth|password|credential|signature/i.test(name) ? [value] : [];
}
