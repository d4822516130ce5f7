import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { authenticators } from '@crew/llm-http/adapter';
import { gatewayTicket as authenticator, type GatewayTicketOptions } from './gateway-ticket.ts';

/** Options of a `GatewayTicketLLM`: those of `HttpLLM` and those of `gatewayTicket()`. */
export type GatewayTicketLLMOptions = HttpLLMOptions & GatewayTicketOptions;

/**
 * An LLM behind a gateway that requires tickets. Further authenticators can follow in `auth`.
 *
 * @example
 * ```ts no-run
 * import { fromEnv } from '@crew/llm-http';
 * import { GatewayTicketLLM } from '@someone/gateway-ticket';
 *
 * await using llm = new GatewayTicketLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   ticketUrl: 'https://gateway.example/tickets',
 *   secret: fromEnv('GATEWAY_SECRET'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export class GatewayTicketLLM extends HttpLLM {
  /** @throws {ConfigurationError} for an invalid option, which the message names. */
  constructor(options: GatewayTicketLLMOptions) {
    const { ticketUrl, secret, auth, ...rest } = options;
    super({ ...rest, auth: authenticators(authenticator(options), auth) });
  }
}
