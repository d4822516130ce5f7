import type { Endpoint } from '@crew/llm-testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OAuthLLM } from '../src/index.ts';
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts';
import { startModelEndpoint } from './model-endpoint.ts';

let server: AuthorizationServer;
let endpoint: Endpoint;

beforeAll(async () => {
  server = await startAuthorizationServer({
    clients: [
      {
        client_id: 'an:identifier',
        client_secret: 'some secure & non-standard secret',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
  });
  endpoint = await startModelEndpoint(server);
});
afterAll(async () => {
  await endpoint.close();
  await server.close();
});

test('a call obtains a token with client credentials, and the next call uses it again', async () => {
  await using llm = new OAuthLLM({
    endpoint: endpoint.url,
    ca: server.ca,
    issuer: server.issuer,
    clientId: 'an:identifier',
    clientSecret: 'some secure & non-standard secret',
    scope: 'chat',
  });
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(server.tokenRequests).toHaveLength(1);
});
