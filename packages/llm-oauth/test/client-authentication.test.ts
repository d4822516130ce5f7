import { createPrivateKey } from 'node:crypto';
import { ConfigurationError, CredentialError } from '@crew/core';
import { decodeJwt, decodeProtectedHeader, exportPKCS8, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  clientAssertion,
  clientSecretBasic,
  clientSecretJwt,
  clientSecretPost,
  memoryTokenStore,
  oauth,
  privateKeyJwt,
  publicClient,
  refreshToken,
  selfSignedTlsClientAuth,
  tlsClientAuth,
} from '../src/index.ts';
import type { TokenRequest } from './authorization-server.ts';
import { connectionWith, type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Makes a call and returns its token request. */
async function tokenRequestOf(options: Parameters<Fixture['llm']>[0]): Promise<TokenRequest> {
  const before = fixture.server.tokenRequests.length;
  await using llm = fixture.llm(options);
  expect(await llm.call('Hi')).toBe('Hello.');
  const requests = fixture.server.tokenRequests.slice(before);
  expect(requests).toHaveLength(1);
  return requests[0] as TokenRequest;
}

test('client_secret_basic form-encodes id and secret before base64 [S1]', async () => {
  const request = await tokenRequestOf({
    clientId: 'an:identifier',
    clientAuthentication: clientSecretBasic('some secure & non-standard secret'),
  });
  expect(request.headers['authorization']).toBe(
    'Basic YW4lM0FpZGVudGlmaWVyOnNvbWUrc2VjdXJlKyUyNitub24lMkRzdGFuZGFyZCtzZWNyZXQ=',
  );
});

test.each([
  ['sp ace', 'sp+ace'],
  ['a%b:c+d/e=f', 'a%25b%3Ac%2Bd%2Fe%3Df'],
  ['ünïcode', '%C3%BCn%C3%AFcode'],
  ["!*'()~", '%21%2A%27%28%29%7E'],
])('the client id %s is sent as %s [S1]', async (clientId, encoded) => {
  const headers = new Headers();
  await clientSecretBasic('x').apply(draft({ clientId, headers }));
  expect(atob(headers.get('authorization')?.slice(6) ?? '')).toBe(`${encoded}:x`);
});

test('raw encoding of id and secret is opt-in [S2]', async () => {
  const headers = new Headers();
  await clientSecretBasic('s%cret', { encoding: 'raw' }).apply(draft({ clientId: 'a:b', headers }));
  expect(atob(headers.get('authorization')?.slice(6) ?? '')).toBe('a:b:s%cret');
});

test('client_secret_post sends the secret in the form and nowhere else [S3, S4]', async () => {
  const request = await tokenRequestOf({ clientId: 'post', clientAuthentication: clientSecretPost(SECRET) });
  expect(request.form.get('client_secret')).toBe(SECRET);
  expect(request.form.get('client_id')).toBe('post');
  expect(request.headers['authorization']).toBeUndefined();
  expect(request.path).toBe('/token');
});

test('client_secret_basic sends neither secret nor id in the form [S3, S4]', async () => {
  const { form } = await tokenRequestOf({ clientSecret: SECRET });
  expect([form.has('client_secret'), form.has('client_id'), form.has('client_assertion')]).toEqual([
    false,
    false,
    false,
  ]);
});

test('a client secret together with another client authentication is a ConfigurationError [S4]', () => {
  const both = { tokenEndpoint: 'https://idp.test/token', clientId: 'a', clientSecret: 'b' };
  expect(() => oauth({ ...both, clientAuthentication: publicClient() })).toThrow(ConfigurationError);
});

test('the token request is a POST of a form with each parameter once and none empty [S5]', async () => {
  const request = await tokenRequestOf({ clientSecret: SECRET, scope: ['chat', 'models'], parameters: { note: '' } });
  expect(request.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
  expect(Object.fromEntries(request.form)).toEqual({ grant_type: 'client_credentials', scope: 'chat models' });
  expect([...request.form.keys()]).toHaveLength(2);
});

test('a 401 with a Basic challenge is a terminal CredentialError that names invalid_client and no secret [S13]', async () => {
  await using llm = fixture.llm({ clientSecret: 'wrong secret' });
  const error = await llm.call('Hi').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CredentialError);
  expect(error).toMatchObject({ terminal: true, message: expect.stringContaining('invalid_client') });
  expect(String(error)).not.toContain('wrong secret');
});

test('private_key_jwt sends issuer, subject, audience, key id and a new id each time [S19, S20, S21, S22, S23]', async () => {
  const authentication = privateKeyJwt(fixture.privateJwk);
  const first = await tokenRequestOf({ clientId: 'private-key', clientAuthentication: authentication });
  const second = await tokenRequestOf({ clientId: 'private-key', clientAuthentication: authentication });
  expect(first.form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  expect(first.form.get('client_id')).toBe('private-key');
  const assertion = first.form.get('client_assertion') ?? '';
  const claims = decodeJwt(assertion);
  expect(claims).toMatchObject({ iss: 'private-key', sub: 'private-key', aud: fixture.server.issuer });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(70);
  expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'ES256', kid: 'crew-1' });
  expect(decodeJwt(second.form.get('client_assertion') ?? '').jti).not.toBe(claims.jti);
});

