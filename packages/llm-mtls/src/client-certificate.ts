import { type Clock, ConfigurationError, CredentialError, type CrewEvent, copyOptions, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import {
  type AuthContext,
  type AuthHost,
  type ConnectionCredentials,
  checkOptionNames,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
} from '@crew/llm-http/adapter';
import type { CertificateInfo } from './certificate-info.ts';
import { expiredError } from './material/certificate-chain.ts';
import type { Identity } from './material/identity.ts';
import { type ClientCertificateOptions, checkOptions, OPTION_NAMES } from './options.ts';
import type { CertificateSource } from './source/certificate-source.ts';
import { openSource } from './source/open-source.ts';

/**
 * Creates an authenticator that presents a client certificate on the connections of an LLM (mutual TLS: RFC 8446, section
 * 4.4.2). It can be combined with any other authenticator: with `[clientCertificate({...}), oauth({...})]` tokens can be bound to
 * the certificate (RFC 8705).
 *
 * The certificate is validated as a whole before it is used. When its files change or `load` returns another one, it is replaced
 * without interrupting requests: new connections present the new certificate, and requests in progress finish on the old
 * connections. If the replacement is invalid, the old certificate stays in use, and a `credential` event with the action
 * `failed` reports the reason.
 *
 * @example
 * ```ts no-run
 * import { clientCertificate, HttpLLM } from '@crew/llm-mtls';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: clientCertificate({
 *     certFile: '/etc/crew/tls.crt',
 *     keyFile: '/etc/crew/tls.key',
 *     caFile: '/etc/crew/ca.crt',
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} if an option is invalid, or if a certificate from values or files cannot be used.
 */
export function clientCertificate(options: ClientCertificateOptions): ClientCertificate {
  const certificate = new ClientCertificate(options);
  checkOptionNames(options, Object.keys(OPTION_NAMES), 'clientCertificate()');
  return certificate;
}

/** Default of `warnBefore` as a fraction of the certificate's life. */
const WARN_FRACTION = 0.2;
/** Upper limit of that default, in milliseconds: 7 days. */
const MAX_WARN_BEFORE = 7 * 86_400_000;

/** The authenticator that `clientCertificate()` creates. */
export class ClientCertificate implements Authenticator {
  readonly name = 'client-certificate';
  readonly #source: CertificateSource;
  readonly #clock: Clock;
  readonly #warnBefore: number | undefined;
  readonly #hosts = new Set<AuthHost>();
  /** Events that are emitted when the certificate is next used: at construction there are no listeners yet. */
  #pendingEvents: CrewEvent[] = [];
  /** Identity for which an `expiring` event was emitted. */
  #warnedId: string | undefined;

  constructor(options: ClientCertificateOptions) {
    const copy = copyOptions(options, Object.keys(OPTION_NAMES));
    const { location, rules } = checkOptions(copy);
    this.#clock = copy.clock ?? systemClock;
    this.#warnBefore = copy.warnBefore;
    this.#source = asConfigurationError(() =>
      openSource(location, { ...copy, ca: Array.isArray(copy.ca) ? [...copy.ca] : copy.ca }, rules, {
        name: this.name,
        clock: this.#clock,
        emit: event => this.#emit(event),
        emitOnUse: event => this.#pendingEvents.push(event),
      }),
    );
  }

  /** Public information about the certificate in use. Undefined until `load` has returned the first one. */
  get certificate(): CertificateInfo | undefined {
    return this.#source.identity?.info(this.#clock.wall());
  }

  attach(host: AuthHost): void {
    if (!host.origin.startsWith('https:')) {
      throw new ConfigurationError(
        `A client certificate requires an https: endpoint, not ${host.origin}. Set endpoint to an https: URL.`,
      );
    }
    this.#hosts.add(host);
  }

  connection({ signal }: { readonly signal: AbortSignal }): ConnectionCredentials | Promise<ConnectionCredentials> {
    const current = this.#source.current(signal);
    return current instanceof Promise ? current.then(identity => this.#use(identity)) : this.#use(current);
  }

  /** Adds nothing to the request: the connection carries the credential. */
  authenticate(): void {}

  isRefusal(response: Refusal): boolean {
    return isCertificateRefusal(response);
  }

  async onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    // A 401 concerns the authenticators that put a credential into the request.
    if (!isCertificateRefusal(refusal)) return false;
    const refused = context.connection?.id;
    const another = await this.#source.afterRefusal(refused, context.signal);
    return another !== undefined && another.id !== refused && 'renewed';
  }

  async close(): Promise<void> {
    this.#hosts.clear();
    this.#source.close();
  }

  #use(identity: Identity): Identity {
    const now = this.#clock.wall();
    const { expiresAt, validFrom, id } = identity;
    if (now >= expiresAt) throw expiredError(identity.expiresFirst, expiresAt, now, this.#source.rejection);
    const warnBefore = this.#warnBefore ?? Math.min(WARN_FRACTION * (expiresAt - validFrom), MAX_WARN_BEFORE);
    if (expiresAt - now < warnBefore && this.#warnedId !== id) {
      this.#warnedId = id;
      this.#emit({ type: 'credential', action: 'expiring', authenticator: this.name, at: now, expiresAt });
    }
    if (this.#pendingEvents.length > 0) for (const event of this.#pendingEvents.splice(0)) this.#emit(event);
    return identity;
  }

  #emit(event: CrewEvent): void {
    for (const host of this.#hosts) host.emit(event);
  }
}

/** nginx's own statuses for a client certificate that is invalid (495) or missing (496). */
const REFUSAL_STATUSES: readonly number[] = [495, 496];
/** Page that nginx sends with a 400 instead, unless it is configured otherwise. */
const REFUSAL_PAGE = /<title>400 (?:The SSL certificate error|No required SSL certificate was sent)<\/title>/u;

/** Returns true if a server accepted the TLS handshake and refused the client certificate by a response. */
function isCertificateRefusal({ status, bodyStart }: Pick<Refusal, 'status' | 'bodyStart'>): boolean {
  return REFUSAL_STATUSES.includes(status) || (status === 400 && REFUSAL_PAGE.test(bodyStart));
}

/** Calls a function that reads the material of the options, and turns its `CredentialError` into a `ConfigurationError`. */
function asConfigurationError<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (!CredentialError.isInstance(thrown)) throw thrown;
    throw new ConfigurationError(thrown.message, { cause: thrown });
  }
}
