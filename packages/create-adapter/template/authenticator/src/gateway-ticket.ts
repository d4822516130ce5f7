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

/** Options of `gatewayTicket`. */
export interface GatewayTicketOptions {
  /** URL of the ticket service. */
  readonly ticketUrl: string | URL;
  /** Secret of the ticket request: a string, or a function such as `fromEnv('NAME')`. */
  readonly secret: Secret;
  /** Source of the time. Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
}

/** Header that carries the ticket. */
const HEADER = 'x-ticket';

/**
 * Creates an authenticator that sends a ticket with every request. The ticket is obtained once, shared by all calls, and cached
 * until it expires or is refused.
 *
 * @throws {ConfigurationError} for an invalid option, which the message names.
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

  /** Called with the LLM that uses the authenticator. Ticket requests use its connections, with their proxy and CAs. */
  attach(host: AuthHost): void {
    this.#host = host;
  }

  /** Adds the ticket to a request. Returns no promise if a fresh ticket is cached. */
  authenticate(request: OutgoingRequest, { signal, emit }: AuthContext): void | Promise<void> {
    const ticket = this.#ticket.fresh();
    if (ticket !== undefined) return request.setHeader(HEADER, ticket);
    return this.#ticket.get(signal, emit).then(obtained => request.setHeader(HEADER, obtained));
  }

  /** Called when the server refused a ticket (401). If another ticket can be obtained, the request is sent once more. */
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

  /** Obtains one ticket. `RenewingCredential` caches, shares and renews it, and pauses after a failure. */
  async #obtain(signal: AbortSignal): Promise<ObtainedCredential<string>> {
    const secret = await readSecret(this.#secret, 'secret', { signal });
    const response = await this.#fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret }),
      signal,
    });
    if (!response.ok) {
      // Without the body, which may repeat the secret.
      throw new CredentialError(
        `${new URL(this.#url).origin} returned no ticket (status ${response.status}). Check the secret.`,
        {
          terminal: response.status === 401 || response.status === 403,
        },
      );
    }
    const { ticket, expiresIn } = readTicket(await response.json());
    return { value: ticket, expiresAt: this.#clock.wall() + expiresIn * 1000 };
  }

  get #fetch(): typeof fetch {
    if (this.#host === undefined)
      throw new ConfigurationError(`${this.name} is not attached to an LLM. Pass it as \`auth\`.`);
    return this.#host.fetch;
  }
}

function readTicket(body: unknown): { readonly ticket: string; readonly expiresIn: number } {
  const { ticket, expiresIn } = Object(body) as { readonly ticket?: unknown; readonly expiresIn?: unknown };
  if (typeof ticket === 'string' && typeof expiresIn === 'number') return { ticket, expiresIn };
  throw new CredentialError('The response contains no ticket. Expected JSON with { ticket, expiresIn }.');
}
