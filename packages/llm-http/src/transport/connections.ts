/// <reference path="./undici-modules.d.ts" />

import { isIP } from 'node:net';

import { AbortError, type Clock, ConnectionError, type CrewError, copyOptions } from '@crew/core';
import type { Dispatcher, Pool as PoolTypes } from 'undici';
import connectMethod from 'undici/lib/api/api-connect.js';
import buildConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import type { ConnectionCredentials } from '../auth/authenticator.ts';
import { type Connector, TrackedClient, tunnelConnector } from './client.ts';
import { type EnvironmentProxies, isProxy, type ProxySettings } from './proxy.ts';
import { secureContext, type TrustSettings, tlsOptions, withDefaultCertificates } from './tls-options.ts';
import { MAX_HEAD_BYTES } from './transport-failure.ts';

/** Time that requests on connections with replaced credentials have to complete, in milliseconds. */
const DRAIN = 30_000;

/** A lease of connections that use certain credentials. They stay open until it is released. */
export interface Lease {
  readonly dispatcher: Dispatcher;
  readonly credentials: ConnectionCredentials | undefined;
  /** Releases the lease. Further calls have no effect. */
  release(): void;
}

/**
 * The connections of one LLM. All of them use the same credentials. When the credentials change, new connections are opened,
 * and the old ones are closed after their last request, at the latest after 30 seconds.
 */
