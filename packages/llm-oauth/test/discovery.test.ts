import { CredentialError } from '@crew/core';
import {
  createAuthority,
  type Endpoint,
  huge,
  json,
  type Reply,
  redirect,
  startEndpoint,
  status,
  text,
} from '@crew/llm-testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OAuthLLM, type OAuthLLMOptions, oauth } from '../src/index.ts';
import { RESOURCE } from './authorization-server.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';
import { obtainOver } from './obtain-over.ts';

let scripted: Endpoint;
let ca: string;
let metadata: (path: string, origin: string) => Reply;
beforeAll(async () => {
  const authority = await createAuthority();
  ca = authority.certificate;
  scripted = await startEndpoint({
    tls: { authority },
    path: '*',
    respond: ({ path, url }) => {
      if (path.includes('well-known')) return metadata(path, new URL(url).origin);
      if (path.includes('token')) return json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 });
      return text('Hello.');
    },
  });
});
beforeEach(() => {
  metadata = (_path, origin) => json({ issuer: origin, token_endpoint: `${origin}/token` });
});
afterAll(() => scripted.close());

function llm(options: Partial<OAuthLLMOptions> = {}): OAuthLLM {
  const retry = { retries: 0 };
  return new OAuthLLM({
    endpoint: `${scripted.origin}/v1`,
    ca,
    retry,
    issuer: scripted.origin,
    clientId: 'a',
    clientSecret: SECRET,
    ...options,
  });
}

async function errorOf(options: Partial<OAuthLLMOptions> = {}): Promise<unknown> {
  await using one = llm(options);
  return await one.call('Hi').catch((thrown: unknown) => thrown);
}

const pathsSince = (start: number): readonly string[] => scripted.requests.slice(start).map(({ path }) => path);

test('the well-known part of RFC 8414 precedes the path of the issuer [S63]', async () => {
  await using fixture: Fixture = await startFixture({ path: '/tenant/one' });
  await using one = fixture.llm({ clientSecret: SECRET });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(fixture.server.requests.map(({ path }) => path)).toEqual([
    '/.well-known/oauth-authorization-server/tenant/one',
    '/tenant/one/token',
  ]);
});

test('the well-known part of OpenID Connect follows the issuer, as a fallback or on request [S63]', async () => {
  const issuer = `${scripted.origin}/tenant`;
  const found = json({ issuer, token_endpoint: `${issuer}/token` });
  metadata = path => (path === '/tenant/.well-known/openid-configuration' ? found : status(404));
  const start = scripted.requests.length;
  await using both = llm({ issuer });
  await both.call('Hi');
  await using oidc = llm({ issuer, discovery: 'oidc' });
  await oidc.call('Hi');
  expect(pathsSince(start).filter(path => path.includes('well-known'))).toEqual([
    '/.well-known/oauth-authorization-server/tenant',
    '/tenant/.well-known/openid-configuration',
    '/tenant/.well-known/openid-configuration',
  ]);
});

test('metadata is fetched once for many calls, and not at all if the token endpoint is configured', async () => {
  const start = scripted.requests.length;
  await using one = llm();
  await Promise.all([one.call('Hi'), one.call('Hi'), one.call('Hi')]);
  await using byHand = llm({ tokenEndpoint: `${scripted.origin}/other/token` });
  await byHand.call('Hi');
  const paths = pathsSince(start);
  expect(paths.filter(path => path.includes('well-known'))).toHaveLength(1);
  expect(paths).toContain('/other/token');
});

test.each([
  ['another issuer', 'https://evil.example'],
  ['a final slash', `/`],
  ['no issuer', undefined],
])('metadata with %s is refused [S64, T9]', async (_what, issuer) => {
  metadata = (_path, origin) =>
    json({ issuer: issuer === '/' ? `${origin}/` : issuer, token_endpoint: `${origin}/token` });
  const start = scripted.requests.length;
  expect(await errorOf()).toMatchObject({ terminal: true, message: expect.stringContaining('another issuer') });
  expect(pathsSince(start)).not.toContain('/token');
});

test.each(['http://idp.example', 'https://idp.example?x=1', 'https://idp.example#f', 'idp.example'])(
  'the issuer %s is refused [S64]',
  issuer => {
    expect(() => oauth({ issuer, clientId: 'a' })).toThrow(/issuer must/);
  },
);

test.each([
  'https://evil.example/token',
  'https://idp.evil/token',
  'http://169.254.169.254/token',
  'http://127.0.0.1/token',
])('the token endpoint %s of poisoned metadata receives no request [T7, T8]', async token_endpoint => {
  metadata = (_path, origin) => json({ issuer: origin, token_endpoint });
  expect(await errorOf()).toMatchObject({ terminal: true, name: 'CredentialError' });
});

