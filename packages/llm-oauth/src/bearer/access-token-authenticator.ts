import { type Clock, ConfigurationError, type CrewEvent } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import {
  type AuthContext,
  type AuthHost,
  type ConnectionCredentials,
  type CredentialKey,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  type RenewingCredential,
  RenewingCredentials,
} from '@crew/llm-http/adapter';
import type { AccessToken, AccessTokenSource, ObtainedToken } from './access-token.ts';
import { bearerChallenge, decodeClaims } from './challenge.ts';

/** Data of the latest attempt, with which the credential is renewed. */
interface RenewalState<Purpose> {
  purpose: Purpose;
  fetch: typeof fetch;
  connection: ConnectionCredentials | undefined;
  claims: string | undefined;
}

/** Connection for requests to the authorization server. */
export type Transport = Pick<AuthContext, 'fetch' | 'connection'>;

interface SentToken {
  readonly credential: RenewingCredential<AccessToken>;
  readonly token: AccessToken;
}

/** Sends bearer tokens (RFC 6750) with requests and renews them. All authenticators of this package are built on it. */
export class AccessTokenAuthenticator<Purpose> implements Authenticator {
  readonly name: string;
  readonly #source: AccessTokenSource<Purpose>;
  readonly #credentials: RenewingCredentials<AccessToken>;
  readonly #states = new WeakMap<RenewingCredential<AccessToken>, RenewalState<Purpose>>();
  readonly #sent = new WeakMap<OutgoingRequest, SentToken>();
  readonly #hosts = new Set<AuthHost>();
  #latest: Transport | undefined;

  constructor(options: {
    readonly name: string;
    readonly source: AccessTokenSource<Purpose>;
    readonly clock: Clock | undefined;
    readonly deadline: number | undefined;
  }) {
    const { name, source, clock, deadline } = options;
    this.name = name;
    this.#source = source;
    this.#credentials = new RenewingCredentials<AccessToken>({
      name,
      clock,
      deadline,
      emit: event => this.#emit(event),
      obtain: ({ key, signal, refused }) => this.#obtain(this.#credentials.of(key), signal, refused),
    });
  }

  attach(host: AuthHost): void {
    this.#hosts.add(host);
  }

  /** The transport of the LLM that was used or attached last, for requests outside a call. */
  get transport(): Transport {
    const fetch = [...this.#hosts].at(-1)?.fetch;
    const transport = this.#latest ?? (fetch && { fetch, connection: undefined });
    if (transport !== undefined) return transport;
    throw new ConfigurationError(`${this.name} is not attached to an LLM: construct the LLM first.`);
  }

  /** Returns the token cached under this key, if it is fresh. */
  cachedToken(key: CredentialKey): AccessToken | undefined {
    return this.#credentials.of(key).fresh();
  }

  /** Drops the token cached under this key. */
  forget(key: CredentialKey): void {
    this.#credentials.of(key).close();
  }

  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void> {
    const target = this.#source.purposeOf(context);
    if (target === undefined) return;
    const credential = this.#credentials.of(target.key);
    this.#remember(credential, target.purpose, context);
    const token = credential.fresh();
    if (token !== undefined) {
      this.#setToken(request, credential, token);
      return;
    }
    return credential
      .get(context.signal, event => context.emit(event))
      .then(obtained => this.#setToken(request, credential, obtained));
  }

  /** Returns true for a bearer challenge that rejects the token, whatever the status (RFC 6750, section 3.1). */
  isRefusal(response: Refusal): boolean {
    const error = bearerChallenge(response.headers['www-authenticate'])?.parameters.get('error');
    return error === 'invalid_token' || error === 'insufficient_scope' || error === 'insufficient_claims';
  }

  async onRefusal(request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    const sent = this.#sent.get(request);
    const challenge = bearerChallenge(refusal.headers['www-authenticate']);
    const error = challenge?.parameters.get('error');
    if (sent === undefined) return (await this.#source.followChallenge?.(refusal, context)) ? 'challenged' : false;
    // A new token would be refused for the same reason.
    if (context.renewed || error === 'insufficient_scope' || error === 'invalid_request') return false;
    const state = this.#states.get(sent.credential);
    if (error === 'insufficient_claims' && state !== undefined) {
      state.claims = decodeClaims(challenge?.parameters.get('claims'));
      if (state.claims === undefined) return false;
    }
    sent.credential.refused(sent.token);
    const token = await sent.credential.get(context.signal, event => context.emit(event));
    return token.text === sent.token.text ? false : 'renewed';
  }

  async close(): Promise<void> {
    this.#credentials.close();
    this.#hosts.clear();
    this.#latest = undefined;
  }

  #setToken(request: OutgoingRequest, credential: RenewingCredential<AccessToken>, token: AccessToken): void {
    this.#sent.set(request, { credential, token });
    request.addSecret(token.text);
    request.setHeader('authorization', token.header);
  }

  #remember(credential: RenewingCredential<AccessToken>, purpose: Purpose, context: AuthContext): void {
    const state = this.#states.get(credential);
    const { fetch, connection } = context;
    if (state === undefined) {
      const created = { purpose, fetch, connection, claims: undefined };
      this.#states.set(credential, created);
      this.#latest = created;
      return;
    }
    state.purpose = purpose;
    state.fetch = fetch;
    state.connection = connection;
    this.#latest = state;
  }

  async #obtain(
    credential: RenewingCredential<AccessToken>,
    signal: AbortSignal,
    refused: AccessToken | undefined,
  ): Promise<ObtainedToken> {
    const state = this.#states.get(credential);
    if (state === undefined)
      throw new ConfigurationError(`${this.name}: no request has used this credential yet, so its purpose is unknown.`);
    const { connection, claims } = state;
    const obtained = await this.#source.obtain(state.purpose, {
      signal,
      refused,
      current: credential.fresh(),
      // The transport of the latest request: an authenticator may serve several LLMs, and the first may be closed.
      fetch: state.fetch,
      connection,
      claims,
      emit: event => this.#emit(event),
    });
    // Claims are requested once. Later renewals of this token are ordinary ones.
    if (state.claims === claims) state.claims = undefined;
    return obtained;
  }

  #emit(event: CrewEvent): void {
    for (const host of this.#hosts) host.emit(event);
  }
}
