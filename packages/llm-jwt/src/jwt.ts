import { type CrewEvent, copyOptions, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import {
  type AuthContext,
  type AuthHost,
  checkOptionNames,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  type ResponseHead,
} from '@crew/llm-http/adapter';
import { ClockSkew } from './clock-skew.ts';
import { checkOptions, type JwtOptions, OPTION_NAMES, type Placement } from './options.ts';
import { createTokenSource } from './source/create-token-source.ts';
import type { TokenSource } from './source/token-source.ts';

/**
 * Creates an authenticator that sends a JSON Web Token (RFC 7519) as a bearer token (RFC 6750): an existing token, a token in
 * a file, or tokens that this program mints. A token is cached until shortly before it expires. A token that the server
 * refuses (401) is replaced once.
 *
 * @example Mint tokens with a private key
 * ```ts no-run
 * import { generateKeyPairSync } from 'node:crypto';
 * import { HttpLLM, jwt } from '@crew/llm-jwt';
 *
 * const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: jwt({ mint: { key: privateKey, keyId: 'crew-1', issuer: 'crew', audience: 'llm-gateway' } }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example Use a different token for each tenant
 * ```ts no-run
 * import { HttpLLM, jwt } from '@crew/llm-jwt';
 *
 * const tokens = new Map([['acme', 'eyJhbGciOi...']]);
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: jwt({
 *     tenant: authContext => String(authContext),
 *     token: async ({ tenant = '' }) => tokens.get(tenant) ?? '',
 *   }),
 * });
 * console.log(await llm.call('Say hello.', { authContext: 'acme' }));
 * ```
 *
 * @throws {ConfigurationError} if an option is invalid, a token is malformed or has expired, or a key cannot sign.
 */
export function jwt(options: JwtOptions): Authenticator {
  const authenticator = new Jwt(options);
  checkOptionNames(options, OPTION_NAMES, 'jwt()');
  return authenticator;
}

/** The authenticator that `jwt()` creates. */
export class Jwt implements Authenticator {
  readonly name = 'jwt';
  readonly isRefusal?: (response: Refusal) => boolean;
  readonly #placement: Placement;
  readonly #source: TokenSource;
  readonly #skew: ClockSkew;
  readonly #sent = new WeakMap<AuthContext, string>();
  #host: AuthHost | undefined;

  constructor(options: JwtOptions) {
    const copy = copyOptions(options, OPTION_NAMES);
    this.#placement = checkOptions(copy);
    if (copy.isRefusal !== undefined) this.isRefusal = copy.isRefusal;
    const clock = copy.clock ?? systemClock;
    this.#skew = new ClockSkew(clock);
    const emit = (event: CrewEvent): void => this.#host?.emit(event);
    this.#source = createTokenSource(copy, { clock, skew: this.#skew, emit });
  }

  attach(host: AuthHost): void {
    // Only the latest host is kept: an authenticator that outlives many LLMs must not retain them.
    this.#host = host;
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const token = this.#source.token(context);
    if (typeof token !== 'string') return token.then(value => this.#send(value, request, context));
    this.#send(token, request, context);
  }

  onResponse(response: ResponseHead): void {
    this.#skew.update(response);
  }

  onRefusal(
    _request: OutgoingRequest,
    _refusal: Refusal,
    context: AuthContext,
  ): RefusalResult | Promise<RefusalResult> {
    const token = this.#sent.get(context);
    return token === undefined ? false : this.#source.onRefusal(token, context);
  }

  async close(): Promise<void> {
    this.#source.close?.();
    this.#host = undefined;
  }

  #send(token: string, request: OutgoingRequest, context: AuthContext): void {
    const { header, scheme } = this.#placement;
    this.#sent.set(context, token);
    // Servers repeat the token without its scheme, so the token itself is registered as a secret.
    request.addSecret(token);
    request.setHeader(header, scheme === '' ? token : `${scheme} ${token}`);
  }
}