export class Connections {
  readonly #settings: ConnectionSettings;
  #current: Generation | undefined;
  readonly #retired = new Set<Generation>();
  #isClosed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /**
   * Leases connections that use these credentials.
   *
   * @throws {ConfigurationError} if the credentials cannot be used. The previous ones then stay in use.
   * @throws {AbortError} if the connections were closed.
   */
  lease(credentials: ConnectionCredentials | undefined): Lease {
    if (this.#isClosed) throw new AbortError('The LLM was closed.');
    const current = this.#current;
    const isCurrent = current !== undefined && current.id === credentials?.id;
    return (isCurrent ? current : this.#replace(credentials)).lease();
  }

  /** Closes all connections at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#current = undefined;
    await Promise.all(all.map(generation => generation.destroy(new AbortError('The LLM was closed.'))));
  }

  #replace(credentials: ConnectionCredentials | undefined): Generation {
    const next = new Generation(createDispatcher(this.#settings, credentials), credentials, this.#settings.clock);
    const old = this.#current;
    this.#current = next;
    if (old === undefined) return next;
    this.#retired.add(old);
    const end = (): void => {
      this.#retired.delete(old);
    };
    old.retire().then(end, end);
    return next;
  }
}

/** The connections that use the same credentials. */
class Generation {
  readonly #dispatcher: Dispatcher;
  readonly #credentials: ConnectionCredentials | undefined;
  readonly #clock: Clock;
  readonly #drained = new AbortController();
  #leases = 0;
  #isRetired = false;

  constructor(dispatcher: Dispatcher, credentials: ConnectionCredentials | undefined, clock: Clock) {
    this.#dispatcher = dispatcher;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  get id(): string | undefined {
    return this.#credentials?.id;
  }

  lease(): Lease {
    this.#leases += 1;
    let isReleased = false;
    return {
      dispatcher: this.#dispatcher,
      credentials: this.#credentials,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#leases -= 1;
        this.#drain();
      },
    };
  }

  /** Waits for the last request, at most for the drain time, and closes the connections. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    this.#drain();
    await this.#clock.sleep(DRAIN, this.#drained.signal).catch(() => undefined);
    await this.destroy(
      new ConnectionError(`The connection was closed: its client certificate was replaced ${DRAIN / 1000} s ago.`),
    );
  }

  /** Closes the connections. Active requests fail with the error. */
  async destroy(error: CrewError): Promise<void> {
    this.#drained.abort();
    await this.#dispatcher.destroy(error);
  }

  #drain(): void {
    if (this.#isRetired && this.#leases === 0) this.#drained.abort();
  }
}

/** Settings of all connections of one LLM. */
export interface ConnectionSettings extends TrustSettings {
  readonly clock: Clock;
  /** Time limit for connecting, in milliseconds. */
  readonly connectTimeout: number;
  readonly allowH2: boolean;
  readonly proxy: ProxySettings | EnvironmentProxies | undefined;
}

/** Maximum number of connections per origin. Further requests wait for a free connection. */
const MAX_CONNECTIONS = 256;

/**
 * Creates a dispatcher for these credentials. It caches TLS sessions, so it must not be used for other credentials.
 *
 * @throws {ConfigurationError} if certificate and key cannot be used together.
 */
export function createDispatcher(
  settings: ConnectionSettings,
  credentials: ConnectionCredentials | undefined,
): Dispatcher {
  const { allowH2, clock, connectTimeout, proxy } = settings;
  const tls = { ...tlsOptions(settings, credentials), allowH2, timeout: 0 };
  const direct = buildConnector(copyOptions(tls));
  const limits = { clock, timeout: connectTimeout };
  const certificate = credentials?.cert === undefined ? undefined : { isAccepted: false };
  const factory = (origin: string | URL, options: object): Dispatcher => {
    const tunnelled = tunnelOf(options);
    const isDirect = tunnelled === undefined || tunnelled === direct;
    const connector = isDirect ? direct : tunnelConnector(tunnelled, direct, proxyOrigin(proxy, origin));
    return new Pool(origin, {
      ...poolOptions(allowH2),
      connect: direct,
      factory: (url, clientOptions) => new TrackedClient(url, clientOptions, connector, limits, certificate),
    });
  };
  if (proxy === undefined) return new Agent({ factory, allowH2 });
  const connectProxy = proxyConnector(isProxy(proxy) ? proxy.ca : undefined);
  const proxyClient = (address: URL | string, options: object): Dispatcher =>
    new TrackedClient(new URL(address), options, connectProxy, limits);
  const tunnel = {
    factory,
    // With the `connect` method that undici's main entry would add.
    clientFactory: (address: URL): Dispatcher =>
      Object.assign(new Pool(address, { factory: proxyClient, connect: connectProxy, headersTimeout: 0 }), {
        connect: connectMethod,
      }),
    allowH2,
    connectTimeout: 0,
    proxyTunnel: true,
  };
  if (!isProxy(proxy)) {
    // Empty strings, so that undici does not read the environment again.
    const [httpProxy, httpsProxy] = [proxy.http?.url ?? '', proxy.https?.url ?? ''];
    return new EnvHttpProxyAgent({ ...tunnel, httpProxy, httpsProxy, noProxy: proxy.none, connect: direct });
  }
  const { url, authorization } = proxy;
  return new ProxyAgent({ ...tunnel, uri: url, ...(authorization === undefined ? {} : { token: authorization }) });
}

/** Returns the proxy for an origin, without user and password. */
function proxyOrigin(proxy: ConnectionSettings['proxy'], origin: string | URL): string {
  if (proxy === undefined) return '';
  const isSecure = String(origin).startsWith('https:');
  const url = isProxy(proxy) ? proxy.url : ((isSecure ? proxy.https?.url : undefined) ?? proxy.http?.url ?? '');
  return URL.parse(url)?.origin ?? '';
}

/** Returns the connector to the proxy itself, whose certificate is verified like any other. */
function proxyConnector(ca: readonly string[] | undefined): Connector & buildConnector.connector {
  const trusted = ca === undefined ? {} : { ca: withDefaultCertificates(ca) };
  const context = secureContext(trusted);
  const options = { secureContext: context, rejectUnauthorized: true, allowH2: false, timeout: 0 };
  const connect = buildConnector(copyOptions(options));
  return ({ servername, ...options }, callback) => {
    // undici's agent uses the proxy's IP address as server name, which TLS does not allow (RFC 6066, section 3).
    const name = servername === undefined || isIP(servername) !== 0 ? {} : { servername };
    return connect({ ...options, ...name }, callback);
  };
}

function poolOptions(allowH2: boolean): PoolTypes.Options {
  // Deadlines use the clock of the request. Those of undici are disabled.
  return { allowH2, connections: MAX_CONNECTIONS, maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: 0, bodyTimeout: 0 };
}

/** Returns the connector of a proxy tunnel, if undici's agent has set one. */
function tunnelOf(options: object): Connector | undefined {
  const connect: unknown = Reflect.get(options, 'connect');
  return typeof connect === 'function' ? (connect as Connector) : undefined;
}
