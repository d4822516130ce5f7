import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLeakHarness,
  type LeakHarness,
  type RecordedRequest,
  runFailingScenarios,
  scenarioClient,
} from '@crew/llm-testkit';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { fromEnv, fromFile, JwtLLM, type JwtOptions, jwt } from '../src/index.ts';
import { tokenWith } from './verifying-endpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-jwt-'));
});
afterAll(() => rm(folder, { recursive: true }));

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const publicPem = createPublicKey(pair.privateKey).export({ type: 'spki', format: 'pem' }).toString();

/** Plants every line of the key, because an error may show a part of it. */
function plantPem(harness: LeakHarness, text: string): string {
  for (const [index, line] of text.trim().split('\n').slice(1, -1).entries()) {
    if (line.length >= 16) harness.plant(`line ${index + 1} of the key`, line);
  }
  return text;
}

function encryptedPem(passphrase: string): string {
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
}

/** Plants a token and a value in its claims, so that any part of the token is found. */
function plantToken(harness: LeakHarness): string {
  const claims = { exp: Date.now() / 1000 + 600, sub: harness.sentinel('claim of the token') };
  return harness.plant('token', tokenWith(claims));
}

type Make = (harness: LeakHarness) => JwtOptions | Promise<JwtOptions>;

const existing: Readonly<Record<string, Make>> = {
  'a constant token': harness => ({ token: plantToken(harness) }),
  'an opaque token in a header of its own': harness => ({
    token: harness.sentinel('token'),
    opaque: true,
    header: 'x-token',
  }),
  'a token from a function': harness => {
    const token = plantToken(harness);
    return { token: async () => token };
  },
  'a token from the environment': harness => {
    vi.stubEnv('LEAKS_TOKEN', plantToken(harness));
    return { token: fromEnv('LEAKS_TOKEN') };
  },
  'a token in a file': async harness => {
    await writeFile(join(folder, 'token'), plantToken(harness));
    return { tokenFile: join(folder, 'token') };
  },
};

const minted: Readonly<Record<string, Make>> = {
  'a token minted with a PEM key in a file': async harness => {
    await writeFile(join(folder, 'key.pem'), plantPem(harness, pem));
    return { mint: { key: fromFile(join(folder, 'key.pem')), subject: harness.sentinel('subject') } };
  },
  'a token minted with an encrypted PEM key': harness => {
    const passphrase = harness.sentinel('passphrase');
    const key = plantPem(harness, encryptedPem(passphrase));
    return { mint: { key, passphrase, subject: harness.sentinel('subject') } };
  },
  'a token minted with a JWK': harness => {
    const { d = '', ...jwk } = pair.privateKey.export({ format: 'jwk' });
    return {
      mint: { key: JSON.stringify({ ...jwk, d: harness.plant('d', d) }), subject: harness.sentinel('subject') },
    };
  },
  'a token minted with a shared secret, for each attempt': harness => ({
    mint: { key: harness.sentinel('shared secret'), subject: harness.sentinel('subject') },
    perAttempt: true,
  }),
  'a token signed elsewhere': harness => ({
    mint: {
      algorithm: 'ES256',
      sign: bytes => sign('sha256', bytes, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
      subject: harness.sentinel('subject'),
    },
  }),
};

test('a failing call shows no token, key or passphrase [T27] [T28] [T33] [T34]', async () => {
  const harness = createLeakHarness();
  const hasCredentials = ({ headers }: RecordedRequest): boolean =>
    /^Bearer \S+\.\S+\.\S+$/.test(headers['authorization'] ?? '') || headers['x-token'] !== undefined;
  // The sources take turns, so that each of them is used in at least four failing scenarios.
  const options = await Promise.all(Object.values({ ...existing, ...minted }).map(make => make(harness)));
  let scenarios = 0;
  await runFailingScenarios(harness, setting => {
    const own = options[scenarios % options.length];
    if (own === undefined) throw new Error('There is no source.');
    scenarios += 1;
    const llm = new JwtLLM({ ...setting, retry: { retries: 1, baseDelay: 0 }, ...own });
    return scenarioClient({ llm, harness, hasCredentials, objects: [jwt({ ...own })] });
  });
  expect(scenarios).toBeGreaterThanOrEqual(4 * options.length);
  harness.assertClean();
});

describe('invalid tokens and keys', () => {
  const wrong: Readonly<Record<string, (harness: LeakHarness) => object>> = {
    'a token with a line break [T15]': harness => ({ token: `${plantToken(harness)}\r\nx-evil: 1` }),
    'a token that has expired': harness => ({
      token: harness.plant('token', tokenWith({ exp: 1, sub: harness.sentinel('claim') })),
    }),
    'a token that is not a JWT': harness => ({ token: harness.sentinel('token') }),
    'a token that cannot be decoded': harness => ({ token: `${harness.sentinel('token')}.x.y` }),
    'a file with a token that is not a JWT': harness => {
      const path = join(folder, 'no-token');
      return writeFile(path, harness.sentinel('token')).then(() => ({ tokenFile: path }));
    },
    'an encrypted key with another passphrase [T37]': harness => ({
      mint: {
        key: plantPem(harness, encryptedPem(harness.sentinel('right passphrase'))),
        passphrase: harness.sentinel('wrong passphrase'),
      },
    }),
    'an encrypted key without its passphrase': harness => ({
      mint: { key: plantPem(harness, encryptedPem(harness.sentinel('passphrase'))) },
    }),
    'two keys in one text': harness => ({ mint: { key: plantPem(harness, pem).repeat(2) } }),
    'half a key': harness => ({ mint: { key: plantPem(harness, pem).slice(0, 100) + pem.slice(-30) } }),
    'a public key': harness => ({ mint: { key: publicPem, passphrase: harness.sentinel('passphrase') } }),
    'a key with an algorithm of another family [T18]': harness => ({
      mint: { key: plantPem(harness, pem), algorithm: 'RS256' },
    }),
    'a shared secret that is too short': harness => ({
      mint: { key: harness.plant('secret', randomBytes(10).toString('hex')) },
    }),
    'a JWK that is not JSON': harness => ({ mint: { key: `{"kty":"oct","k":"${harness.sentinel('k')}"` } }),
    'a JWK with a broken number': harness => ({
      mint: {
        key: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: harness.plant('d', randomBytes(32).toString('base64url')) },
      },
    }),
    'a claim in place of an option': harness => ({ mint: { key: pem, subjects: harness.sentinel('claim') } }),
  };

  it.each(Object.entries(wrong))('throw a ConfigurationError that does not show them: %s', async (_name, make) => {
    const harness = createLeakHarness();
    const options = await make(harness);
    for (const construct of [
      () => Reflect.apply(jwt, undefined, [options]),
      () => Reflect.construct(JwtLLM, [{ endpoint: 'https://llm.example/', ...options }]),
    ]) {
      const { error } = await harness.watch(construct);
      expect(error).toMatchObject({ code: 'CONFIGURATION' });
    }
    harness.assertClean();
  });
});
