import type { PeerCertificate } from 'node:tls';
import type { CrewEvent } from '@crew/core';

/**
 * A method of authentication: an object with a name and one method. An authenticator may serve several LLMs and many
 * concurrent calls. Keep the state of one call in local variables, or in a `WeakMap` with the request as key.
 *
 * @example
 * ```ts no-run
 * import { type Authenticator, HttpLLM } from '@crew/llm-http';
 *
 * const gateway: Authenticator = {
 *   name: 'gateway',
 *   authenticate(request) {
 *     request.setHeader('x-gateway-key', process.env['GATEWAY_KEY'] ?? '');
 *   },
 * };
 *
 * await using llm = new HttpLLM({ endpoint: 'https://gateway.example/v1/chat/completions', auth: gateway });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface Authenticator {
  /** Name for errors, events and diagnostics. It must not be a secret. */
  readonly name: string;
  /** Called once per LLM, when the LLM is constructed. Throw a `ConfigurationError` to reject the LLM. */
  attach?(host: AuthHost): void;
  /**
   * Returns the credentials to connect with, such as a client certificate. Called before each attempt, so it should return
   * at once if nothing has changed. Only one authenticator of an LLM may have this method.
   */
  connection?(context: { readonly signal: AbortSignal }): ConnectionCredentials | Promise<ConnectionCredentials>;
  /** Puts the credential on the request of one attempt. Return a promise only if it has to wait. */
  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
  /** Called for every response, including redirects. */
  onResponse?(response: ResponseHead, context: AuthContext): void;
  /** Returns true if a response other than 401 refuses this credential. Not called for 429, which is never a refusal. */
  isRefusal?(response: Refusal): boolean;
  /** Called when the server refused the credential. Obtain a new credential before returning `renewed`. */
  onRefusal?(request: OutgoingRequest, refusal: Refusal, context: AuthContext): RefusalResult | Promise<RefusalResult>;
  /**
   * Called for a response with status 429. Returns the milliseconds until this authenticator has another credential to try
   * (0: at once), which replace the delay that the server asked for. Returns `undefined` if there is no other credential.
   */
  onRateLimit?(response: ResponseHead, context: AuthContext): number | undefined;
  /** Releases resources. Called when the last LLM that it is attached to closes. */
  close?(): Promise<void>;
}

/** The request of one attempt. Each attempt gets a new copy. Values set here are removed from every error and event. */
export interface OutgoingRequest {
  readonly method: string;
  /** The full URL, including parameters added by `setQuery`. */
  readonly url: string;
  /** The header fields by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes of the body. They must not be changed. */
  readonly body: Uint8Array;
  /**
   * Sets a header field. A field of the same name is replaced.
   *
   * @throws {ConfigurationError} if the name is not a token (RFC 9110, section 5.1) or belongs to the transport (`host`,
   * `content-length`, ...), if the value is not visible ASCII, or if another authenticator of the same LLM has set the field
   * (RFC 9110, section 11.6.2 allows one `authorization`).
   */
  setHeader(name: string, value: string): void;
  /** Sets a query parameter. Use it only if the server accepts its credential nowhere else (RFC 6750, section 2.3). */
  setQuery(name: string, value: string): void;
  /** Adds a secret of this attempt that is neither a header nor a parameter. It is removed from every error and event. */
  addSecret(value: string): void;
}

/** The status and header fields of a response. */
export interface ResponseHead {
  readonly status: number;
  /** The URL of the request, without its query. */
  readonly url: string;
  /** The header fields by lower-case name. The value is a list if the server sent the field several times. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** A response that may refuse the credential. */
export interface Refusal extends ResponseHead {
  /** The first 64 KiB of the body, as text. */
  readonly bodyStart: string;
}

/**
 * The result of `onRefusal`. `false`: the refusal is final. `renewed`: a new credential is available. `challenged`: the
 * credential is still valid, and the request can now answer the server's challenge, for example with a nonce. After
 * `renewed` and `challenged` the request is sent again, at most once for each of them per call.
 */
export type RefusalResult = false | 'renewed' | 'challenged';

/** Credentials of a connection. These are values only: the transport owns every connection. */
export interface ConnectionCredentials {
  /** Identifier of the credentials. When it changes, no further request is sent on connections made with the old ones. */
  readonly id: string;
  /** Certificate chain of the client, starting with its own certificate (PEM). */
  readonly cert?: string | undefined;
  /** Private key of the client certificate (PEM). */
  readonly key?: string | undefined;
  /** Certificates of the authorities to trust for the server (PEM). They replace all others. */
  readonly ca?: readonly string[] | undefined;
  /** Host name to request and to expect in the server's certificate (RFC 6066, section 3). Default: the host of the URL. */
  readonly serverName?: string | undefined;
  /** Minimum TLS version. Default: that of Node, TLS 1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /**
   * Checks the identity of a server whose certificate chain has been verified, instead of comparing its host name. Return an
   * error to end the connection, as in node:tls. Not called for a proxy.
   */
  readonly checkServerIdentity?: ((host: string, certificate: PeerCertificate) => Error | undefined) | undefined;
}

/** Options of one request of a `TransportFetch`. */
export interface TransportFetchInit extends RequestInit {
  /**
   * Maximum size of the response, in bytes after decoding. The connection is closed when it is exceeded. Default, and upper
   * limit: the LLM's `maxResponseBytes`.
   */
  readonly maxResponseBytes?: number | undefined;
}

/** A `fetch` (WHATWG Fetch) over the transport of an LLM, which can limit the size of the response. */
export type TransportFetch = (input: Parameters<typeof fetch>[0], init?: TransportFetchInit) => Promise<Response>;

/** The LLM that an authenticator is attached to. */
export interface AuthHost {
  /** Scheme, host and port of the endpoint. */
  readonly origin: string;
  /**
   * Sends a request over the LLM's transport (certificate authorities, proxy, client certificate) without its
   * authenticators, for token requests and background renewals. Redirects are returned, not followed. The response is read
   * completely before the promise resolves, up to `maxResponseBytes`: set it to the largest size that you can use. Rejects
   * with a `CrewError`.
   *
   * @example
   * ```ts
   * import type { AuthHost } from '@crew/llm-http/adapter';
   *
   * export function requestToken(host: AuthHost, tokenEndpoint: string): Promise<Response> {
   *   const body = new URLSearchParams({ grant_type: 'client_credentials' });
   *   return host.fetch(tokenEndpoint, { method: 'POST', body, maxResponseBytes: 1_048_576 });
   * }
   * ```
   */
  readonly fetch: TransportFetch;
  /** Emits an event that belongs to no turn to the listeners of the LLM (`llm.on('credential', ...)`). */
  emit(event: CrewEvent): void;
}

/** The context of one attempt. All calls for the same attempt receive the same context and the same request. */
export interface AuthContext {
  /** Aborted when the turn is aborted. */
  readonly signal: AbortSignal;
  /** Number of the attempt, from 1. Each resend counts. */
  readonly attempt: number;
  /** True if this call was already sent again with a renewed credential. Another `renewed` has no effect. */
  readonly renewed: boolean;
  /** The `authContext` that the caller passed, unchanged. */
  readonly authContext: unknown;
  /** The credentials of the leased connection. Use their `id` as cache key for values that are bound to a connection. */
  readonly connection: ConnectionCredentials | undefined;
  /** Sends a request like `AuthHost.fetch`, on the leased connection. */
  readonly fetch: TransportFetch;
  /** Emits an event to the callbacks of the turn. Pass it to `RenewingCredential.get`. */
  emit(event: CrewEvent): void;
}
