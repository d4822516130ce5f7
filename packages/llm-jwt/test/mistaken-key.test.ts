import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigurationError, CredentialError } from '@crew/core';
import { startEndpoint, status, text } from '@crew/llm-testkit';
import { decodeProtectedHeader } from 'jose';
import { expect, it } from 'vitest';
import { JwtLLM } from '../src/index.ts';

const endpoint = 'https://llm.example/';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const bare = (key: KeyObject, type: 'spki' | 'pkcs1' | 'pkcs8'): string =>
  key.export({ type, format: 'der' } as const).toString('base64');
const whole = bare(privateKey, 'pkcs8');
const long = bare(rsa.privateKey, 'pkcs1');
const page = '<html><body>Access to secret/llm is denied for this account.</body></html>';

it.each([
  ['a page', page, 'contains white space'],
  ['a PEM without its first line', pem.split('\n').slice(1).join('\n'), 'without its BEGIN and END lines'],
  ['the bare base64 of a key', pem.replaceAll(/-----[^-]+-----|\n/g, ''), 'without its BEGIN and END lines'],
  ['a PEM in base64', Buffer.from(pem).toString('base64'), 'is PEM in base64'],
  ['a public key in bare base64', bare(publicKey, 'spki'), 'is a public key without its BEGIN and END lines'],
  ['a public RSA key in bare base64', bare(rsa.publicKey, 'pkcs1'), 'is a public key without its BEGIN and END lines'],
  ['the first half of a key in bare base64', whole.slice(0, whole.length / 2), 'starts like a key or a certificate'],
  ['the first line of a long key', long.slice(0, 64), 'starts like a key or a certificate'],
  [
    'a long key that lost its last line',
    long.replace(/.{64}/g, '$&\n').slice(0, 1300),
    'starts like a key or a certificate',
  ],
])('%s is not accepted as a shared secret unless algorithm is set', (_what, key, message) => {
  const make = (algorithm?: 'HS256'): JwtLLM =>
    new JwtLLM({ endpoint, mint: { key, ...(algorithm && { algorithm }) } });
  expect(() => make()).toThrow(ConfigurationError);
  expect(() => make()).toThrow(message);
  expect(() => make()).not.toThrow(key.slice(0, 20));
  expect(() => make('HS256')).not.toThrow();
});

it.each(['hex', 'base64', 'base64url'] as const)('a random secret in %s is accepted as a shared secret', encoding => {
  const secret = randomBytes(48);
  // One of 32,768 random secrets starts like a key.
  secret[0] = 0x31;
  const make = (): JwtLLM => new JwtLLM({ endpoint, mint: { key: secret.toString(encoding) } });
  expect(make).not.toThrow();
});

it('a source that returns another string instead of its private key signs nothing [T18]', async () => {
  await using server = await startEndpoint({ replies: [text('Hello'), status(401)] });
  let key = pem;
  await using llm = new JwtLLM({ endpoint: server.url, mint: { key: async () => key } });
  expect(await llm.call('Hello')).toBe('Hello');
  key = 'permission-denied-while-reading-the-secret-llm-signing-key';
  await expect(llm.call('Hello')).rejects.toBeInstanceOf(CredentialError);
  const tokens = server.requests.map(({ headers }) => headers['authorization']?.slice('Bearer '.length) ?? '');
  expect(tokens.map(token => decodeProtectedHeader(token).alg)).toEqual(['ES256', 'ES256']);
});
