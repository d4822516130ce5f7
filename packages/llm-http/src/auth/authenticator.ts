import type { PeerCertificate } from 'node:tls';
import type { CrewEvent } from '@crew/core';

/** One attempt's request: a fresh copy each time. What is set here is scrubbed from every error and event. */
export interface OutgoingRequest {
  readonly method: string;
  /** The full URL, with what `setQuery` added. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that are sent. Not to be changed. */
  readonly body: Uint8Array;
  /**
   * Sets a header, in place of one of the same name.
   *
   * @throws {ConfigurationError} for a name that is no token (RFC 9110, section 5.1) or that belongs to the transport
   * (`host`, `content-length`, ...), for a value that is not visible ASCII, and for a header that another
   * authenticator of the same LLM has set (RFC 9110, section 11.6.2: one `authorization`).
   */
  setHeader(name: string, value: string): void;
  /** Sets a parameter of the URL's query. Only where the server takes its credential nowhere else (RFC 6750, 2.3). */
  setQuery(name: string, value: string): void;
  /** Names a further secret of this attempt, which is then scrubbed like the ones that were set. */
  addSecret(value: string): void;
}

/** The beginning of a response. */
export interface ResponseHead {
  readonly status: number;
  /** The URL that was asked, without its query. */
  readonly url: string;
  /** By lower-case name. A list where the server sent the header several times. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** A response that may be a refusal of the credential. */
export interface Refusal extends ResponseHead {
  /** At most the first 64 KiB of the body, as text. */
  readonly bodyStart: string;
}

/** What a connection is made with. Values only: the transport owns every connection. */
export interface ConnectionCredentials {
  /** A new `id` means new credentials: connections made with the old ones are used for no further request. */
  readonly id: string;
  /** The client's certificate chain, the leaf first (PEM). */
  readonly cert?: string | undefined;
  /** Its private key (PEM). */
  readonly key?: string | undefined;
  /** The only authorities to trust for the server's certificate (PEM). Replaces every other. */
  readonly ca?: readonly string[] | undefined;
  /** The name to ask for and to expect in the server's certificate (RFC 6066, section 3). Default: the URL's host. */
  readonly serverName?: string | undefined;
  /** The oldest version of TLS to speak. Default: Node's, TLS 1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /**
   * Decides about a server whose chain was verified, in place of comparing its name: an error ends the connection. As in
   * node:tls. Not asked about a proxy.
   */
  readonly checkServerIdentity?: ((host: string, certificate: PeerCertificate) => Error | undefined) | undefined;
}

/** Options of one request of a `TransportFetch`. */
export interface TransportFetchInit extends RequestInit {
  /**
   * Longest response that is read, in bytes after decoding; the connection is closed as soon as there is more. Default,
   * and at most: the LLM's `maxResponseBytes`.
   */
  readonly maxResponseBytes?: number | undefined;
}

/** A `fetch` (WHATWG Fetch) over the transport of an LLM, which can bound the response. */
export type TransportFetch = (input: Parameters<typeof fetch>[0], init?: TransportFetchInit) => Promise<Response>;

/** The LLM that an authenticator is attached to. */
export interface AuthHost {
  /** Scheme, host and port of the endpoint. */
  readonly origin: string;
  /**
   * The LLM's transport (authorities, proxy, client certificate) without its authenticators, for token requests and
   * renewals in the background. Redirects are returned, not followed. Reads the whole response before it resolves, and
   * at most `maxResponseBytes` of it: pass the most that you can use. Rejects with a `CrewError`.
   *
   * @example
   * const response = await host.fetch(tokenEndpoint, { method: 'POST', body, maxResponseBytes: 1_048_576 });
   */
  readonly fetch: TransportFetch;
  /** Tells the LLM's listeners (`llm.on('credential', ...)`) of what belongs to no turn. */
  emit(event: CrewEvent): void;
}

/**
 * The attempt that an authenticator works for. All its calls of one attempt are given the same object, and the same
 * request.
 */
export interface AuthContext {
  /** Aborted when the turn is. */
  readonly signal: AbortSignal;
  /** From 1; each resend counts. */
  readonly attempt: number;
  /** Whether this call was sent again with a renewed credential already: another `renewed` would not be acted upon. */
  readonly renewed: boolean;
  /** What the caller passed as `authContext`, untouched. */
  readonly authContext: unknown;
  /** What the leased connection was made with. Cache what is bound to a connection by its `id`. */
  readonly connection: ConnectionCredentials | undefined;
  /** As `AuthHost.fetch`, on the leased connection. */
  readonly fetch: TransportFetch;
  /** Tells the callbacks of the turn. Pass it to `RenewingCredential.get`. */
  emit(event: CrewEvent): void;
}

/**
 * What became of a refusal: `false`: it stands. `renewed`: there is a new credential. `challenged`: the server asked
 * for something that is there now, a nonce say; the credential stands. After the latter two the request is sent again,
 * at most once for each of them in one call.
 */
export type RefusalResult = false | 'renewed' | 'challenged';

/**
 * Any authentication: an object with a name and one method. One authenticator may serve several LLMs and many calls at
 * once, so what belongs to one call lives in locals, or in a `WeakMap` by the request.
 */
export interface Authenticator {
  /** For errors, events and diagnostics. Never a secret. */
  readonly name: string;
  /** Called once for each LLM, when it is constructed. May refuse by throwing a `ConfigurationError`. */
  attach?(host: AuthHost): void;
  /**
   * What connections are made with. Called before each attempt, so it answers at once when nothing changed. At most one
   * authenticator of an LLM has it.
   */
  connection?(context: { readonly signal: AbortSignal }): ConnectionCredentials | Promise<ConnectionCredentials>;
  /** Puts the credential on one attempt. Returns nothing when it needed no wait. */
  authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
  /** Told of every response, redirects included. */
  onResponse?(response: ResponseHead, context: AuthContext): void;
  /** For other statuses than 401, which always is one: is this a refusal of my credential? Rate limiting never is. */
  isRefusal?(response: Refusal): boolean;
  /** Called when the server refused. Obtains a new credential before it answers `renewed`. */
  onRefusal?(request: OutgoingRequest, refusal: Refusal, context: AuthContext): RefusalResult | Promise<RefusalResult>;
  /**
   * The server answered 429. Milliseconds until this authenticator has another credential to try (0: at once), in place
   * of the wait that the server asked for; `undefined` when it has none.
   */
  onRateLimit?(response: ResponseHead, context: AuthContext): number | undefined;
  /** Frees what it holds. Called when the last LLM that it is attached to closes. */
  close?(): Promise<void>;
}
