import { generateKeyPairSync } from 'node:crypto';
import { type Clock, ConfigurationError } from '@crew/core';
import { json, startEndpoint, text } from '@crew/llm-testkit';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { type GoogleOptions, google } from '../src/google.ts';
import {
  appServiceIdentity,
  clientSecretBasic,
  clientSecretJwt,
  customGrant,
  entra,
  fileTokenStore,
  githubActionsToken,
  jwtBearer,
  kubernetesToken,
  OAuthLLM,
  type OAuthOptions,
  oauth,
  privateKeyJwt,
  publicClient,
  refreshToken,
  tokenExchange,
} from '../src/index.ts';
import { SECRET } from './fixture.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signing = { key: privateKey, issuer: 'robot' };
const base = { tokenEndpoint: 'https://idp.test/token', clientId: 'crew', clientSecret: SECRET };
/** Casts a value of the wrong type, as a JavaScript program may pass it. */
const wrong = (value: unknown): never => value as never;

test.each<readonly [string, () => unknown]>([
  ['a lifetime that is a string', () => privateKeyJwt(privateKey, { lifetime: wrong('60') })],
  ['a lifetime in seconds', () => privateKeyJwt(privateKey, { lifetime: 60 })],
  ['a lifetime that is not a number', () => jwtBearer({ ...signing, lifetime: Number.NaN })],
  ['an infinite lifetime', () => jwtBearer({ ...signing, lifetime: Number.POSITIVE_INFINITY })],
  ['a subject that is a number', () => jwtBearer({ ...signing, subject: wrong(5) })],
  ['an empty subject', () => jwtBearer({ ...signing, subject: '' })],
  ['an issuer that is a number', () => jwtBearer({ ...signing, issuer: wrong(5) })],
  ['an audience that is a number', () => jwtBearer({ ...signing, audience: wrong(5) })],
  ['an empty audience', () => privateKeyJwt(privateKey, { audience: '' })],
  ['an audience that is a list', () => clientSecretJwt(SECRET, { audience: wrong(['a']) })],
  ['claims that are a list', () => jwtBearer({ ...signing, claims: wrong([]) })],
  ['claims that are a string', () => jwtBearer({ ...signing, claims: wrong('a') })],
  ['claims that JSON cannot represent', () => jwtBearer({ ...signing, claims: { n: 1n } })],
  ['claims that set exp', () => jwtBearer({ ...signing, claims: { exp: 1 } })],
  ['a header that sets alg', () => privateKeyJwt(privateKey, { header: { alg: 'none' } })],
  ['a header that is not a string', () => privateKeyJwt(privateKey, { header: { typ: wrong(5) } })],
  ['a kid that is a number', () => jwtBearer({ ...signing, kid: wrong(5) })],
  ['a kid that is empty', () => privateKeyJwt(privateKey, { kid: '' })],
  ['the algorithm none', () => privateKeyJwt(() => privateKey, { algorithm: wrong('none') })],
  ['jwtBearer of a string', () => jwtBearer(wrong('x'))],
  ['jwtBearer of null', () => jwtBearer(wrong(null))],
  ['customGrant of null', () => customGrant(wrong(null))],
  ['parameters of a custom grant of numbers', () => customGrant({ type: 'urn:x', parameters: wrong({ n: 5 }) })],
  ['tokenExchange of null', () => tokenExchange(wrong(null))],
  ['entra of null', () => entra(wrong(null))],
  ['a certificate for Entra that is null', () => entra(wrong({ ...entraBase, certificate: null }))],
  [
    'a private key for Entra that is missing',
    () => entra(wrong({ ...entraBase, certificate: { certificate: () => 'x' } })),
  ],
  ['privateKeyJwt with null', () => privateKeyJwt(privateKey, wrong(null))],
  ['privateKeyJwt without a key', () => privateKeyJwt(wrong(process.env['CREW_UNSET']))],
  ['clientSecretBasic with null', () => clientSecretBasic(SECRET, wrong(null))],
  ['clientSecretJwt with null', () => clientSecretJwt(SECRET, wrong(null))],
  ['githubActionsToken of null', () => githubActionsToken(wrong(null))],
  ['kubernetesToken of null', () => kubernetesToken(wrong(null))],
  ['appServiceIdentity of null', () => appServiceIdentity(wrong(null))],
  ['appServiceIdentity without a clock', () => appServiceIdentity({ resource: 'a', clock: {} as Clock })],
  ['fileTokenStore with null', () => fileTokenStore('tokens', wrong(null))],
  ['OAuthLLM of null', () => new OAuthLLM(wrong(null))],
  ['oauth of null', () => oauth(wrong(null))],
  ['a list of options', () => oauth(wrong([]))],
  ['a name that is a number', () => oauth({ ...base, name: wrong(5) })],
  ['a clock without methods', () => oauth({ ...base, clock: {} as Clock })],
  ['a clock that is null', () => oauth({ ...base, clock: wrong(null) })],
  ['parameters that are a string', () => oauth({ ...base, parameters: wrong('a=b') })],
  ['parameters that are null', () => oauth({ ...base, parameters: wrong(null) })],
  ['parameters that are a Map', () => oauth({ ...base, parameters: wrong(new URLSearchParams('a=b')) })],
  ['a parameter that is a number', () => oauth({ ...base, parameters: wrong({ n: 5 }) })],
  ['a parameter that is a list of numbers', () => oauth({ ...base, parameters: wrong({ n: [5] }) })],
  ['a followChallenge that is null', () => oauth({ ...base, followChallenge: wrong(null) })],
  ['google of null', () => google(wrong(null))],
  ['a misspelt option of google', () => google({ scope: ['x'] } as GoogleOptions)],
  ['a clock of google without methods', () => google({ clock: {} as Clock })],
  ['a deadline of google that is a string', () => google({ deadline: wrong('5') })],
  ['credentials of google that are a string', () => google({ credentials: wrong('{}') })],
  ['a tenant of google that is a string', () => google(wrong({ tenant: 'acme' }))],
  ['impersonation without a service account', () => google({ impersonate: wrong({}) })],
  ['impersonation for a lifetime in seconds', () => google({ impersonate: { serviceAccount: 'a', lifetime: 600 } })],
])('%s is a ConfigurationError at construction', (_what, construct) => {
  expect(construct).toThrow(ConfigurationError);
});
const entraBase = { tenantId: 'a', clientId: 'b', scope: 'c' };

