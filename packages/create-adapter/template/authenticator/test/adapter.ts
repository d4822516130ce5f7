import { type AdapterDescription, json, status } from '@crew/llm-testkit';
import { GatewayTicketLLM } from '../src/index.ts';

/** What the conformance suite has to know: how to make the LLM, and how the other side plays its part. */
const adapter: AdapterDescription = {
  name: '@someone/gateway-ticket',
  create({ endpoint, ca, clock, issuer, secret }) {
    const own = secret('secret');
    return {
      llm: new GatewayTicketLLM({ endpoint, ca, clock, ticketUrl: new URL('/tickets', endpoint), secret: own }),
      credential: request => issuer.check(request.headers['x-ticket']),
      routes: {
        '/tickets': async request => {
          if (Reflect.get(Object(request.json), 'secret') !== own) return status(401);
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
