import { AuthenticationError, ConfigurationError } from '@crew/core';
import { createAuthority, type Endpoint, json, type Reply, startEndpoint, status, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  clientSecretPost,
  customGrant,
  memoryTokenStore,
  OAuthLLM,
  type OAuthLLMOptions,
  type OAuthOptions,
  oauth,
  type TenantSettings,
} from '../src/index.ts';
import { SECRET } from './fixture.ts';

let server: Endpoint;
let issued = 0;
/** Response of the model endpoint for a token. */
let answer: (token: string | undefined) => Reply;
beforeEach(async () => {
  issued = 0;
  answer = () => text('Hello.');
  server = await startEndpoint({
    tls: { authority: await createAuthority() },
    path: '*',
    respond: ({ path, headers }) => {
      if (path.startsWith('/token')) {
        issued += 1;
        return json({ access_token: `token-${issued}`, token_type: 'Bearer', expires_in: 3600 });
      }
      return answer(headers['authorization']?.replace('Bearer ', ''));
    },
  });
});
afterEach(() => server.close());

function llm(options: Partial<OAuthLLMOptions> = {}): OAuthLLM {
  return new OAuthLLM({
    endpoint: `${server.origin}/v1`,
    ca: server.ca,
    retry: { retries: 0 },
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'crew',
    clientSecret: SECRET,
    ...options,
  });
}

const challenge = (parameters: string, code = 401): Reply =>
  status(code, { headers: { 'www-authenticate': `Bearer ${parameters}` }, body: { error: { message: 'no' } } });

test('the token is sent in one header and never in the URL [S29]', async () => {
  await using one = llm();
  await one.call('Hi');
  const request = server.requests.at(-1);
  expect(request?.rawHeaders.filter(name => name.toLowerCase() === 'authorization')).toHaveLength(1);
  expect(request?.headers['authorization']).toBe('Bearer token-1');
  expect(request?.path).toBe('/v1');
});

test('a second authenticator that sets authorization is a ConfigurationError [S30]', async () => {
  const own = {
    name: 'own',
    authenticate: (request: { setHeader(name: string, value: string): void }) =>
      request.setHeader('authorization', 'x'),
  };
  await using one = llm({ auth: own });
  await expect(one.call('Hi')).rejects.toBeInstanceOf(ConfigurationError);
});

test.each(['error="invalid_token"', 'realm="x"', ''])('a 401 (%s) leads to one new token [S31]', async parameters => {
  answer = token => (token === 'token-1' ? challenge(parameters) : text('Hello.'));
  await using one = llm();
  expect(await one.call('Hi')).toBe('Hello.');
  expect(issued).toBe(2);
});

test('a second 401 is an AuthenticationError [S31]', async () => {
  answer = () => challenge('error="invalid_token"');
  await using one = llm();
  await expect(one.call('Hi')).rejects.toBeInstanceOf(AuthenticationError);
  expect(issued).toBe(2);
});

test.each([
  ['error="insufficient_scope", scope="admin"', 403],
  ['error="insufficient_scope"', 401],
  ['error="invalid_request"', 401],
])('the challenge %s with status %i does not lead to a new token [S31]', async (parameters, code) => {
  answer = () => challenge(parameters, code);
  await using one = llm();
  await expect(one.call('Hi')).rejects.toBeInstanceOf(AuthenticationError);
  expect(issued).toBe(1);
});

test('a 400 with invalid_request does not count as a refusal of the token [S31]', async () => {
  answer = () => challenge('error="invalid_request"', 400);
  await using one = llm();
  await expect(one.call('Hi')).rejects.toMatchObject({ code: 'RESPONSE' });
  expect(issued).toBe(1);
});

test('the token is renewed once when fifty concurrent calls are refused [T44]', async () => {
  answer = token => (token === 'token-1' ? challenge('error="invalid_token"') : text('Hello.'));
  await using one = llm();
  const answers = await Promise.all(Array.from({ length: 50 }, () => one.call('Hi')));
  expect(new Set(answers)).toEqual(new Set(['Hello.']));
  expect(issued).toBe(2);
});

