import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { json, startEndpoint, startProxy, text } from '@crew/test-endpoint';
import { jwtVerify } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { createCloudflareAccessLLM } from '../cookbook/cloudflare-access.ts';
import { createPastedKeyLLM } from '../cookbook/pasted-key.ts';
import { createHmacLLM } from '../cookbook/signed-requests.ts';
import { createMultiTenantLLM } from '../cookbook/tenant-keys.ts';
import { createTwoGatewayLLM } from '../cookbook/two-gateways.ts';
import { createVaultLLM } from '../cookbook/vault-sidecar.ts';

const hello = () => text('hello');

describe('signed requests', () => {
  it('the signature of an attempt covers its method, path, date and body', async () => {
    const secret = randomBytes(32).toString('base64');
    await using endpoint = await startEndpoint({
      respond: hello,
      credential: ({ headers, bytes, method, path }) => {
        const digest = createHash('sha256').update(bytes).digest('base64');
        const signature = createHmac('sha256', secret).update([method, path, headers['x-date'], digest].join('\n'));
        const isValid = headers['authorization'] === `HMAC crew:${signature.digest('base64')}`;
        return isValid || { status: 401 };
      },
    });
    await using llm = createHmacLLM(endpoint.url, 'crew', secret);
    expect(await llm.call('hi')).toBe('hello');
    await using wrong = createHmacLLM(endpoint.url, 'crew', 'another secret');
    await expect(wrong.call('hi')).rejects.toMatchObject({ name: 'AuthenticationError' });
  });
});

describe('Cloudflare Access', () => {
  it('Cloudflare Access gets its service token, the model gets its API key, and a redirect to the login page is a refusal', async () => {
    vi.stubEnv('LLM_API_KEY', 'the-key-of-the-model');
    vi.stubEnv('CF_ACCESS_CLIENT_ID', 'crew.access');
    vi.stubEnv('CF_ACCESS_CLIENT_SECRET', 'the-secret-of-the-token');
    await using endpoint = await startEndpoint({ respond: hello });
    await using llm = createCloudflareAccessLLM(endpoint.url);
    expect(await llm.call('hi')).toBe('hello');
    expect(endpoint.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer the-key-of-the-model',
      'cf-access-client-id': 'crew.access',
      'cf-access-client-secret': 'the-secret-of-the-token',
    });
    const login = 'https://team.cloudflareaccess.com/cdn-cgi/access/login/llm.example';
    endpoint.setCredential(() => ({ status: 302, headers: { location: login } }));
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'AuthenticationError', status: 302 });
  });
});

describe('Vault sidecar', () => {
  it('the Vault Agent is asked once for 20 concurrent calls, and again when the key is refused', async () => {
    let key = 'first-key';
    await using agent = await startEndpoint({
      path: '/v1/secret/data/llm',
      credential: ({ headers }) => headers['x-vault-request'] === 'true' || { status: 403 },
      respond: () => json({ lease_duration: 0, data: { data: { api_key: key } } }),
    });
    await using endpoint = await startEndpoint({
      respond: hello,
      credential: ({ headers }) => headers['authorization'] === `Bearer ${key}` || { status: 401 },
    });
    await using llm = createVaultLLM(endpoint.url, agent.origin);
    await Promise.all(Array.from({ length: 20 }, () => llm.call('hi')));
    expect(agent.requests).toHaveLength(1);
    key = 'second-key';
    expect(await llm.call('hi')).toBe('hello');
    expect(agent.requests).toHaveLength(2);
  });

  it('a Vault Agent that is unavailable causes a CredentialError', async () => {
    await using agent = await startEndpoint({ path: '*', respond: () => ({ status: 503 }) });
    await using endpoint = await startEndpoint({ respond: hello });
    await using llm = createVaultLLM(endpoint.url, agent.origin);
    await expect(llm.call('hi')).rejects.toThrow('The Vault Agent returned status 503.');
    expect(endpoint.requests).toEqual([]);
  });
});