test('the audience of an assertion can be the token endpoint [S20]', async () => {
  const body = new URLSearchParams();
  const authentication = privateKeyJwt(fixture.privateKey, { audience: 'tokenEndpoint' });
  await authentication.apply(draft({ body }));
  expect(decodeJwt(body.get('client_assertion') ?? '').aud).toBe('https://idp.test/token');
});

test('an assertion without an issuer as its audience is a ConfigurationError [S20]', async () => {
  const apply = async (): Promise<void> => privateKeyJwt(fixture.privateKey).apply(draft({ issuer: undefined }));
  await expect(apply()).rejects.toThrow(ConfigurationError);
});

test.each(['pem', 'jwk', 'KeyObject', 'function'])('a private key of the form %s is accepted', async form => {
  const keys = {
    pem: fixture.privateKey,
    jwk: fixture.privateJwk,
    KeyObject: createPrivateKey(fixture.privateKey),
    function: async () => fixture.privateKey,
  };
  const key = keys[form as keyof typeof keys] as Parameters<typeof privateKeyJwt>[0];
  const authentication = privateKeyJwt(key, { kid: 'crew-1' });
  const request = await tokenRequestOf({ clientId: 'private-key', clientAuthentication: authentication });
  expect(decodeProtectedHeader(request.form.get('client_assertion') ?? '').kid).toBe('crew-1');
});

test('RSA keys sign with RS256 by default and with PS256 on request [S23]', async () => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const pem = await exportPKCS8(privateKey);
  for (const algorithm of [undefined, 'PS256'] as const) {
    const body = new URLSearchParams();
    await privateKeyJwt(pem, { algorithm }).apply(draft({ body }));
    expect(decodeProtectedHeader(body.get('client_assertion') ?? '').alg).toBe(algorithm ?? 'RS256');
  }
});

test('an algorithm that does not fit the key, and a weak key, are ConfigurationErrors that do not show the key [S23, S38]', async () => {
  expect(() => privateKeyJwt(fixture.privateKey, { algorithm: 'RS256' })).toThrow(/ES256/);
  const { privateKey } = await import('node:crypto').then(({ generateKeyPairSync }) =>
    generateKeyPairSync('rsa', { modulusLength: 1024 }),
  );
  expect(() => privateKeyJwt(privateKey)).toThrow(/2048/);
  expect(() => privateKeyJwt(fixture.privateKey.replace(/[\w+/=]{8,}/g, 'AAAA'))).toThrow(/cannot be read/);
});

test('client_secret_jwt signs with the secret and does not send it [S24]', async () => {
  const request = await tokenRequestOf({ clientId: 'secret-jwt', clientAuthentication: clientSecretJwt(SECRET) });
  expect(decodeProtectedHeader(request.form.get('client_assertion') ?? '').alg).toBe('HS256');
  expect(request.form.has('client_secret')).toBe(false);
});

test('a secret under 32 characters for client_secret_jwt is a ConfigurationError [S24]', () => {
  expect(() => clientSecretJwt('short')).toThrow(ConfigurationError);
});