describe('endpoints in metadata', () => {
  const found = async (issuer: string, token_endpoint: string): Promise<string> => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async input => {
      asked.push(String(input));
      const isMetadata = String(input).includes('well-known');
      const good = { access_token: 'abc', token_type: 'Bearer', expires_in: 60 };
      return Response.json(isMetadata ? { issuer, token_endpoint } : good);
    };
    await obtainOver(fetch, { issuer });
    return asked.slice(1).join();
  };

  // No public name resolves to this machine, so the transport returns the responses itself.
  test.each([
    ['the issuer itself', 'https://idp.example', 'https://idp.example/token', true],
    ['a subdomain', 'https://idp.example', 'https://mtls.idp.example/token', true],
    ['a subdomain of a subdomain', 'https://idp.example', 'https://a.b.idp.example/token', true],
    ['a subdomain on the port of the issuer', 'https://idp.example:8443', 'https://a.idp.example:8443/token', true],
    ['a name that only ends like the issuer', 'https://idp.example', 'https://evilidp.example/token', false],
    ['a name that begins like the issuer', 'https://idp.example', 'https://idp.example.evil.test/token', false],
    ['the domain above', 'https://login.idp.example', 'https://idp.example/token', false],
    ['another name below the domain above', 'https://login.idp.example', 'https://evil.idp.example/token', false],
    ['a subdomain on another port', 'https://idp.example', 'https://a.idp.example:8443/token', false],
    ['a subdomain on the default port', 'https://idp.example:8443', 'https://a.idp.example/token', false],
    ['the issuer on another port', 'https://idp.example', 'https://idp.example:8443/token', false],
    ['a subdomain over plain http', 'https://localhost', 'http://a.localhost/token', false],
    ['a subdomain of this machine over plain http', 'http://localhost:80', 'http://a.localhost:80/token', false],
    ['the issuer over plain http', 'https://localhost', 'http://localhost/token', false],
  ])(
    'the site rule decides on %s (issuer %s, endpoint %s, allowed: %s) [X20]',
    async (_what, issuer, tokenEndpoint, isAllowed) => {
      expect(await found(issuer, tokenEndpoint)).toBe(isAllowed ? tokenEndpoint : '');
    },
  );
});

test.each([
  ['control characters and line breaks', '\u001b]52;c;aGk=\u0007\r\nx\u202ey\u0085z'],
  ['a great length', 'https://evil.example/'.repeat(20_000)],
  ['half a character at the cut', `${'x'.repeat(199)}\u{1f600}`],
])('metadata whose issuer has %s is refused with one short line [X15]', async (_what, issuer) => {
  metadata = (_path, origin) => json({ issuer, token_endpoint: `${origin}/token` });
  const { message } = (await errorOf()) as Error;
  expect(message).toContain('another issuer');
  expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
  expect(message.length).toBeLessThan(700);
});

test.each([
  ['a long host', `https://${'a.'.repeat(50_000)}example/token`],
  ['a long scheme', `${'a'.repeat(50_000)}://x/token`],
])('metadata whose token endpoint has %s is refused with one short line [X15]', async (_what, token_endpoint) => {
  metadata = (_path, origin) => json({ issuer: origin, token_endpoint });
  const { message } = (await errorOf()) as Error;
  expect(message).toContain('token_endpoint');
  expect(message.length).toBeLessThan(1_000);
});

test('at most 1 MiB of metadata is read [X16]', async () => {
  metadata = () => huge(64 * 1_048_576);
  const request = scripted.nextRequest();
  const failure = errorOf();
  await scripted.whenClosed(await request);
  expect(await failure).toMatchObject({ message: expect.stringContaining('1 MiB') });
});

test('metadata may name an origin in trustedOrigins [T8]', async () => {
  await using other = await startEndpoint({
    tls: { authority: await createAuthority() },
    path: '*',
    respond: () => json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 }),
  });
  metadata = (_path, origin) => json({ issuer: origin, token_endpoint: `${other.origin}/token` });
  const trust = { trustedOrigins: [other.origin], ca: [ca, other.ca ?? ''] };
  expect(await errorOf({ ca: trust.ca })).toMatchObject({ message: expect.stringContaining('trustedOrigins') });
  await using one = llm(trust);
  expect(await one.call('Hi')).toBe('Hello.');
});

test('discovery follows no redirect [T1]', async () => {
  metadata = () => redirect(302, 'https://evil.example/');
  expect(await errorOf()).toMatchObject({ message: expect.stringContaining('redirect') });
});

test('missing, broken and non-JSON metadata are CredentialErrors that name the URL', async () => {
  metadata = () => status(404);
  expect(await errorOf()).toMatchObject({ terminal: true, message: expect.stringContaining('tokenEndpoint') });
  metadata = () => status(200, { body: '<html>' });
  expect(await errorOf()).toBeInstanceOf(CredentialError);
  metadata = (_path, origin) => json({ issuer: origin });
  expect(await errorOf()).toMatchObject({ message: expect.stringContaining('no token_endpoint') });
});

test.each([
  [undefined, 'basic'],
  [['client_secret_post', 'client_secret_basic'], 'basic'],
  [['private_key_jwt', 'client_secret_post'], 'post'],
  [['client_secret_jwt'], 'jwt'],
])('the secret for the supported methods %j is sent as %s [S65]', async (methods, expected) => {
  metadata = (_path, origin) =>
    json({ issuer: origin, token_endpoint: `${origin}/token`, token_endpoint_auth_methods_supported: methods });
  await using one = llm();
  await one.call('Hi');
  const request = scripted.requests.findLast(({ path }) => path === '/token');
  const form = new URLSearchParams(request?.body);
  const used = form.has('client_assertion') ? 'jwt' : form.has('client_secret') ? 'post' : 'basic';
  expect(used).toBe(expected);
  expect(request?.headers['authorization'] !== undefined).toBe(expected === 'basic');
});

test('a resource is sent, and a relative one or one with a fragment is a ConfigurationError [S62]', async () => {
  await using fixture = await startFixture();
  await using one = fixture.llm({ clientSecret: SECRET, resource: RESOURCE });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(fixture.server.tokenRequests[0]?.form.get('resource')).toBe(RESOURCE);
  for (const resource of ['/v1', 'https://llm.test/#x']) {
    expect(() => oauth({ tokenEndpoint: 'https://idp.test/t', clientId: 'a', resource })).toThrow(/RFC 8707/);
  }
});

test('the error invalid_target is reported [S62]', async () => {
  await using fixture = await startFixture();
  await using one = fixture.llm({ clientSecret: SECRET, resource: 'https://unknown.test/' });
  await expect(one.call('Hi')).rejects.toThrow(/invalid_target.*resource/);
});
