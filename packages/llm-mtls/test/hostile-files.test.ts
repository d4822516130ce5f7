import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { createAuthority } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { clientCertificate } from '../src/index.ts';
import { context, der, integer, octets, oid, sequence } from './fixtures/der.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const PASSPHRASE = 'secret-word';
const TOO_MANY = 2 ** 31 - 1;

const DATA = oid('1.2.840.113549.1.7.1');
const SALT = octets(Buffer.alloc(8, 1));
const IV = Buffer.alloc(16, 2);
const SHA_256 = sequence(oid('2.16.840.1.101.3.4.2.1'), der(0x05));
const HMAC_SHA_256 = sequence(oid('1.2.840.113549.2.9'), der(0x05));

const pbkdf2 = (rounds: number): Buffer =>
  sequence(oid('1.2.840.113549.1.5.12'), sequence(SALT, integer(rounds), HMAC_SHA_256));
const scrypt = (cost: number, blockSize: number, parallelization: number): Buffer =>
  sequence(oid('1.3.6.1.4.1.11591.4.11'), sequence(SALT, integer(cost), integer(blockSize), integer(parallelization)));
const pbes2 = (derivation: Buffer): Buffer =>
  sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, sequence(oid('2.16.840.1.101.3.4.1.42'), octets(IV))));
const tripleDes = (rounds: number): Buffer => sequence(oid('1.2.840.113549.1.12.1.3'), sequence(SALT, integer(rounds)));
const keyBag = (algorithm: Buffer): Buffer =>
  sequence(oid('1.2.840.113549.1.12.10.1.2'), context(sequence(algorithm, octets(Buffer.alloc(64)))));
const inClear = (...bags: readonly Buffer[]): Buffer => sequence(DATA, context(octets(sequence(...bags))));
const encrypted = (algorithm: Buffer, content: Uint8Array): Buffer =>
  sequence(oid('1.2.840.113549.1.7.6'), context(sequence(integer(0), sequence(DATA, algorithm, der(0x80, content)))));
const mac = (rounds: number, algorithm = SHA_256): Buffer =>
  sequence(sequence(algorithm, octets(Buffer.alloc(32))), SALT, integer(rounds));
const pfx = (contents: readonly Buffer[], ...rest: readonly Buffer[]): Buffer =>
  sequence(integer(3), sequence(DATA, context(octets(sequence(...contents)))), ...rest);

/** Returns a part with a bag that is correctly encrypted. */
function sealed(bag: Buffer): Buffer {
  const key = pbkdf2Sync(PASSPHRASE, Buffer.alloc(8, 1), 1, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, IV);
  return encrypted(pbes2(pbkdf2(1)), Buffer.concat([cipher.update(sequence(bag)), cipher.final()]));
}

function errorOf(options: Parameters<typeof clientCertificate>[0]): string {
  try {
    clientCertificate(options);
  } catch (thrown) {
    if (ConfigurationError.isInstance(thrown)) return thrown.message;
    throw thrown;
  }
  return 'none';
}

