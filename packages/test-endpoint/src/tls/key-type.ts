import { webcrypto } from 'node:crypto';

/** `rsa` has 2048 bits, `rsa-1024` is weak on purpose, `p256` is the ECDSA curve. */
export type KeyType = 'rsa' | 'rsa-1024' | 'p256' | 'ed25519';

/** Makes a key pair that can be exported. */
export async function generateKeys(type: KeyType): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(generation(type), true, ['sign', 'verify']);
  if (!('privateKey' in keys)) throw new TypeError(`${type} makes no key pair`);
  return keys;
}

/** The algorithm with which such a key signs certificates. */
export function signatureAlgorithm(type: string): { readonly name: string; readonly hash?: string } {
  return type === 'Ed25519' ? { name: type } : { name: type, hash: 'SHA-256' };
}

function generation(type: KeyType): webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | { name: 'Ed25519' } {
  if (type === 'ed25519') return { name: 'Ed25519' };
  if (type === 'p256') return { name: 'ECDSA', namedCurve: 'P-256' };
  const modulusLength = type === 'rsa' ? 2048 : 1024;
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength };
}
