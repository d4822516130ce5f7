import { AuthenticationError, ConfigurationError, CredentialError } from '@crew/core';
import { type Endpoint, json, type Reply, startEndpoint, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OAuthLLM, oauth } from '../src/index.ts';
import { RESOURCE } from './authorization-server.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
let endpoint: Endpoint;
let metadata: (url: string) => Reply;
let pointer: (origin: string) => string;
beforeEach(async () => {
  fixture = await startFixture();
  pointer = origin => `${origin}/.well-known/oauth-protected-resource/v1`;
  metadata = resource => json({ resource, authorization_servers: ['https://other.example', fixture.server.issuer] });
  endpoint = await startEndpoint({
    tls: { authority: fixture.server.authority },
    path: '*',
    respond: ({ path, url, headers }) => {
      const { origin } = new URL(url);
      if (path.startsWith('/.well-known/')) return metadata(`${origin}/v1`);
      if (headers['authorization'] !== undefined) return text('Hello.');
      const challenge = `Bearer resource_metadata="${pointer(origin)}", scope="chat"`;
      return { status: 401, headers: { 'www-authenticate': challenge }, json: { error: { message: 'no token' } } };
    },
  });
});
afterEach(async () => {
  await endpoint.close();
  await fixture[Symbol.asyncDispose]();
});

function llm(follow: boolean): OAuthLLM {
  const { issuer, ca } = fixture.server;
  return new OAuthLLM({
    endpoint: `${endpoint.origin}/v1`,
    ca,
    clientId: 'basic',
    clientSecret: SECRET,
    retry: { retries: 0 },
    ...(follow
      ? { followChallenge: { issuers: [issuer] }, parameters: { resource: RESOURCE } }
      : { issuer, clientSecret: 'x y' }),
  });
}

test('server and scope are discovered once from a challenge, and the request is resent with a token [RFC 9728]', async () => {
  await using one = llm(true);
  expect(await one.call('Hi')).toBe('Hello.');
  expect(await one.call('Hi')).toBe('Hello.');
  expect(endpoint.requests.filter(({ path }) => path === '/v1')).toHaveLength(3);
  expect(fixture.server.tokenRequests).toHaveLength(1);
  expect(fixture.server.tokenRequests[0]?.form.get('scope')).toBe('chat');
});

test('the resource of the metadata is requested unless one is configured [RFC 9728, RFC 8707]', async () => {
  const { issuer, ca } = fixture.server;
  await using one = new OAuthLLM({
    endpoint: `${endpoint.origin}/v1`,
    ca,
    clientId: 'basic',
    clientSecret: SECRET,
    followChallenge: { issuers: [issuer] },
  });
  // The authorization server rejects this resource.
  await expect(one.call('Hi')).rejects.toThrow(/invalid_target/);
  expect(fixture.server.tokenRequests[0]?.form.get('resource')).toBe(`${endpoint.origin}/v1`);
});

test('metadata of another resource is refused [S66]', async () => {
  metadata = () => json({ resource: 'https://llm.test/v2', authorization_servers: [fixture.server.issuer] });
  await using one = llm(true);
  await expect(one.call('Hi')).rejects.toThrow(/RFC 9728/);
  expect(fixture.server.requests).toHaveLength(0);
});

test('resource metadata on another origin is not fetched [T7]', async () => {
  // This server would return valid metadata.
  await using sink = await startEndpoint({
    tls: { authority: fixture.server.authority },
    path: '*',
    respond: () => metadata(`${endpoint.origin}/v1`),
  });
  pointer = () => `${sink.origin}/.well-known/oauth-protected-resource/v1`;
  await using one = llm(true);
  await expect(one.call('Hi')).rejects.toThrow(/points to resource metadata on another origin/);
  expect(sink.requests).toHaveLength(0);
  expect(fixture.server.requests).toHaveLength(0);
});

test('an authorization server that is not allowed is not used [T8]', async () => {
  metadata = resource => json({ resource, authorization_servers: ['https://evil.example'] });
  await using one = llm(true);
  await expect(one.call('Hi')).rejects.toThrow(/names none of the authorization servers in followChallenge.issuers/);
});

test('a challenge without resource metadata leaves the refusal unchanged', async () => {
  pointer = () => '';
  await using endpointWithout = await startEndpoint({
    tls: { authority: fixture.server.authority },
    path: '*',
    respond: () => ({ status: 401, json: { error: { message: 'no' } } }),
  });
  await using one = new OAuthLLM({
    endpoint: `${endpointWithout.origin}/v1`,
    ca: fixture.server.ca,
    clientId: 'basic',
    clientSecret: SECRET,
    followChallenge: { issuers: [fixture.server.issuer] },
  });
  await expect(one.call('Hi')).rejects.toBeInstanceOf(AuthenticationError);
});

test('challenges are followed only with followChallenge, and followChallenge without issuers is a ConfigurationError', async () => {
  await using one = llm(false);
  await expect(one.call('Hi')).rejects.toBeInstanceOf(CredentialError);
  expect(endpoint.requests.filter(({ path }) => path.startsWith('/.well-known/'))).toHaveLength(0);
  expect(() => oauth({ clientId: 'a', clientSecret: 'abcd', followChallenge: { issuers: [] } })).toThrow(
    ConfigurationError,
  );
});
