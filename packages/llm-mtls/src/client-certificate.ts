import { type Clock, ConfigurationError, type CrewEvent, copyOptions, systemClock } from '@crew/core';
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
import { isCertificateRefusal } from './certificate-refusal.ts';
import { checkOptions } from './check-options.ts';
import { type ClientCertificateOptions, OPTION_NAMES } from './client-certificate-options.ts';
import { expired } from './material/check-certificate.ts';
import type { Identity } from './material/identity.ts';
import { atConstruction } from './material/material-error.ts';
import type { CertificateSource } from './source/certificate-source.ts';
import { openSource } from './source/open-source.ts';

/**
 * Presents a client certificate on the connections of an LLM (TLS client authentication: RFC 8446, section 4.4.2). It
 * composes with any other authenticator: with `[clientCertificate({...}), oauth({...})]` tokens can be bound to the
 * certificate (RFC 8705).
 *
 * The certificate is checked as a whole before it is used, and replaced without a dropped request when its files change
 * or `load` gives another one: new connections show the new one, requests under way end on the old ones. A replacement
 * that cannot be used leaves the old one in place; a `credential` event with the action `failed` tells why.
 *
 * @example
 * new HttpLLM({ endpoint, auth: clientCertificate({ certFile: 'tls.crt', keyFile: 'tls.key', caFile: 'ca.crt' }) })
 *
 * @throws {ConfigurationError} for options that are wrong, and for a certificate from values or files that cannot be used.
 */
export function clientCertificate(options: ClientCertificateOptions): ClientCertificate {
  const certificate = new ClientCertificate(options);
  checkOptionNames(options, Object.keys(OPTION_NAMES), 'clientCertificate()');
  return certificate;
}

/** A day in milliseconds. */
const DAY = 86_400_000;
/** The defaults of `warnBefore`: this part of the certificate's life, at most so many milliseconds. */
const WARN_PART = 0.2;
const MOST_WARNING = 7 * DAY;

/** The authenticator that `clientCertificate()` makes. */
export class ClientCertificate implements Authenticator {
  readonly name = 'client-certificate';
  readonly #source: CertificateSource;
  readonly #clock: Clock;
  readonly #warnBefore: number | undefined;
  readonly #hosts = new Set<AuthHost>();
  /** What is to be told with the next use: at construction nobody listens yet. */
  #untold: CrewEvent[] = [];
  #warnedOf: string | undefined;

  constructor(given: ClientCertificateOptions) {
    const options = copyOptions(given, Object.keys(OPTION_NAMES));
    const { place, rules } = checkOptions(options);
    this.#clock = options.clock ?? systemClock;
    this.#warnBefore = options.warnBefore;
    this.#source = atConstruction(() =>
      openSource(place, { ...options, ca: Array.isArray(options.ca) ? [...options.ca] : options.ca }, rules, {
        name: this.name,
        clock: this.#clock,
        tell: event => this.#tell(event),
        tellLater: event => this.#untold.push(event),
      }),
    );
  }

  /** What can be told of the certificate in use; undefined until `load` gave the first one. */
  get certificate(): CertificateInfo | undefined {
    return this.#source.held?.info(this.#clock.wall());
  }

  attach(host: AuthHost): void {
    if (!host.origin.startsWith('https:')) {
      throw new ConfigurationError(`A client certificate needs an https: endpoint, and this one is ${host.origin}.`);
    }
    this.#hosts.add(host);
  }

  connection({ signal }: { readonly signal: AbortSignal }): ConnectionCredentials | Promise<ConnectionCredentials> {
    const current = this.#source.current(signal);
    return current instanceof Promise ? current.then(identity => this.#use(identity)) : this.#use(current);
  }

  /** Nothing to add: the connection carries the credential. */
  authenticate(): void {}

  isRefusal(response: Refusal): boolean {
    return isCertificateRefusal(response);
  }

  async onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult> {
    // A 401 is answered by those who put a credential into the request.
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
    if (now >= expiresAt) throw expired(identity.expiresFirst, expiresAt, now, this.#source.rejection);
    const warnBefore = this.#warnBefore ?? Math.min(WARN_PART * (expiresAt - validFrom), MOST_WARNING);
    if (expiresAt - now < warnBefore && this.#warnedOf !== id) {
      this.#warnedOf = id;
      this.#tell({ type: 'credential', action: 'expiring', authenticator: this.name, at: now, expiresAt });
    }
    if (this.#untold.length > 0) for (const event of this.#untold.splice(0)) this.#tell(event);
    return identity;
  }

  #tell(event: CrewEvent): void {
    for (const host of this.#hosts) host.emit(event);
  }
}
