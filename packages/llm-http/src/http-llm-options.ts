import { type BaseLLMOptions, type Clock, ConfigurationError, copyOptions } from '@crew/core';
import type { Authenticator } from './auth/authenticator.ts';
import { type Authentication, authenticators } from './auth/authenticators.ts';
import { checkClock, checkOptionNames } from './option-checks.ts';
import { chatCompletions, type Protocol } from './protocol.ts';
import { checkHeaders } from './transport/headers.ts';
import { checkProxy, type EnvironmentProxies, type ProxyOptions, type ProxySettings } from './transport/proxy.ts';
import { checkTimeouts, type TimeoutSettings, type Timeouts } from './transport/timeouts.ts';
import { checkCertificates } from './transport/tls-options.ts';
import { checkEndpoint } from './transport/url.ts';
import { checkRetryOptions, type RetryOptions, type RetrySettings } from './turn/retry.ts';

/** What an `HttpLLM` takes. Only `endpoint` is needed. */
export interface HttpLLMOptions extends BaseLLMOptions {
  /** The full URL to post to; nothing is appended. `https:`, or `http:` to this machine. */
  readonly endpoint: string | URL;
  /** How requests are authenticated: one authenticator, or several in this order; one that signs bytes is last. */
  readonly auth?: Authentication;
  /** How turns are written and read. Default: `chatCompletions()`. */
  readonly protocol?: Protocol | undefined;
  /** Further headers of every request, by name. Not for credentials. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly retry?: RetryOptions | undefined;
  /** A proxy's URL or options; `'environment'` for what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say. Default: none. */
  readonly proxy?: string | URL | ProxyOptions | 'environment' | undefined;
  /** PEM certificates of private authorities to trust for the endpoint. */
  readonly ca?: string | readonly string[] | undefined;
  /** Whether `ca` is trusted beside the certificates that Node trusts, or alone. Default `append`. */
  readonly caMode?: 'append' | 'replace' | undefined;
  /** Speak HTTP/2 where the server offers it. Default false. */
  readonly allowH2?: boolean | undefined;
  /** Allow `http:` to other machines, where the network itself is protected. Default false. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** The longest answer, in bytes after decoding. Default 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Whether the model can call tools. `false` makes agents use the text protocol. Default true. */
  readonly functionCalling?: boolean | undefined;
  /** Whether the server takes stop words. Replies are cut at them in either case. Default true. */
  readonly stopWords?: boolean | undefined;
  /** Tokens that the model reads and writes together. Default `Infinity`: the server says when it is too much. */
  readonly contextWindow?: number | undefined;
}

const NAMES: Readonly<Record<keyof HttpLLMOptions, true>> = {
  endpoint: true,
  auth: true,
  model: true,
  temperature: true,
  stop: true,
  protocol: true,
  headers: true,
  timeouts: true,
  retry: true,
  proxy: true,
  ca: true,
  caMode: true,
  allowH2: true,
  allowInsecureHttp: true,
  maxResponseBytes: true,
  functionCalling: true,
  stopWords: true,
  contextWindow: true,
  clock: true,
};

const MAX_RESPONSE_BYTES = 67_108_864;

/** The options, checked and complete. */
export interface HttpLLMSettings {
  readonly url: URL;
  readonly authenticators: readonly Authenticator[];
  readonly protocol: Protocol;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: TimeoutSettings;
  readonly retry: RetrySettings;
  readonly proxy: ProxySettings | EnvironmentProxies | undefined;
  readonly ca: readonly string[] | undefined;
  readonly caMode: 'append' | 'replace';
  readonly allowH2: boolean;
  readonly allowInsecureHttp: boolean;
  readonly maxResponseBytes: number;
  readonly functionCalling: boolean;
  readonly stopWords: boolean;
  readonly contextWindow: number;
  readonly clock: Clock;
}

/** @throws {ConfigurationError} naming the option that is wrong, never its value. */
export function checkOptions(given: HttpLLMOptions): HttpLLMSettings {
  const options = copyOptions(given);
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('HttpLLM needs an options object with at least an `endpoint`.');
  }
  checkOptionNames(options, Object.keys(NAMES), 'HttpLLM');
  const allowInsecureHttp = flag(options, 'allowInsecureHttp', false);
  return {
    url: checkEndpoint(options.endpoint, allowInsecureHttp),
    authenticators: authenticators(options.auth),
    protocol: checkProtocol(options.protocol ?? chatCompletions()),
    headers: checkHeaders(options.headers),
    timeouts: checkTimeouts(options.timeouts),
    retry: checkRetryOptions(options.retry),
    proxy: checkProxy(options.proxy),
    ca: checkCertificates(options.ca, 'ca'),
    caMode: checkCaMode(options),
    allowH2: flag(options, 'allowH2', false),
    allowInsecureHttp,
    maxResponseBytes: positive(options, 'maxResponseBytes', MAX_RESPONSE_BYTES),
    functionCalling: flag(options, 'functionCalling', true),
    stopWords: flag(options, 'stopWords', true),
    contextWindow: positive(options, 'contextWindow', Number.POSITIVE_INFINITY),
    clock: checkClock(options.clock),
  };
}

function flag(options: HttpLLMOptions, name: keyof HttpLLMOptions, byDefault: boolean): boolean {
  const value: unknown = options[name] ?? byDefault;
  if (typeof value !== 'boolean') throw new ConfigurationError(`${name} must be true or false.`);
  return value;
}

function positive(options: HttpLLMOptions, name: keyof HttpLLMOptions, byDefault: number): number {
  const value: unknown = options[name] ?? byDefault;
  if (typeof value !== 'number' || !(value > 0)) throw new ConfigurationError(`${name} must be a positive number.`);
  return value;
}

function checkCaMode({ ca, caMode = 'append' }: HttpLLMOptions): 'append' | 'replace' {
  if (caMode !== 'append' && caMode !== 'replace') {
    throw new ConfigurationError("caMode must be 'append' or 'replace'.");
  }
  if (caMode === 'replace' && ca === undefined) {
    throw new ConfigurationError("caMode is 'replace', but there is no ca to trust instead.");
  }
  return caMode;
}

function checkProtocol(protocol: Protocol): Protocol {
  for (const method of ['encodeRequest', 'decodeResponse', 'decodeEvents'] as const) {
    if (typeof protocol?.[method] !== 'function') {
      throw new ConfigurationError(`protocol must have a method \`${method}\`. The default is chatCompletions().`);
    }
  }
  return protocol;
}
