import { ProtocolError } from '@crew/core';
import { type Endpoint, type Reply, startEndpoint, text, trackResources, withHeaders } from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import type { AuthHost, TransportFetch } from '../src/adapter.ts';
import { HttpLLM } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const VERSIONS = ['1.1', '2'] as const;
type Version = (typeof VERSIONS)[number];

async function answering(version: Version, reply: Reply): Promise<Endpoint> {
  return startEndpoint({ tls: true, http2: version === '2', path: '*', respond: () => reply });
}

/** A client that would try again, so that the tests see that it does not. */
function client(endpoint: Endpoint, version: Version): HttpLLM {
  return new HttpLLM({
    endpoint: endpoint.url.replace('*', 'v1'),
    ca: endpoint.ca,
    allowH2: version === '2',
    retry: { retries: 2, baseDelay: 0 },
  });
}

/** A reply whose head has that many fields, and as many bytes in them. */
function withFields(fields: number, bytes: number): Reply {
  const value = 'v'.repeat(Math.floor(bytes / fields));
  return withHeaders(text('Hello'), Object.fromEntries(Array.from({ length: fields }, (_, i) => [`x-${i}`, value])));
}

function withInterim(count: number): Reply {
  const interim = Array.from({ length: count }, () => ({ status: 102 }));
  return { ...text('Hello'), delivery: { interim } };
}

describe.each(VERSIONS)('the header section of a response over HTTP/%s', version => {
  it.each<[string, number, number]>([
    ['15,000 bytes', 30, 15_000],
    ['100 fields', 100, 1_000],
  ])('accepts a header section with %s', async (_what, fields, bytes) => {
    await using endpoint = await answering(version, withFields(fields, bytes));
    await using llm = client(endpoint, version);
    expect(await llm.call('Hello')).toBe('Hello');
    expect(endpoint.requests[0]?.http).toBe(version);
  });

  it.each<[string, number, number]>([
    ['17,000 bytes', 30, 17_000],
    ['60,000 bytes', 60, 60_000],
    ['121 fields', 121, 1_210],
  ])('turns a header section with %s into one ProtocolError without a retry [X32]', async (_what, fields, bytes) => {
    await using endpoint = await answering(version, withFields(fields, bytes));
    await using llm = client(endpoint, version);
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(ProtocolError);
    await expect(failed).rejects.toThrow('is too large: at most 16384 bytes and 120 fields are read.');
    expect(endpoint.requests).toHaveLength(1);
  });

  it('applies the limits of the header section to host.fetch', async () => {
    await using endpoint = await answering(version, withFields(121, 1_210));
    let fetch: TransportFetch | undefined;
    const auth = {
      name: 'probe',
      attach: (host: AuthHost) => {
        fetch = host.fetch;
      },
      authenticate: () => undefined,
    };
    await using _llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: version === '2', auth });
    await expect(fetch?.(`${endpoint.origin}/token`)).rejects.toThrow('120 fields are read');
  });

  it('accepts 32 interim responses and no more', async () => {
    await using patient = await answering(version, withInterim(32));
    await using one = client(patient, version);
    expect(await one.call('Hello')).toBe('Hello');
    await using endpoint = await answering(version, withInterim(33));
    await using other = client(endpoint, version);
    await expect(other.call('Hello')).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('sent more than 32 interim responses (status 1xx)'),
    });
    expect(endpoint.requests).toHaveLength(1);
  });
});

describe('the header section of a response over HTTP/1.1', () => {
  it.each([
    ['set-cookie', 'session=1; Path=/'],
    ['www-authenticate', 'Bearer realm="a"'],
  ])('turns 1,000 repetitions of %s into a ProtocolError', async (name, value) => {
    const reply = withHeaders(text('Hello'), { [name]: Array.from({ length: 1_000 }, () => value) });
    await using endpoint = await answering('1.1', reply);
    await using llm = client(endpoint, '1.1');
    await expect(llm.call('Hello')).rejects.toBeInstanceOf(ProtocolError);
  });
});
