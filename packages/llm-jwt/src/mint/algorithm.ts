import type { KeyObject } from 'node:crypto';
import { ConfigurationError } from '@crew/core';

/** A signature algorithm (RFC 7518, section 3.1; RFC 8037; RFC 9864). There is no `none`. */
export type Algorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519';

/** Length of a signature in bytes, if the algorithm fixes it. */
const SIGNATURE_BYTES: Readonly<Record<Algorithm, number | undefined>> = {
  HS256: 32,
  HS384: 48,
  HS512: 64,
  RS256: undefined,
  RS384: undefined,
  RS512: undefined,
  PS256: undefined,
  PS384: undefined,
  PS512: undefined,
  ES256: 64,
  ES384: 96,
  ES512: 132,
  EdDSA: 64,
  Ed25519: 64,
};

const NAMES = Object.keys(SIGNATURE_BYTES);

/** Minimum size of an RSA key (RFC 7518, sections 3.3 and 3.5). */
const MIN_RSA_BITS = 2048;

const ALGORITHM_OF_CURVE: ReadonlyMap<string | undefined, Algorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);

/** Returns the length of a signature in bytes, or `undefined` if the algorithm does not fix it. */
export function signatureBytes(algorithm: Algorithm): number | undefined {
  return SIGNATURE_BYTES[algorithm];
}

/** @throws {ConfigurationError} for any other value, including `none` in any spelling. */
export function checkAlgorithm(value: unknown): asserts value is Algorithm {
  if (typeof value === 'string' && Object.hasOwn(SIGNATURE_BYTES, value)) return;
  throw new ConfigurationError(`algorithm must be one of ${NAMES.join(', ')}.`);
}

/**
 * Returns the algorithm for a key: the requested one if it fits the key, or the usual one.
 *
 * @throws {ConfigurationError} if the algorithm belongs to another family, if an RSA key has fewer than 2,048 bits, or if a
 * secret is shorter than the hash (RFC 7518, section 3.2).
 */
export function algorithmFor(key: KeyObject, requested: Algorithm | undefined, label: string): Algorithm {
  const supported = supportedAlgorithms(key, label);
  const algorithm = requested ?? supported[0];
  if (algorithm === undefined || !supported.includes(algorithm)) {
    throw new ConfigurationError(
      `${label} is ${describe(key)}, which cannot sign with ${algorithm}. Set algorithm to one of ${supported.join(', ')}.`,
    );
  }
  const hashBytes = Number(algorithm.slice(2)) / 8;
  if (key.type === 'secret' && (key.symmetricKeySize ?? 0) < hashBytes) {
    throw new ConfigurationError(`${label} is too short a secret for ${algorithm}. Use at least ${hashBytes} bytes.`);
  }
  return algorithm;
}

/** Returns the algorithms that fit a key, the usual one first. */
function supportedAlgorithms(key: KeyObject, label: string): readonly Algorithm[] {
  if (key.type === 'secret') return ['HS256', 'HS384', 'HS512'];
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS) {
        throw new ConfigurationError(`${label} is an RSA key of ${modulusLength} bits. Use at least ${MIN_RSA_BITS}.`);
      }
      return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'ec': {
      const algorithm = ALGORITHM_OF_CURVE.get(namedCurve);
      if (algorithm !== undefined) return [algorithm];
      break;
    }
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
  }
  throw new ConfigurationError(
    `${label} is ${describe(key)}, which cannot sign a JWT. Use RSA, EC on P-256, P-384 or P-521, or Ed25519.`,
  );
}

function describe(key: KeyObject): string {
  if (key.type === 'secret') return 'a shared secret';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return `a key of type ${key.asymmetricKeyType}${curve === undefined ? '' : ` (${curve})`}`;
}
