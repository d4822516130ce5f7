import { createHmac, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { ConfigurationError, CredentialError } from '@crew/core';
import { startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { type Algorithm, JwtLLM, type RemoteSigner, type SignerContext } from '../src/index.ts';
import { failure, verifying } from './verifying-endpoint.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const secret = createSecretKey(randomBytes(32));
const curve = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const [p256, p384, p521] = [curve('P-256'), curve('P-384'), curve('P-521')];

/** As key management services sign: ECDSA in ASN.1 form. Until a signature is short: then a number in it has leading zeros. */
const kms =
  (key: KeyObject, hash: string | null, short = Number.POSITIVE_INFINITY): RemoteSigner =>
  async bytes => {
    for (;;) {
      const signature = sign(hash, bytes, key);
      if (signature.length < short) return signature;
    }
  };

describe('a remote signer', () => {
  it.each<[Algorithm, KeyObject, RemoteSigner]>([
    ['RS256', rsa, kms(rsa, 'sha256')],
    ['ES256', p256, kms(p256, 'sha256')],
    ['ES256', p256, kms(p256, 'sha256', 70)],
    ['ES384', p384, kms(p384, 'sha384', 102)],
    ['ES512', p521, kms(p521, 'sha512', 137)],
    ['EdDSA', ed25519, kms(ed25519, null)],
    ['HS256', secret, bytes => createHmac('sha256', secret).update(bytes).digest()],
    ['ES256', p256, bytes => sign('sha256', bytes, { key: p256, dsaEncoding: 'ieee-p1363' })],
  ])('signs %s', async (algorithm, key, signer) => {
    const credential = verifying(key, { algorithms: [algorithm], audience: 'llm' });
    await using endpoint = await startEndpoint({ credential, replies: [text('Hello')] });
    const mint = { sign: signer, algorithm, audience: 'llm' };
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('is told the algorithm, the key and when nobody waits any more', async () => {
    const told: SignerContext[] = [];
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    const signer: RemoteSigner = (bytes, context) => {
      told.push(context);
      return sign('sha256', bytes, rsa);
    };
    const mint = { sign: signer, algorithm: 'RS256', keyId: 'projects/p/keys/1' } as const;
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    await llm.call('Hello?');
    expect(told).toMatchObject([{ algorithm: 'RS256', keyId: 'projects/p/keys/1', signal: expect.any(AbortSignal) }]);
  });

  it.each<[string, unknown]>([
    ['nothing', () => undefined],
    ['a text', () => 'c2lnbmF0dXJl'],
    ['too few bytes', () => new Uint8Array(63)],
    ['ASN.1 with more after it', (bytes: Uint8Array) => Buffer.concat([sign('sha256', bytes, p256), Buffer.of(0)])],
    ['ASN.1 that was cut', (bytes: Uint8Array) => sign('sha256', bytes, p256).subarray(0, -1)],
    ['numbers of another curve', (bytes: Uint8Array) => sign('sha256', bytes, p384)],
    ['an error', () => Promise.reject(new Error('KMS is away'))],
  ])('that gives %s is a CredentialError, and nothing is sent', async (_what, signer) => {
    await using endpoint = await startEndpoint();
    const mint = { sign: signer, algorithm: 'ES256' };
    await using llm: JwtLLM = Reflect.construct(JwtLLM, [{ endpoint: endpoint.url, mint }]);
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(CredentialError);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('that gives a short RSA signature is a CredentialError', async () => {
    await using endpoint = await startEndpoint();
    const mint = { sign: () => new Uint8Array(128), algorithm: 'RS256' } as const;
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    expect(await failure(llm.call('Hello?'))).toMatchObject({
      name: 'CredentialError',
      message: expect.stringContaining('128 bytes'),
    });
  });

  it('needs to say its algorithm', () => {
    const mint = { sign: () => new Uint8Array(64) };
    expect(() => Reflect.construct(JwtLLM, [{ endpoint: 'https://llm.example', mint }])).toThrow(ConfigurationError);
  });
});
