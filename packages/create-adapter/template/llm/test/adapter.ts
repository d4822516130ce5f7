import type { AdapterDescription } from '@crew/llm-testkit';
import { GatewayTicketLLM } from '../src/index.ts';

/** Description of the adapter for the conformance suite: creates the LLM, and lists the capabilities it lacks. */
const adapter: AdapterDescription = {
  name: '@someone/gateway-ticket',
  create: async ({ endpoint, clock, issuer }) => ({
    llm: new GatewayTicketLLM({ endpoint, clock, ticket: await issuer.issue() }),
    credential: request => issuer.check(request.headers['x-ticket']),
  }),
  capabilities: {
    credential: 'fixed',
    streaming: false,
    retries: false,
    privateAuthority: false,
    ownConnections: false,
  },
};

export default adapter;
