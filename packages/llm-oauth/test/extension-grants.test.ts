import { CredentialError } from '@crew/core';
import { decodeJwt, decodeProtectedHeader, importPKCS8, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customGrant, jwtBearer, tokenExchange } from '../src/index.ts';
import { JWT_BEARER, RESOURCE, TOKEN_EXCHANGE } from './authorization-server.ts';
import { type Fixture, SECRET, startFixture } from './fixture.ts';

let fixture: Fixture;
let rewrite: ((body: Record<string, unknown>) => unknown) | undefined;
beforeAll(async () => {
  fixture = await startFixture({ rewrite: body => rewrite?.(body) ?? body });
});
afterAll(() => fixture[Symbol.asyncDispose]());

const client = { clientId: 'exchange', clientSecret: SECRET } as const;
const formOf = (): Record<string, string> => Object.fromEntries(fixture.server.tokenRequests.at(-1)?.form ?? []);

async function signed(subject: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('https://issuer.test')
    .setSubject(subject)
    .setAudience(fixture.server.issuer)
    .setExpirationTime('5 minutes')
    .sign(await importPKCS8(fixture.privateKey, 'ES256'));
}

test('the JWT bearer grant sends the assertion of another party [S41]', async () => {
  const assertion = await signed('alice');
  await using llm = fixture.llm({ ...client, grant: jwtBearer({ assertion }), scope: 'chat' });
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(formOf()).toEqual({ grant_type: JWT_BEARER, assertion, scope: 'chat' });
});

test('the JWT bearer grant signs an assertion with issuer, subject, audience and expiry [S41]', async () => {
  const grant = jwtBearer({
    key: fixture.privateKey,
    kid: 'k1',
    issuer: 'robot',
    subject: 'alice',
    claims: { tier: 1 },
  });
  await using llm = fixture.llm({ ...client, grant });
  expect(await llm.call('Hi')).toBe('Hello.');
  const assertion = formOf()['assertion'] ?? '';
  expect(decodeJwt(assertion)).toMatchObject({ iss: 'robot', sub: 'alice', aud: fixture.server.issuer, tier: 1 });
  expect(decodeJwt(assertion).exp).toBeGreaterThan(Date.now() / 1000);
  expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'ES256', kid: 'k1' });
});

test('token exchange sends subject and actor with their types [S58, S59]', async () => {
  const subject = await signed('alice');
  const actor = await signed('crew');
  const grant = tokenExchange({
    subject: { token: subject, type: 'jwt' },
    actor: { token: () => actor, type: 'id-token' },
  });
  await using llm = fixture.llm({ ...client, grant });
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(formOf()).toEqual({
    grant_type: TOKEN_EXCHANGE,
    subject_token: subject,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    actor_token: actor,
    actor_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  });
});

test('token exchange without an actor sends no actor_token_type [S59]', async () => {
  const grant = tokenExchange({ subject: { token: await signed('alice'), type: 'access-token' } });
  await using llm = fixture.llm({ ...client, grant });
  await llm.call('Hi');
  expect(new Set(Object.keys(formOf()))).toEqual(new Set(['grant_type', 'subject_token', 'subject_token_type']));
});

test('a token exchange response without a usable issued_token_type, or with token_type N_A, is refused [S60]', async () => {
  const grant = tokenExchange({ subject: { token: await signed('alice'), type: 'jwt' } });
  const answers = [
    { issued_token_type: undefined },
    { issued_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
    { token_type: 'N_A' },
  ];
  for (const change of answers) {
    rewrite = body => ({ ...body, ...change });
    await using llm = fixture.llm({ ...client, grant });
    await expect(llm.call('Hi')).rejects.toBeInstanceOf(CredentialError);
  }
  rewrite = undefined;
});

test('several audiences and resources repeat the parameter [S61]', async () => {
  const grant = tokenExchange({ subject: { token: await signed('alice'), type: 'jwt' } });
  await using llm = fixture.llm({ ...client, grant, audience: ['a', 'b'], resource: [RESOURCE, 'https://llm.test/2'] });
  await llm.call('Hi');
  const form = fixture.server.tokenRequests.at(-1)?.form;
  expect(form?.getAll('audience')).toEqual(['a', 'b']);
  expect(form?.getAll('resource')).toEqual([RESOURCE, 'https://llm.test/2']);
});

test('the subject token is read for each token exchange', async () => {
  let count = 0;
  const source = async (): Promise<string> => {
    count += 1;
    return signed('alice');
  };
  const grant = tokenExchange({ subject: { token: source, type: 'jwt' } });
  await using one = fixture.llm({ ...client, grant });
  await using two = fixture.llm({ ...client, grant });
  await one.call('Hi');
  await two.call('Hi');
  expect(count).toBe(2);
});

test('token exchange works with a public client and without a client', async () => {
  const grant = tokenExchange({ subject: { token: await signed('alice'), type: 'jwt' } });
  await using llm = fixture.llm({ clientId: 'public', grant });
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(formOf()['client_id']).toBe('public');
  await using nobody = fixture.llm({ clientId: undefined, grant });
  await expect(nobody.call('Hi')).rejects.toThrow(/no client authentication mechanism provided/);
  expect(formOf()['client_id']).toBeUndefined();
});

test('a custom grant is sent with its type and parameters', async () => {
  const assertion = await signed('alice');
  const grant = customGrant({ type: JWT_BEARER, parameters: async () => ({ assertion, scope: undefined, empty: '' }) });
  await using llm = fixture.llm({ ...client, grant });
  expect(await llm.call('Hi')).toBe('Hello.');
  expect(formOf()).toEqual({ grant_type: JWT_BEARER, assertion });
});

test('invalid grants are ConfigurationErrors', () => {
  expect(() => tokenExchange({ subject: { token: 'a', type: 'constructor' as 'jwt' } })).toThrow(/subject.type/);
  expect(() => jwtBearer({} as { assertion: string })).toThrow(/assertion/);
  expect(() => customGrant({ type: '' })).toThrow(/type/);
});
