import { createAuthority, json, startEndpoint, text } from '@crew/llm-testkit';
import { expect, test } from 'vitest';
import { OAuthLLM, tlsClientAuth } from '../src/index.ts';
import { connectionWith } from './fixture.ts';

test.each([
  ['the mTLS alias of the token endpoint is used with a client certificate [S26]', true, '/mtls/token'],
  ['the token endpoint itself is used with a client certificate if there is no alias [S26]', false, '/token'],
])('%s', async (_sentence, hasAlias, expected) => {
  const authority = await createAuthority();
  const client = await authority.issue({ commonName: 'crew', usage: 'client' });
  await using server = await startEndpoint({
    tls: { authority },
    clientCertificate: 'require',
    path: '*',
    respond: ({ path, url }) => {
      const { origin } = new URL(url);
      if (path.includes('well-known')) {
        const aliases = { mtls_endpoint_aliases: { token_endpoint: `${origin}/mtls/token` } };
        return json({ issuer: origin, token_endpoint: `${origin}/token`, ...(hasAlias ? aliases : {}) });
      }
      if (path.endsWith('token')) return json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 });
      return text('Hello.');
    },
  });
  await using llm = new OAuthLLM({
    endpoint: `${server.origin}/v1`,
    ca: authority.certificate,
    issuer: server.origin,
    clientId: 'tls',
    clientAuthentication: tlsClientAuth(),
    auth: connectionWith({ cert: client.chain, key: client.key }),
  });
  await llm.call('Hi');
  expect(server.requests.filter(({ path }) => path.endsWith('token')).map(({ path }) => path)).toEqual([expected]);
});
