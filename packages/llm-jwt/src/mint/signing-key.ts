import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { ConfigurationError, excerpt } from '@crew/core';
import { type Algorithm, algorithmFor, checkAlgorithm } from './algorithm.ts';

/** What every key in DER begins with. */
const SEQUENCE = 0x30;

/** A key that can sign, and what it signs with. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
  /** The JWK's `kid`. */
  readonly keyId: string | undefined;
}

/** What a signing key is made of: `LocalKeyOptions.key` without the function. */
export type KeyMaterial = string | JsonWebKey | KeyObject;

/**
 * A private key or a shared secret, ready to sign.
 *
 * @throws {ConfigurationError} for what is no such key, or does not fit the algorithm. It shows nothing of the key.
 */
export function signingKey(
  material: unknown,
  options: {
    readonly algorithm: Algorithm | undefined;
    readonly passphrase: string | undefined;
    readonly what: string;
  },
): SigningKey {
  const { algorithm, passphrase, what } = options;
  if (material instanceof KeyObject) return finish(material, algorithm, undefined, what);
  if (typeof material === 'string') return fromText(material, algorithm, passphrase, what);
  if (typeof material === 'object' && material !== null) return fromJwk(material, algorithm, what);
  throw new ConfigurationError(
    `${what} must be PEM text, a JWK, a KeyObject, a shared secret, or a function that gives one.`,
  );
}

function fromText(
  text: string,
  algorithm: Algorithm | undefined,
  passphrase: string | undefined,
  what: string,
): SigningKey {
  if (text.includes('-----BEGIN')) return finish(fromPem(text, passphrase, what), algorithm, undefined, what);
  if (text.trimStart().startsWith('{')) return fromJwk(parseJwk(text, what), algorithm, what);
  if (text === '') throw new ConfigurationError(`${what} is empty.`);
  const secret = finish(createSecretKey(Buffer.from(text)), algorithm, undefined, what);
  if (algorithm === undefined) refuseMistaken(text, what);
  return secret;
}

/**
 * Any text could be a shared secret. What is most likely something else has to be called one by its algorithm: otherwise an
 * error page, or half a private key, would sign tokens.
 */
function refuseMistaken(text: string, what: string): void {
  const hint = "If it is a shared secret all the same, say so: algorithm: 'HS256'.";
  const bytes = Buffer.from(text, 'base64');
  if (bytes.includes('-----BEGIN')) throw new ConfigurationError(`${what} is PEM in base64: decode it. ${hint}`);
  if (isPrivateKey(bytes)) {
    throw new ConfigurationError(
      `${what} is a private key without its BEGIN and END lines: give the whole PEM. ${hint}`,
    );
  }
  if (isPublicKey(bytes)) {
    throw new ConfigurationError(
      `${what} is a public key without its BEGIN and END lines: give the PEM of the private key. ${hint}`,
    );
  }
  if (isLongSequence(text, bytes)) {
    throw new ConfigurationError(
      `${what} begins as a key or a certificate in base64 does: is it a part of one? Give the PEM of the private key. ${hint}`,
    );
  }
  if (/\s/.test(text)) {
    throw new ConfigurationError(`${what} has white space in it and is no PEM: is it the text of a key? ${hint}`);
  }
}

function isPrivateKey(der: Buffer): boolean {
  return (
    der[0] === SEQUENCE &&
    (['pkcs8', 'pkcs1', 'sec1'] as const).some(type =>
      isRead(() => createPrivateKey({ key: der, format: 'der', type })),
    )
  );
}

function isPublicKey(der: Buffer): boolean {
  return (
    der[0] === SEQUENCE &&
    (['spki', 'pkcs1'] as const).some(type => isRead(() => createPublicKey({ key: der, format: 'der', type })))
  );
}

function isRead(read: () => KeyObject): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** DER in base64 whose length takes more than one byte. One random secret in 32768 begins so too. */
function isLongSequence(text: string, bytes: Buffer): boolean {
  const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}$/.test(text.trimEnd());
  return isBase64 && bytes[0] === SEQUENCE && (bytes[1] === 0x81 || bytes[1] === 0x82);
}

function fromPem(pem: string, passphrase: string | undefined, what: string): KeyObject {
  const keys = pem.match(/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g)?.length ?? 0;
  if (keys === 0) throw new ConfigurationError(`${what} has no private key in it: give the PEM of the private key.`);
  if (keys > 1) throw new ConfigurationError(`${what} has ${keys} private keys in it: give the PEM of one.`);
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (thrown) {
    const isEncrypted = /ENCRYPTED/.test(pem);
    if (isEncrypted && passphrase === undefined) {
      throw new ConfigurationError(`${what} is encrypted: give its passphrase as well.`);
    }
    const reason = isEncrypted ? 'Is the passphrase right?' : 'Was it copied whole, with its line breaks?';
    throw new ConfigurationError(`${what} cannot be read as a private key (${codeOf(thrown)}). ${reason}`);
  }
}

function parseJwk(text: string, what: string): object {
  try {
    const jwk: unknown = JSON.parse(text);
    if (typeof jwk === 'object' && jwk !== null) return jwk;
  } catch {
    // The parser's message shows the text.
  }
  throw new ConfigurationError(`${what} looks like a JWK but is no JSON object.`);
}

function fromJwk(jwk: object, algorithm: Algorithm | undefined, what: string): SigningKey {
  const { kty, k, d, alg, kid, use, key_ops: uses } = jwk as Readonly<Record<string, unknown>>;
  if (typeof kty !== 'string') throw new ConfigurationError(`${what} is no JWK: it has no "kty".`);
  if (use !== undefined && use !== 'sig')
    throw new ConfigurationError(`${what} is a JWK that is not for signatures ("use").`);
  if (Array.isArray(uses) && !uses.includes('sign')) {
    throw new ConfigurationError(`${what} is a JWK that is not for signing ("key_ops").`);
  }
  if (alg !== undefined) checkAlgorithm(alg);
  if (alg !== undefined && algorithm !== undefined && alg !== algorithm) {
    throw new ConfigurationError(`${what} is a JWK for ${alg}, not for ${algorithm}.`);
  }
  if (kid !== undefined && typeof kid !== 'string')
    throw new ConfigurationError(`${what} has a "kid" that is no string.`);
  if ((kty === 'oct' ? k : d) === undefined) {
    throw new ConfigurationError(`${what} is a public JWK: give the one with the private part.`);
  }
  return finish(importJwk(jwk, kty, k, what), algorithm ?? alg, kid, what);
}

function importJwk(jwk: object, kty: string, k: unknown, what: string): KeyObject {
  try {
    if (kty !== 'oct') return createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    if (typeof k === 'string') return createSecretKey(Buffer.from(k, 'base64url'));
  } catch {
    // Said below, without the parser's message, which may show a part.
  }
  throw new ConfigurationError(`${what} is a JWK that cannot be read. Was it copied whole?`);
}

function finish(key: KeyObject, algorithm: Algorithm | undefined, keyId: string | undefined, what: string): SigningKey {
  if (key.type === 'public') throw new ConfigurationError(`${what} is a public key: give the private one.`);
  return { key, algorithm: algorithmFor(key, algorithm, what), keyId };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? excerpt(String(thrown.code), 100) : 'unknown reason';
}