test('client credentials without client authentication are a ConfigurationError [RFC 6749, section 4.4]', () => {
  const { clientSecret: _secret, ...rest } = base;
  const issuers = ['https://idp.test'];
  for (const options of [
    rest,
    { ...rest, clientSecret: process.env['CREW_UNSET'] },
    { ...rest, clientAuthentication: publicClient() },
    { clientId: 'crew', followChallenge: { issuers } },
  ] satisfies OAuthOptions[]) {
    expect(() => oauth(options)).toThrow(/RFC 6749, section 4.4/);
  }
  expect(() => oauth({ ...rest, grant: refreshToken('abcd') })).not.toThrow();
});

test('a tenant may provide the client secret, and one without it is a ConfigurationError', async () => {
  const { clientSecret: _secret, ...rest } = base;
  await using server = await startEndpoint({
    path: '*',
    respond: ({ path }) =>
      path === '/token' ? json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 }) : text('Hello.'),
  });
  await using llm = new OAuthLLM({
    ...rest,
    endpoint: `${server.origin}/v1`,
    tokenEndpoint: `${server.origin}/token`,
    tenant: id => (id === undefined ? undefined : { id: String(id), ...(id === 'acme' && { clientSecret: SECRET }) }),
  });
  expect(await llm.call('Hi', { authContext: 'acme' })).toBe('Hello.');
  for (const authContext of ['globex', undefined]) {
    await expect(llm.call('Hi', { authContext })).rejects.toThrow(/RFC 6749, section 4.4/);
  }
  expect(server.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
});

test('parameters that a grant returns for one request are checked', async () => {
  await using server = await startEndpoint({ path: '*', respond: () => text('Hello.') });
  const grant = customGrant({ type: 'urn:x', parameters: ({ signal }) => wrong({ n: signal.aborted }) });
  await using llm = new OAuthLLM({
    ...base,
    endpoint: `${server.origin}/v1`,
    tokenEndpoint: `${server.origin}/token`,
    grant,
  });
  await expect(llm.call('Hi')).rejects.toThrow(/the value of n must be a string/);
  expect(server.requests).toHaveLength(0);
});

