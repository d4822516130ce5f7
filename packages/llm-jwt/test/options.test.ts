import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { detectPrototypePollution, startEndpoint, text } from '@crew/llm-testkit';
import { jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { fromEnv, fromFile, JwtLLM, jwt } from '../src/index.ts';
import { OPTION_NAMES } from '../src/options.ts';
import { tokenOf, tokenWith } from './verifying-endpoint.ts';

const endpoint = 'https://llm.example/v1/chat/completions';
const SECRET = 'a-shared-secret-of-more-than-32-bytes!';
const token = tokenWith({ exp: Date.now() / 1000 + 600 });
const key = createSecretKey(randomBytes(64));
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const encrypted = generateKeyPairSync('ed25519')
  .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
  .toString();
const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
const ed448 = generateKeyPairSync('ed448').privateKey;
const MINT_OPTIONS = [
  'key',
  'sign',
  'passphrase',
  'algorithm',
  'keyId',
  'type',
  'issuer',
  'subject',
  'audience',
  'claims',
  'lifetime',
  'backdate',
  'notBefore',
];
const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const jwk = key.export({ format: 'jwk' });

describe('invalid options of jwt() and JwtLLM', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'options'],
    ['a token alone', token, 'options'],
    ['no source', {}, 'token, tokenFile or mint'],
    ['two sources', { token, tokenFile: '/run/token' }, 'token and tokenFile'],
    ['a token of another type', { token: 42 }, 'token'],
    ['an empty token', { token: '' }, 'token'],
    ['a token with its scheme', { token: `Bearer ${token}` }, 'token'],
    ['a token in an unset variable', { token: fromEnv('LLM_JWT_TEST_UNSET') }, 'LLM_JWT_TEST_UNSET'],
    ['an empty path', { tokenFile: '' }, 'tokenFile'],
    ['a path of another type', { tokenFile: 3 }, 'tokenFile'],
    ['maxAge beside a token', { token, maxAge: 1000 }, 'maxAge'],
    ['tenant beside a token', { token, tenant: String }, 'tenant'],
    ['tenant beside a file', { tokenFile: '/run/token', tenant: String }, 'tenant'],
    ['opaque beside mint', { mint: { key }, opaque: true }, 'opaque'],
    ['perAttempt beside a token', { token, perAttempt: true }, 'perAttempt'],
    ['opaque of another type', { token, opaque: 'yes' }, 'opaque'],
    ['perAttempt of another type', { mint: { key }, perAttempt: 1 }, 'perAttempt'],
    ['maxAge of 0', { token: () => token, maxAge: 0 }, 'maxAge'],
    ['obtainTimeout of another type', { token: () => token, obtainTimeout: '1s' }, 'obtainTimeout'],
    ['tenant that is not a function', { mint: { key }, tenant: 'acme' }, 'tenant'],
    ['isRefusal that is not a function', { token, isRefusal: 403 }, 'isRefusal'],
    ['a clock that is not one', { token, clock: {} }, 'clock'],
    ['a header name that is not a token', { token, header: 'x token' }, 'header'],
    ['a header of the transport', { token, header: 'Host' }, 'host'],
    ['a scheme of two words', { token, scheme: 'Bearer x' }, 'scheme'],
    ['mint of another type', { mint: SECRET }, 'mint'],
    ['mint with neither key nor signer', { mint: {} }, 'key or sign'],
    ['mint with key and signer', { mint: { key, sign: () => key, algorithm: 'HS256' } }, 'key or sign'],
    ['a signer that is not a function', { mint: { sign: 'kms', algorithm: 'RS256' } }, 'sign'],
    ['a signer without an algorithm', { mint: { sign: () => key } }, 'algorithm'],
    ['an unknown option of mint', { mint: { key, isuer: 'me' } }, 'isuer'],
    ['a key of another type', { mint: { key: 42 } }, 'key'],
    ['an empty key', { mint: { key: '' } }, 'key'],
    ['a short secret', { mint: { key: 'too short' } }, '32 bytes'],
    ['truncated PEM', { mint: { key: pem.slice(0, 80) } }, 'cannot be read'],
    ['PEM without line breaks', { mint: { key: pem.replaceAll('\n', '') } }, 'line breaks'],
    ['two keys in one PEM', { mint: { key: pem + pem } }, '2 private keys'],
    ['encrypted PEM without its passphrase', { mint: { key: encrypted } }, 'passphrase'],
    ['encrypted PEM with another passphrase', { mint: { key: encrypted, passphrase: 'open barley' } }, 'passphrase'],
    ['a certificate', { mint: { key: pem.replaceAll('PRIVATE KEY', 'CERTIFICATE') } }, 'no private key'],
    ['a key in a missing file', { mint: { key: fromFile('/nowhere/key.pem') } }, '/nowhere/key.pem'],
    ['a curve without an algorithm', { mint: { key: curve } }, 'P-256'],
    ['a type of key without an algorithm', { mint: { key: ed448 } }, 'Ed25519'],
    ['a JWK without kty', { mint: { key: { d: 'AA' } } }, 'kty'],
    ['a truncated JWK', { mint: { key: { kty: 'EC', crv: 'P-256', d: 'AA' } } }, 'cannot be read'],
    ['the JSON of a truncated JWK', { mint: { key: '{"kty":"oct"' } }, 'JWK'],
    ['a JWK for encryption', { mint: { key: { ...jwk, use: 'enc' } } }, 'use'],
    ['a JWK for verifying', { mint: { key: { ...jwk, key_ops: ['verify'] } } }, 'key_ops'],
    ['a JWK with alg none', { mint: { key: { ...jwk, alg: 'none' } } }, 'algorithm'],
    ['a JWK whose kid is not a string', { mint: { key: { ...jwk, kid: 7 } } }, 'kid'],
    ['an empty keyId', { mint: { key, keyId: '' } }, 'keyId'],
    ['a type of another type', { mint: { key, type: 1 } }, 'type'],
    ['a header list', { mint: { key, header: [] } }, 'header'],
    ['an issuer of another type', { mint: { key, issuer: 1 } }, 'issuer'],
    ['an empty subject', { mint: { key, subject: '' } }, 'subject'],
    ['null in the audience', { mint: { key, audience: [null] } }, 'audience'],
    ['claims that are not serialisable as JSON', { mint: { key, claims: { big: 1n } } }, 'claims'],
    ['a header that is not serialisable as JSON', { mint: { key, header: { big: 1n } } }, 'header'],
    ['claims that are a list', { mint: { key, claims: [] } }, 'claims'],
    ['a lifetime in seconds', { mint: { key, lifetime: 60 } }, 'lifetime'],
    ['a lifetime without end', { mint: { key, lifetime: Number.POSITIVE_INFINITY } }, 'lifetime'],
    ['a negative backdate', { mint: { key, backdate: -1 } }, 'backdate'],
    ['a backdate as long as the lifetime', { mint: { key, lifetime: 5000, backdate: 5000 } }, 'backdate'],
    ['notBefore of another type', { mint: { key, notBefore: 60 } }, 'notBefore'],
  ])('throw a ConfigurationError at construction: %s', (_what, options, named) => {
    expectRefused(() => Reflect.apply(jwt, undefined, [options]), named);
    if (typeof options !== 'object' || options === null) return;
    expectRefused(() => Reflect.construct(JwtLLM, [{ endpoint, ...options }]), named);
  });

  it('throw a ConfigurationError if an option is unknown', () => {
    expectRefused(() => Reflect.apply(jwt, undefined, [{ token, audience: 'llm' }]), 'audience');
    expectRefused(() => Reflect.construct(JwtLLM, [{ endpoint, token, audience: 'llm' }]), 'audience');
  });
});

