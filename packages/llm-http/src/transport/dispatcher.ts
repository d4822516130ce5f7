/// <reference path="./undici-modules.d.ts" />
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { type Clock, ConfigurationError, CrewError, copyOptions, excerpt } from '@crew/core';
import type { Dispatcher, Pool as PoolTypes } from 'undici';
import connectMethod from 'undici/lib/api/api-connect.js';
import buildConnector from 'undici/lib/core/connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import type { ConnectionCredentials } from '../auth/authenticator.ts';
import { besidesDefaults } from './authorities.ts';
import type { Connector } from './connecting.ts';
import { ExchangeFailure, MOST_HEAD_BYTES } from './exchange-failure.ts';
import { type EnvironmentProxies, isProxy, type ProxySettings } from './proxy.ts';
import { throughTunnel } from './through-tunnel.ts';
import { TrackedClient } from './tracked-client.ts';

/** What every connection of one LLM has in common. */
export interface ConnectionSettings {
  readonly clock: Clock;
  /** Milliseconds to connect. */
  readonly connectTimeout: number;
  readonly allowH2: boolean;
  /** PEM certificates to trust. */
  readonly ca: readonly string[] | undefined;
  /** Whether `ca` stands alone, or beside the certificates that Node trusts. */
  readonly caMode: 'append' | 'replace';
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
    const connector = isDirect ? direct : throughTunnel(tunnelled, direct, shownProxy(proxy, origin));
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
  const trusted = ca === undefined ? {} : { ca: besidesDefaults(ca) };
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
  return { allowH2, connections: CONNECTIONS, maxHeaderSize: MOST_HEAD_BYTES, headersTimeout: 0, bodyTimeout: 0 };
}

function tlsOptions(settings: ConnectionSettings, credentials: ConnectionCredentials | undefined) {
  const {
    cert,
    key,
    ca: own,
    serverName,
    minVersion,
    checkServerIdentity,
  } = copyOptions<Partial<ConnectionCredentials>>(credentials ?? {});
  const ca = own ?? (settings.caMode === 'replace' ? settings.ca : besidesDefaults(settings.ca));
  const material = {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(minVersion === undefined ? {} : { minVersion }),
  };
  const server = {
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(checkServerIdentity === undefined ? {} : { checkServerIdentity: conclusive(checkServerIdentity) }),
  };
  // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED changes nothing here.
  return { ...server, secureContext: secureContext(material), rejectUnauthorized: true };
}

/** What a check of the server decides stands: asking again cannot help. */
function conclusive(check: NonNullable<ConnectionCredentials['checkServerIdentity']>): typeof check {
  return (host, certificate) => {
    const error = check(host, certificate);
    return CrewError.isInstance(error) ? new ExchangeFailure(error, 'never') : error;
  };
}

/** Made once for all connections: to read a few hundred authorities takes longer than a handshake. */
function secureContext(material: SecureContextOptions): SecureContext {
  try {
    // A copy without a prototype, on which Node would find options that nobody set.
    return createSecureContext(copyOptions(material));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? excerpt(String(thrown.code), 100) : 'unreadable';
    throw new ConfigurationError(`The client certificate, its key or the authorities cannot be used (${code}).`);
  }
}

/** The way through the proxy, where undici's agent made one. */
function connectorOf(options: object): Connector | undefined {
  const connect: unknown = Reflect.get(options, 'connect');
  return typeof connect === 'function' ? (connect as Connector) : undefined;
}
