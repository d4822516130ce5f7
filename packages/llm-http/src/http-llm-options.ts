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

/** Options of an `HttpLLM`. Only `endpoint` is required. */
export interface HttpLLMOptions extends BaseLLMOptions {
  /** Full URL of the endpoint; nothing is appended. `https:`, or `http:` to this machine. */
  readonly endpoint: string | URL;
  /**
   * Authentication of requests: one authenticator, or several, applied in this order. An authenticator that signs requests
   * comes last.
   *
   * @example
   * ```ts no-run
   * import { type Authenticator, fromFile, HttpLLM } from '@crew/llm-http';
   * import { readSecret } from '@crew/llm-http/adapter';
   *
   * const token = fromFile('/run/secrets/token');
   *
   * const bearer: Authenticator = {
   *   name: 'bearer',
   *   async authenticate(request, { signal }) {
   *     request.setHeader('authorization', `Bearer ${await readSecret(token, 'token', { signal })}`);
   *   },
   * };
   * const tenant: Authenticator = {
   *   name: 'tenant',
   *   authenticate: (request, { authContext }) => request.setHeader('x-tenant', String(authContext)),
   * };
   *
   * await using llm = new HttpLLM({
   *   endpoint: 'https://gateway.example/v1/chat/completions',
   *   auth: [bearer, tenant],
   * });
   * console.log(await llm.call('Say good morning.', { authContext: 'blue' }));
   * ```
   */
  readonly auth?: Authentication;
  /** Wire protocol: encodes turns and decodes responses. Default: `chatCompletions()`. */
  readonly protocol?: Protocol | undefined;
  /** Additional header fields of every request, by name. Not for credentials: use `auth`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Time limits of connections, responses and turns. */
  readonly timeouts?: Timeouts | undefined;
  /** Number and timing of retries. */
  readonly retry?: RetryOptions | undefined;
  /** URL or options of a proxy, or `'environment'` to use `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Default: none. */
  readonly proxy?: string | URL | ProxyOptions | 'environment' | undefined;
  /** Certificates of private authorities to trust for the endpoint (PEM). */
  readonly ca?: string | readonly string[] | undefined;
  /** Selects whether `ca` extends or replaces the certificates that Node trusts. Default `append`. */
  readonly caMode?: 'append' | 'replace' | undefined;
  /** Enables HTTP/2 with servers that support it. Default false. */
  readonly allowH2?: boolean | undefined;
  /** Allows `http:` to other machines, for networks that are protected themselves. Default false. */
  readonly allowInsecureHttp?: boolean | undefined;
  /** Maximum size of a response, in bytes after decoding. Default 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /**
   * Requests every reply as a stream and gathers it, for models that offer no other form. Calls resolve as they do without.
   * Default false.
   */
  readonly alwaysStream?: boolean | undefined;
  /** Set to false if the model cannot call tools: agents then use the ReAct protocol. Default true. */
  readonly functionCalling?: boolean | undefined;
  /** Set to false if the server does not support stop words. Replies are cut at them in either case. Default true. */
  readonly stopWords?: boolean | undefined;
  /**
   * Set to false if the server does not constrain replies to a JSON Schema (`response_format`): schemas are then part of the
   * prompt. Default: the value of `functionCalling`.
   */
  readonly responseFormat?: boolean | undefined;
  /** Size of the context window, in tokens. Default `Infinity`: only the server reports that a conversation is too long. */
  readonly contextWindow?: number | undefined;
}

const NAMES: Readonly<Record<keyof HttpLLMOptions, true>> = {
  endpoint: true,
  auth: true,
  model: true,
  temperature: true,
  topP: true,
  maxTokens: true,
  seed: true,
  reasoningEffort: true,
  parallelToolCalls: true,
  extraBody: true,
  stop: true,
  toolsInHistory: true,
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
  alwaysStream: true,
  functionCalling: true,
  stopWords: true,
  responseFormat: true,
  contextWindow: true,
  clock: true,
};

const MAX_RESPONSE_BYTES = 67_108_864;

/** The validated options, with defaults. */
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
  readonly alwaysStream: boolean;
  readonly functionCalling: boolean;
  readonly stopWords: boolean;
  readonly responseFormat: boolean;
  readonly contextWindow: number;
  readonly clock: Clock;
}

/**
 * Validates the options and adds defaults.
 *
 * @throws {ConfigurationError} naming the invalid option, never its value.
 */
export function checkOptions(unchecked: HttpLLMOptions): HttpLLMSettings {
  const options = copyOptions(unchecked);
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
    alwaysStream: flag(options, 'alwaysStream', false),
    functionCalling: flag(options, 'functionCalling', true),
    stopWords: flag(options, 'stopWords', true),
    responseFormat: flag(options, 'responseFormat', flag(options, 'functionCalling', true)),
    contextWindow: positive(options, 'contextWindow', Number.POSITIVE_INFINITY),
    clock: checkClock(options.clock),
  };
}

function flag(options: HttpLLMOptions, name: keyof HttpLLMOptions, fallback: boolean): boolean {
  const value: unknown = options[name] ?? fallback;
  if (typeof value !== 'boolean') throw new ConfigurationError(`${name} must be true or false.`);
  return value;
}

function positive(options: HttpLLMOptions, name: keyof HttpLLMOptions, fallback: number): number {
  const value: unknown = options[name] ?? fallback;
  if (typeof value !== 'number' || !(value > 0)) throw new ConfigurationError(`${name} must be a positive number.`);
  return value;
}

function checkCaMode({ ca, caMode = 'append' }: HttpLLMOptions): 'append' | 'replace' {
  if (caMode !== 'append' && caMode !== 'replace') {
    throw new ConfigurationError("caMode must be 'append' or 'replace'.");
  }
  if (caMode === 'replace' && ca === undefined) {
    throw new ConfigurationError("caMode is 'replace', but `ca` is not set. Set `ca` to the certificates to trust.");
  }
  return caMode;
}

function checkProtocol(protocol: Protocol): Protocol {
  for (const method of ['encodeRequest', 'decodeResponse', 'decodeEvents'] as const) {
    if (typeof protocol?.[method] !== 'function') {
      throw new ConfigurationError(`protocol must have a method \`${method}\`, as chatCompletions() has.`);
    }
  }
  return protocol;
}
