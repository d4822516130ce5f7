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
import type { ApiKeyOptions } from './api-key-options.ts';
import { AuthHeaders, type SentHeaders } from './auth-headers.ts';
import { type CheckedOptions, checkOptions, OPTION_NAMES } from './check-options.ts';
import { KeyPool, type Lease } from './key-pool.ts';
import { PoolKey } from './pool-key.ts';

/**
 * Authenticates with an API key: one, or a pool of them, in a header or (where the server takes it nowhere else) in the
 * query, and with further headers, static or computed for each request.
 *
 * A key that the server refuses (401) is dropped. The call goes on with another key, or with a new value of the same
 * source; otherwise it is an `AuthenticationError`. A pool's key that is limited (429) rests for as long as the server says, and the
 * call goes on with another at once.
 *
 * @example
 * new HttpLLM({ endpoint, auth: apiKey({ apiKey: fromEnv('API_KEY'), header: 'x-api-key' }) })
 *
 * @throws {ConfigurationError} for options that are wrong, and for a key that no header can carry.
 */
export function apiKey(given: ApiKeyOptions): Authenticator {
  const options = copyOptions(given, OPTION_NAMES);
  const checked = checkOptions(options);
  checkOptionNames(options, OPTION_NAMES, 'apiKey()');
  return new ApiKey(checked, options);
}

/** What one attempt was sent with. */
interface Sent {
  readonly lease: Lease | undefined;
  readonly headers: SentHeaders | undefined;
}

/** The authenticator that `apiKey()` makes. */
export class ApiKey implements Authenticator {
  readonly name = 'api-key';
  readonly isRefusal?: (response: Refusal) => boolean;
  readonly #pool: KeyPool | undefined;
  readonly #rests: boolean;
  readonly #place: CheckedOptions['place'];
  readonly #headers: AuthHeaders | undefined;
  readonly #clock: Clock;
  readonly #sent = new WeakMap<AuthContext, Sent>();

  constructor(checked: CheckedOptions, { isRefusal, clock = systemClock }: ApiKeyOptions) {
    const { sources, isPool, place, authHeaders } = checked;
    if (isRefusal !== undefined) this.isRefusal = isRefusal;
    const keys = sources.map((source, index) => new PoolKey(source, isPool ? `apiKey[${index}]` : 'apiKey'));
    this.#pool = keys.length === 0 ? undefined : new KeyPool(keys, clock);
    this.#rests = isPool;
    this.#place = place;
    this.#headers = authHeaders.length === 0 ? undefined : new AuthHeaders(authHeaders);
    this.#clock = clock;
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const lease = this.#pool?.take(request, context);
    if (lease instanceof Promise) return lease.then(taken => this.#send(taken, request, context));
    return this.#send(lease, request, context);
  }

  onResponse(response: ResponseHead, context: AuthContext): void {
    const lease = this.#sent.get(context)?.lease;
    if (lease === undefined) return;
    if (response.status < 300) this.#pool?.accepted(lease);
    else if (response.status === 429 && this.#rests) {
      this.#pool?.limited(lease, retryAfterDelay(response.headers, this.#clock), context);
    }
  }

  onRateLimit(_response: ResponseHead, context: AuthContext): number | undefined {
    return this.#rests ? this.#pool?.untilFree(context) : undefined;
  }

  async onRefusal(request: OutgoingRequest, _refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const sent = this.#sent.get(context);
    if (sent === undefined) return false;
    const hasKey = sent.lease !== undefined && (await this.#pool?.refused(sent.lease, request, context)) === true;
    const hasHeaders = (await this.#headers?.refused(sent.headers, request, context)) === true;
    return (hasKey || hasHeaders) && 'renewed';
  }

  #send(lease: Lease | undefined, request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    if (lease !== undefined) this.#put(lease.value, request);
    const headers = this.#headers?.send(request, context);
    if (headers instanceof Promise) return headers.then(sent => void this.#sent.set(context, { lease, headers: sent }));
    this.#sent.set(context, { lease, headers });
  }

  #put(key: string, request: OutgoingRequest): void {
    const place = this.#place;
    if ('query' in place) {
      request.setQuery(place.query, key);
      return;
    }
    // Servers repeat the key alone, and any scheme may stand before it.
    request.addSecret(key);
    request.setHeader(place.header, place.scheme === '' ? key : `${place.scheme} ${key}`);
  }
}