test('demanded claims are sent once, with the next token request [S34]', async () => {
  const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: '1' } } });
  const encoded = Buffer.from(claims).toString('base64');
  answer = token =>
    token === 'token-1' ? challenge(`error="insufficient_claims", claims="${encoded}"`) : text('Hello.');
  await using one = llm();
  expect(await one.call('Hi')).toBe('Hello.');
  const forms = server.requests.filter(({ path }) => path === '/token').map(({ body }) => new URLSearchParams(body));
  expect(forms.map(form => form.get('claims'))).toEqual([null, claims]);
  answer = token => (token === 'token-2' ? challenge('error="invalid_token"') : text('Hello.'));
  await one.call('Hi');
  expect(new URLSearchParams(server.requests.findLast(({ path }) => path === '/token')?.body).has('claims')).toBe(
    false,
  );
});

test.each(['claims="%%%"', 'claims="W10="', ''])(
  'a 401 with claims that cannot be decoded (%s) is reported unchanged [S34]',
  async claims => {
    answer = () => challenge(`error="insufficient_claims", ${claims}`);
    await using one = llm();
    await expect(one.call('Hi')).rejects.toBeInstanceOf(AuthenticationError);
    expect(issued).toBe(1);
  },
);

test('tenants, scopes, resources and audiences never share a token [T42]', async () => {
  const tenants: readonly TenantSettings[] = [
    { id: 'a' },
    { id: 'b' },
    { id: 'a', scope: 'x' },
    { id: 'a', scope: 'x y' },
    { id: 'a', resource: 'https://x' },
    { id: 'a', audience: 'https://x' },
    { id: 'a', parameters: { note: 'x' } },
    { id: 'a', clientId: 'x' },
    { id: 'a', tokenEndpoint: `${server.origin}/token?x` },
    { id: 'a', issuer: 'https://x' },
    { id: 'a,b' },
  ];
  const tenant = (context: unknown): TenantSettings | undefined => context as TenantSettings | undefined;
  await using one = llm({ tenant });
  await one.call('Hi');
  for (const authContext of [...tenants, ...tenants]) await one.call('Hi', { authContext });
  expect(issued).toBe(tenants.length + 1);
});

test('a shared store separates tokens by everything that affects them [T42]', async () => {
  const store = memoryTokenStore();
  const grant = (type: string, ticket: string): Partial<OAuthLLMOptions> => ({
    grant: customGrant({ type, parameters: { ticket } }),
  });
  const post = { clientSecret: undefined, clientAuthentication: clientSecretPost(SECRET) };
  const all: readonly Partial<OAuthLLMOptions>[] = [
    {},
    { scope: 'x' },
    { resource: 'https://x' },
    { audience: 'https://x' },
    { parameters: { note: 'x' } },
    { clientId: 'x' },
    { tokenEndpoint: `${server.origin}/token?x` },
    { issuer: 'https://x' },
    post,
    grant('urn:x', 'x'),
    grant('urn:y', 'x'),
    grant('urn:x', 'y'),
    { tenant: () => ({ id: 'a' }) },
    { tenant: () => ({ id: 'b' }) },
  ];
  for (const [index, options] of [...all, ...all].entries()) {
    await using one = llm({ ...options, store });
    await one.call('Hi');
    expect(server.requests.at(-1)?.headers['authorization']).toBe(`Bearer token-${(index % all.length) + 1}`);
  }
  expect(issued).toBe(all.length);
});

test('a tenant has its own client, and one without an id is a ConfigurationError', async () => {
  await using one = llm({
    tenant: context => ({ id: String(context), clientId: `client-${context}`, clientSecret: 'abcd' }),
  });
  await one.call('Hi', { authContext: 7 });
  const basic = server.requests.find(({ path }) => path === '/token')?.headers['authorization'] ?? '';
  expect(atob(basic.slice(6))).toBe('client%2D7:abcd');
  for (const named of [{ id: '' }, {}, null, 'acme']) {
    await using other = llm({ tenant: () => named as { id: string } });
    await expect(other.call('Hi')).rejects.toThrow(/must return an object with an `id`/);
  }
});

test('a token obtained with ready() serves the first call', async () => {
  await using one = llm();
  await one.ready();
  expect(issued).toBe(1);
  await one.call('Hi');
  expect(issued).toBe(1);
});

test('a misspelt option is a ConfigurationError', () => {
  expect(() => oauth({ issuer: 'https://idp.test', clientId: 'a', scopes: 'x' } as OAuthOptions)).toThrow(/scopes/);
  expect(() => llm({ scopes: ['x'] } as Partial<OAuthLLMOptions>)).toThrow(ConfigurationError);
});
