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

/** The bytes of a signature, where the algorithm fixes them. */
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

/** RFC 7518, sections 3.3 and 3.5. */
const LEAST_RSA_BITS = 2048;

const ES_OF_CURVE: ReadonlyMap<string | undefined, Algorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);

/** How many bytes a signature has, where the algorithm says so. */
export function signatureBytes(algorithm: Algorithm): number | undefined {
  return SIGNATURE_BYTES[algorithm];
}

/** @throws {ConfigurationError} for what is none of them: `none` in any spelling, for one. */
export function checkAlgorithm(value: unknown): asserts value is Algorithm {
  if (typeof value === 'string' && Object.hasOwn(SIGNATURE_BYTES, value)) return;
  throw new ConfigurationError(`algorithm must be one of ${NAMES.join(', ')}.`);
}

/**
 * The algorithm for a key: what was asked for, if it fits, or the usual one.
 *
 * @throws {ConfigurationError} for an algorithm of another family, for an RSA key under 2,048 bits, and for a secret that is
 * shorter than the hash (RFC 7518, section 3.2).
 */
export function algorithmFor(key: KeyObject, asked: Algorithm | undefined, what: string): Algorithm {
  const fitting = fittingAlgorithms(key, what);
  const algorithm = asked ?? fitting[0];
  if (algorithm === undefined || !fitting.includes(algorithm)) {
    throw new ConfigurationError(
      `${what} is ${describe(key)}, which cannot sign ${algorithm}. It can sign ${fitting.join(', ')}.`,
    );
  }
  const hashBytes = Number(algorithm.slice(2)) / 8;
  if (key.type === 'secret' && (key.symmetricKeySize ?? 0) < hashBytes) {
    throw new ConfigurationError(
      `${what} is too short a secret for ${algorithm}: it needs at least ${hashBytes} bytes.`,
    );
  }
  return algorithm;
}

/** The usual one first. */
function fittingAlgorithms(key: KeyObject, what: string): readonly Algorithm[] {
  if (key.type === 'secret') return ['HS256', 'HS384', 'HS512'];
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < LEAST_RSA_BITS) {
        throw new ConfigurationError(
          `${what} is an RSA key of ${modulusLength} bits: it needs at least ${LEAST_RSA_BITS}.`,
        );
      }
      return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'ec': {
      const algorithm = ES_OF_CURVE.get(namedCurve);
      if (algorithm !== undefined) return [algorithm];
      break;
    }
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
  }
  throw new ConfigurationError(
    `${what} is ${describe(key)}, which signs no JWT here. Use RSA, EC on P-256, P-384 or P-521, or Ed25519.`,
  );
}

function describe(key: KeyObject): string {
  if (key.type === 'secret') return 'a shared secret';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return `a key of type ${key.asymmetricKeyType}${curve === undefined ? '' : ` (${curve})`}`;
}