describe('a PKCS#12 file that requires excessive work', () => {
  const harmless = inClear();
  it.each([
    ['for its MAC', pfx([harmless], mac(TOO_MANY))],
    [
      'for its MAC by PBMAC1',
      pfx([harmless], mac(1, sequence(oid('1.2.840.113549.1.5.14'), sequence(pbkdf2(TOO_MANY), HMAC_SHA_256)))),
    ],
    ['for an encrypted part', pfx([encrypted(pbes2(pbkdf2(TOO_MANY)), Buffer.alloc(64))], mac(1))],
    ['for its key', pfx([inClear(keyBag(pbes2(pbkdf2(TOO_MANY))))], mac(1))],
    ['for its key by scrypt', pfx([inClear(keyBag(pbes2(scrypt(1024, 8, 1_048_576))))], mac(1))],
    ['for its key in legacy encryption', pfx([inClear(keyBag(tripleDes(TOO_MANY)))], mac(1))],
    ['for its key within an encrypted part', pfx([sealed(keyBag(pbes2(pbkdf2(TOO_MANY))))], mac(1))],
    ['in many parts', pfx([inClear(...Array.from({ length: 5 }, () => keyBag(pbes2(pbkdf2(500_000)))))], mac(1))],
    ['without a MAC', pfx([inClear(keyBag(pbes2(pbkdf2(TOO_MANY))))])],
  ])('is rejected before the work is done: %s [X32]', (_what, pkcs12) => {
    expect(errorOf({ pkcs12, passphrase: PASSPHRASE })).toMatch(
      /^pkcs12 requires more than 2000000 rounds of key derivation, .*Export it again with fewer/u,
    );
  });

  it.each([
    ['is nested 100,000 deep', Buffer.concat([Buffer.from('3080'.repeat(100_000), 'hex')])],
    ['has a million elements', sequence(Buffer.alloc(1_000_000, Buffer.from('0500', 'hex')))],
    ['has no valid number of rounds', pfx([harmless], mac(0))],
  ])('is reported as unreadable if it %s [X32]', (_what, pkcs12) => {
    expect(errorOf({ pkcs12, passphrase: PASSPHRASE })).toMatch(/is not a readable PKCS#12 file/u);
  });
});

it.each([
  ['PBKDF2', pbes2(pbkdf2(TOO_MANY))],
  ['scrypt', pbes2(scrypt(1024, 8, 1_048_576))],
  ['an older scheme', tripleDes(TOO_MANY)],
])(
  'an encrypted PEM key that requires excessive work by %s is rejected before the work is done [X32]',
  async (_what, algorithm) => {
    const { cert } = pemOf(await client());
    const base64 = sequence(algorithm, octets(Buffer.alloc(64))).toString('base64');
    const label = 'ENCRYPTED PRIVATE KEY';
    const key = `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
    expect(errorOf({ cert, key, passphrase: PASSPHRASE })).toMatch(/^key requires more than 2000000 rounds/u);
  },
);

describe('a certificate chain', () => {
  it('is linked by signatures, not by names alone', async () => {
    const twin = await createAuthority({ commonName: 'Crew Test Root' });
    const [right, wrong] = [
      await authority.intermediate({ commonName: 'Same Name' }),
      await twin.intermediate({ commonName: 'Same Name' }),
    ];
    const issued = await right.issue({ commonName: 'crew', usage: 'client' });
    const withChain = (certificate: string) => ({ cert: issued.certificate + certificate, key: issued.key });
    expect(errorOf(withChain(right.certificate))).toBe('none');
    const stray = /not part of the chain of CN=crew: CN=Same Name/u;
    expect(errorOf(withChain(wrong.certificate))).toMatch(stray);
    // The key identifier is not sufficient either, because anyone can write it into a certificate.
    const posing = edited(wrong.certificate, hex =>
      hex.replace(keyIdOf(wrong.certificate), keyIdOf(right.certificate)),
    );
    expect(keyIdOf(posing)).toBe(keyIdOf(right.certificate));
    expect(errorOf(withChain(posing))).toMatch(stray);
  });

  it('has at most 32 certificates', async () => {
    let issuer = authority;
    for (let count = 0; count < 31; count += 1) issuer = await issuer.intermediate();
    const longest = await issuer.issue({ commonName: 'crew', usage: 'client' });
    expect(errorOf(pemOf(longest))).toBe('none');
    const longer = await (await issuer.intermediate()).issue({ commonName: 'crew', usage: 'client' });
    expect(errorOf(pemOf(longer))).toMatch(/has 33 certificates; at most 32 are allowed/u);
  });

  it.each([
    ['MD5', 0x04],
    ['SHA-1', 0x05],
  ])('is rejected if the leaf or an issuer is signed with %s', async (name, arc) => {
    const rsa = await createAuthority({ keyType: 'rsa' });
    const leaf = await rsa.issue({ commonName: 'crew', usage: 'client' });
    expect(errorOf({ cert: weakened(leaf.certificate, arc), key: leaf.key })).toMatch(
      new RegExp(`CN=crew is signed with ${name}, which is broken`, 'u'),
    );
    const middle = await rsa.intermediate({ commonName: 'Middle' });
    const below = await middle.issue({ commonName: 'crew', usage: 'client' });
    const cert = below.certificate + weakened(middle.certificate, arc);
    expect(errorOf({ cert, key: below.key })).toMatch(new RegExp(`CN=Middle is signed with ${name}`, 'u'));
  });

  it('is described by the start of long names in errors', async () => {
    const { cert } = pemOf(await client({ commonName: `a\u202e${'b'.repeat(60)}` }));
    const other = await client();
    expect(errorOf({ cert: cert.repeat(30), key: other.key })).toMatch(/^The private key does not fit .*and others\)/u);
    expect(errorOf({ cert, key: other.key })).not.toContain('\u202e');
  });

  it('is rejected if it has more than 1,000 alternative names', async () => {
    const dns = Array.from({ length: 1_001 }, (_, index) => `host-${index}.example`);
    expect(errorOf(pemOf(await client({ dns })))).toMatch(/has 1001 alternative names; at most 1000 are allowed/u);
    expect(errorOf(pemOf(await client({ dns: dns.slice(1) })))).toBe('none');
  });
});

/** Returns a certificate that claims a weak signature algorithm, by another last arc of the algorithm's identifier. */
function weakened(pem: string, arc: number): string {
  const weak = `06092a864886f70d0101${arc.toString(16).padStart(2, '0')}`;
  return edited(pem, hex => hex.replaceAll('06092a864886f70d01010b', weak));
}

/** Returns the subject key identifier of a certificate (RFC 5280, section 4.2.1.2) as hex. */
function keyIdOf(pem: string): string {
  return /0603551d0e04160414([0-9a-f]{40})/u.exec(hexOf(pem))?.[1] ?? 'none';
}

function edited(pem: string, edit: (hex: string) => string): string {
  const [begin = '', end = ''] = pem.match(/-----[^-]+-----/gu) ?? [];
  return `${begin}\n${Buffer.from(edit(hexOf(pem)), 'hex').toString('base64')}\n${end}\n`;
}

function hexOf(pem: string): string {
  return Buffer.from(pem.replace(/-----[^-]+-----/gu, ''), 'base64').toString('hex');
}
