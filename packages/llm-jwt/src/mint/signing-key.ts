import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { ConfigurationError, excerpt } from '@crew/core';
import { type Algorithm, algorithmFor, checkAlgorithm } from './algorithm.ts';

/** First byte of every key in DER. */
const SEQUENCE = 0x30;

/** A key that can sign, with its algorithm. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly algorithm: Algorithm;
  /** The `kid` of the JWK. */
  readonly keyId: string | undefined;
}

/** Material of a signing key: `LocalKeyOptions.key` without the function. */
export type KeyMaterial = string | JsonWebKey | KeyObject;

/**
 * Creates a signing key from a private key or a shared secret.
 *
 * @throws {ConfigurationError} if the material is not such a key, or does not fit the algorithm. It shows nothing of the key.
 */
export function createSigningKey(
  material: unknown,
  options: {
    readonly algorithm: Algorithm | undefined;
    readonly passphrase: string | undefined;
    /** Name of the key in error messages. */
    readonly label: string;
  },
): SigningKey {
  const { algorithm, passphrase, label } = options;
  if (material instanceof KeyObject) return withAlgorithm(material, algorithm, undefined, label);
  if (typeof material === 'string') return fromString(material, algorithm, passphrase, label);
  if (typeof material === 'object' && material !== null) return fromJwk(material, algorithm, label);
  throw new ConfigurationError(
    `${label} must be PEM, a JWK, a KeyObject, a shared secret, or a function that returns one.`,
  );
}

function fromString(
  text: string,
  algorithm: Algorithm | undefined,
  passphrase: string | undefined,
  label: string,
): SigningKey {
  if (text.includes('-----BEGIN')) return withAlgorithm(fromPem(text, passphrase, label), algorithm, undefined, label);
  if (text.trimStart().startsWith('{')) return fromJwk(parseJwk(text, label), algorithm, label);
  if (text === '') throw new ConfigurationError(`${label} is empty.`);
  const secret = withAlgorithm(createSecretKey(Buffer.from(text)), algorithm, undefined, label);
  if (algorithm === undefined) rejectMistakenSecret(text, label);
  return secret;
}

/**
 * Rejects a shared secret that is probably something else, unless `algorithm` confirms it. Any string could be a shared secret,
 * so without this check an error page or half a private key would sign tokens.
 */
function rejectMistakenSecret(text: string, label: string): void {
  const hint = "If it is a shared secret, set algorithm: 'HS256'.";
  const bytes = Buffer.from(text, 'base64');
  if (bytes.includes('-----BEGIN')) throw new ConfigurationError(`${label} is PEM in base64. Decode it. ${hint}`);
  if (isPrivateKey(bytes)) {
    throw new ConfigurationError(
      `${label} is a private key without its BEGIN and END lines. Use the whole PEM. ${hint}`,
    );
  }
  if (isPublicKey(bytes)) {
    throw new ConfigurationError(
      `${label} is a public key without its BEGIN and END lines. Use the PEM of the private key. ${hint}`,
    );
  }
  if (isLongSequence(text, bytes)) {
    throw new ConfigurationError(
      `${label} starts like a key or a certificate in base64. Use the PEM of the private key. ${hint}`,
    );
  }
  if (/\s/.test(text)) {
    throw new ConfigurationError(`${label} contains white space and is not PEM. Check that it is a key. ${hint}`);
  }
}

function isPrivateKey(der: Buffer): boolean {
  return (
    der[0] === SEQUENCE &&
    (['pkcs8', 'pkcs1', 'sec1'] as const).some(type =>
      parses(() => createPrivateKey({ key: der, format: 'der', type })),
    )
  );
}

function isPublicKey(der: Buffer): boolean {
  return (
    der[0] === SEQUENCE &&
    (['spki', 'pkcs1'] as const).some(type => parses(() => createPublicKey({ key: der, format: 'der', type })))
  );
}

function parses(read: () => KeyObject): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** Returns true for DER in base64 with a length of more than one byte. One of 32,768 random secrets starts the same way. */
function isLongSequence(text: string, bytes: Buffer): boolean {
  const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}$/.test(text.trimEnd());
  return isBase64 && bytes[0] === SEQUENCE && (bytes[1] === 0x81 || bytes[1] === 0x82);
}

function fromPem(pem: string, passphrase: string | undefined, label: string): KeyObject {
  const keys = pem.match(/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g)?.length ?? 0;
  if (keys === 0) throw new ConfigurationError(`${label} contains no private key. Use the PEM of the private key.`);
  if (keys > 1) throw new ConfigurationError(`${label} contains ${keys} private keys. Use the PEM of one of them.`);
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (thrown) {
    const isEncrypted = /ENCRYPTED/.test(pem);
    if (isEncrypted && passphrase === undefined) {
      throw new ConfigurationError(`${label} is encrypted. Set passphrase.`);
    }
    const reason = isEncrypted ? 'Check the passphrase.' : 'Check that it was copied completely, with its line breaks.';
    throw new ConfigurationError(`${label} cannot be read as a private key (${codeOf(thrown)}). ${reason}`);
  }
}

function parseJwk(text: string, label: string): object {
  try {
    const jwk: unknown = JSON.parse(text);
    if (typeof jwk === 'object' && jwk !== null) return jwk;
  } catch {
    // The parser's message would show the text.
  }
  throw new ConfigurationError(`${label} looks like a JWK but is not a JSON object.`);
}

function fromJwk(jwk: object, algorithm: Algorithm | undefined, label: string): SigningKey {
  const { kty, k, d, alg, kid, use, key_ops: uses } = jwk as Readonly<Record<string, unknown>>;
  if (typeof kty !== 'string') throw new ConfigurationError(`${label} is not a JWK: it has no "kty".`);
  if (use !== undefined && use !== 'sig')
    throw new ConfigurationError(`${label} is a JWK that is not for signatures ("use").`);
  if (Array.isArray(uses) && !uses.includes('sign')) {
    throw new ConfigurationError(`${label} is a JWK that is not for signing ("key_ops").`);
  }
  if (alg !== undefined) checkAlgorithm(alg);
  if (alg !== undefined && algorithm !== undefined && alg !== algorithm) {
    throw new ConfigurationError(`${label} is a JWK for ${alg}, not for ${algorithm}.`);
  }
  if (kid !== undefined && typeof kid !== 'string')
    throw new ConfigurationError(`${label} has a "kid" that is not a string.`);
  if ((kty === 'oct' ? k : d) === undefined) {
    throw new ConfigurationError(`${label} is a public JWK. Use the JWK with the private part.`);
  }
  return withAlgorithm(importJwk(jwk, kty, k, label), algorithm ?? alg, kid, label);
}

function importJwk(jwk: object, kty: string, k: unknown, label: string): KeyObject {
  try {
    if (kty !== 'oct') return createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    if (typeof k === 'string') return createSecretKey(Buffer.from(k, 'base64url'));
  } catch {
    // Thrown below without the parser's message, which may show a part of the key.
  }
  throw new ConfigurationError(`${label} is a JWK that cannot be read. Check that it was copied completely.`);
}

function withAlgorithm(
  key: KeyObject,
  algorithm: Algorithm | undefined,
  keyId: string | undefined,
  label: string,
): SigningKey {
  if (key.type === 'public') throw new ConfigurationError(`${label} is a public key. Use the private key.`);
  return { key, algorithm: algorithmFor(key, algorithm, label), keyId };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? excerpt(String(thrown.code), 100) : 'unknown reason';
}
