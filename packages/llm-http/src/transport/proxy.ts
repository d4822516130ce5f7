import { ConfigurationError, copyOptions } from '@crew/core';
import { checkOptionNames } from '../option-checks.ts';
import { checkCredentialText } from './headers.ts';
import { checkCertificates } from './tls-options.ts';

/**
 * Options of a proxy. Connections are tunnelled through it with `CONNECT` (RFC 9110, section 9.3.6), so it cannot read what is
 * sent.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM, type ProxyOptions } from '@crew/llm-http';
 *
 * const proxy: ProxyOptions = { url: 'http://proxy.example:3128', username: 'crew', password: 'correct horse' };
 * await using llm = new HttpLLM({ endpoint: 'https://api.example.com/v1/chat/completions', proxy });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface ProxyOptions {
  /** The `http:` or `https:` URL of the proxy. It may contain user and password, percent-encoded. */
  readonly url: string | URL;
  /** User name for Basic authentication (RFC 7617). */
  readonly username?: string | undefined;
  /** Password for Basic authentication. */
  readonly password?: string | undefined;
  /** Value of `proxy-authorization`, for any other scheme. */
  readonly authorization?: string | undefined;
  /** Certificates to trust for an `https:` proxy, in addition to those that Node trusts (PEM). */
  readonly ca?: string | readonly string[] | undefined;
}

/** The validated options of a proxy. */
export interface ProxySettings {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly ca: readonly string[] | undefined;
}

/** The proxies set in the environment, by the scheme of the endpoint. */
export interface EnvironmentProxies {
  /** `NO_PROXY`. */
  readonly none: string;
  readonly http: EnvironmentProxy | undefined;
  readonly https: EnvironmentProxy | undefined;
}

interface EnvironmentProxy {
  /** The URL, including user and password if it has them. */
  readonly url: string;
  readonly authorization: string | undefined;
}

/**
 * Validates the `proxy` option. For `'environment'` it reads the current environment variables.
 *
 * @throws {ConfigurationError} which never quotes the URL, because it may contain a password.
 */
export function checkProxy(
  proxy: string | URL | ProxyOptions | 'environment' | undefined,
): ProxySettings | EnvironmentProxies | undefined {
  if (proxy === undefined) return undefined;
  if (proxy === 'environment') {
    const none = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
    return { none, http: environmentProxy('http_proxy'), https: environmentProxy('https_proxy') };
  }
  return checkOneProxy(proxy, 'proxy');
}

/** Returns all `proxy-authorization` values of the settings. */
export function proxyCredentials(proxy: ProxySettings | EnvironmentProxies | undefined): readonly string[] {
  if (proxy === undefined) return [];
  const all = isProxy(proxy) ? [proxy] : [proxy.http, proxy.https];
  return all.flatMap(one => one?.authorization ?? []);
}

/** Returns true for a single proxy, false for those of the environment. */
export function isProxy(proxy: ProxySettings | EnvironmentProxies): proxy is ProxySettings {
  return Object.hasOwn(proxy, 'url');
}

/** Reads a variable by the rules of curl and undici: the lower-case name takes precedence, and an empty value disables it. */
function environmentProxy(name: string): EnvironmentProxy | undefined {
  const variable = process.env[name] === undefined ? name.toUpperCase() : name;
  const url = process.env[variable] ?? '';
  return url === ''
    ? undefined
    : { url, authorization: checkOneProxy(url, `The environment variable ${variable}`).authorization };
}

function checkOneProxy(proxy: string | URL | ProxyOptions, what: string): ProxySettings {
  const unchecked: ProxyOptions = typeof proxy === 'string' || proxy instanceof URL ? { url: proxy } : proxy;
  const options = copyOptions(unchecked);
  const url = toUrl(options, what);
  checkOptionNames(options, ['url', 'username', 'password', 'authorization', 'ca'], 'proxy');
  const username = options.username ?? percentDecode(url.username, what);
  const password = options.password ?? percentDecode(url.password, what);
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new ConfigurationError('proxy.username and proxy.password must be strings.');
  }
  url.username = '';
  url.password = '';
  const basic = username === '' && password === '' ? undefined : basicCredentials(username, password);
  if (options.authorization !== undefined && basic !== undefined) {
    throw new ConfigurationError('proxy: set either authorization, or user and password.');
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

function percentDecode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(`${what} contains a user or password that is not percent-encoded.`);
  }
}

function basicCredentials(username: string, password: string): string {
  if (username.includes(':'))
    throw new ConfigurationError("The proxy's user name contains a colon, which Basic authentication does not allow.");
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
