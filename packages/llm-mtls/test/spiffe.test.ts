import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@crew/core';
import { type Authenticator, fromFile } from '@crew/llm-http';
import { type CertificateRequest, type IssuedCertificate, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { clientCertificate, MtlsLLM, type MtlsLLMOptions } from '../src/index.ts';
import { type TemporaryFolder, temporaryFolder } from './fixtures/folder.ts';
import { findOpenssl } from './fixtures/openssl.ts';
import { createPki } from './fixtures/pki.ts';

const openssl = findOpenssl();
const { authority, client } = await createPki();

/** Writes an SVID as spiffe-helper does: three files, one after the other. */
async function putSvid(folder: TemporaryFolder, request: Partial<CertificateRequest> = {}) {
  const svid = await client({ commonName: '', uri: ['spiffe://example.org/crew'], ...request });
  folder.write({
    'svid.pem': svid.chain,
    'svid_key.pem': svid.key,
    'svid_bundle.pem': authority.certificate,
  });
  return svid;
}

async function ask(server: Partial<CertificateRequest>, options: Partial<MtlsLLMOptions>): Promise<string | Error> {
  using folder = temporaryFolder();
  await putSvid(folder);
  const certificate = await authority.issue({ commonName: 'server', ...server });
  await using endpoint = await startEndpoint({
    tls: { authority, certificate },
    clientCertificate: 'require',
    respond: () => text('Hello'),
  });
  await using llm = new MtlsLLM({ endpoint: endpoint.url, svidDirectory: folder.path, ...options });
  const answer = await llm.call('Hi').catch((error: Error) => error);
  // Not a network error, so it is not retried.
  expect(endpoint.connections.total).toBe(1);
  return answer;
}

describe('an X509-SVID directory of spiffe-helper', () => {
  it('provides the certificate, and the bundle as the only authorities', async () => {
    using folder = temporaryFolder();
    const svid = await putSvid(folder);
    await using endpoint = await startEndpoint({
      tls: { authority },
      clientCertificate: 'require',
      respond: () => text('Hello'),
    });
    await using llm = new MtlsLLM({ endpoint: endpoint.url, svidDirectory: `${folder.path}/` });
    expect(await llm.call('Hi')).toBe('Hello');
    expect(endpoint.requests[0]?.tls?.peer?.fingerprint256).toBe(svid.fingerprint256);
    expect(llm.certificate?.subjectAltNames).toEqual(['URI:spiffe://example.org/crew']);
  });

  it.each<[string, Partial<CertificateRequest>, RegExp]>([
    ['no URI name', { uri: [], dns: ['crew.example'] }, /has no URI name, so no SPIFFE ID/u],
    ['two URI names', { uri: ['spiffe://example.org/a', 'spiffe://example.org/b'] }, /has 2 URI names/u],
    ['another scheme', { uri: ['https://example.org/crew'] }, /not a SPIFFE ID/u],
    ['no path', { uri: ['spiffe://example.org'] }, /whole trust domain/u],
  ])('is rejected at construction if its SVID has %s', async (_, request, message) => {
    using folder = temporaryFolder();
    await putSvid(folder, request);
    const make = () => new MtlsLLM({ endpoint: 'https://llm.example/v1', svidDirectory: folder.path });
    expect(make).toThrow(message);
    expect(make).toThrow(ConfigurationError);
  });

  it('causes an error that names the missing file if it is incomplete', () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'empty'));
    const make = () => new MtlsLLM({ endpoint: 'https://llm.example/v1', svidDirectory: join(folder.path, 'empty') });
    expect(make).toThrow(/svid\.pem cannot be read \(ENOENT\)/u);
  });
});

