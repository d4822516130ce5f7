import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { AuthenticationError, ConfigurationError, ResponseError } from '@crew/core';
import { createLeakHarness, manualClock, startEndpoint, text } from '@crew/llm-testkit';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { JwtLLM, type JwtLLMOptions, jwt, type MintOptions } from '../src/index.ts';
import { failure, tokenOf, tokenWith } from './verifying-endpoint.ts';

const secret = createSecretKey(randomBytes(64));
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const exp = Date.now() / 1000 + 600;

describe('bearer tokens (RFC 6750)', () => {
  it('sends the token in the authorization header, never in the query [S29]', async () => {
    await using endpoint = await startEndpoint({ replies: [text('Hello')] });
    await using llm = new JwtLLM({ endpoint: `${endpoint.url}?v=1`, mint: { key: secret } });
    await llm.call('Hello?');
    expect(endpoint.requests[0]?.headers['authorization']).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    expect(endpoint.requests[0]?.path).toBe('/v1/chat/completions?v=1');
    expect(() => Reflect.apply(jwt, undefined, [{ mint: { key: secret }, query: 'access_token' }])).toThrow('query');
  });

  it('throws an error without a request if the authorization header has a second source [S30]', async () => {
    await using endpoint = await startEndpoint();
    const auth = {
      name: 'other',
      authenticate: (request: { setHeader(name: string, value: string): void }) =>
        request.setHeader('Authorization', 'Basic abc'),
    };
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret }, auth });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(ConfigurationError);
    const headers = { authorization: 'Basic abc' };
    expect(() => new JwtLLM({ endpoint: endpoint.url, mint: { key: secret }, headers })).toThrow(ConfigurationError);
    expect(endpoint.requests).toHaveLength(0);
  });

  it.each([
    [401, 'invalid_token', AuthenticationError, 2],
    [403, 'insufficient_scope', ResponseError, 1],
    [400, 'invalid_request', ResponseError, 1],
  ])('handles status %d with the error %s [S31]', async (status, error, errorClass, requests) => {
    const headers = { 'www-authenticate': `Bearer error="${error}"` };
    await using endpoint = await startEndpoint({ credential: () => ({ status, headers }) });
    await using llm = new JwtLLM({ endpoint: endpoint.url, mint: { key: secret } });
    expect(await failure(llm.call('Hello?'))).toBeInstanceOf(errorClass);
    expect(endpoint.requests).toHaveLength(requests);
  });

  it.each(['\r', '\n', '\r\nx-evil: 1', '\0', ' ', '\u00e9', '\u2028', '\uFEFF'])(
    'rejects a token with %j before the request without showing it [S33]',
    async end => {
      const token = `${tokenWith({ exp })}${end}`;
      await using endpoint = await startEndpoint();
      const refused = thrown(() => new JwtLLM({ endpoint: endpoint.url, token, opaque: true }));
      expect(refused).toBeInstanceOf(ConfigurationError);
      await using llm = new JwtLLM({ endpoint: endpoint.url, token: async () => token, opaque: true });
      const error = await failure(llm.call('Hello?'));
      expect(error).toBeInstanceOf(ConfigurationError);
      for (const one of [refused, error]) expect(String(one)).not.toContain(token.slice(0, 20));
      expect(endpoint.requests).toHaveLength(0);
    },
  );
});