test('the lifetime of an assertion is in milliseconds and defaults to one minute', async () => {
  const now = 1_800_000_000;
  for (const [options, seconds] of [
    [{}, 60],
    [{ lifetime: 120_500 }, 120],
  ] as const) {
    const body = new URLSearchParams();
    const signal = new AbortController().signal;
    const request = { issuer: 'https://idp.test', tokenEndpoint: 'https://idp.test/token', clientId: 'crew', signal };
    const context = { ...request, fetch, authContext: undefined, now: () => now };
    await privateKeyJwt(privateKey, options).apply({ ...context, body, headers: new Headers() });
    const { assertion } = await jwtBearer({ ...signing, ...options }).parameters(context);
    for (const jwt of [body.get('client_assertion'), assertion]) expect(decodeJwt(String(jwt)).exp).toBe(now + seconds);
  }
});

test('changes to options after construction affect no request [T6]', async () => {
  await using server = await startEndpoint({
    path: '*',
    respond: ({ path }) =>
      path === '/token' ? json({ access_token: 'abc', token_type: 'Bearer', expires_in: 60 }) : text('Hello.'),
  });
  const given = { ticket: 'one', many: ['one'] };
  const claims = { tier: { level: 1 } };
  const header = { 'x-tier': 'one' };
  const subject = { type: 'jwt' as const, token: 'subject-one' };
  const own = {
    scope: ['one'],
    audience: ['one'],
    resource: ['https://one.test'],
    parameters: { note: 'one', notes: ['one'] } as Record<string, string | string[]>,
  };
  const assertion = { claims, header, lifetime: 60_000, kid: 'one', audience: 'one' };
  const options = {
    ...base,
    ...own,
    clientSecret: undefined,
    clientAuthentication: privateKeyJwt(privateKey, assertion),
  };
  const bearer = { ...signing, claims, subject: 'one' };
  const grants = [customGrant({ type: 'urn:x', parameters: given }), tokenExchange({ subject }), jwtBearer(bearer)];
  const llms = grants.flatMap(grant => {
    const all = {
      ...options,
      issuer: 'https://idp.test',
      grant,
      tokenEndpoint: `${server.origin}/token`,
      endpoint: `${server.origin}/v1`,
    };
    const tenant = (): { id: string } => ({ id: 'acme' });
    return [new OAuthLLM(all), new OAuthLLM({ ...all, tenant })];
  });

  own.scope.push('two');
  own.audience.push('two');
  own.resource.push('https://two.test');
  Object.assign(own.parameters, { scope: 'two', note: 'two' });
  (own.parameters['notes'] as string[]).push('two');
  Object.assign(given, { ticket: 'two', scope: 'two' });
  given.many.push('two');
  Object.assign(claims.tier, { level: 'two' });
  Object.assign(header, { 'x-tier': 'two' });
  Object.assign(subject, { token: 'two' });
  Object.assign(assertion, { kid: 'two', audience: 'two', lifetime: 10_000_000 });
  Object.assign(bearer, { issuer: 'two', subject: 'two' });

  for (const llm of llms) await llm.call('Hi').catch(() => undefined);
  const requests = server.requests.filter(({ path }) => path === '/token');
  expect(requests).toHaveLength(6);
  for (const { body } of requests) {
    expect(body).not.toContain('two');
    for (const name of ['assertion', 'client_assertion']) {
      const jwt = new URLSearchParams(body).get(name);
      const said = jwt === null ? {} : { ...decodeJwt(jwt), ...decodeProtectedHeader(jwt) };
      expect(JSON.stringify(said)).not.toContain('two');
    }
  }
  for (const llm of llms) await llm.close();
});

test('each option is read once [T6]', () => {
  const reads: PropertyKey[] = [];
  const counted = new Proxy(
    { ...base, scope: ['chat'], parameters: { note: 'one' } },
    {
      get(target, name, self) {
        reads.push(name);
        return Reflect.get(target, name, self);
      },
    },
  );
  oauth(counted);
  expect(reads.length).toBeGreaterThan(0);
  expect(reads.length).toBe(new Set(reads).size);
});
