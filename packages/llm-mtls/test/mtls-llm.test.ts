import { X509Certificate } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import { detectPrototypePollution, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { clientCertificate, HttpLLM, MtlsLLM } from '../src/index.ts';
import { OPTION_NAMES } from '../src/options.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { createPki, pemOf } from './fixtures/pki.ts';
import { writePair } from './fixtures/rotation-setup.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { authority, client } = await createPki();
const ca = authority.certificate;
const start = (options = {}) =>
  startEndpoint({ tls: { authority }, clientCertificate: 'require', respond: () => text('Hello'), ...options });

describe('MtlsLLM', () => {
  it.each([
    ['HTTP/1.1', { http2: false }],
    ['HTTP/2', { http2: true }],
  ])('presents its certificate over %s', async (_, { http2 }) => {
    await using endpoint = await start({ http2 });
    const issued = await client();
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pemOf(issued), ca, allowH2: http2 });
    expect(await llm.call('Hi')).toBe('Hello');
    const [request] = endpoint.requests;
    expect(request?.tls?.authorized).toBe(true);
    expect(request?.tls?.peer?.fingerprint256).toBe(issued.fingerprint256);
    expect(request?.http).toBe(http2 ? '2' : '1.1');
    expect(llm.certificate?.fingerprint256).toBe(issued.fingerprint256);
  });

  it.each(
    (['rsa', 'p256', 'ed25519'] as const).flatMap(keyType =>
      (['TLSv1.2', 'TLSv1.3'] as const).map(version => ({ keyType, version })),
    ),
  )('presents a key of the type $keyType over $version', async ({ keyType, version }) => {
    await using endpoint = await start({ tls: { authority, minVersion: version, maxVersion: version } });
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pemOf(await client({ keyType })), ca });
    expect(await llm.call('Hi')).toBe('Hello');
    expect(endpoint.requests[0]?.tls).toMatchObject({ authorized: true, protocol: version });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'sends the leaf and the intermediates without the root over %s [S78]',
    async version => {
      const upper = await authority.intermediate({ commonName: 'Upper' });
      const lower = await upper.intermediate({ commonName: 'Lower' });
      const issued = await lower.issue({ commonName: 'deep', usage: 'client' });
      await using endpoint = await start({ tls: { authority, minVersion: version, maxVersion: version } });
      const cert = authority.certificate + lower.certificate + issued.certificate + upper.certificate;
      const certificate = clientCertificate({ cert, key: issued.key, ca });
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth: certificate });
      expect(await llm.call('Hi')).toBe('Hello');
      const sent = (await certificate.connection({ signal: new AbortController().signal })).cert ?? '';
      const subjects = sent
        .match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/gu)
        ?.map(pem => new X509Certificate(pem).subject);
      expect(subjects).toEqual(['CN=deep', 'CN=Lower', 'CN=Upper']);
    },
  );

  it('loads the certificate by a function that ready() calls first', async () => {
    await using endpoint = await start();
    const issued = await client();
    let loads = 0;
    const load = async () => {
      loads += 1;
      return { ...pemOf(issued), ca };
    };
    await using llm = new MtlsLLM({ endpoint: endpoint.url, load });
    expect([loads, llm.certificate]).toEqual([0, undefined]);
    await llm.ready();
    expect(llm.certificate?.fingerprint256).toBe(issued.fingerprint256);
    await Promise.all([llm.call('Hi'), llm.call('Hi')]);
    expect(loads).toBe(1);
  });

  it.each([
    [
      'an expired certificate',
      async () => ({ ...pemOf(await client({ notAfter: new Date(Date.now() - 1000) })) }),
      /expired/u,
    ],
    ['something else', async () => 'PEM' as never, /must return an object with `cert` and `key`/u],
    ['an error', () => Promise.reject(new Error('vault is sealed')), /could not be obtained: vault is sealed/u],
  ])('rejects ready() with a CredentialError if load returns %s', async (_, load, message) => {
    await using endpoint = await start();
    await using llm = new MtlsLLM({ endpoint: endpoint.url, load, ca });
    await expect(llm.ready()).rejects.toMatchObject({
      name: 'CredentialError',
      message: expect.stringMatching(message),
    });
    await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'CredentialError' });
    expect(endpoint.connections.total).toBe(0);
  });

  it('combines the certificate with another authenticator on the same request', async () => {
    await using endpoint = await start({
      credential: (request: { headers: Record<string, string> }) =>
        request.headers['x-api-key'] === 'k-123' || { status: 401 },
    });
    const apiKey: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-api-key', 'k-123') };
    const issued = await client();
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pemOf(issued), ca, auth: apiKey });
    expect(await llm.call('Hi')).toBe('Hello');
    await using composed = new HttpLLM({
      endpoint: endpoint.url,
      auth: [apiKey, clientCertificate({ ...pemOf(issued), ca })],
    });
    expect(await composed.call('Hi')).toBe('Hello');
    expect(endpoint.requests.map(({ tls }) => tls?.peer?.fingerprint256)).toEqual(Array(2).fill(issued.fingerprint256));
  });

  it('throws a ConfigurationError for two client certificates and for an endpoint without TLS', async () => {
    const pem = pemOf(await client());
    const endpoint = 'https://llm.example/v1/chat/completions';
    const auth = clientCertificate(pem);
    expect(() => new MtlsLLM({ endpoint, ...pem, auth })).toThrow(/two client certificates/u);
    const plain = () => new MtlsLLM({ endpoint: 'http://127.0.0.1:1/v1', ...pem });
    expect(plain).toThrow(/client certificate requires an https: endpoint.*http:\/\/127\.0\.0\.1:1/u);
    expect(plain).toThrow(ConfigurationError);
  });

  it('sends nothing if NODE_TLS_REJECT_UNAUTHORIZED=0 is set [T52]', async () => {
    await using endpoint = await start();
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pemOf(await client()), ca });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(llm.call('Hi')).rejects.toThrow(/NODE_TLS_REJECT_UNAUTHORIZED=0 is set/u);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(endpoint.connections.total).toBe(0);
  });
});

describe('options and Object.prototype', () => {
  it('are never read from Object.prototype [X27]', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const issued = await client();
    const values = pemOf(issued);
    const reads = await detectPrototypePollution(Object.keys(OPTION_NAMES), '/llm-mtls/src/', async () => {
      for (const options of [values, writePair(folder, issued), { load: async () => values }]) {
        clientCertificate(options);
        await using llm = new MtlsLLM({ endpoint: endpoint.url, ca: endpoint.ca, ...options });
        expect(await llm.call('Hello')).toBeTypeOf('string');
      }
    });
    expect(reads).toEqual([]);
  });
});
