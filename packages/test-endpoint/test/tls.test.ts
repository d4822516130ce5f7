import { createPrivateKey, X509Certificate } from 'node:crypto';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createAuthority, startEndpoint, text, trackResources } from '../src/index.ts';
import { post, post2 } from './client.ts';

const resources = trackResources();
let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createAuthority({ commonName: 'Lab Root' });
});
afterAll(() => resources.check());

const HOUR = 3_600_000;

describe('certificate authority', () => {
  test('creates a self-signed root that may only sign certificates', () => {
    const root = new X509Certificate(authority.certificate);
    expect(root.subject).toBe('CN=Lab Root');
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(root.checkPrivateKey(createPrivateKey(authority.key))).toBe(true);
  });

  test('issues a certificate with names, key and fingerprint', async () => {
    const issued = await authority.issue({
      commonName: 'api',
      dns: ['api.example.test'],
      ip: ['127.0.0.1', '::1'],
      uri: ['spiffe://example.org/crew'],
    });
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.subject).toBe('CN=api');
    expect(certificate.issuer).toBe('CN=Lab Root');
    expect(certificate.subjectAltName).toBe(
      'DNS:api.example.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://example.org/crew',
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.fingerprint256).toBe(issued.fingerprint256);
    expect(certificate.checkIssued(new X509Certificate(authority.certificate))).toBe(true);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
    expect([issued.chain, issued.root]).toEqual([issued.certificate, authority.certificate]);
  });

  test.each([
    ['p256', 'ec', undefined],
    ['rsa', 'rsa', 2048],
    ['rsa-1024', 'rsa', 1024],
    ['ed25519', 'ed25519', undefined],
  ] as const)('issues %s keys', async (keyType, type, bits) => {
    const { key } = await authority.issue({ commonName: 'x', keyType });
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(key);
    expect([asymmetricKeyType, asymmetricKeyDetails?.modulusLength]).toEqual([type, bits]);
  });

  test.each(['p256', 'rsa', 'ed25519'] as const)('creates an authority with a key of type %s', async keyType => {
    const other = await createAuthority({ keyType });
    const { certificate } = await other.issue({ commonName: 'x' });
    expect(new X509Certificate(certificate).verify(new X509Certificate(other.certificate).publicKey)).toBe(true);
  });

  test.each([
    ['server', ['1.3.6.1.5.5.7.3.1']],
    ['client', ['1.3.6.1.5.5.7.3.2']],
    ['both', ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']],
    ['none', undefined],
  ] as const)('writes the extended key usage for %s', async (usage, expected) => {
    const { certificate } = await authority.issue({ commonName: 'x', usage });
    expect(new X509Certificate(certificate).keyUsage).toEqual(expected);
  });

  test('issues a certificate with any validity period', async () => {
    const notBefore = new Date('2020-01-01T00:00:00Z');
    const notAfter = new Date('2020-01-02T00:00:00Z');
    const { certificate } = await authority.issue({ commonName: 'x', notBefore, notAfter });
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    expect([validFromDate, validToDate]).toEqual([notBefore, notAfter]);
    const usual = new X509Certificate((await authority.issue({ commonName: 'x' })).certificate);
    expect(usual.validFromDate.getTime()).toBeLessThan(Date.now());
    expect(usual.validToDate.getTime()).toBeGreaterThan(Date.now() + 23 * HOUR);
  });

  test('creates intermediates whose certificates carry the chain up to the root', async () => {
    const lower = await (await authority.intermediate({ commonName: 'One' })).intermediate({ commonName: 'Two' });
    const issued = await lower.issue({ commonName: 'localhost', ip: ['127.0.0.1'] });
    const subjects = issued.chain
      .split(/(?<=-----END CERTIFICATE-----\n)/u)
      .map(pem => new X509Certificate(pem).subject);
    expect(subjects).toEqual(['CN=localhost', 'CN=Two', 'CN=One']);
    expect(issued.root).toBe(authority.certificate);
    await using endpoint = await startEndpoint({ tls: { authority, certificate: issued }, replies: [text('x')] });
    expect((await post({ url: endpoint.url, ca: authority.certificate })).status).toBe(200);
  });
});

