import { type Clock, copyOptions, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import {
  type AuthContext,
  checkOptionNames,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  type ResponseHead,
  retryAfterDelay,
} from '@crew/llm-http/adapter';
import { AuthHeaders, type SentHeaders } from './auth-headers.ts';
import { KeyPool, type Lease } from './key-pool.ts';
import { type ApiKeyOptions, type CheckedOptions, checkOptions, OPTION_NAMES } from './options.ts';
import { PoolKey } from './pool-key.ts';

/**
 * Creates an authenticator that sends an API key: one key or a pool of keys, in a header or, for servers that accept it
 * nowhere else, in the query. It can send further headers, constant or computed for each request.
 *
 * A key that the server refuses (401) is not used again. The call continues with another key, or with a new value from the
 * same source; if there is none, it fails with an `AuthenticationError`. A key of a pool that is rate limited (429) is set
 * aside for as long as the server demands, and the call continues with another key immediately.
 *
 * @example A key in a header
 * ```ts no-run
 * import { apiKey, fromEnv, HttpLLM } from '@crew/llm-apikey';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: apiKey({ apiKey: fromEnv('LLM_API_KEY'), header: 'x-api-key' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A signature that is computed from each request
 * ```ts no-run
 * import { createHmac } from 'node:crypto';
 * import { apiKey, fromEnv, HttpLLM } from '@crew/llm-apikey';
 *
 * const secret = process.env['SIGNING_SECRET'] ?? '';
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: apiKey({
 *     authHeaders: {
 *       'x-client-id': fromEnv('CLIENT_ID'),
 *       'x-signature': ({ request }) => createHmac('sha256', secret).update(request.body).digest('hex'),
 *     },
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} if an option is invalid, or if a header cannot carry a key.
 */
export function apiKey(options: ApiKeyOptions): Authenticator {
  const copy = copyOptions(options, OPTION_NAMES);
  const checked = checkOptions(copy);
  checkOptionNames(copy, OPTION_NAMES, 'apiKey()');
  return new ApiKey(checked, copy);
}

/** Credentials that one attempt sent. */
interface SentCredentials {
  readonly lease: Lease | undefined;
  readonly headers: SentHeaders | undefined;
}

/** The authenticator that `apiKey()` creates. */
export class ApiKey implements Authenticator {
  readonly name = 'api-key';
  readonly isRefusal?: (response: Refusal) => boolean;
  readonly #pool: KeyPool | undefined;
  readonly #isPool: boolean;
  readonly #placement: CheckedOptions['placement'];
  readonly #headers: AuthHeaders | undefined;
  readonly #clock: Clock;
  readonly #sent = new WeakMap<AuthContext, SentCredentials>();

  constructor(checked: CheckedOptions, { isRefusal, clock = systemClock }: ApiKeyOptions) {
    const { sources, isPool, placement, authHeaders } = checked;
    if (isRefusal !== undefined) this.isRefusal = isRefusal;
    const keys = sources.map((source, index) => new PoolKey(source, isPool ? `apiKey[${index}]` : 'apiKey'));
    this.#pool = keys.length === 0 ? undefined : new KeyPool(keys, clock);
    this.#isPool = isPool;
    this.#placement = placement;
    this.#headers = authHeaders.length === 0 ? undefined : new AuthHeaders(authHeaders);
    this.#clock = clock;
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const lease = this.#pool?.lease(request, context);
    if (lease instanceof Promise) return lease.then(value => this.#send(value, request, context));
    return this.#send(lease, request, context);
  }

  onResponse(response: ResponseHead, context: AuthContext): void {
    const lease = this.#sent.get(context)?.lease;
    if (lease === undefined) return;
    if (response.status < 300) this.#pool?.onSuccess(lease);
    else if (response.status === 429 && this.#isPool) {
      this.#pool?.onRateLimit(lease, retryAfterDelay(response.headers, this.#clock), context);
    }
  }

  onRateLimit(_response: ResponseHead, context: AuthContext): number | undefined {
    return this.#isPool ? this.#pool?.timeUntilAvailable(context) : undefined;
  }

  async onRefusal(request: OutgoingRequest, _refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const sent = this.#sent.get(context);
    if (sent === undefined) return false;
    const hasKey = sent.lease !== undefined && (await this.#pool?.onRefusal(sent.lease, request, context)) === true;
    const hasHeaders = (await this.#headers?.onRefusal(sent.headers, request, context)) === true;
    return (hasKey || hasHeaders) && 'renewed';
  }

  #send(lease: Lease | undefined, request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    if (lease !== undefined) this.#setKey(lease.value, request);
    const headers = this.#headers?.set(request, context);
    if (headers instanceof Promise) return headers.then(sent => void this.#sent.set(context, { lease, headers: sent }));
    this.#sent.set(context, { lease, headers });
  }

  #setKey(key: string, request: OutgoingRequest): void {
    const placement = this.#placement;
    if ('query' in placement) {
      request.setQuery(placement.query, key);
      return;
    }
    // Servers repeat the key without its scheme, so the key itself is registered as a secret.
    request.addSecret(key);
    request.setHeader(placement.header, placement.scheme === '' ? key : `${placement.scheme} ${key}`);
  }
}
