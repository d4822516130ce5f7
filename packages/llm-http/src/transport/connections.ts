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

/** So long may a request on replaced credentials go on, in milliseconds. */
const DRAIN = 30_000;

/** The right to send on connections that were made with certain credentials. */
export interface Lease {
  readonly dispatcher: Dispatcher;
  readonly credentials: ConnectionCredentials | undefined;
  /** Gives it back. More than once does nothing. */
  release(): void;
}

/**
 * The connections of one LLM. They all belong to one generation of credentials; new credentials get new connections,
 * and the old ones are closed when their last request has ended, or after 30 seconds by force.
 */
export class Connections {
  readonly #settings: ConnectionSettings;
  #current: Generation | undefined;
  readonly #retired = new Set<Generation>();
  #isClosed = false;

  /** @throws {ConfigurationError} when the settings cannot make a connection. */
  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /**
   * @throws {ConfigurationError} when the credentials cannot be used; then the ones before stay in use.
   * @throws {AbortError} when the connections were closed.
   */
  lease(credentials: ConnectionCredentials | undefined): Lease {
    if (this.#isClosed) throw new AbortError('The LLM was closed.');
    if (this.#current === undefined || this.#current.id !== credentials?.id) this.#replace(credentials);
    return (this.#current as Generation).lease();
  }

  /** Ends every connection now. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#retired, ...(this.#current === undefined ? [] : [this.#current])];
    this.#current = undefined;
    await Promise.all(all.map(generation => generation.destroy(new AbortError('The LLM was closed.'))));
  }

  #replace(credentials: ConnectionCredentials | undefined): void {
    const next = new Generation(createDispatcher(this.#settings, credentials), credentials, this.#settings.clock);
    const old = this.#current;
    this.#current = next;
    if (old === undefined) return;
    this.#retired.add(old);
    const end = (): void => {
      this.#retired.delete(old);
    };
    old.retire().then(end, end);
  }
}

/** The connections that were made with the same credentials. */
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
    let held = true;
    return {
      dispatcher: this.#dispatcher,
      credentials: this.#credentials,
      release: () => {
        if (!held) return;
        held = false;
        this.#leases -= 1;
        this.#drain();
      },
    };
  }

  /** Resolves when it is closed. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    this.#drain();
    await this.#clock.sleep(DRAIN, this.#drained.signal).catch(() => undefined);
    await this.destroy(
      new ConnectionError(`The connection was closed: its client certificate was replaced ${DRAIN / 1000} s ago.`),
    );
  }

  /** What is still under way ends with that error. */
  async destroy(why: CrewError): Promise<void> {
    this.#drained.abort();
    await this.#dispatcher.destroy(why);
  }

  #drain(): void {
    if (this.#isRetired && this.#leases === 0) this.#drained.abort();
  }
}

/** What every connection of one LLM has in common. */
export interface ConnectionSettings extends TrustSettings {
  readonly clock: Clock;
  /** Milliseconds to connect. */
  readonly connectTimeout: number;
  readonly allowH2: boolean;
  readonly proxy: ProxySettings | EnvironmentProxies | undefined;
}

/** More connections to one origin than this are not opened; further requests wait for a free one. */
const CONNECTIONS = 256;

/**
 * A dispatcher for these credentials alone. TLS sessions are cached inside it, so it must never serve others.
 *
 * @throws {ConfigurationError} when certificate and key cannot be used together.
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
    const tunnelled = connectorOf(options);
    const isDirect = tunnelled === undefined || tunnelled === direct;
    const connector = isDirect ? direct : tunnelConnector(tunnelled, direct, shownProxy(proxy, origin));
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
    // With the method that undici's main entry would have given it.
    clientFactory: (address: URL): Dispatcher =>
      Object.assign(new Pool(address, { factory: proxyClient, connect: connectProxy, headersTimeout: 0 }), {
        connect: connectMethod,
      }),
    allowH2,
    connectTimeout: 0,
    proxyTunnel: true,
  };
  if (!isProxy(proxy)) {
    // Empty, so that the environment is not read again.
    const [httpProxy, httpsProxy] = [proxy.http?.url ?? '', proxy.https?.url ?? ''];
    return new EnvHttpProxyAgent({ ...tunnel, httpProxy, httpsProxy, noProxy: proxy.none, connect: direct });
  }
  const { url, authorization } = proxy;
  return new ProxyAgent({ ...tunnel, uri: url, ...(authorization === undefined ? {} : { token: authorization }) });
}

/** The proxy that leads to an origin, without user and password. */
function shownProxy(proxy: ConnectionSettings['proxy'], origin: string | URL): string {
  if (proxy === undefined) return '';
  const isSecure = String(origin).startsWith('https:');
  const url = isProxy(proxy) ? proxy.url : ((isSecure ? proxy.https?.url : undefined) ?? proxy.http?.url ?? '');
  return URL.parse(url)?.origin ?? '';
}

/** Connects to the proxy itself, whose certificate is checked like any other. */
function proxyConnector(ca: readonly string[] | undefined): Connector & buildConnector.connector {
  const trusted = ca === undefined ? {} : { ca: withDefaultCertificates(ca) };
  const context = secureContext(trusted);
  const own = { secureContext: context, rejectUnauthorized: true, allowH2: false, timeout: 0 };
  const connect = buildConnector(copyOptions(own));
  return ({ servername, ...options }, callback) => {
    // undici's agent asks for the proxy's address as a server name, which TLS does not allow (RFC 6066, section 3).
    const name = servername === undefined || isIP(servername) !== 0 ? {} : { servername };
    return connect({ ...options, ...name }, callback);
  };
}

function poolOptions(allowH2: boolean): PoolTypes.Options {
  // The deadlines are kept by the request's own clock; undici's are off.
  return { allowH2, connections: CONNECTIONS, maxHeaderSize: MAX_HEAD_BYTES, headersTimeout: 0, bodyTimeout: 0 };
}

/** The way through the proxy, where undici's agent made one. */
function connectorOf(options: object): Connector | undefined {
  const connect: unknown = Reflect.get(options, 'connect');
  return typeof connect === 'function' ? (connect as Connector) : undefined;
}