describe('JSON Web Tokens (RFC 7519)', () => {
  it('writes times as whole seconds, with iat and nbf in the past and exp after them [S35]', async () => {
    const clock = manualClock({ wall: 1_767_225_600_987 });
    const token = await tokenOfMint({ key: secret, backdate: 5500, lifetime: 61_900, notBefore: true }, clock);
    const { iat = 0, nbf, exp: expiry } = decodeJwt(token);
    expect(iat).toBe(1_767_225_595);
    expect(nbf).toBe(iat);
    expect(expiry).toBe(iat + 61);
  });

  it('sends aud as a string or a list, and requires iss and sub with a colon to be URIs [S36]', async () => {
    expect(decodeJwt(await tokenOfMint({ key: secret, audience: 'llm' })).aud).toBe('llm');
    expect(decodeJwt(await tokenOfMint({ key: secret, audience: ['llm', 'https://other.example'] })).aud).toEqual([
      'llm',
      'https://other.example',
    ]);
    const issuer = 'spiffe://example.org/crew';
    expect(decodeJwt(await tokenOfMint({ key: secret, issuer, subject: 'crew' }))).toMatchObject({
      iss: issuer,
      sub: 'crew',
    });
    expectRefused({ key: secret, issuer: 'not a uri: at all' }, 'issuer');
    expectRefused({ key: secret, subject: 'not a uri: at all' }, 'subject');
    expectRefused({ key: secret, audience: [] }, 'audience');
  });

  it('rejects a claim that is set twice [S36]', () => {
    expectRefused({ key: secret, issuer: 'a', claims: { iss: 'b' } }, 'iss');
    expectRefused({ key: secret, subject: 'a', claims: { sub: 'b' } }, 'sub');
    expectRefused({ key: secret, audience: 'a', claims: { aud: 'b' } }, 'aud');
    for (const name of ['exp', 'iat', 'nbf', 'jti']) expectRefused({ key: secret, claims: { [name]: 1 } }, name);
  });

  it('sends the typ that a profile requires [S37]', async () => {
    expect(decodeProtectedHeader(await tokenOfMint({ key: secret })).typ).toBe('JWT');
    expect(decodeProtectedHeader(await tokenOfMint({ key: secret, type: 'at+jwt' })).typ).toBe('at+jwt');
  });

  it.each(['none', 'None', 'NONE', 'nOnE', 'hs256', '', 'RS1', 'constructor', '__proto__'])(
    'rejects the algorithm %j [S38] [T18]',
    algorithm => {
      expect(() => Reflect.apply(jwt, undefined, [{ mint: { key: secret, algorithm } }])).toThrow('algorithm');
    },
  );

  it('rejects an algorithm of another family than the key [S38] [T18]', () => {
    const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expectRefused({ key: pem, algorithm: 'HS256' }, 'HS256');
    expectRefused({ key: publicPem, algorithm: 'HS256' }, 'no private key');
    expectRefused({ key: rsa.publicKey, algorithm: 'RS256' }, 'public key');
    expectRefused({ key: rsa.publicKey.export({ format: 'jwk' }) }, 'public JWK');
    expectRefused({ key: pem, algorithm: 'ES256' }, 'ES256');
    expectRefused({ key: p256.privateKey, algorithm: 'RS256' }, 'RS256');
    expectRefused({ key: p256.privateKey, algorithm: 'ES384' }, 'ES384');
    expectRefused({ key: secret, algorithm: 'EdDSA' }, 'EdDSA');
    expectRefused({ key: { ...rsa.privateKey.export({ format: 'jwk' }), alg: 'RS256' }, algorithm: 'PS256' }, 'PS256');
  });

  it('rejects an RSA key under 2,048 bits and a secret shorter than the hash [S38]', () => {
    expectRefused({ key: weakRsa.privateKey }, '1024 bits');
    for (const [algorithm, bytes] of [
      ['HS256', 32],
      ['HS384', 48],
      ['HS512', 64],
    ] as const) {
      expectRefused({ key: createSecretKey(randomBytes(bytes - 1)), algorithm }, `${bytes} bytes`);
      expect(jwt({ mint: { key: createSecretKey(randomBytes(bytes)), algorithm } }).name).toBe('jwt');
    }
  });

  it('never sends crit or b64 [S39]', () => {
    expectRefused({ key: secret, header: { crit: ['b64'], b64: false } }, 'crit');
    expectRefused({ key: secret, header: { b64: false } }, 'b64');
    expectRefused({ key: secret, header: { alg: 'none' } }, 'alg');
  });

  it.each([undefined, 'tomorrow', -1, 0, null])('uses a token whose exp is %j for maxAge [S40]', async expiry => {
    const clock = manualClock();
    let calls = 0;
    const token = async (): Promise<string> => tokenWith({ exp: expiry, turn: ++calls });
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token, maxAge: 60_000, clock });
    await llm.call('Hello?');
    await clock.advance(20_000);
    await llm.call('Hello?');
    expect(calls).toBe(1);
    await clock.advance(40_000);
    await llm.call('Hello?');
    expect(calls).toBe(2);
  });

  it('does not fetch the URLs in the header of a token [S42] [T19]', async () => {
    await using sink = await startEndpoint({ path: '*', respond: () => text('never') });
    const harness = createLeakHarness();
    harness.forbidOrigin(sink);
    const header = {
      alg: 'RS256',
      jku: sink.url,
      x5u: sink.url,
      kid: '../../etc/passwd',
      jwk: { kty: 'oct', k: 'AA' },
    };
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new JwtLLM({ endpoint: endpoint.url, token: tokenWith({ exp, iss: sink.url }, header) });
    expect(await llm.call('Hello?')).toBe('Hello');
    harness.assertClean();
  });
});

async function tokenOfMint(mint: MintOptions, clock?: JwtLLMOptions['clock']): Promise<string> {
  await using endpoint = await startEndpoint({ replies: [text('Hello')] });
  await using llm = new JwtLLM({ endpoint: endpoint.url, mint, clock });
  await llm.call('Hello?');
  const [request] = endpoint.requests;
  return request === undefined ? '' : tokenOf(request);
}

function expectRefused(mint: MintOptions, named: string): void {
  const error = thrown(() => jwt({ mint }));
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String(error)).toContain(named);
}

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
