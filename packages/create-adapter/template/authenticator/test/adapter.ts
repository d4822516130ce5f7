import { type AdapterDescription, json, status } from '@crew/llm-testkit';
import { GatewayTicketLLM } from '../src/index.ts';

/** Description of the adapter for the conformance suite: creates the LLM, and the routes of the ticket service. */
const adapter: AdapterDescription = {
  name: '@someone/gateway-ticket',
  create({ endpoint, ca, clock, issuer, secret }) {
    const ticketSecret = secret('secret');
    return {
      llm: new GatewayTicketLLM({
        endpoint,
        ca,
        clock,
        ticketUrl: new URL('/tickets', endpoint),
        secret: ticketSecret,
      }),
      credential: request => issuer.check(request.headers['x-ticket']),
      routes: {
        '/tickets': async request => {
          if (Reflect.get(Object(request.json), 'secret') !== ticketSecret) return status(401);
          try {
            return json({ ticket: await issuer.issue(), expiresIn: 3_600 });
          } catch {
            return status(503);
          }
        },
      },
    };
  },
};

export default adapter;
