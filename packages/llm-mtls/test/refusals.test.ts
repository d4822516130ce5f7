import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type Endpoint, startEndpoint, text, trackResources } from '@crew/llm-testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { HttpLLM, MtlsLLM, type MtlsLLMOptions } from '../src/index.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const resources = trackResources();
afterAll(() => resources.check());

const { authority, client } = await createPki();
const elsewhere = await createPki();
const ca = authority.certificate;
const HOUR = 3_600_000;

/** Calls the server once, with retries enabled, and returns the error. */
async function failure(url: string, options: Partial<MtlsLLMOptions> = {}): Promise<Error> {
  await using llm = new MtlsLLM({ endpoint: url, ca, retry: { retries: 2 }, ...pemOf(await client()), ...options });
  return await llm.call('Hi').then(
    () => {
      throw new Error('It was answered.');
    },
    (error: Error) => error,
  );
}

const versions = (['TLSv1.2', 'TLSv1.3'] as const).flatMap(version => [
  { version, http2: false, over: 'HTTP/1.1' },
  { version, http2: true, over: 'HTTP/2' },
]);

describe.each(versions)(
  'a server that requires certificates of another authority, $version and $over',
  ({ version, http2 }) => {
    it('causes an AuthenticationError that names the certificate, after one connection', async () => {
      const tls = { authority, minVersion: version, maxVersion: version };
      await using endpoint = await startEndpoint({
        http2,
        tls,
        clientCertificate: 'require',
        respond: () => text('Hello'),
      });
      const error = await failure(endpoint.url, { allowH2: http2, ...pemOf(await elsewhere.client()) });
      expect(error).toMatchObject({
        name: 'AuthenticationError',
        message: expect.stringMatching(/client certificate/u),
      });
      expect(endpoint.connections.total).toBe(1);
      expect(endpoint.requests).toHaveLength(0);
    });

    it('is retried after a lost connection if it accepted the certificate before', async () => {
      const tls = { authority, minVersion: version, maxVersion: version };
      await using endpoint = await startEndpoint({ http2, tls, clientCertificate: 'require', replies: [text('one')] });
      await using llm = new MtlsLLM({ endpoint: endpoint.url, ca, allowH2: http2, ...pemOf(await client()) });
      await llm.call('Hi');
      endpoint.reply({ delivery: { cut: { after: 0, of: 'response', by: 'reset' } } }, text('two'));
      expect(await llm.call('Hi')).toBe('two');
    });
  },
);

describe('TLS alerts of a server', () => {
  const withTls = async (options: TlsOptions, ask: (url: string) => Promise<void>) => {
    const certificate = await authority.issue({ commonName: 'server', ip: ['127.0.0.1'], keyType: 'rsa' });
    const server = createTlsServer({ key: certificate.key, cert: certificate.chain, ...options }, socket => {
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    await listening(server, ask);
  };

  it('report a type of key that the server does not accept (TLS 1.2)', async () => {
    const only = { requestCert: true, ca, maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA256' } as const;
    await withTls(only, async url => {
      const error = await failure(url, pemOf(await client({ keyType: 'ed25519' })));
      expect(error).toMatchObject({
        message: expect.stringMatching(/TLS handshake .*client certificate, or a different one/u),
      });
    });
  });

  it('report versions of TLS without overlap', async () => {
    await withTls({ maxVersion: 'TLSv1.2' }, async url => {
      const error = await failure(url, { minVersion: 'TLSv1.3' });
      expect(error).toMatchObject({
        name: 'ConnectionError',
        message: expect.stringMatching(/supports none of the allowed TLS versions/u),
      });
    });
  });
});

describe('a server whose certificate does not verify', () => {
  const at = (ms: number) => new Date(Date.now() + ms);
  it.each([
    ['of an unknown authority', {}, { ca: elsewhere.authority.certificate }, /private authority issued it/u],
    ['for another name', { ip: [], dns: ['llm.example'] }, {}, /other names than the requested one/u],
    ['that expired', { notAfter: at(-HOUR / 2) }, {}, /not trusted \(CERT_HAS_EXPIRED\)\. It has expired/u],
    ['that is not valid yet', { notBefore: at(HOUR) }, {}, /CERT_NOT_YET_VALID.*clock/u],
    ['meant for clients', { usage: 'client' as const }, {}, /not intended for servers/u],
  ])('causes a ConnectionError with the reason, after one connection: %s', async (_, request, options, message) => {
    const certificate = await authority.issue({ commonName: 'server', ip: ['127.0.0.1'], ...request });
    await using endpoint = await startEndpoint({ tls: { authority, certificate }, clientCertificate: 'require' });
    const error = await failure(endpoint.url, options);
    expect(error).toMatchObject({ name: 'ConnectionError', message: expect.stringMatching(message) });
    expect(endpoint.connections.total).toBe(1);
    expect(endpoint.requests).toHaveLength(0);
  });
});

describe('a missing client certificate', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is named in the error over %s', async version => {
    const tls = { authority, minVersion: version, maxVersion: version };
    await using endpoint: Endpoint = await startEndpoint({ tls, clientCertificate: 'require' });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca, retry: { retries: 0 } });
    await expect(llm.call('Hi')).rejects.toThrow(/client certificate/u);
  });
});

describe('endpoints without TLS', () => {
  it('cause a ConnectionError if the server does not speak TLS', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const error = await failure(endpoint.url.replace('http:', 'https:'));
    expect(error).toMatchObject({ name: 'ConnectionError', message: expect.stringMatching(/speaks TLS there/u) });
    expect(endpoint.connections.total).toBe(1);
  });

  it('cause a ConnectionError if the server is absent or closes the connection without a response', async () => {
    let connections = 0;
    const server = createTcpServer(socket => {
      connections += 1;
      socket.on('data', () => socket.destroy());
    });
    await listening(server, async url => {
      const error = await failure(url, { retry: { retries: 1, baseDelay: 1 } });
      expect(error).toMatchObject({ name: 'ConnectionError', message: expect.stringMatching(/cannot be reached/u) });
    });
    expect(connections).toBe(2);
  });
});

async function listening(server: Server, ask: (url: string) => Promise<void>): Promise<void> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    await ask(`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`);
  } finally {
    await new Promise(resolve => server.close(resolve));
  }
}