describe('tenant keys', () => {
  it('100 concurrent tenants never get each other’s key, and a refused key is renewed only for its tenant', async () => {
    const tenants = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);
    const generation = new Map(tenants.map(tenant => [tenant, 1]));
    const lookedUp: string[] = [];
    await using endpoint = await startEndpoint({
      respond: ({ body }) => text(/tenant-\d+/.exec(body)?.[0] ?? ''),
      credential: ({ headers, body }) => {
        const tenant = /tenant-\d+/.exec(body)?.[0] ?? '';
        return headers['authorization'] === `Bearer ${tenant}-key-${generation.get(tenant)}` || { status: 401 };
      },
    });
    await using llm = createMultiTenantLLM(endpoint.url, async tenant => {
      lookedUp.push(tenant);
      await wait(Math.random() * 20);
      return `${tenant}-key-${generation.get(tenant)}`;
    });
    const round = () =>
      Promise.all(
        tenants.flatMap(tenant =>
          [1, 2, 3, 4, 5].map(async () => {
            expect(await llm.call(`I am ${tenant}.`, { authContext: tenant })).toBe(tenant);
          }),
        ),
      );
    await round();
    expect([...lookedUp].sort()).toEqual([...tenants].sort());
    const changed = tenants.filter((_, index) => index % 10 === 0);
    for (const tenant of changed) generation.set(tenant, 2);
    lookedUp.length = 0;
    await round();
    expect([...lookedUp].sort()).toEqual([...changed].sort());
    const mixed = endpoint.requests.filter(({ headers, body }) => {
      const tenant = /tenant-\d+/.exec(body)?.[0] ?? '';
      return !headers['authorization']?.startsWith(`Bearer ${tenant}-key-`);
    });
    expect(mixed).toEqual([]);
  });

  it('a call without a tenant fails before anything is sent', async () => {
    await using endpoint = await startEndpoint({ respond: hello });
    await using llm = createMultiTenantLLM(endpoint.url, async tenant => `${tenant}-key`);
    await llm.call('hi', { authContext: 'acme' });
    await expect(llm.call('hi')).rejects.toMatchObject({ name: 'ConfigurationError' });
    expect(endpoint.requests).toHaveLength(1);
  });
});

describe('two gateways', () => {
  it('each of two gateways gets only its own credential', async () => {
    const key = randomBytes(32).toString('base64url');
    vi.stubEnv('PROXY_PASSWORD', 'the-password-of-the-proxy');
    vi.stubEnv('GATEWAY_SIGNING_KEY', key);
    await using proxy = await startProxy({ auth: { username: 'crew', password: 'the-password-of-the-proxy' } });
    await using endpoint = await startEndpoint({ tls: true, respond: hello });
    await using llm = createTwoGatewayLLM(endpoint.url, proxy.url, endpoint.ca ?? '');
    expect(await llm.call('hi')).toBe('hello');
    const [request] = endpoint.requests;
    const token = request?.headers['authorization']?.replace('Bearer ', '') ?? '';
    await jwtVerify(token, new TextEncoder().encode(key), { issuer: 'crew', audience: 'llm-gateway' });
    expect(request?.headers['proxy-authorization']).toBeUndefined();
    expect(proxy.requests.map(({ method, status }) => [method, status])).toEqual([['CONNECT', 200]]);
    expect(JSON.stringify(proxy.requests)).not.toContain(token);
  });
});

describe('pasted key', () => {
  it('the user is asked once for four concurrent calls, and again when the key is refused', async () => {
    const prompts: boolean[] = [];
    await using endpoint = await startEndpoint({
      respond: hello,
      credential: ({ headers }) => headers['authorization'] === 'Bearer the-right-key' || { status: 401 },
    });
    await using llm = createPastedKeyLLM(endpoint.url, async ({ wasRefused }) => {
      prompts.push(wasRefused);
      await wait(10);
      return wasRefused ? '  the-right-key\n' : 'a-wrong-key';
    });
    const answers = await Promise.all([1, 2, 3, 4].map(() => llm.call('hi')));
    expect(new Set(answers)).toEqual(new Set(['hello']));
    expect(prompts).toEqual([false, true]);
  });

  it('a pasted key with a control character is rejected, and the error does not contain it', async () => {
    await using endpoint = await startEndpoint({ respond: hello });
    await using llm = createPastedKeyLLM(endpoint.url, async () => 'half a key\u0007 and more');
    const failure = await llm.call('hi').catch(thrown => thrown);
    expect(failure).toMatchObject({ name: 'ConfigurationError' });
    expect(String(failure)).not.toContain('half a key');
    expect(endpoint.requests).toEqual([]);
  });
});

describe('guide', () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
  const guide = read('../../docs/any-other-authentication.md');

  it('the guide quotes every cookbook program word for word', () => {
    const quoted = [
      ...guide.matchAll(/\]\(\.\.\/examples\/cookbook\/([a-z-]+\.ts)\)|^```ts quoted\n([\s\S]*?)^```$/gm),
    ];
    let file = '';
    const seen = new Set<string>();
    for (const [, name, code] of quoted) {
      if (name !== undefined) file = name;
      if (code === undefined) continue;
      expect(read(`../cookbook/${file}`), file).toContain(code.trim());
      seen.add(file);
    }
    expect([...seen].sort()).toEqual(readdirSync(new URL('../cookbook', import.meta.url)).sort());
  });
});