test('tls_client_auth presents the certificate and sends the client id without a secret [S25]', async () => {
  const request = await tokenRequestOf({
    clientId: 'tls',
    clientAuthentication: tlsClientAuth(),
    auth: connectionWith({ cert: fixture.certificate.chain, key: fixture.certificate.key }),
  });
  expect(request.certificate).toBe(fixture.certificate.fingerprint256);
  expect(Object.fromEntries(request.form)).toEqual({ grant_type: 'client_credentials', client_id: 'tls' });
});

test('self_signed_tls_client_auth presents a self-signed certificate [S25]', async () => {
  const { certificate: cert, key } = fixture.selfSigned;
  const request = await tokenRequestOf({
    clientId: 'self-signed',
    clientAuthentication: selfSignedTlsClientAuth(),
    auth: connectionWith({ cert, key }),
  });
  expect(request.form.get('client_id')).toBe('self-signed');
  expect(request.certificate).toBeDefined();
});

test('tls_client_auth without a certificate on the connection is a ConfigurationError with a remedy [S25]', async () => {
  await using llm = fixture.llm({ clientId: 'tls', clientAuthentication: tlsClientAuth() });
  await expect(llm.call('Hi')).rejects.toThrow(/clientCertificate/);
});

test('a token bound to the new certificate is obtained when the certificate changes [S27]', async () => {
  const next = await fixture.server.authority.issue({
    commonName: 'crew',
    uri: ['spiffe://example.org/crew'],
    usage: 'client',
  });
  let credentials = { id: '1', cert: fixture.certificate.chain, key: fixture.certificate.key };
  const auth = { name: 'certificate', connection: () => credentials, authenticate: () => undefined };
  await using llm = fixture.llm({ clientId: 'tls', clientAuthentication: tlsClientAuth(), auth });
  expect(await llm.call('Hi')).toBe('Hello.');
  credentials = { id: '2', cert: next.chain, key: next.key };
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(fixture.server.tokenRequests.slice(-2).map(({ certificate }) => certificate)).toEqual([
    fixture.certificate.fingerprint256,
    next.fingerprint256,
  ]);
});

test('a stored token that is bound to another certificate is not used [S27]', async () => {
  const next = await fixture.server.authority.issue({
    commonName: 'crew',
    uri: ['spiffe://example.org/crew'],
    usage: 'client',
  });
  const store = memoryTokenStore();
  const tokens = fixture.server.tokenRequests.length;
  const calls = fixture.endpoint.requests.length;
  for (const { chain: cert, key } of [fixture.certificate, next, next, fixture.certificate]) {
    const auth = connectionWith({ cert, key });
    await using llm = fixture.llm({ clientId: 'tls', clientAuthentication: tlsClientAuth(), auth, store });
    expect(await llm.call('Hi')).toBe('Hello.');
  }
  expect(fixture.server.tokenRequests.slice(tokens).map(({ certificate }) => certificate)).toEqual([
    fixture.certificate.fingerprint256,
    next.fingerprint256,
    fixture.certificate.fingerprint256,
  ]);
  // There is one request per call, because the endpoint had no reason to refuse.
  expect(fixture.endpoint.requests.length - calls).toBe(4);
});

test('a public client sends its id in the form [S28]', async () => {
  const request = await tokenRequestOf({
    clientId: 'public',
    clientAuthentication: publicClient(),
    grant: refreshToken(await fixture.server.login('public')),
  });
  expect(request.form.get('client_id')).toBe('public');
  expect(request.headers['authorization']).toBeUndefined();
});

test('an assertion of another party is read for each request and sent unchanged', async () => {
  const body = new URLSearchParams();
  let issued = 0;
  const authentication = clientAssertion(() => `assertion-${++issued}`);
  await authentication.apply(draft({ body }));
  await authentication.apply(draft({ body }));
  expect(body.get('client_assertion')).toBe('assertion-2');
  expect(body.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
});

function draft(changes: object): Parameters<ReturnType<typeof publicClient>['apply']>[0] {
  return {
    issuer: 'https://idp.test',
    tokenEndpoint: 'https://idp.test/token',
    clientId: 'crew',
    body: new URLSearchParams(),
    headers: new Headers(),
    signal: new AbortController().signal,
    fetch,
    authContext: undefined,
    now: () => 1_800_000_000,
    ...changes,
  };
}
