import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { showName } from '../src/adapter.ts';

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const SECRETS: readonly [string, string][] = [
  ['a private key in PEM', String(pem)],
  ['a private key in PEM on one line', String(pem).replaceAll('\n', '\\n')],
  ['the body of a PEM file', String(pem).split('\n')[1] ?? ''],
  ['a JWT', `${part({ alg: 'HS256' })}.${part({ sub: 'me' })}.${randomBytes(32).toString('base64url')}`],
  ['the header of a JWT', part({ alg: 'HS256' })],
  ['a credential with its scheme', 'Bearer opensesame'],
  ['a random key in hex', randomBytes(16).toString('hex')],
  ['a random key in base64url', `9a9a${randomBytes(24).toString('base64url')}`],
  ['a random key in base64', `a/9a9a9${randomBytes(24).toString('base64')}`],
  ['a UUID', `3c${randomUUID().slice(2)}`],
  ['a key with the prefix of its issuer', 'sk-abcdefgh'],
  ['an assignment of a JWT', `TOKEN=${part({ alg: 'none', typ: 'JWT' })}`],
  ['a long sentence', 'correct horse battery staple '.repeat(3)],
];

const NAMES = [
  'OPENAI_API_KEY',
  'GOOGLE_APPLICATION_CREDENTIALS_2',
  'x-amz-security-token',
  '/var/run/secrets/kubernetes.io/serviceaccount/token',
  './keys/client-key-2026.pem',
  '../gateway.key',
  'C:\\keys\\client.pem',
  'keys/client.pem',
  'secrets/gateway/token',
  'https://idp.example:8443/realms/main/token',
];

describe('showName', () => {
  it.each(SECRETS)('does not show %s that was passed instead of a name [X23]', (_what, secret) => {
    for (const value of [secret, `https://user:${secret}@host.example/`, `https://host.example/?key=${secret}`]) {
      const shown = showName(value);
      for (const piece of secret.split(/\s+/).filter(one => one.length >= 8)) expect(shown).not.toContain(piece);
      expect(shown).toMatch(/^[\x20-\x7e]+$/);
    }
  });

  it('hides only the segment of a path that looks like a secret [X23]', () => {
    const folder = randomBytes(20).toString('hex');
    expect(showName(`/srv/${folder}/token`)).toBe('/srv/[not shown]/token');
  });

  it.each(NAMES)('shows %s, which is a normal name or path', name => {
    expect(showName(name)).toBe(name);
  });

  it('describes values that are not strings, and replaces characters that are not printable', () => {
    expect(showName(null)).toBe('[null]');
    expect(showName({ key: 1 })).toBe('[a value of type object]');
    expect(showName('a\u001b]52;c\u0007b\u202e')).toBe('a\u{FFFD}]52;c\u{FFFD}b\u{FFFD}');
  });
});
