import { ConfigurationError, copyOptions } from '@crew/core';
import { checkOptionNames } from '../option-checks.ts';
import { checkCredentialText } from './headers.ts';
import { checkCertificates } from './tls-options.ts';

/** A proxy that connections go through, by `CONNECT` (RFC 9110, section 9.3.6): it never sees what is sent. */
export interface ProxyOptions {
  /** Its `http:` or `https:` URL. May hold user and password, percent-encoded. */
  readonly url: string | URL;
  /** For Basic authentication at the proxy (RFC 7617). */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The whole `proxy-authorization` value, for another scheme. */
  readonly authorization?: string | undefined;
  /** PEM certificates to trust for an `https:` proxy besides the system's. */
  readonly ca?: string | readonly string[] | undefined;
}

/** The same, checked. */
export interface ProxySettings {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly ca: readonly string[] | undefined;
}

/** The proxies that the environment names, by the scheme of the endpoint. */
export interface EnvironmentProxies {
  /** `NO_PROXY`. */
  readonly none: string;
  readonly http: EnvironmentProxy | undefined;
  readonly https: EnvironmentProxy | undefined;
}

interface EnvironmentProxy {
  /** With user and password, if it has them. */
  readonly url: string;
  readonly authorization: string | undefined;
}

/**
 * The `proxy` option checked, or what the environment says now.
 *
 * @throws {ConfigurationError} which never repeats the URL: it may hold a password.
 */
export function checkProxy(
  proxy: string | URL | ProxyOptions | 'environment' | undefined,
): ProxySettings | EnvironmentProxies | undefined {
  if (proxy === undefined) return undefined;
  if (proxy === 'environment') {
    const none = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
    return { none, http: environmentProxy('http_proxy'), https: environmentProxy('https_proxy') };
  }
  return oneProxy(proxy, 'proxy');
}

/** Every `proxy-authorization` value in them. */
export function proxyCredentials(proxy: ProxySettings | EnvironmentProxies | undefined): readonly string[] {
  if (proxy === undefined) return [];
  const all = isProxy(proxy) ? [proxy] : [proxy.http, proxy.https];
  return all.flatMap(one => one?.authorization ?? []);
}

/** Returns true for one proxy, false for those of the environment. */
export function isProxy(proxy: ProxySettings | EnvironmentProxies): proxy is ProxySettings {
  return Object.hasOwn(proxy, 'url');
}

/** By the rules of curl and undici: the lower-case name goes before the other, and an empty value is none. */
function environmentProxy(name: string): EnvironmentProxy | undefined {
  const variable = process.env[name] === undefined ? name.toUpperCase() : name;
  const url = process.env[variable] ?? '';
  return url === ''
    ? undefined
    : { url, authorization: oneProxy(url, `The environment variable ${variable}`).authorization };
}

function oneProxy(proxy: string | URL | ProxyOptions, what: string): ProxySettings {
  const given: ProxyOptions = typeof proxy === 'string' || proxy instanceof URL ? { url: proxy } : proxy;
  const options = copyOptions(given);
  const url = toUrl(options, what);
  checkOptionNames(options, ['url', 'username', 'password', 'authorization', 'ca'], 'proxy');
  const username = options.username ?? decode(url.username, what);
  const password = options.password ?? decode(url.password, what);
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new ConfigurationError('proxy.username and proxy.password must be strings.');
  }
  url.username = '';
  url.password = '';
  const basic = username === '' && password === '' ? undefined : basicCredentials(username, password);
  if (options.authorization !== undefined && basic !== undefined) {
    throw new ConfigurationError('proxy: give either authorization, or user and password.');
  }
  if (options.authorization !== undefined) checkCredentialText(options.authorization, 'proxy.authorization');
  return {
    url: url.href,
    authorization: options.authorization ?? basic,
    ca: checkCertificates(options.ca, 'proxy.ca'),
  };
}

function toUrl(options: ProxyOptions, what: string): URL {
  if (
    typeof options !== 'object' ||
    options === null ||
    !(typeof options.url === 'string' || options.url instanceof URL)
  ) {
    throw new ConfigurationError("proxy must be a URL, an object with one, or 'environment'.");
  }
  const url = URL.parse(String(options.url));
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new ConfigurationError(`${what} must be an http: or https: URL, such as http://proxy.example:3128.`);
  }
  return url;
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(`${what} has a user or password that is not percent-encoded.`);
  }
}

function basicCredentials(username: string, password: string): string {
  if (username.includes(':'))
    throw new ConfigurationError("The proxy's user name has a colon, which Basic cannot carry.");
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
