import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import { json, manualClock, type RecordedRequest, startEndpoint, status, text } from '@crew/llm-testkit';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  appServiceIdentity,
  type EntraOptions,
  entra,
  githubActionsToken,
  kubernetesToken,
  OAuthLLM,
} from '../src/index.ts';
import { type CloudNetwork, startCloudNetwork } from './cloud-network.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const common = { tenantId: TENANT, clientId: 'app', scope: 'https://cognitiveservices.azure.com/.default' };

let network: CloudNetwork;
beforeEach(async () => {
  network = await startCloudNetwork(['login.microsoftonline.com', 'pipelines.test', 'llm.test'], ({ headers }) => {
    if (headers['host'] === 'llm.test') return text('Hello.');
    if (headers['host'] === 'pipelines.test') return json({ value: 'token-of-the-job' });
    return json({
      access_token: 'entra-token',
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      refresh_in: 1800,
    });
  });
});
afterEach(() => network[Symbol.asyncDispose]());

const tokenRequest = (): RecordedRequest | undefined =>
  network.server.requests.find(({ headers }) => headers['host'] === 'login.microsoftonline.com');
const form = (): Record<string, string> => Object.fromEntries(new URLSearchParams(tokenRequest()?.body));

function llm(options: Partial<EntraOptions>, clock = manualClock()): OAuthLLM {
  const { certificate: ca } = network.authority;
  return new OAuthLLM({
    endpoint: 'https://llm.test/v1',
    ca,
    proxy: network.proxy,
    clock,
    ...entra({ ...common, ...options }),
  });
}

test('Entra issues a token for a client secret', async () => {
  await using one = llm({ clientSecret: 'the secret' });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(tokenRequest()?.path).toBe(`/${TENANT}/oauth2/v2.0/token`);
  expect(form()).toEqual({
    grant_type: 'client_credentials',
    scope: common.scope,
    client_id: 'app',
    client_secret: 'the secret',
  });
});

test('a token of Entra is renewed after refresh_in', async () => {
  const clock = manualClock();
  await using one = llm({ clientSecret: 'the secret' }, clock);
  await one.call('Hi');
  const count = (): number => network.server.requests.filter(({ headers }) => headers['host'] !== 'llm.test').length;
  await clock.advance(1_790_000);
  await one.call('Hi');
  expect(count()).toBe(1);
  await clock.advance(20_000);
  await one.call('Hi');
  await expect.poll(count).toBe(2);
});

test('a certificate for Entra signs with PS256 and is named by x5t#S256', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { certificate, fingerprint256 } = await network.authority.issue({ commonName: 'app' });
  for (const given of [certificate, async () => certificate]) {
    await using one = llm({ certificate: { certificate: given, privateKey } });
    await one.call('Hi');
    const assertion = form()['client_assertion'] ?? '';
    expect(decodeProtectedHeader(assertion)).toMatchObject({
      alg: 'PS256',
      'x5t#S256': Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    });
    expect(decodeJwt(assertion)).toMatchObject({
      iss: 'app',
      sub: 'app',
      aud: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
    });
  }
});

test('workload identity federation with Entra reads the projected token of Kubernetes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'crew-k8s-'));
  try {
    await writeFile(join(directory, 'token'), 'token-of-the-pod\n');
    await using one = llm({ assertion: kubernetesToken({ path: join(directory, 'token') }) });
    expect(await one.call('Hi')).toBe('Hello.');
    expect(form()['client_assertion']).toBe('token-of-the-pod');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('workload identity federation with Entra requests a token of GitHub Actions for the audience', async () => {
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', 'https://pipelines.test/token?api-version=2');
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'job secret');
  await using one = llm({ assertion: githubActionsToken({ audience: 'api://AzureADTokenExchange' }) });
  expect(await one.call('Hi')).toBe('Hello.');
  for (const authContext of ['alice', { id: 'bob' }]) await one.call('Hi', { authContext });
  // The token is the job's, so calls of all users share it.
  expect(network.server.requests.filter(({ headers }) => headers['host'] === 'pipelines.test')).toHaveLength(1);
  const request = network.server.requests.find(({ headers }) => headers['host'] === 'pipelines.test');
  expect(request?.path).toBe('/token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange');
  expect(request?.headers['authorization']).toBe('Bearer job secret');
  expect(form()['client_assertion']).toBe('token-of-the-job');
});

test('githubActionsToken outside of a job throws a ConfigurationError that names the permission', async () => {
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', undefined);
  await using one = llm({ assertion: githubActionsToken({ audience: 'a' }) });
  await expect(one.call('Hi')).rejects.toThrow(/id-token: write/);
});

test('entra refuses missing credentials, two credentials, and a tenant that is a path', () => {
  expect(() => entra(common)).toThrow(ConfigurationError);
  expect(() => entra({ ...common, clientSecret: 'abcd', assertion: 'abcd' })).toThrow(ConfigurationError);
  expect(() => entra({ ...common, tenantId: 'a/b', clientSecret: 'abcd' })).toThrow(ConfigurationError);
  expect(() => entra({ ...common, scope: '', clientSecret: 'abcd' })).toThrow(/scope/);
});

test('the identity service of App Service is requested on this machine, with its header', async () => {
  const clock = manualClock();
  await using service = await startEndpoint({
    path: '*',
    replies: [
      json({ access_token: 'identity-token', expires_on: String(clock.wall() / 1000 + 3600), token_type: 'Bearer' }),
    ],
  });
  vi.stubEnv('IDENTITY_ENDPOINT', `${service.origin}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header secret');
  const auth = appServiceIdentity({
    resource: 'https://cognitiveservices.azure.com',
    clientId: 'user-assigned',
    clock,
  });
  const { certificate: ca } = network.authority;
  await using one = new HttpLLM({ endpoint: 'https://llm.test/v1', ca, proxy: network.proxy, auth, clock });
  expect(await one.call('Hi')).toBe('Hello.');
  expect(service.requests[0]?.path).toBe(
    '/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=user-assigned',
  );
  expect(service.requests[0]?.headers['x-identity-header']).toBe('header secret');
  expect(network.server.requests[0]?.headers['authorization']).toBe('Bearer identity-token');
});

test.each([
  ['on another machine', 'http://evil.example/msi/token', /not on this machine/],
  ['on another machine by https', 'https://evil.example/', /not on this machine/],
  ['without an address', undefined, /IDENTITY_ENDPOINT/],
])('an identity service of App Service %s is a ConfigurationError [T11]', async (_where, address, message) => {
  vi.stubEnv('IDENTITY_ENDPOINT', address);
  vi.stubEnv('IDENTITY_HEADER', 'header secret');
  await using one = new HttpLLM({ endpoint: network.server.url, auth: appServiceIdentity({ resource: 'https://x' }) });
  const error = await one.call('Hi').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String(error)).toMatch(message);
});

test('a refusal by App Service is a CredentialError without the body', async () => {
  await using service = await startEndpoint({ path: '*', replies: [status(400, { body: 'header secret' })] });
  vi.stubEnv('IDENTITY_ENDPOINT', service.origin);
  vi.stubEnv('IDENTITY_HEADER', 'header secret');
  await using one = new HttpLLM({ endpoint: network.server.url, auth: appServiceIdentity({ resource: 'https://x' }) });
  const error = await one.call('Hi').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ terminal: true, name: 'CredentialError' });
  expect(String(error)).not.toContain('header secret');
});