it('changing the options after construction has no effect [T6]', async () => {
  const mint = {
    key: key.export({ format: 'jwk' }),
    issuer: 'crew',
    audience: ['a'],
    claims: { role: 'user', groups: ['one'] },
    header: { x5c: ['mine'] },
    lifetime: 60_000,
  };
  await using server = await startEndpoint({ respond: () => text('Hello') });
  await using llm = new JwtLLM({ endpoint: server.url, mint, perAttempt: true });
  await llm.call('Hello?');
  mint.audience.push('b');
  mint.claims.groups.push('two');
  mint.header.x5c.push('theirs');
  Object.assign(mint.claims, { role: 'admin' });
  Object.assign(mint.key, { k: Buffer.alloc(64, 1).toString('base64url') });
  Object.assign(mint, { issuer: 'evil', lifetime: 86_400_000, key: generateKeyPairSync('ed25519').privateKey });
  await llm.call('Hello?');
  expect(server.requests).toHaveLength(2);
  for (const request of server.requests) {
    const { payload, protectedHeader } = await jwtVerify(tokenOf(request), key, { issuer: 'crew' });
    expect(payload).toMatchObject({ aud: ['a'], role: 'user', groups: ['one'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
    expect(protectedHeader['x5c']).toEqual(['mine']);
  }
});

describe('types of the options', () => {
  it('make invalid combinations a compile error for each source of tokens', () => {
    const wrong = [
      // @ts-expect-error there is no source
      () => jwt({}),
      // @ts-expect-error a call has one token
      () => jwt({ token, tokenFile: '/run/token' }),
      // @ts-expect-error only a function's tokens have an age
      () => jwt({ tokenFile: '/run/token', maxAge: 1000 }),
      // @ts-expect-error a remote signer has to say its algorithm
      () => jwt({ mint: { sign: () => new Uint8Array(64) } }),
      // @ts-expect-error there is no such algorithm
      () => jwt({ mint: { key, algorithm: 'none' } }),
      // @ts-expect-error the endpoint is missing
      () => new JwtLLM({ token }),
    ];
    for (const construct of wrong) expect(construct).toThrow(ConfigurationError);
  });
});

describe('reserved claims of a minted token', () => {
  it.for(['exp', 'iat', 'nbf', 'jti'])('do not accept %s in the claims option', name => {
    const create = (): JwtLLM =>
      new JwtLLM({ endpoint, mint: { key: ecKey, algorithm: 'ES256', claims: { [name]: 1 } } });
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(`claims must not set ${name}`);
  });

  it('fail the call without a request if a claims function sets them', async () => {
    await using server = await startEndpoint({ replies: [] });
    const mint = { key: ecKey, algorithm: 'ES256' as const, claims: () => ({ nbf: 1 }) };
    await using llm = new JwtLLM({ endpoint: server.url, mint });
    await expect(llm.call('Hello')).rejects.toThrow('claims must not set nbf');
    expect(server.requests).toEqual([]);
  });
});

describe('options and Object.prototype', () => {
  it('are never read from Object.prototype [X27]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const key = 'a-shared-secret-of-thirty-two-bytes';
    const reads = await detectPrototypePollution([...OPTION_NAMES, ...MINT_OPTIONS], '/llm-jwt/src/', async () => {
      for (const options of [
        { token: 'opaque-token', opaque: true },
        { token: () => 'opaque-token', opaque: true },
        { mint: { key } },
        { mint: () => ({ key }), tenant: () => 'a' },
        { mint: { key }, perAttempt: true },
        { mint: { sign: async () => new Uint8Array(32), algorithm: 'HS256' as const } },
      ]) {
        jwt(options);
        await using llm = new JwtLLM({ endpoint: endpoint.url, ...options });
        expect(await llm.call('Hello')).toBe('Hello');
      }
    });
    expect(reads).toEqual([]);
  });
});

function expectRefused(construct: () => unknown, named: string): void {
  let thrown: unknown;
  try {
    construct();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigurationError);
  expect(thrown).toMatchObject({ message: expect.stringContaining(named) });
  for (const hidden of [token.slice(10, 40), SECRET, pem.slice(60, 90), String(jwk.k)]) {
    expect(String(thrown)).not.toContain(hidden);
  }
}
