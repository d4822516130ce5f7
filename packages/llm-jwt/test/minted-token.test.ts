import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock, startEndpoint, text } from '@crew/llm-testkit';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Algorithm, fromFile, JwtLLM, type MintedTokenOptions, type MintOptions } from '../src/index.ts';
import { tokenOf, verifying } from './verifying-endpoint.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const secret = createSecretKey(randomBytes(64));

const KEYS: Readonly<Record<Algorithm, KeyObject>> = {
  HS256: secret,
  HS384: secret,
  HS512: secret,
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: p256,
  ES384: p384,
  ES512: p521,
  EdDSA: ed25519,
  Ed25519: ed25519,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-jwt-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a minted token', () => {
  it.each(Object.entries(KEYS) as [Algorithm, KeyObject][])(
    'is accepted by a server that verifies %s',
    async (algorithm, key) => {
      const options = { algorithms: [algorithm], issuer: 'crew', subject: 'worker-7', audience: 'llm' };
      await using endpoint = await startEndpoint({ credential: verifying(key, options), replies: [text('Hello')] });
      const mint: MintOptions = { key, algorithm, issuer: 'crew', subject: 'worker-7', audience: 'llm', keyId: 'k-1' };
      await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
      expect(await llm.call('Hello?')).toBe('Hello');
      const [request] = endpoint.requests;
      expect(decodeProtectedHeader(request ? tokenOf(request) : '')).toEqual({
        alg: algorithm,
        typ: 'JWT',
        kid: 'k-1',
      });
    },
  );

  const jwk = ed25519.export({ format: 'jwk' });
  const hmac = randomBytes(32).toString('base64url');
  const encrypted = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
  it.each<[string, MintOptions, KeyObject, Algorithm]>([
    ['a KeyObject', { key: rsa }, rsa, 'RS256'],
    ['PKCS #8 PEM', { key: rsa.export({ type: 'pkcs8', format: 'pem' }).toString() }, rsa, 'RS256'],
    ['PKCS #1 PEM', { key: rsa.export({ type: 'pkcs1', format: 'pem' }).toString() }, rsa, 'RS256'],
    ['SEC 1 PEM', { key: p384.export({ type: 'sec1', format: 'pem' }).toString() }, p384, 'ES384'],
    [
      'encrypted PEM',
      { key: p256.export({ type: 'pkcs8', ...encrypted }).toString(), passphrase: 'open sesame' },
      p256,
      'ES256',
    ],
    [
      'encrypted PEM and a passphrase from a function',
      { key: p256.export({ type: 'pkcs8', ...encrypted }).toString(), passphrase: async () => 'open sesame' },
      p256,
      'ES256',
    ],
    ['a JWK', { key: jwk }, ed25519, 'EdDSA'],
    ['a JWK with alg', { key: { ...rsa.export({ format: 'jwk' }), alg: 'PS384' } }, rsa, 'PS384'],
    ['the JSON of a JWK', { key: JSON.stringify(jwk) }, ed25519, 'EdDSA'],
    ['a shared secret', { key: hmac }, createSecretKey(Buffer.from(hmac)), 'HS256'],
    ['a JWK of a shared secret', { key: { ...secret.export({ format: 'jwk' }), alg: 'HS512' } }, secret, 'HS512'],
    ['a function', { key: async () => p521.export({ type: 'sec1', format: 'pem' }).toString() }, p521, 'ES512'],
  ])('is signed with %s by the algorithm that fits the key', async (_what, mint, key, algorithm) => {
    const credential = verifying(key, { algorithms: [algorithm] });
    await using endpoint = await startEndpoint({ credential, replies: [text('Hello')] });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint });
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('contains the key ID of its JWK', async () => {
    const [token] = await tokensOf({ mint: { key: { ...jwk, kid: 'from-the-jwk' } } });
    expect(decodeProtectedHeader(token ?? '').kid).toBe('from-the-jwk');
  });

  it('is signed with the current key in its file', async () => {
    const path = join(folder, 'key.pem');
    const clock = manualClock();
    await writeFile(path, p256.export({ type: 'pkcs8', format: 'pem' }));
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const mint = { key: fromFile(path, { clock }) };
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint, clock });
    endpoint.setCredential(verifying(p256, {}, clock));
    await llm.call('Hello?');
    await writeFile(path, ed25519.export({ type: 'pkcs8', format: 'pem' }));
    endpoint.setCredential(verifying(ed25519, {}, clock));
    await clock.advance(1000);
    expect(await llm.call('Hello?')).toBe('Hello');
  });

  it('contains the claims of the options and a unique jti', async () => {
    const clock = manualClock();
    const [first, second] = await tokensOf(
      {
        mint: { key: secret, claims: { team: 'search', scope: ['a', 'b'] }, lifetime: 60_000 },
        perAttempt: true,
        clock,
      },
      2,
    );
    const now = clock.wall() / 1000;
    const claims = decodeJwt(first ?? '');
    expect(claims).toEqual({ team: 'search', scope: ['a', 'b'], iat: now - 10, exp: now + 50, jti: claims.jti });
    expect(claims.jti).toMatch(/^[0-9a-f-]{36}$/);
    expect(decodeJwt(second ?? '').jti).not.toBe(claims.jti);
  });

  it('contains claims that are computed for each token', async () => {
    let count = 0;
    const claims = async () => ({ count: ++count });
    const tokens = await tokensOf({ mint: { key: secret, claims }, perAttempt: true }, 3);
    expect(tokens.map(token => decodeJwt(token)['count'])).toEqual([1, 2, 3]);
  });

  it('is reused until shortly before it expires', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({
      credential: verifying(secret, {}, clock),
      respond: () => text('Hello'),
    });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret, lifetime: 310_000 }, clock });
    await llm.call('Hello?');
    await clock.advance(260_000);
    await llm.call('Hello?');
    await clock.advance(20_000);
    await llm.call('Hello?');
    await clock.advance(1);
    await llm.call('Hello?');
    const tokens = endpoint.requests.map(tokenOf);
    // The third call renews the token in the background and still sends the old one.
    expect(tokens.map(token => tokens.indexOf(token))).toEqual([0, 0, 0, 3]);
  });

  it('can have a lifetime of 20 seconds', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({
      credential: verifying(secret, {}, clock),
      respond: () => text('Hello'),
    });
    await using llm = new JwtLLM({
      endpoint: endpoint.url,
      mint: { key: secret, lifetime: 20_000, backdate: 0 },
      clock,
    });
    for (let second = 0; second < 60; second += 3) {
      expect(await llm.call('Hello?')).toBe('Hello');
      await clock.advance(3000);
    }
    const made = new Set(endpoint.requests.map(tokenOf)).size;
    expect(made).toBeGreaterThanOrEqual(4);
    expect(made).toBeLessThanOrEqual(7);
  });

  it('is sent in the header and with the scheme of the options', async () => {
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new JwtLLM({
      endpoint: endpoint.url,
      mint: { key: secret },
      header: 'X-Assertion',
      scheme: 'JWT',
    });
    await llm.call('Hello?');
    expect(endpoint.requests[0]?.headers['x-assertion']).toMatch(/^JWT eyJ/);
    expect(endpoint.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

async function tokensOf(options: MintedTokenOptions, calls = 1): Promise<string[]> {
  await using endpoint = await startEndpoint({ respond: () => text('Hello') });
  await using llm = new JwtLLM({ endpoint: endpoint.url, ...options });
  for (let call = 0; call < calls; call++) await llm.call('Hello?');
  return endpoint.requests.map(tokenOf);
}
