import { ConfigurationError } from '@crew/core';
import { createAuthority, type Endpoint, json, startEndpoint, text } from '@crew/llm-testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  clientAssertion,
  customGrant,
  entra,
  type Grant,
  type IdentitySource,
  jwtBearer,
  memoryTokenStore,
  OAuthLLM,
  type OAuthLLMOptions,
  refreshToken,
  tokenExchange,
} from '../src/index.ts';
import { SECRET } from './fixture.ts';

let server: Endpoint;
let issued: number;
beforeEach(async () => {
  issued = 0;
  server = await startEndpoint({
    tls: { authority: await createAuthority() },
    path: '*',
    respond: ({ path, body }) => {
      if (path !== '/token') return text('Hello.');
      issued += 1;
      return json({
        access_token: `token-of-${personIn(body)}`,
        token_type: 'Bearer',
        expires_in: 3600,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      });
    },
  });
});
afterEach(() => server.close());

const personIn = (body: string): string =>
  [...new URLSearchParams(body).values()].find(value => value.startsWith('person-')) ?? 'nobody';

function llm(options: Partial<OAuthLLMOptions>): OAuthLLM {
  return new OAuthLLM({
    endpoint: `${server.origin}/v1`,
    ca: server.ca,
    retry: { retries: 0 },
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'crew',
    ...(options.clientAuthentication === undefined ? { clientSecret: SECRET } : {}),
    ...options,
  });
}

/** Makes a call with this context and returns the token that the model endpoint received. */
async function tokenFor(one: OAuthLLM, authContext: unknown): Promise<string | undefined> {
  await one.call('Hi', { authContext });
  return server.requests.at(-1)?.headers['authorization']?.replace('Bearer ', '');
}

const person: IdentitySource = ({ authContext }) => `person-${authContext}`;
const named: IdentitySource = ({ authContext }) => `person-${(authContext as { name: string }).name}`;
const exchange = (token: IdentitySource): Grant => tokenExchange({ subject: { type: 'jwt', token } });

const readers: readonly (readonly [string, Partial<OAuthLLMOptions>])[] = [
  ['the subject of a token exchange', { grant: exchange(person) }],
  [
    'the actor of a token exchange',
    { grant: tokenExchange({ subject: { type: 'jwt', token: 'abcd' }, actor: { type: 'jwt', token: person } }) },
  ],
  ['a JWT as the grant', { grant: jwtBearer({ assertion: person }) }],
  ['a refresh token', { grant: refreshToken(person) }],
  [
    'a custom grant',
    { grant: customGrant({ type: 'urn:x', parameters: ({ authContext }) => ({ ticket: `person-${authContext}` }) }) },
  ],
  ['a client assertion', { clientAuthentication: clientAssertion(person) }],
  [
    'an assertion for Entra',
    {
      clientAuthentication: entra({ tenantId: 't', clientId: 'crew', scope: 's', assertion: person })
        .clientAuthentication,
    },
  ],
  [
    'a custom Grant object',
    { grant: { type: 'urn:x', parameters: ({ authContext }) => ({ ticket: `person-${authContext}` }) } },
  ],
  [
    'a custom ClientAuthentication object',
    {
      clientAuthentication: {
        method: 'own',
        apply: ({ body, authContext }) => body.set('ticket', `person-${authContext}`),
      },
    },
  ],
];

test.each(readers)('each user has their own token when authContext is read by %s [T42]', async (_what, given) => {
  for (const options of [given, { ...given, store: memoryTokenStore() }]) {
    await using one = llm(options);
    issued = 0;
    await one.ready();
    for (const user of ['alice', 'bob', 'alice', 'bob'])
      expect(await tokenFor(one, user)).toBe(`token-of-person-${user}`);
    expect(issued).toBe(3);
  }
});

test('strings, numbers, booleans, null and undefined as authContext never share a token [T42]', async () => {
  const grant = exchange(({ authContext }) => `person-${typeof authContext}-${authContext}`);
  await using one = llm({ grant });
  const contexts = ['1', 1, 1n, true, 'true', null, 'null', undefined, 'undefined'];
  for (const context of [...contexts, ...contexts]) {
    expect(await tokenFor(one, context)).toBe(`token-of-person-${typeof context}-${context}`);
  }
  expect(issued).toBe(contexts.length);
});

test('an object as authContext can be read only with a tenant function [T42]', async () => {
  await using one = llm({ grant: exchange(named) });
  await expect(one.call('Hi', { authContext: { name: 'alice' } })).rejects.toThrow(/Set `tenant`/);
  await expect(one.call('Hi', { authContext: { name: 'alice' } })).rejects.toBeInstanceOf(ConfigurationError);
  expect(issued).toBe(0);
  await using other = llm({ grant: exchange(named), tenant: user => ({ id: (user as { name: string }).name }) });
  expect(await tokenFor(other, { name: 'alice' })).toBe('token-of-person-alice');
  expect(await tokenFor(other, { name: 'bob' })).toBe('token-of-person-bob');
  expect(await tokenFor(other, { name: 'alice' })).toBe('token-of-person-alice');
  expect(issued).toBe(2);
});

test('each authContext has its own token when the tenant function returns undefined [T42]', async () => {
  await using one = llm({ grant: exchange(person), tenant: () => undefined });
  expect(await tokenFor(one, 'alice')).toBe('token-of-person-alice');
  expect(await tokenFor(one, 'bob')).toBe('token-of-person-bob');
});

test('a token that cannot depend on authContext is shared by all calls', async () => {
  for (const given of [{}, { grant: exchange(() => 'person-robot') }, { grant: exchange('person-robot') }]) {
    await using one = llm(given);
    issued = 0;
    for (const context of ['alice', 7, { name: 'bob' }, undefined]) await one.call('Hi', { authContext: context });
    expect(issued).toBe(1);
  }
});

test('a function that declares its context but does not read authContext works with objects', async () => {
  await using one = llm({ grant: exchange(({ signal }) => `person-${signal.aborted}`) });
  expect(await tokenFor(one, { name: 'alice' })).toBe('token-of-person-false');
  expect(await tokenFor(one, { name: 'bob' })).toBe('token-of-person-false');
  expect(issued).toBe(1);
});

test('a function that does not declare its parameter may not read authContext [T42]', async () => {
  const hidden = (...all: readonly { readonly authContext: unknown }[]): string => `person-${all[0]?.authContext}`;
  await using one = llm({ grant: exchange(hidden) });
  await expect(one.call('Hi', { authContext: 'alice' })).rejects.toThrow(/declare its parameter/);
});

test('revoke() revokes the token of the given authContext [T42]', async () => {
  await using one = llm({ grant: exchange(person), revocationEndpoint: `${server.origin}/revoke` });
  await tokenFor(one, 'alice');
  await tokenFor(one, 'bob');
  await one.revoke({ authContext: 'bob' }).catch(() => undefined);
  const revoked = server.requests.find(({ path }) => path === '/revoke');
  expect(new URLSearchParams(revoked?.body).get('token')).toBe('token-of-person-bob');
  await tokenFor(one, 'alice');
  expect(issued).toBe(2);
});
