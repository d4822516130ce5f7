import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientCertificate } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { findOpenssl } from './fixtures/openssl.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const openssl = findOpenssl();

it('bytes that are not a PKCS#12 file cause an error that says so', () => {
  expect(() => clientCertificate({ pkcs12: Buffer.from('hello') })).toThrow(/pkcs12 is not a readable PKCS#12 file/u);
  expect(() => clientCertificate({ pkcs12: Buffer.alloc(2_000_000) })).toThrow(/larger than 1 MiB/u);
});

if (openssl !== undefined) {
  describe('a PKCS#12 file written by openssl', () => {
    const make = async (extra: readonly string[] = [], keyType: 'rsa' | 'p256' | 'ed25519' = 'p256') => {
      using folder = temporaryFolder();
      const below = await authority.intermediate();
      const issued = await below.issue({ commonName: 'crew', usage: 'client', keyType });
      const { cert, key, more } = folder.write({
        cert: issued.certificate,
        key: issued.key,
        more: below.certificate + authority.certificate,
      });
      const out = join(folder.path, 'out.p12');
      const given = ['-in', cert, '-inkey', key, '-certfile', more, '-passout', 'pass:pässword', '-out', out];
      openssl('pkcs12', '-export', ...given, ...extra);
      return { issued, bytes: readFileSync(out) };
    };

    it.each(['rsa', 'p256', 'ed25519'] as const)(
      'yields the same credentials as the PEM with a key of the type %s',
      async keyType => {
        const { bytes, issued } = await make([], keyType);
        const { signal } = new AbortController();
        const fromFile = await clientCertificate({ pkcs12: bytes, passphrase: 'pässword' }).connection({ signal });
        const fromPem = await clientCertificate(pemOf(issued)).connection({ signal });
        // The root is in the file but is not sent (S78).
        expect(fromFile.cert).toBe(fromPem.cert);
        const digest = (key: string | undefined) =>
          createHash('sha256')
            .update(key ?? '')
            .digest('hex');
        expect(digest(fromFile.key)).toBe(digest(fromPem.key));
      },
    );

    it.each([
      ['with AES-128', ['-keypbe', 'aes-128-cbc', '-certpbe', 'aes-192-cbc']],
      ['with certificates in clear', ['-certpbe', 'NONE']],
      ['with its key in clear', ['-keypbe', 'NONE']],
      ['without a MAC', ['-nomac']],
      ['with SHA-512 and many iterations', ['-macalg', 'sha512', '-iter', '50000']],
    ])('is read %s', async (_, extra) => {
      const { bytes } = await make(extra);
      expect(clientCertificate({ pkcs12: bytes, passphrase: 'pässword' }).certificate?.subject).toBe('CN=crew');
    });

    it('causes an error that does not show the passphrase if it is wrong or missing [T37]', async () => {
      const { bytes } = await make();
      expect(() => clientCertificate({ pkcs12: bytes, passphrase: 'wrong one' })).toThrow(
        /^pkcs12 cannot be opened: the passphrase is missing or wrong\.$/u,
      );
      expect(() => clientCertificate({ pkcs12: bytes })).toThrow(/passphrase is missing or wrong/u);
    });

    it.each([
      ['RC2 (openssl -legacy)', ['-legacy']],
      ['3DES', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
      ['3DES for the key alone', ['-keypbe', 'PBE-SHA1-3DES']],
    ])('causes an error with the command that converts legacy encryption: %s [T37]', async (_, extra) => {
      const { bytes } = await make(extra);
      expect(() => clientCertificate({ pkcs12: bytes, passphrase: 'pässword' })).toThrow(
        /RC2 or 3DES.*`openssl pkcs12 -legacy -in old\.p12/u,
      );
    });

    it('causes an error if it has no key', async () => {
      const { bytes } = await make(['-nokeys']);
      expect(() => clientCertificate({ pkcs12: bytes, passphrase: 'pässword' })).toThrow(/has no private key/u);
    });

    it('is rejected if its certificate has expired', async () => {
      using folder = temporaryFolder();
      const issued = await client({ notAfter: new Date(Date.now() - 1000) });
      const { cert, key } = folder.write({ cert: issued.certificate, key: issued.key });
      const out = join(folder.path, 'out.p12');
      openssl('pkcs12', '-export', '-in', cert, '-inkey', key, '-passout', 'pass:x', '-out', out);
      expect(() => clientCertificate({ pkcs12File: out, passphrase: 'x' })).toThrow(/CN=crew expired/u);
    });
  });
}
