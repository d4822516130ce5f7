import { type JsonWebKey, KeyObject } from 'node:crypto';
import { ConfigurationError, copyOptions, type JsonObject } from '@crew/core';
import type { Secret, SecretContext } from '@crew/llm-http';
import { checkOptionNames, checkSecret } from '@crew/llm-http/adapter';
import { type Algorithm, checkAlgorithm } from './algorithm.ts';
import { type ClaimOptions, checkClaimOptions } from './claims.ts';
import type { RemoteSigner } from './remote-signer.ts';

/** Options for the header of a token. */
export interface HeaderOptions {
  /** The `kid` parameter. Default: the `kid` of the JWK. */
  readonly keyId?: string | undefined;
  /** The `typ` parameter. Default `JWT`. Some profiles require another type, such as `at+jwt` (RFC 9068, section 2.1). */
  readonly type?: string | undefined;
  /** Further header parameters, such as `x5t#S256`. */
  readonly header?: JsonObject | undefined;
}

/** Options for tokens that this program signs. */
export interface LocalKeyOptions extends ClaimOptions, HeaderOptions {
  /**
   * A private key as PEM (PKCS #8, PKCS #1 or SEC 1), as a JWK (an object or its JSON), or as a `KeyObject`. Any other string
   * is a shared secret; one that contains white space or looks like a key also needs `algorithm`. A function, such as
   * `fromFile` or `fromCommand`, returns the string and is called for each token.
   */
  readonly key: string | JsonWebKey | KeyObject | ((context: SecretContext) => string | Promise<string>);
  /** Passphrase of an encrypted PEM. */
  readonly passphrase?: Secret | undefined;
  /** Signature algorithm. It must fit the key. Default: the usual one, `RS256` for RSA, `HS256` for a shared secret. */
  readonly algorithm?: Algorithm | undefined;
  readonly sign?: undefined;
}

/** Options for tokens that a key management service signs. */
export interface RemoteKeyOptions extends ClaimOptions, HeaderOptions {
  readonly sign: RemoteSigner;
  readonly algorithm: Algorithm;
  readonly key?: undefined;
  readonly passphrase?: undefined;
}

/**
 * Options for minting a token.
 *
 * @example Short-lived tokens with claims that are computed for each token
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto';
 * import { jwt, type MintOptions } from '@crew/llm-jwt';
 *
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const mint: MintOptions = {
 *   key: privateKey,
 *   keyId: 'crew-1',
 *   issuer: 'crew',
 *   subject: 'clerk',
 *   audience: 'llm-gateway',
 *   claims: ({ tenant = 'none' }) => ({ tenant }),
 *   lifetime: 60_000,
 * };
 * const auth = jwt({ mint, tenant: authContext => String(authContext) });
 * console.log(auth.name);
 * ```
 */
export type MintOptions = LocalKeyOptions | RemoteKeyOptions;

const OPTION_NAMES: Readonly<Record<keyof LocalKeyOptions | keyof RemoteKeyOptions, true>> = {
  key: true,
  passphrase: true,
  sign: true,
  algorithm: true,
  keyId: true,
  type: true,
  header: true,
  issuer: true,
  subject: true,
  audience: true,
  claims: true,
  lifetime: true,
  backdate: true,
  notBefore: true,
};

/**
 * Header parameters that have options, or that change how a signature is computed (RFC 7515, section 4.1.11; RFC 7797).
 */
const RESERVED_HEADERS = ['alg', 'typ', 'kid', 'crit', 'b64'];

/**
 * Validates the options and returns a copy, so that later changes do not affect tokens.
 *
 * @throws {ConfigurationError} naming the invalid option.
 */
export function copyMintOptions(options: MintOptions): MintOptions {
  const copy = copyOptions(options, Object.keys(OPTION_NAMES));
  checkMintOptions(copy);
  const { audience, claims, header, key } = copy;
  const shared = {
    audience: typeof audience === 'object' ? [...audience] : audience,
    claims: typeof claims === 'object' ? copyJson(claims, 'claims') : claims,
    header: header && copyJson(header, 'header'),
  };
  if (copy.sign !== undefined) return { ...copy, ...shared };
  const isJwk = typeof key === 'object' && !(key instanceof KeyObject);
  return { ...copy, ...shared, key: isJwk ? { ...key } : copy.key };
}

function checkMintOptions(options: MintOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(
      'mint must be an object of options, such as { key: fromFile("key.pem"), issuer: "me" }.',
    );
  }
  checkOptionNames(options, Object.keys(OPTION_NAMES), 'mint');
  const { key, sign, passphrase, algorithm, keyId, type, header = {} } = options;
  if ((key === undefined) === (sign === undefined)) throw new ConfigurationError('mint needs either key or sign.');
  if (sign !== undefined && typeof sign !== 'function') throw new ConfigurationError('sign must be a function.');
  if (sign !== undefined && algorithm === undefined) {
    throw new ConfigurationError('algorithm is missing. Set it to the algorithm with which the remote key signs.');
  }
  if (algorithm !== undefined) checkAlgorithm(algorithm);
  if (passphrase !== undefined) checkSecret(passphrase, 'passphrase');
  for (const [name, value] of Object.entries({ keyId, type })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new ConfigurationError(`${name} must be a non-empty string.`);
    }
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new ConfigurationError('header must be an object of names and values.');
  }
  for (const name of RESERVED_HEADERS) {
    if (Object.hasOwn(header, name)) throw new ConfigurationError(`header must not set ${name}.`);
  }
  checkClaimOptions(options);
}

function copyJson(members: JsonObject, option: string): JsonObject {
  try {
    return JSON.parse(JSON.stringify(members));
  } catch {
    throw new ConfigurationError(`${option} must be serialisable as JSON.`);
  }
}
