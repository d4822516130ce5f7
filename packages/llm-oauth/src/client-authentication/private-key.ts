import { createPrivateKey, type JsonWebKey, KeyObject, type webcrypto, X509Certificate } from 'node:crypto';
import { ConfigurationError } from '@crew/core';

/** A private key: PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), a JWK, or a key of `node:crypto` or Web Crypto. */
export type PrivateKey = string | JsonWebKey | KeyObject | webcrypto.CryptoKey;

/** A private key, or a function such as `fromFile`, which is called for every assertion, so that keys can rotate. */
export type PrivateKeySource = PrivateKey | (() => PrivateKey | Promise<PrivateKey>);

/** Signature algorithm of an assertion (RFC 7518, section 3.1; RFC 9864). */
export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519';

const ALGORITHMS: readonly unknown[] = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'Ed25519'];

/** An imported key, and the key id of its JWK. */
export interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly kid: string | undefined;
}

const MIN_RSA_BITS = 2048;
const CURVES: Readonly<Record<string, { readonly name: string; readonly alg: SigningAlgorithm }>> = {
  prime256v1: { name: 'P-256', alg: 'ES256' },
  secp384r1: { name: 'P-384', alg: 'ES384' },
  secp521r1: { name: 'P-521', alg: 'ES512' },
};

/** Reads a key from its source, and caches the imported key while the source returns the same value. */
export class SigningKeys {
  readonly #source: PrivateKeySource;
  readonly #algorithm: SigningAlgorithm | undefined;
  #last: { readonly from: PrivateKey; readonly key: SigningKey } | undefined;

  /** @throws {ConfigurationError} for a key that cannot sign. A key from a function is checked when it is read. */
  constructor(source: PrivateKeySource, algorithm: SigningAlgorithm | undefined) {
    if (algorithm !== undefined && !ALGORITHMS.includes(algorithm)) {
      throw new ConfigurationError(`The algorithm must be one of ${ALGORITHMS.join(', ')}.`);
    }
    this.#source = source;
    this.#algorithm = algorithm;
    if (typeof source !== 'function') this.#last = { from: source, key: signingKey(source, algorithm) };
  }

  /**
   * Returns the current key.
   *
   * @throws {ConfigurationError} for a key that cannot sign.
   */
  async current(): Promise<SigningKey> {
    const from = typeof this.#source === 'function' ? await this.#source() : this.#source;
    const last = this.#last?.from === from ? this.#last : { from, key: signingKey(from, this.#algorithm) };
    this.#last = last;
    return last.key;
  }
}

/** Returns the thumbprint of a certificate for the header `x5t#S256` (RFC 7515, section 4.1.8). */
export function certificateThumbprint(pem: string): string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new ConfigurationError('The certificate is not an X.509 certificate in PEM.');
  }
  return Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}

function signingKey(from: PrivateKey, algorithm: SigningAlgorithm | undefined): SigningKey {
  if (from instanceof CryptoKey) return { key: checkSigningKey(from), kid: undefined };
  const key = keyObject(from);
  if (key.type !== 'private') throw new ConfigurationError('The key that signs assertions must be a private key.');
  const kid = typeof from === 'object' && !(from instanceof KeyObject) ? Reflect.get(from, 'kid') : undefined;
  return { key: importKey(key, algorithm), kid: typeof kid === 'string' ? kid : undefined };
}

function keyObject(from: Exclude<PrivateKey, webcrypto.CryptoKey>): KeyObject {
  if (from instanceof KeyObject) return from;
  try {
    if (typeof from === 'string') return createPrivateKey(from);
    return createPrivateKey({ key: from, format: 'jwk' });
  } catch {
    // The message of OpenSSL is cryptic, and could repeat its input.
    throw new ConfigurationError(
      'The private key cannot be read. It must be PEM (PKCS #8) without a passphrase, or a private JWK.',
    );
  }
}

/** Imports the key. Its type determines the algorithm (RFC 8725, section 3.1); RSA keys sign with RS256 or PS256. */
function importKey(key: KeyObject, algorithm: SigningAlgorithm | undefined): webcrypto.CryptoKey {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (type === 'rsa') {
    if ((details.modulusLength ?? 0) < MIN_RSA_BITS) {
      throw new ConfigurationError(`An RSA key must have at least ${MIN_RSA_BITS} bits (RFC 7518, section 3.3).`);
    }
    checkAlgorithm(algorithm, ['RS256', 'PS256'], 'an RSA key');
    const name = algorithm === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
    return key.toCryptoKey({ name, hash: 'SHA-256' }, false, ['sign']);
  }
  const curve = type === 'ec' ? CURVES[details.namedCurve ?? ''] : undefined;
  if (curve !== undefined) {
    checkAlgorithm(algorithm, [curve.alg], `a key on ${curve.name}`);
    return key.toCryptoKey({ name: 'ECDSA', namedCurve: curve.name }, false, ['sign']);
  }
  if (type === 'ed25519') {
    checkAlgorithm(algorithm, ['Ed25519'], 'an Ed25519 key');
    return key.toCryptoKey({ name: 'Ed25519' }, false, ['sign']);
  }
  throw new ConfigurationError(`A key of type ${type ?? 'unknown'} cannot sign assertions: use RSA, EC or Ed25519.`);
}

function checkAlgorithm(
  requested: SigningAlgorithm | undefined,
  possible: readonly SigningAlgorithm[],
  subject: string,
): void {
  if (requested === undefined || possible.includes(requested)) return;
  throw new ConfigurationError(`${subject} signs with ${possible.join(' or ')}, not with ${requested}.`);
}

function checkSigningKey(key: webcrypto.CryptoKey): webcrypto.CryptoKey {
  if (key.type === 'private' && key.usages.includes('sign')) return key;
  throw new ConfigurationError("The CryptoKey must be private and have the usage 'sign'.");
}
