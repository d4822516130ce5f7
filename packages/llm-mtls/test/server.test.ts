import { createHash, X509Certificate } from 'node:crypto';
import { createAuthority, startEndpoint, startProxy, text } from '@crew/llm-testkit';
import { describe, expect, it, vi } from 'vitest';
import { MtlsLLM, type MtlsLLMOptions } from '../src/index.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const ca = authority.certificate;
const pem = pemOf(await client());

/** Starts a server with such a certificate, calls it once, and returns the result and the requests. */
async function ask(server: Parameters<typeof authority.issue>[0], options: Partial<MtlsLLMOptions>) {
  const certificate = await authority.issue(server);
  await using endpoint = await startEndpoint({
    tls: { authority, certificate },
    clientCertificate: 'require',
    respond: () => text('Hello'),
  });
  await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pem, ca, retry: { retries: 2 }, ...options });
  const answer = await llm.call('Hi').catch((error: Error) => error);
  // Not a network error, so it is not retried.
  expect(endpoint.connections.total).toBe(1);
  return { answer, requests: endpoint.requests };
}

const local = { commonName: 'server', ip: ['127.0.0.1'] };

describe('the server’s name', () => {
  it('is checked even with a private authority [S79]', async () => {
    const { answer, requests } = await ask({ commonName: 'server', dns: ['llm.example'] }, {});
    expect(answer).toMatchObject({ name: 'ConnectionError' });
    expect(requests).toHaveLength(0);
  });

  it('is requested and expected as serverName if that is set [S79]', async () => {
    const server = { commonName: 'server', dns: ['llm.internal.example'] };
    const { answer, requests } = await ask(server, { serverName: 'llm.internal.example' });
    expect(answer).toBe('Hello');
    expect(requests[0]?.tls?.servername).toBe('llm.internal.example');
    expect((await ask(server, { serverName: 'other.example' })).answer).toMatchObject({ name: 'ConnectionError' });
    expect((await ask(local, { serverName: 'other.example' })).answer).toMatchObject({ name: 'ConnectionError' });
  });

  it('is requested through a proxy as well', async () => {
    const certificate = await authority.issue({ commonName: 'server', dns: ['llm.internal.example'] });
    await using endpoint = await startEndpoint({ tls: { authority, certificate }, respond: () => text('Hello') });
    await using proxy = await startProxy();
    const options = { endpoint: endpoint.url, ...pem, ca, proxy: proxy.url };
    await using llm = new MtlsLLM({ ...options, serverName: 'llm.internal.example' });
    expect(await llm.call('Hi')).toBe('Hello');
    expect(endpoint.requests[0]?.tls?.servername).toBe('llm.internal.example');
    await using other = new MtlsLLM({ ...options, serverName: 'other.example' });
    await expect(other.call('Hi')).rejects.toMatchObject({ name: 'ConnectionError' });
  });
});

describe('private authorities [T56]', () => {
  it('extend the authorities that Node trusts, or replace them with caMode replace', async () => {
    vi.resetModules();
    const tls = await import('node:tls');
    const other = await createAuthority({ commonName: 'Another Root' });
    const before = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...before, ca]);
    try {
      const onlyOther = { ca: other.certificate };
      expect((await ask(local, onlyOther)).answer).toBe('Hello');
      expect((await ask(local, { ...onlyOther, caMode: 'replace' })).answer).toMatchObject({ name: 'ConnectionError' });
      expect((await ask(local, { ca: undefined })).answer).toBe('Hello');
    } finally {
      tls.setDefaultCACertificates(before);
    }
    expect((await ask(local, { ca: [other.certificate, ca], caMode: 'replace' })).answer).toBe('Hello');
    expect((await ask(local, { ca: undefined })).answer).toMatchObject({ name: 'ConnectionError' });
  });
});

describe('a pinned server key', () => {
  const pinOf = (certificate: string) =>
    createHash('sha256')
      .update(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');

  it('is checked in addition to chain and name', async () => {
    const certificate = await authority.issue(local);
    await using endpoint = await startEndpoint({ tls: { authority, certificate }, respond: () => text('Hello') });
    const pin = pinOf(certificate.certificate);
    const wrong = pinOf(ca);
    const call = async (serverKeyPins: readonly string[], options = {}) => {
      await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pem, ca, serverKeyPins, ...options });
      return await llm.call('Hi').catch((error: Error) => error);
    };
    expect(await call([wrong, `sha256/${pin}`])).toBe('Hello');
    expect(await call([wrong])).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining(`is not one of the pinned keys: sha256/${pin}`),
    });
    // Two calls so far, and none of them was repeated.
    expect(endpoint.connections.total).toBe(2);
    expect(await call([pin], { serverName: 'other.example' })).toMatchObject({ name: 'ConnectionError' });
  });
});

describe('minVersion', () => {
  it('rejects a server with an older version of TLS', async () => {
    await using endpoint = await startEndpoint({
      tls: { authority, maxVersion: 'TLSv1.2' },
      respond: () => text('Hello'),
    });
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ...pem, ca, minVersion: 'TLSv1.3' });
    await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'ConnectionError' });
    await using older = new MtlsLLM({ endpoint: endpoint.url, ...pem, ca });
    expect(await older.call('Hi')).toBe('Hello');
  });
});
