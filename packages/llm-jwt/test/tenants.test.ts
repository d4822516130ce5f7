import { createSecretKey, randomBytes } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { decodeJwt, jwtVerify } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { JwtLLM, type JwtOptions, type TenantContext } from '../src/index.ts';
import { failure, tokenOf, tokenWith } from './verifying-endpoint.ts';

const resources = trackResources();
afterAll(() => resources.check());

const tenant = (authContext: unknown): string => String(Reflect.get(Object(authContext), 'tenant') ?? '');
const TENANTS = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);
const secret = createSecretKey(randomBytes(32));
const secrets = new Map(TENANTS.map(name => [name, createSecretKey(randomBytes(32))]));

describe('tokens of 100 concurrent tenants', () => {
  const mintOf = ({ tenant }: TenantContext) => ({ key: secrets.get(tenant ?? '') ?? '', subject: tenant ?? '' });
  it.each<[string, JwtOptions, (token: string) => Promise<unknown>]>([
    [
      'by computed claims',
      { tenant, mint: { key: secret, claims: context => ({ sub: context.tenant ?? '' }) } },
      async token => (await jwtVerify(token, secret)).payload.sub,
    ],
    [
      'by computed claims with a token for each attempt',
      { tenant, perAttempt: true, mint: { key: secret, claims: context => ({ sub: context.tenant ?? '' }) } },
      async token => (await jwtVerify(token, secret)).payload.sub,
    ],
    [
      'by their own keys',
      { tenant, mint: mintOf },
      async token => {
        const { sub = '' } = decodeJwt(token);
        return (await jwtVerify(token, secrets.get(sub) ?? secret)).payload.sub;
      },
    ],
    [
      'by a function that returns their tokens',
      { tenant, token: async context => tokenWith({ sub: context.tenant, exp: Date.now() / 1000 + 600 }) },
      async token => decodeJwt(token).sub,
    ],
  ])('are never mixed and obtained once per tenant, distinguished %s', async (_how, options, subjectOf) => {
    await using endpoint = await startEndpoint({
      respond: async request => text(String(await subjectOf(tokenOf(request)))),
    });
    await using llm = new JwtLLM({ endpoint: endpoint.url, ...options });
    for (let round = 0; round < 2; round++) {
      const replies = await Promise.all(TENANTS.map(name => llm.call('Who am I?', { authContext: { tenant: name } })));
      expect(replies).toEqual(TENANTS);
    }
    const tokens = new Set(endpoint.requests.map(tokenOf));
    expect(tokens.size).toBe(options.perAttempt === true ? 200 : 100);
  });

  it('are renewed after a refusal only for the tenant of the call', async () => {
    const calls: (string | undefined)[] = [];
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({
      endpoint: endpoint.url,
      tenant,
      token: async context => {
        calls.push(context.tenant);
        return tokenWith({ sub: context.tenant, exp: Date.now() / 1000 + 600, turn: calls.length });
      },
    });
    const call = (name: string): Promise<string> => llm.call('Hello?', { authContext: { tenant: name } });
    await call('a');
    await call('b');
    endpoint.setCredential(request => decodeJwt(tokenOf(request))['turn'] !== 1 || { status: 401 });
    await call('a');
    await call('b');
    expect(calls).toEqual(['a', 'b', 'a']);
  });
});

it('a call whose authContext names no tenant fails with a ConfigurationError', async () => {
  await using endpoint = await startEndpoint();
  await using llm = new JwtLLM({ endpoint: endpoint.url, tenant, mint: { key: secret } });
  expect(await failure(llm.call('Hello?'))).toBeInstanceOf(ConfigurationError);
  expect(endpoint.requests).toHaveLength(0);
});

it('a mint function that returns invalid options fails the call with a ConfigurationError', async () => {
  await using endpoint = await startEndpoint();
  await using llm = new JwtLLM({ endpoint: endpoint.url, tenant, mint: () => ({ key: 'short' }) });
  expect(await failure(llm.call('Hello?', { authContext: { tenant: 'a' } }))).toBeInstanceOf(ConfigurationError);
});
