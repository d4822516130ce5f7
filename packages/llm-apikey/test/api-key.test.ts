import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@crew/core';
import { createLeakHarness, type RecordedRequest, startEndpoint, text } from '@crew/llm-testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ApiKeyLLM,
  type ApiKeyOptions,
  apiKey,
  fromCommand,
  fromEnv,
  fromFile,
  HttpLLM,
  type KeyContext,
} from '../src/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-apikey-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the API key of a request', () => {
  it('is sent as a bearer token in a single authorization header by default [S30]', async () => {
    const request = await sent({ apiKey: 'key-1' });
    expect(request.headers['authorization']).toBe('Bearer key-1');
    expect(request.rawHeaders.filter(name => name.toLowerCase() === 'authorization')).toHaveLength(1);
  });

  it.each<[ApiKeyOptions, string, string]>([
    [{ apiKey: 'key-1', header: 'X-API-Key' }, 'x-api-key', 'key-1'],
    [{ apiKey: 'key-1', header: 'x-api-key', scheme: 'Key' }, 'x-api-key', 'Key key-1'],
    [{ apiKey: 'key-1', scheme: 'Token' }, 'authorization', 'Token key-1'],
    [{ apiKey: 'key-1', scheme: '' }, 'authorization', 'key-1'],
  ])('is sent in the header and with the scheme of %j', async (options, header, value) => {
    expect((await sent(options)).headers[header]).toBe(value);
  });

  it('is percent-encoded in the query, beside existing parameters, only if query is set [S88] [T17] [T32]', async () => {
    const { url, headers } = await sent({ apiKey: 'a&b=c#?%/+ d', query: 'key' }, '?api-version=1%2C0');
    const { search, searchParams } = new URL(url);
    expect([...searchParams]).toEqual([
      ['api-version', '1,0'],
      ['key', 'a&b=c#?%/+ d'],
    ]);
    expect(search).toContain('api-version=1%2C0');
    expect(headers).not.toHaveProperty('authorization');
  });

  it('is sent together with constant headers and headers computed from the request', async () => {
    const { headers, body } = await sent({
      apiKey: 'key-1',
      authHeaders: {
        'X-Client': 'client-1',
        'x-body-digest': async ({ request }) => createHash('sha256').update(request.body).digest('hex'),
        'x-target': ({ request }) => `${request.method} ${new URL(request.url).pathname}`,
      },
    });
    expect(headers).toMatchObject({
      authorization: 'Bearer key-1',
      'x-client': 'client-1',
      'x-body-digest': createHash('sha256').update(body).digest('hex'),
      'x-target': 'POST /v1/chat/completions',
    });
  });

  it('is absent if only authHeaders is set', async () => {
    const { headers } = await sent({ authHeaders: { 'x-client': 'client-1' } });
    expect(headers['x-client']).toBe('client-1');
    expect(headers).not.toHaveProperty('authorization');
  });

  it('is read from the environment without its trailing line break', async () => {
    vi.stubEnv('LLM_APIKEY_TEST', 'key-env\n');
    expect((await sent({ apiKey: fromEnv('LLM_APIKEY_TEST') })).headers['authorization']).toBe('Bearer key-env');
  });

  it('is read from a file without its trailing line break', async () => {
    const path = join(folder, 'key');
    await writeFile(path, 'key-file\r\n');
    expect((await sent({ apiKey: fromFile(path) })).headers['authorization']).toBe('Bearer key-file');
  });

  it('is read from the output of a command', async () => {
    const command = fromCommand([process.execPath, '-e', 'console.log("key-command")']);
    expect((await sent({ apiKey: command })).headers['authorization']).toBe('Bearer key-command');
  });

  it('belongs to the tenant in the authContext of its own call', async () => {
    await using endpoint = await startEndpoint({ respond: ({ headers }) => text(String(headers['authorization'])) });
    const byTenant = async ({ authContext }: KeyContext): Promise<string> => `key-of-${String(authContext)}`;
    await using llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: byTenant });
    const tenants = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);
    const replies = await Promise.all(tenants.map(tenant => llm.call('Who am I?', { authContext: tenant })));
    expect(replies).toEqual(tenants.map(tenant => `Bearer key-of-${tenant}`));
  });

  it('is sent together with the header of another authenticator', async () => {
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    const auth = apiKey({ authHeaders: { 'x-second': 'second' } });
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: 'first',
      auth: { name: 'other', authenticate: (request, context) => auth.authenticate(request, context) },
    });
    await llm.call('Hello?');
    expect(endpoint.requests[0]?.headers).toMatchObject({ authorization: 'Bearer first', 'x-second': 'second' });
  });

  it('is sent by an HttpLLM that uses apiKey()', async () => {
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: apiKey({ apiKey: 'key-1' }) });
    expect(await llm.call('Hello?')).toBe('Hello');
  });
});

