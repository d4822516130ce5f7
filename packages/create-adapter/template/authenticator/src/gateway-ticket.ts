import { type Clock, ConfigurationError, CredentialError, systemClock } from '@crew/core';
import type { Authenticator, Secret } from '@crew/llm-http';
import {
  type AuthContext,
  type AuthHost,
  checkSecret,
  type ObtainedCredential,
  type OutgoingRequest,
  type Refusal,
  type RefusalResult,
  RenewingCredential,
  readSecret,
} from '@crew/llm-http/adapter';

/** What `gatewayTicket` takes. */
export interface GatewayTicketOptions {
  /** Where tickets are given. */
  readonly ticketUrl: string | URL;
  /** What a ticket is asked for with: a text, or a function such as `fromEnv('NAME')`. */
  readonly secret: Secret;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** The header that carries the ticket. */
const HEADER = 'x-ticket';

/**
 * A ticket on every request: asked for once, kept until it expires or is refused, and shared by all calls.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export function gatewayTicket(options: GatewayTicketOptions): Authenticator {
  return new GatewayTicket(options);
}

class GatewayTicket implements Authenticator {
  readonly name = 'gateway-ticket';
  readonly #url: string;
  readonly #secret: Secret;
  readonly #clock: Clock;
  readonly #ticket: RenewingCredential<string>;
  #host: AuthHost | undefined;

  constructor({ ticketUrl, secret, clock = systemClock }: GatewayTicketOptions) {
    if (!URL.canParse(String(ticketUrl))) throw new ConfigurationError('ticketUrl must be a URL.');
    checkSecret(secret, 'secret');
    this.#url = String(ticketUrl);
    this.#secret = secret;
    this.#clock = clock;
    this.#ticket = new RenewingCredential({
      name: this.name,
      clock,
      obtain: ({ signal }) => this.#obtain(signal),
      emit: event => this.#host?.emit(event),
    });
  }

  /** The LLM that it works for. Its connections, with their proxy and authorities, also carry the requests for tickets. */
  attach(host: AuthHost): void {
    this.#host = host;
  }

  /** A ticket that is fresh costs no wait. */
  authenticate(request: OutgoingRequest, { signal, emit }: AuthContext): void | Promise<void> {
    const ticket = this.#ticket.fresh();
    if (ticket !== undefined) return request.setHeader(HEADER, ticket);
    return this.#ticket.get(signal, emit).then(obtained => request.setHeader(HEADER, obtained));
  }

  /** The server refused a ticket (401). When another one can be had, the request is sent once more. */
  async onRefusal(request: OutgoingRequest, _refusal: Refusal, { signal, emit }: AuthContext): Promise<RefusalResult> {
    const refused = request.headers[HEADER];
    if (refused === undefined) return false;
    this.#ticket.refused(refused);
    return (await this.#ticket.get(signal, emit)) !== refused && 'renewed';
  }

  async close(): Promise<void> {
    this.#ticket.close();
    this.#host = undefined;
  }

  /** One ticket. Caching, sharing, renewal and pauses after a failure are `RenewingCredential`'s work. */
  async #obtain(signal: AbortSignal): Promise<ObtainedCredential<string>> {
    const secret = await readSecret(this.#secret, 'secret', { signal });
    const response = await this.#fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret }),
      signal,
    });
    if (!response.ok) {
      // Not the body: it may repeat the secret.
      throw new CredentialError(`${new URL(this.#url).origin} gave no ticket (status ${response.status}).`, {
        terminal: response.status === 401 || response.status === 403,
      });
    }
    const { ticket, expiresIn } = readTicket(await response.json());
    return { value: ticket, expiresAt: this.#clock.wall() + expiresIn * 1000 };
  }

  get #fetch(): typeof fetch {
    if (this.#host === undefined) throw new ConfigurationError(`${this.name} belongs to no LLM: give it as \`auth\`.`);
    return this.#host.fetch;
  }
}

function readTicket(body: unknown): { readonly ticket: string; readonly expiresIn: number } {
  const { ticket, expiresIn } = Object(body) as { readonly ticket?: unknown; readonly expiresIn?: unknown };
  if (typeof ticket === 'string' && typeof expiresIn === 'number') return { ticket, expiresIn };
  throw new CredentialError('The answer holds no ticket: expected { ticket, expiresIn }.');
}