describe('endpoint with TLS', () => {
  test('presents a certificate of its authority that is valid by name and by address', async () => {
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('x') });
    expect(endpoint.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions$/u);
    expect((await post(endpoint)).status).toBe(200);
    const url = endpoint.url.replace('127.0.0.1', 'localhost');
    expect((await post({ url, ca: endpoint.ca })).status).toBe(200);
    expect((await post({ url: endpoint.url, ca: authority.certificate })).error).toBe(
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    );
    expect(endpoint.requests[1]?.tls).toEqual({
      authorized: false,
      servername: 'localhost',
      protocol: 'TLSv1.3',
      cipher: expect.stringMatching(/^TLS_/u),
      sessionReused: false,
    });
  });

  test.each([
    [
      'expired',
      { notAfter: new Date(Date.now() - HOUR), notBefore: new Date(Date.now() - 2 * HOUR) },
      'CERT_HAS_EXPIRED',
    ],
    ['not yet valid', { notBefore: new Date(Date.now() + HOUR) }, 'CERT_NOT_YET_VALID'],
    ['for another name', { ip: [], dns: ['other.test'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['for clients', { usage: 'client' }, 'INVALID_PURPOSE'],
  ] as const)('presents a certificate that is %s', async (_, wrong, error) => {
    const certificate = await authority.issue({ commonName: 'localhost', ip: ['127.0.0.1'], ...wrong });
    await using endpoint = await startEndpoint({ tls: { authority, certificate } });
    expect(await post(endpoint)).toMatchObject({ status: undefined, error });
  });

  test('accepts only the given TLS versions', async () => {
    await using old = await startEndpoint({ tls: { maxVersion: 'TLSv1.2' }, replies: [text('x')] });
    await post(old);
    expect(old.requests[0]?.tls?.protocol).toBe('TLSv1.2');
    await using recent = await startEndpoint({ tls: { minVersion: 'TLSv1.3' } });
    expect((await post(recent, {}, { maxVersion: 'TLSv1.2' })).error).toBe('EPROTO');
  });

  test('changes its certificate while it runs', async () => {
    await using endpoint = await startEndpoint({ tls: { authority } });
    const next = await authority.issue({ commonName: 'next', ip: ['127.0.0.1'] });
    const before = await handshake(endpoint);
    endpoint.setCertificate(next);
    const after = await handshake(endpoint);
    expect(before.fingerprint).not.toBe(next.fingerprint256);
    expect(after.fingerprint).toBe(next.fingerprint256);
    await using plain = await startEndpoint();
    expect(() => plain.setCertificate(next)).toThrow('plain http');
  });

  test('records that a session was resumed', async () => {
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('x') });
    let session: Buffer | undefined;
    const first = connectTls({ port: endpoint.port, host: '127.0.0.1', ca: endpoint.ca });
    first.on('session', ticket => {
      session = ticket;
    });
    await exchange(first);
    await exchange(
      connectTls({ port: endpoint.port, host: '127.0.0.1', ca: endpoint.ca, ...(session && { session }) }),
    );
    expect(endpoint.requests.map(({ tls }) => tls?.sessionReused)).toEqual([false, true]);
  });
});