describe('a header that has two sources', () => {
  it('throws a ConfigurationError if another authenticator sets the header of the key [S30]', async () => {
    await using endpoint = await startEndpoint();
    await using llm = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: 'first',
      auth: { name: 'other', authenticate: request => request.setHeader('authorization', 'Bearer second') },
    });
    await expect(llm.call('Hello?')).rejects.toThrow(ConfigurationError);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('throws a ConfigurationError if the headers of the LLM contain the header of the key [S30]', async () => {
    await using endpoint = await startEndpoint();
    const options = { endpoint: endpoint.url, apiKey: 'key-1', header: 'x-api-key', headers: { 'x-api-key': 'other' } };
    await using llm = new ApiKeyLLM(options);
    await expect(llm.call('Hello?')).rejects.toThrow(ConfigurationError);
    expect(endpoint.requests).toHaveLength(0);
  });
});

describe('an API key in errors, events and inspected objects', () => {
  it.each<[string, object]>([
    ['in a header', {}],
    ['in a header, after an unusual scheme', { header: 'x-key', scheme: 'key_v1.0' }],
    ['in the query', { query: 'key' }],
    ['in authHeaders', { header: 'x-key', authHeaders: { 'x-more': async () => 'sk-another-secret-0123456789' } }],
  ])('is not shown by errors, events, the LLM or its authenticator if it is sent %s', async (_where, options) => {
    const harness = createLeakHarness();
    const key = harness.sentinel('api key');
    harness.plant('computed header', 'sk-another-secret-0123456789');
    for (const status of [401, 400, 500]) {
      await using endpoint = await startEndpoint({
        respond: ({ headers, url }) => ({
          status,
          json: { error: { message: `You sent ${JSON.stringify(headers)} to ${url}: ${alone(headers)}` } },
        }),
      });
      const authenticator = apiKey({ apiKey: key, ...options });
      await using llm = new HttpLLM({
        endpoint: endpoint.url,
        auth: authenticator,
        retry: { retries: 1, baseDelay: 0 },
      });
      const { error } = await harness.watch(() => llm.call('Hello?', { callbacks: [harness.onEvent] }));
      expect(error).toBeInstanceOf(Error);
      harness.inspect('authenticator', authenticator);
      harness.inspect('LLM', llm);
      harness.inspectPrompt(endpoint.requests[0]?.body);
    }
    harness.assertClean();
  });
});

async function sent(options: ApiKeyOptions, query = ''): Promise<RecordedRequest> {
  await using endpoint = await startEndpoint({ replies: [text('Hello')] });
  await using llm = new ApiKeyLLM({ endpoint: endpoint.url + query, ...options });
  await llm.call('Hello?');
  const [request] = endpoint.requests;
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}

/** Returns the values of the headers without their schemes. */
function alone(headers: RecordedRequest['headers']): string {
  return Object.values(headers)
    .map(value => value.slice(value.indexOf(' ') + 1))
    .join(', ');
}
