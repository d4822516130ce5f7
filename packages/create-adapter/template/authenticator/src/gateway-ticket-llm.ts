import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { gatewayTicket as authenticator, type GatewayTicketOptions } from './gateway-ticket.ts';

/** The options of an `HttpLLM` and those of `gatewayTicket()`. */
export type GatewayTicketLLMOptions = HttpLLMOptions & GatewayTicketOptions;

/**
 * A model behind a gateway that wants tickets. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new GatewayTicketLLM({ endpoint, ticketUrl, secret: fromEnv('GATEWAY_SECRET') });
 * console.log(await llm.call('Say hello.'));
 */
export class GatewayTicketLLM extends HttpLLM {
  /** @throws {ConfigurationError} naming the option that is wrong. */
  constructor(options: GatewayTicketLLMOptions) {
    const { ticketUrl, secret, auth, ...rest } = options;
    super({ ...rest, auth: authenticators(authenticator(options), auth) });
  }
}