describe('client certificates', () => {
  test('records the identity of a required client certificate', async () => {
    const client = await authority.issue({ commonName: 'crew', uri: ['spiffe://example.org/crew'], usage: 'client' });
    await using endpoint = await startEndpoint({
      tls: { authority },
      clientCertificate: 'require',
      replies: [text('x')],
    });
    expect((await post(endpoint, {}, { key: client.key, cert: client.chain })).status).toBe(200);
    expect(endpoint.requests[0]?.tls).toMatchObject({
      authorized: true,
      peer: {
        subject: 'CN=crew',
        issuer: 'CN=Lab Root',
        subjectAltName: 'URI:spiffe://example.org/crew',
        fingerprint256: client.fingerprint256,
        raw: new X509Certificate(client.certificate).raw,
      },
    });
  });

  test('fails the handshake when a required client certificate is missing or untrusted', async () => {
    const stranger = await (await createAuthority()).issue({ commonName: 'stranger', usage: 'client' });
    await using endpoint = await startEndpoint({ tls: { authority }, clientCertificate: 'require' });
    for (const options of [{}, { key: stranger.key, cert: stranger.chain }]) {
      const { status, error } = await post(endpoint, {}, options);
      // TLS 1.3 clients notice the refusal at the first read, when the connection may already be closed.
      expect([status, error]).toEqual([undefined, expect.stringMatching(/ALERT|ECONNRESET|EPIPE/u)]);
    }
    expect(endpoint.requests).toEqual([]);
  });

  test('records a requested client certificate that is missing or untrusted as unauthorised', async () => {
    const stranger = await (await createAuthority()).issue({ commonName: 'stranger', usage: 'client' });
    await using endpoint = await startEndpoint({
      tls: { authority },
      clientCertificate: 'request',
      respond: () => text('x'),
    });
    expect((await post(endpoint)).status).toBe(200);
    expect((await post(endpoint, {}, { key: stranger.key, cert: stranger.chain })).status).toBe(200);
    expect(endpoint.requests[0]?.tls).toMatchObject({ authorized: false });
    expect(endpoint.requests[0]?.tls?.peer).toBeUndefined();
    expect(endpoint.requests[1]?.tls).toMatchObject({
      authorized: false,
      authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      peer: { subject: 'CN=stranger' },
    });
  });

  test('verifies client certificates against the given authorities', async () => {
    const partner = await createAuthority();
    const client = await partner.issue({ commonName: 'partner', usage: 'client', keyType: 'ed25519' });
    const options = { tls: true, clientCertificate: 'require', clientAuthorities: [partner.certificate] } as const;
    await using endpoint = await startEndpoint({ ...options, replies: [text('x')] });
    expect((await post(endpoint, {}, { key: client.key, cert: client.chain })).status).toBe(200);
  });

  test.each([
    ['expired', { notAfter: new Date(Date.now() - HOUR), notBefore: new Date(Date.now() - 2 * HOUR) }],
    ['for servers', { usage: 'server' }],
  ] as const)('refuses a client certificate that is %s', async (_, wrong) => {
    const client = await authority.issue({ commonName: 'crew', usage: 'client', ...wrong });
    await using endpoint = await startEndpoint({ tls: { authority }, clientCertificate: 'require' });
    expect((await post(endpoint, {}, { key: client.key, cert: client.chain })).status).toBeUndefined();
  });
});

describe('HTTP/2', () => {
  test('negotiates HTTP/2 with clients that offer it and HTTP/1.1 with others', async () => {
    await using endpoint = await startEndpoint({ http2: true, respond: () => text('x') });
    const { status, body } = await post2(endpoint, { model: 'm' });
    expect([status, JSON.parse(body).model]).toEqual([200, 'm']);
    expect((await post(endpoint, { model: 'm' })).status).toBe(200);
    expect(endpoint.requests.map(({ http, tls }) => [http, tls?.alpnProtocol])).toEqual([
      ['2', 'h2'],
      ['1.1', undefined],
    ]);
    expect(endpoint.requests[0]?.json).toEqual({ model: 'm' });
    expect(endpoint.requests[0]?.path).toBe('/v1/chat/completions');
    // Pseudo-header fields are not header fields; `:authority` corresponds to `host` of HTTP/1.1.
    expect(endpoint.requests[0]?.headers).toEqual({ host: new URL(endpoint.url).host });
    expect(endpoint.requests[0]?.rawHeaders).toContain(':path');
  });

  test('whenClosed() resolves when the HTTP/2 stream closes, not the connection', async () => {
    await using endpoint = await startEndpoint({ http2: true, respond: () => text('x') });
    const arrived = endpoint.nextRequest();
    await post2(endpoint);
    expect(await endpoint.whenClosed(await arrived)).toMatchObject({ answered: true });
  });
});

async function handshake(endpoint: { port: number; ca: string | undefined }): Promise<{ fingerprint: string }> {
  const socket = connectTls({ port: endpoint.port, host: '127.0.0.1', ca: endpoint.ca });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return { fingerprint: fingerprint256 };
}

async function exchange(socket: TLSSocket): Promise<void> {
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}');
  await new Promise(resolve => socket.resume().once('close', resolve));
}
