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
import { checkOptions, OPTION_NAMES, type Place } from './check-options.ts';
import { ClockSkew } from './clock-skew.ts';
import type { JwtOptions } from './jwt-options.ts';
import { tokenSource } from './source/create-source.ts';
import type { TokenSource } from './source/token-source.ts';

/**
 * Authenticates with a JSON Web Token (RFC 7519) as a bearer token (RFC 6750): one that is given, one in a file, or one that
 * is made here. Tokens are kept until shortly before they expire; one that the server refuses (401) is replaced once.
 *
 * @example
 * new HttpLLM({ endpoint, auth: jwt({ mint: { key: fromFile('key.pem'), issuer: 'crew', audience: 'llm' } }) })
 *
 * @throws {ConfigurationError} for options that are wrong, a token that is malformed or has expired, and a key that
 * cannot sign.
 */
export function jwt(options: JwtOptions): Authenticator {
  const authenticator = new Jwt(options);
  checkOptionNames(options, OPTION_NAMES, 'jwt()');
  return authenticator;
}

/** The authenticator that `jwt()` makes. */
export class Jwt implements Authenticator {
  readonly name = 'jwt';
  readonly isRefusal?: (response: Refusal) => boolean;
  readonly #place: Place;
  readonly #source: TokenSource;
  readonly #skew: ClockSkew;
  readonly #sent = new WeakMap<AuthContext, string>();
  #host: AuthHost | undefined;

  constructor(given: JwtOptions) {
    const options = copyOptions(given, OPTION_NAMES);
    this.#place = checkOptions(options);
    if (options.isRefusal !== undefined) this.isRefusal = options.isRefusal;
    const clock = options.clock ?? systemClock;
    this.#skew = new ClockSkew(clock);
    const emit = (event: CrewEvent): void => this.#host?.emit(event);
    this.#source = tokenSource(options, { clock, skew: this.#skew, emit });
  }

  attach(host: AuthHost): void {
    // One, not all: an authenticator that outlives many LLMs must not keep them.
    this.#host = host;
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const token = this.#source.token(context);
    if (typeof token !== 'string') return token.then(value => this.#send(value, request, context));
    this.#send(token, request, context);
  }

  onResponse(response: ResponseHead): void {
    this.#skew.learn(response);
  }

  onRefusal(
    _request: OutgoingRequest,
    _refusal: Refusal,
    context: AuthContext,
  ): RefusalResult | Promise<RefusalResult> {
    const token = this.#sent.get(context);
    return token === undefined ? false : this.#source.refused(token, context);
  }

  async close(): Promise<void> {
    this.#source.close?.();
    this.#host = undefined;
  }

  #send(token: string, request: OutgoingRequest, context: AuthContext): void {
    const { header, scheme } = this.#place;
    this.#sent.set(context, token);
    // Servers repeat the token alone, and any scheme may stand before it.
    request.addSecret(token);
    request.setHeader(header, scheme === '' ? token : `${scheme} ${token}`);
  }
}
