import {
  createECDH,
  createHash,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
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

/** Creates a signer like a key management service, which returns ECDSA in ASN.1 form. */
const kms =
  (key: KeyObject, hash: string | null): RemoteSigner =>
  async bytes =>
    sign(hash, bytes, key);

interface Curve {
  readonly name: string;
  readonly hash: string;
  /** Length of a number of a signature, in bytes. */
  readonly size: number;
  /** Order of the group (SEC 2, section 2). */
  readonly order: bigint;
  /** Nonce that makes the first number of the signature short, because it starts with a zero byte. */
  readonly nonce: bigint;
}

const CURVES = {
  p256: {
    name: 'prime256v1',
    hash: 'sha256',
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    nonce: 379n,
  },
  p384: {
    name: 'secp384r1',
    hash: 'sha384',
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    nonce: 197n,
  },
  p521: {
    name: 'secp521r1',
    hash: 'sha512',
    size: 66,
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    nonce: 2n,
  },
} as const satisfies Record<string, Curve>;

/** Signs (FIPS 186-5, section 6.4.1) with a fixed nonce, so that every signature has a short number. */
const shortKms =
  (key: KeyObject, { name, hash, size, order, nonce }: Curve): RemoteSigner =>
  async bytes => {
    const hex = (value: bigint): string => value.toString(16).padStart(2 * size, '0');
    const point = createECDH(name);
    point.setPrivateKey(hex(nonce), 'hex');
    const r = BigInt(`0x${point.getPublicKey('hex').slice(2, 2 + 2 * size)}`);
    const digest = BigInt(`0x${createHash(hash).update(bytes).digest('hex')}`);
    const secretNumber = BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex')}`);
    const s = (inverse(nonce, order) * (digest + r * secretNumber)) % order;
    const numbers = [r, s].map(derInteger);
    expect(numbers[0]?.length).toBeLessThan(size + 2);
    const body = Buffer.concat(numbers);
    return Buffer.concat([Buffer.from(body.length < 128 ? [0x30, body.length] : [0x30, 0x81, body.length]), body]);
  };

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]);
  return Buffer.concat([Buffer.of(0x02, content.length), content]);
}

/** Returns the inverse modulo a prime (Fermat). */
function inverse(value: bigint, prime: bigint): bigint {
  let result = 1n;
  for (let base = value % prime, exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

describe('a remote signer', () => {
  it.each<[Algorithm, string, KeyObject, RemoteSigner]>([
    ['RS256', 'unchanged', rsa, kms(rsa, 'sha256')],
    ['ES256', 'in ASN.1', p256, kms(p256, 'sha256')],
    ['ES256', 'in ASN.1 with a short number', p256, shortKms(p256, CURVES.p256)],
    ['ES384', 'in ASN.1', p384, kms(p384, 'sha384')],
    ['ES384', 'in ASN.1 with a short number', p384, shortKms(p384, CURVES.p384)],
    ['ES512', 'in ASN.1', p521, kms(p521, 'sha512')],
    ['ES512', 'in ASN.1 with a short number', p521, shortKms(p521, CURVES.p521)],
    ['EdDSA', 'unchanged', ed25519, kms(ed25519, null)],
    ['HS256', 'unchanged', secret, bytes => createHmac('sha256', secret).update(bytes).digest()],
    ['ES256', 'in IEEE P1363 form', p256, bytes => sign('sha256', bytes, { key: p256, dsaEncoding: 'ieee-p1363' })],
  ])('signs with %s if it returns the signature %s', async (algorithm, _form, key, signer) => {
    const credential = verifying(key, { algorithms: [algorithm], audience: 'llm' });
    await using endpoint = await startEndpoint({ credential, replies: [text('Hello')] });
    const mint = { sign: signer, algorithm, audience: 'llm' };
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('receives the algorithm, the key ID and an abort signal', async () => {
    const contexts: SignerContext[] = [];
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    const signer: RemoteSigner = (bytes, context) => {
      contexts.push(context);
      return sign('sha256', bytes, rsa);
    };
    const mint = { sign: signer, algorithm: 'RS256', keyId: 'projects/p/keys/1' } as const;
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    await llm.call('Hello?');
    expect(contexts).toMatchObject([
      { algorithm: 'RS256', keyId: 'projects/p/keys/1', signal: expect.any(AbortSignal) },
    ]);
  });

  it.each<[string, unknown]>([
    ['nothing', () => undefined],
    ['a string', () => 'c2lnbmF0dXJl'],
    ['too few bytes', () => new Uint8Array(63)],
    ['ASN.1 with more after it', (bytes: Uint8Array) => Buffer.concat([sign('sha256', bytes, p256), Buffer.of(0)])],
    ['truncated ASN.1', (bytes: Uint8Array) => sign('sha256', bytes, p256).subarray(0, -1)],
    ['numbers of another curve', (bytes: Uint8Array) => sign('sha256', bytes, p384)],
    ['an error', () => Promise.reject(new Error('KMS is away'))],
  ])('causes a CredentialError without a request if it returns %s', async (_what, signer) => {
    await using endpoint = await startEndpoint();
    const mint = { sign: signer, algorithm: 'ES256' };
    await using llm: JwtLLM = Reflect.construct(JwtLLM, [{ endpoint: endpoint.url, mint }]);
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(CredentialError);
    expect(endpoint.requests).toHaveLength(0);
  });

  it('causes a CredentialError if it returns a short RSA signature', async () => {
    await using endpoint = await startEndpoint();
    const mint = { sign: () => new Uint8Array(128), algorithm: 'RS256' } as const;
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    expect(await failure(llm.call('Hello?'))).toMatchObject({
      name: 'CredentialError',
      message: expect.stringContaining('128 bytes'),
    });
  });

  it('requires the algorithm option', () => {
    const mint = { sign: () => new Uint8Array(64) };
    expect(() => Reflect.construct(JwtLLM, [{ endpoint: 'https://llm.example', mint }])).toThrow(ConfigurationError);
  });
});