describe('the server’s SPIFFE ID [S80] [T53]', () => {
  const id = 'spiffe://example.org/llm';
  it('is checked instead of its host name', async () => {
    expect(await ask({ uri: [id] }, { serverSpiffeId: id })).toBe('Hello');
    expect(await ask({ uri: [id] }, { serverSpiffeId: 'spiffe://example.org' })).toBe('Hello');
    expect(await ask({ uri: [id], dns: ['elsewhere.example'] }, { serverSpiffeId: id })).toBe('Hello');
    expect(await ask({ uri: [id] }, {})).toMatchObject({ message: expect.stringMatching(/ALTNAME_INVALID/u) });
  });

  it.each<[string, Partial<CertificateRequest>, string, RegExp]>([
    ['another one', { uri: ['spiffe://example.org/other'] }, id, /is spiffe:\/\/example\.org\/other, not spiffe/u],
    ['one that only starts with it', { uri: [`${id}/x`] }, id, /is spiffe:\/\/example\.org\/llm\/x, not/u],
    [
      'another trust domain',
      { uri: ['spiffe://example.com/llm'] },
      'spiffe://example.org',
      /is spiffe:\/\/example\.com/u,
    ],
    [
      'a trust domain that only starts with it',
      { uri: ['spiffe://example.org.evil/llm'] },
      'spiffe://example.org',
      /evil/u,
    ],
    ['two', { uri: [id, 'spiffe://example.org/other'] }, id, /has 2 URI names; an X509-SVID has exactly one/u],
    ['none, whatever its host name', { ip: ['127.0.0.1'] }, id, /has no URI name/u],
    ['an upper-case trust domain', { uri: ['spiffe://Example.org/llm'] }, id, /not a SPIFFE ID/u],
    ['a path with dots', { uri: ['spiffe://example.org/../llm'] }, id, /not a SPIFFE ID/u],
    ['a trailing slash', { uri: [`${id}/`] }, id, /not a SPIFFE ID/u],
    ['a query', { uri: [`${id}?a=b`] }, id, /not a SPIFFE ID/u],
    ['a port', { uri: ['spiffe://example.org:8443/llm'] }, id, /not a SPIFFE ID/u],
    ['no path', { uri: ['spiffe://example.org'] }, 'spiffe://example.org', /whole trust domain/u],
  ])('is rejected if the certificate has %s', async (_, request, serverSpiffeId, message) => {
    const error = await ask(request, { serverSpiffeId });
    expect(error).toMatchObject({ name: 'ConnectionError', message: expect.stringMatching(message) });
  });

  it('must have at most 2,048 characters (SPIFFE-ID, section 2.3)', async () => {
    const { chain: cert, key } = await client({ commonName: 'crew' });
    const start = 'spiffe://example.org/';
    const expecting = (length: number) => () =>
      clientCertificate({ cert, key, serverSpiffeId: start + 'a'.repeat(length - start.length) });
    expect(expecting(2048)).not.toThrow();
    expect(expecting(2049)).toThrow(ConfigurationError);
  });

  it('is accepted only if the chain is verified', async () => {
    const elsewhere = await createPki();
    const certificate = await elsewhere.authority.issue({ commonName: 'server', uri: [id] });
    using folder = temporaryFolder();
    await putSvid(folder);
    await using endpoint = await startEndpoint({ tls: { certificate }, respond: () => text('Hello') });
    await using llm = new MtlsLLM({ endpoint: endpoint.url, svidDirectory: folder.path, serverSpiffeId: id });
    await expect(llm.call('Hi')).rejects.toThrow(/is not trusted/u);
    expect(endpoint.requests).toHaveLength(0);
  });

  if (openssl !== undefined) {
    it.each([
      [
        'of an authority',
        'basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature,keyCertSign',
        /belongs to a certificate authority/u,
      ],
      ['that may sign certificates', 'keyUsage=digitalSignature,keyCertSign', /may sign certificates/u],
      ['that may sign revocation lists', 'keyUsage=digitalSignature,cRLSign', /may sign certificates or revocation/u],
    ])('is rejected in a certificate %s', async (_, extensions, message) => {
      using folder = temporaryFolder();
      await putSvid(folder);
      const chain = signWith(openssl, folder, `${extensions}\nsubjectAltName=URI:${id}`);
      await using endpoint = await startEndpoint({ tls: { certificate: chain }, respond: () => text('Hello') });
      await using llm = new MtlsLLM({ endpoint: endpoint.url, svidDirectory: folder.path, serverSpiffeId: id });
      await expect(llm.call('Hi')).rejects.toThrow(message);
      expect(endpoint.requests).toHaveLength(0);
    });
  }
});

/** Issues a server certificate with these extensions. */
function signWith(run: NonNullable<typeof openssl>, folder: TemporaryFolder, extensions: string): IssuedCertificate {
  const { ca, caKey, ext } = folder.write({ ca: authority.certificate, caKey: authority.key, ext: extensions });
  const [key, csr, out] = ['leaf.key', 'leaf.csr', 'leaf.crt'].map(name => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  run(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    csr,
    '-subj',
    '/CN=x',
  );
  run(
    'x509',
    '-req',
    '-in',
    csr,
    '-CA',
    ca,
    '-CAkey',
    caKey,
    '-set_serial',
    '7',
    '-days',
    '1',
    '-extfile',
    ext,
    '-out',
    out,
  );
  const certificate = readFileSync(out, 'utf8');
  const { fingerprint256 } = new X509Certificate(certificate);
  return {
    certificate,
    chain: certificate,
    key: readFileSync(key, 'utf8'),
    root: authority.certificate,
    fingerprint256,
  };
}

it('a JWT-SVID from the file that spiffe-helper writes is sent as a bearer token in addition to the certificate [S83]', async () => {
  using folder = temporaryFolder();
  await putSvid(folder);
  const { token } = folder.write({ token: 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln\n' });
  const read = fromFile(token);
  const bearer: Authenticator = {
    name: 'jwt-svid',
    authenticate: request => request.setHeader('authorization', `Bearer ${read()}`),
  };
  await using endpoint = await startEndpoint({
    tls: { authority },
    clientCertificate: 'require',
    respond: () => text('Hello'),
  });
  await using llm = new MtlsLLM({ endpoint: endpoint.url, svidDirectory: folder.path, auth: bearer });
  await llm.call('Hi');
  const [request] = endpoint.requests;
  expect(request?.headers['authorization']).toBe('Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln');
  expect(request?.tls?.authorized).toBe(true);
});
