import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientCertificate } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { findOpenssl } from './fixtures/openssl.ts';

const openssl = findOpenssl();

describe.skipIf(openssl === undefined)('a client certificate on a curve', () => {
  test.for([
    ['secp256k1', false],
    ['brainpoolP256r1', false],
    ['secp384r1', true],
  ] as const)('%s is accepted only if TLS certificates use it: %s', ([curve, isUsed]) => {
    using folder = temporaryFolder();
    const [keyFile, certificateFile] = [join(folder.path, 'key'), join(folder.path, 'certificate')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`, '-nodes', '-days', '1'];
    openssl?.(...request, '-subj', '/CN=crew', '-keyout', keyFile, '-out', certificateFile);
    const material = { cert: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
    if (isUsed) expect(clientCertificate(material).certificate?.subject).toBe('CN=crew');
    else expect(() => clientCertificate(material)).toThrow(`a key on the curve ${curve}, which TLS does not use`);
  });
});
