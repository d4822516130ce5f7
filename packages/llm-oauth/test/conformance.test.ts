import { json, status } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { OAuthLLM } from '../src/index.ts';

describeAdapter({
  name: 'OAuthLLM with client credentials',
  create: ({ endpoint, ca, clock, issuer, secret }) => ({
    llm: new OAuthLLM({
      endpoint,
      ca,
      clock,
      tokenEndpoint: new URL('/token', endpoint).href,
      clientId: 'crew',
      clientSecret: secret('client secret'),
    }),
    credential: ({ headers }) => issuer.check(headers['authorization']?.replace('Bearer ', '')),
    routes: {
      '/token': async () => {
        try {
          return json({ access_token: await issuer.issue(), token_type: 'Bearer', expires_in: 3_600 });
        } catch {
          return status(503);
        }
      },
    },
  }),
});
