import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, type CrewError } from '@crew/core';
import { fromEnv } from '@crew/llm-http';
import { createAuthority } from '@crew/llm-testkit';
import { describe, expect, it, vi } from 'vitest';
import { type ClientCertificateOptions, clientCertificate } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { findOpenssl } from './fixtures/openssl.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const good = await client({
  commonName: 'crew',
  dns: ['crew.example'],
  uri: ['spiffe://example.org/crew'],
  ip: ['10.1.2.3'],
});
const HOUR = 3_600_000;

function errorOf(options: ClientCertificateOptions): CrewError {
  try {
    clientCertificate(options);
  } catch (thrown) {
    if (ConfigurationError.isInstance(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('The certificate was accepted.');
}

describe('a client certificate in PEM', () => {
  it('provides subject, issuer, names, fingerprint and days left', () => {
    const { certificate } = clientCertificate({ ...pemOf(good), ca: good.root });
    expect(certificate).toMatchObject({
      subject: 'CN=crew',
      issuer: 'CN=Crew Test Root',
      subjectAltNames: ['DNS:crew.example', 'IP:10.1.2.3', 'URI:spiffe://example.org/crew'],
      fingerprint256: good.fingerprint256,
      daysLeft: 0,
    });
    expect(certificate?.thumbprint).toBe(
      Buffer.from(good.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    );
    expect(certificate?.validTo.getTime()).toBeGreaterThan(Date.now());
  });

  it.each(['rsa', 'p256', 'ed25519'] as const)('accepts a key of the type %s', async keyType => {
    const issued = await client({ keyType });
    expect(clientCertificate(pemOf(issued)).certificate?.fingerprint256).toBe(issued.fingerprint256);
  });

  it('accepts an encrypted key with its passphrase from a string or a function', () => {
    const passphrase = 'a passphrase with ünïcode';
    const encrypted = { cipher: 'aes-256-cbc', passphrase, type: 'pkcs8', format: 'pem' } as const;
    const key = createPrivateKey(good.key).export(encrypted).toString();
    expect(clientCertificate({ cert: good.chain, key, passphrase }).certificate?.subject).toBe('CN=crew');
    vi.stubEnv('KEY_PASSPHRASE', passphrase);
    const fromVariable = { cert: good.chain, key, passphrase: fromEnv('KEY_PASSPHRASE') };
    expect(clientCertificate(fromVariable).certificate?.subject).toBe('CN=crew');
    expect(errorOf({ cert: good.chain, key }).message).toMatch(/key is encrypted. Set its `passphrase`/u);
    expect(errorOf({ cert: good.chain, key, passphrase: 'another one' }).message).toMatch(/passphrase is wrong/u);
  });

  it('accepts OpenSSL’s older forms of a key, even encrypted', async () => {
    const issued = await client({ keyType: 'p256' });
    const key = createPrivateKey(issued.key);
    const plain = key.export({ type: 'sec1', format: 'pem' }).toString();
    const encrypted = key
      .export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'secret' })
      .toString();
    expect(clientCertificate({ cert: issued.chain, key: plain }).certificate).toBeDefined();
    expect(clientCertificate({ cert: issued.chain, key: encrypted, passphrase: 'secret' }).certificate).toBeDefined();
    expect(errorOf({ cert: issued.chain, key: encrypted }).message).toMatch(/is encrypted/u);
  });

  it('orders the chain from the leaf to the root', async () => {
    const intermediate = await authority.intermediate();
    const issued = await intermediate.issue({ commonName: 'below', usage: 'client' });
    const shuffled = intermediate.certificate + issued.certificate;
    const [ordered, mixed] = [issued.chain, shuffled].map(cert => clientCertificate({ cert, key: issued.key }));
    const { signal } = new AbortController();
    const cert = async (one: typeof ordered) => (await one?.connection({ signal }))?.cert;
    expect(await cert(mixed)).toBe(await cert(ordered));
    expect(mixed?.certificate?.subject).toBe('CN=below');
  });

  it('is rejected if it is the self-signed certificate of an authority', async () => {
    const self = await createAuthority({ commonName: 'self' });
    // An authority's key usage allows no signatures of other kinds, so TLS could not use it: that is reported.
    expect(errorOf({ cert: self.certificate, key: self.key }).message).toMatch(/key usage lacks digitalSignature/u);
  });
});

describe('the error for invalid PEM [T24] [T55]', () => {
  it('names a key that does not fit the certificate', async () => {
    const other = await client({ commonName: 'other' });
    expect(errorOf({ cert: good.chain, key: other.key }).message).toMatch(/does not fit the certificate.*CN=crew/u);
  });

  it('names a certificate of another chain', async () => {
    const stray = await (await createAuthority({ commonName: 'Elsewhere' })).issue({ commonName: 'stray' });
    const message = errorOf({ cert: good.chain + stray.certificate, key: good.key }).message;
    expect(message).toMatch(/not part of the chain of CN=crew: CN=stray/u);
  });

  it('names an expired certificate and one that is not valid yet', async () => {
    const at = (ms: number) => new Date(Date.now() + ms);
    const old = await client({ notBefore: at(-3 * HOUR), notAfter: at(-HOUR) });
    const early = await client({ notBefore: at(HOUR), notAfter: at(3 * HOUR) });
    expect(errorOf(pemOf(old)).message).toMatch(/CN=crew expired at \d{4}-.*Replace it/u);
    expect(errorOf(pemOf(early)).message).toMatch(/CN=crew is not valid before \d{4}-.*clock/u);
  });

  it('names an expired intermediate', async () => {
    const below = await authority.intermediate({ commonName: 'Old', notAfter: new Date(Date.now() - HOUR / 2) });
    const issued = await below.issue({ commonName: 'crew', usage: 'client' });
    expect(errorOf(pemOf(issued)).message).toMatch(/CN=Old expired/u);
  });

  it('names a certificate for servers, while one without the extension is accepted', async () => {
    expect(errorOf(pemOf(await client({ usage: 'server' }))).message).toMatch(/extended key usage lacks clientAuth/u);
    expect(clientCertificate(pemOf(await client({ usage: 'both' }))).certificate).toBeDefined();
    expect(clientCertificate(pemOf(await client({ usage: 'none' }))).certificate).toBeDefined();
  });

  it('names a weak RSA key', async () => {
    expect(errorOf(pemOf(await client({ keyType: 'rsa-1024' }))).message).toMatch(/RSA key of 1024 bits.*too weak/u);
  });

  it('names a truncated later block in a chain, in authorities or next to a key', async () => {
    const { certificate, chain, key } = await (await authority.intermediate()).issue({
      commonName: 'below',
      usage: 'client',
    });
    expect(clientCertificate({ cert: chain, key }).certificate).toBeDefined();
    for (let length = certificate.length + 1; length < chain.trimEnd().length; length += 1) {
      const cut = chain.slice(0, length);
      expect(errorOf({ cert: cut, key }).message, `at ${length}`).toMatch(/cert has a PEM block without its end/u);
    }
    const ca = good.root + good.root.slice(0, 300);
    expect(errorOf({ cert: chain, key, ca }).message).toMatch(/ca has a PEM block without its end/u);
    const beside = key + certificate.slice(0, 300);
    expect(errorOf({ cert: chain, key: beside }).message).toMatch(/key has a PEM block without its end/u);
  });

  it('is not thrown for text around and between the blocks', async () => {
    const { certificate, chain, key } = await (await authority.intermediate()).issue({
      commonName: 'below',
      usage: 'client',
    });
    const cert = `Mine:\n----------\n${certificate}# and its issuer\n${chain.slice(certificate.length)}-- the end`;
    expect(clientCertificate({ cert, key: `Secret!\n${key}\n\n` }).certificate).toBeDefined();
  });

  it('names input that is empty, too large or damaged', () => {
    const { cert, key } = pemOf(good);
    const two =
      key + generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    expect(errorOf({ cert: 'hello', key }).message).toMatch(/cert has no PEM certificate/u);
    expect(errorOf({ cert, key: '' }).message).toMatch(/key has no PEM private key/u);
    expect(errorOf({ cert, key: two }).message).toMatch(/key has 2 private keys/u);
    expect(errorOf({ cert: cert.replace(/[A-Za-z]{4}/gu, 'AAAA'), key }).message).toMatch(
      /has no PEM certificate|damaged/u,
    );
    const noKey = key.replace(/[\w+/=]{8,}/gu, 'AAAA');
    expect(errorOf({ cert, key: noKey }).message).toMatch(/not a private key that OpenSSL reads/u);
    expect(errorOf({ cert, key, ca: 'hello' }).message).toMatch(/ca has no PEM certificate/u);
    expect(errorOf({ cert: cert.padEnd(1_100_000, '\n'), key }).message).toMatch(/larger than 1 MiB/u);
  });
});

describe('invalid options of clientCertificate()', () => {
  const { cert, key } = pemOf(good);
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /needs an object of options/u],
    ['no source', {}, /one source: .*None is set/u],
    ['two sources', { cert, key, certFile: 'a', keyFile: 'b' }, /These are set: cert and certFile/u],
    ['a key without certificate', { keyFile: 'a', load: () => ({ cert, key }) }, /keyFile applies only to certFile/u],
    ['a passphrase with load', { load: () => ({ cert, key }), passphrase: 'x' }, /passphrase does not apply to load/u],
    ['a passphrase that must be fetched', { cert, key, passphrase: async () => 'x' }, /Use `load` for a passphrase/u],
    ['maxAge without load', { cert, key, maxAge: 5 }, /maxAge applies only to load/u],
    [
      'a maxAge that is not a number',
      { load: () => ({ cert, key }), maxAge: '5' },
      /maxAge must be a positive number/u,
    ],
    ['load that is not a function', { load: 'vault' }, /load must be a function/u],
    ['a CA file with values', { cert, key, caFile: 'ca.crt' }, /caFile applies only to certificates from files/u],
    ['an unknown caMode', { cert, key, ca: good.root, caMode: 'both' }, /caMode must be/u],
    ['replace without a CA', { cert, key, caMode: 'replace' }, /no ca to trust instead/u],
    ['an old TLS', { cert, key, minVersion: 'TLSv1.1' }, /minVersion must be/u],
    ['an address as server name', { cert, key, serverName: '10.0.0.1' }, /serverName must be a host name/u],
    ['a pin that is not one', { cert, key, serverKeyPins: ['abc'] }, /serverKeyPins must be SHA-256/u],
    ['no pin at all', { cert, key, serverKeyPins: [] }, /at least one pin/u],
    ['a SPIFFE ID that is not one', { cert, key, serverSpiffeId: 'https://a/b' }, /serverSpiffeId must be/u],
    ['a clock that is not one', { cert, key, clock: {} }, /clock must have a method `wall`/u],
    ['no clock', { cert, key, clock: null }, /clock must have a method `wall`/u],
    ['an unknown option', { cert, key, rejectUnauthorized: false }, /no option "rejectUnauthorized"/u],
    ['a missing file', { certFile: '/nowhere/a', keyFile: '/nowhere/b' }, /nowhere.*cannot be read \(ENOENT\)/u],
    ['a folder as file', { certFile: '/', keyFile: '/' }, /not a regular file/u],
  ])('throw a ConfigurationError: %s', (_, options, message) => {
    expect(() => clientCertificate(options as ClientCertificateOptions)).toThrow(message);
    expect(errorOf(options as ClientCertificateOptions).code).toBe('CONFIGURATION');
  });
});

const openssl = findOpenssl();

describe.skipIf(openssl === undefined)('a client certificate on an elliptic curve', () => {
  it.for([
    ['secp256k1', false],
    ['brainpoolP256r1', false],
    ['secp384r1', true],
  ] as const)('on %s is accepted only if TLS certificates use that curve: %s', ([curve, isUsed]) => {
    using folder = temporaryFolder();
    const [keyFile, certificateFile] = [join(folder.path, 'key'), join(folder.path, 'certificate')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-nodes', '-days', '1'];
    openssl?.(...request, '-subj', '/CN=crew', '-keyout', keyFile, '-out', certificateFile);
    const material = { cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    if (isUsed) expect(clientCertificate(material).certificate?.subject).toBe('CN=crew');
    else expect(() => clientCertificate(material)).toThrow(`a key on the curve ${curve}, which TLS does not use`);
  });
});
