import { ConfigurationError, CredentialError, type JsonObject } from '@crew/core';
import { isSynchronousSecret, type ObtainedCredential, quoteError, readSecret } from '@crew/llm-http/adapter';
import { SignJWT } from 'jose';
import type { ClockSkew } from '../clock-skew.ts';
import type { Algorithm } from './algorithm.ts';
import { buildClaims, type ClaimsContext } from './claims.ts';
import { copyMintOptions, type LocalKeyOptions, type MintOptions } from './mint-options.ts';
import { signRemotely } from './remote-signer.ts';
import { createSigningKey, type KeyMaterial, type SigningKey } from './signing-key.ts';

type KeyReader = Extract<LocalKeyOptions['key'], (...args: never) => unknown>;

/** A mint of signed tokens (RFC 7519). */
export class Minter {
  readonly #options: MintOptions;
  readonly #skew: ClockSkew;
  /** The signing key in use, with the material that it was created from. */
  #key: { readonly material: KeyMaterial; readonly signing: SigningKey } | undefined;

  /** @throws {ConfigurationError} naming the invalid option. It shows nothing of a key. */
  constructor(options: MintOptions, skew: ClockSkew) {
    this.#options = copyMintOptions(options);
    this.#skew = skew;
    const { key, passphrase } = this.#options;
    if (key === undefined || typeof passphrase === 'function') return;
    // A key that can be read synchronously is read now, so that an invalid one is reported at construction.
    const material = typeof key === 'function' ? readKeyAtConstruction(key) : key;
    if (material !== undefined) this.#load(material, passphrase);
  }

  /**
   * Mints a new token.
   *
   * @throws {CredentialError} if the key, the claims or the signature are not available.
   */
  async mint(context: ClaimsContext): Promise<ObtainedCredential<string>> {
    const { claims = {} } = this.#options;
    const customClaims = typeof claims === 'function' ? await claims(context) : claims;
    const { payload, expiresAt } = buildClaims(this.#options, customClaims, this.#skew.now());
    const value = await this.#sign(payload, context.signal);
    return { value, expiresAt: this.#skew.toLocal(expiresAt) };
  }

  async #sign(payload: JsonObject, signal: AbortSignal): Promise<string> {
    const options = this.#options;
    if (options.sign !== undefined) {
      const { algorithm, keyId } = options;
      const header = buildHeader(options, algorithm, keyId);
      return signRemotely(options.sign, { header, payload }, { algorithm, keyId, signal });
    }
    const { key, algorithm, keyId } = await this.#signingKey(options, signal);
    const header = buildHeader(options, algorithm, options.keyId ?? keyId);
    try {
      return await new SignJWT({ ...payload }).setProtectedHeader(header).sign(key);
    } catch (thrown) {
      // Thrown without a cause, because errors of the library carry the claims.
      throw new CredentialError(`jwt: the token could not be signed with ${algorithm}: ${quoteError(thrown)}`);
    }
  }

  async #signingKey({ key, passphrase }: LocalKeyOptions, signal: AbortSignal): Promise<SigningKey> {
    const secret = passphrase === undefined ? undefined : await readSecret(passphrase, 'passphrase', { signal });
    return this.#load(typeof key === 'function' ? await readKey(key, signal) : key, secret);
  }

  #load(material: KeyMaterial, passphrase: string | undefined): SigningKey {
    if (this.#key?.material === material) return this.#key.signing;
    const { algorithm } = this.#options;
    const signing = createSigningKey(material, { algorithm, passphrase, label: 'key' });
    if (algorithm === undefined && this.#key?.signing.key.type === 'private' && signing.key.type === 'secret') {
      throw new CredentialError(
        'jwt: the source of the signing key now returns a string that is not a private key. Check the source. If it ' +
          'returns a shared secret from now on, set algorithm.',
      );
    }
    this.#key = { material, signing };
    return signing;
  }
}

function readKeyAtConstruction(read: KeyReader): string | undefined {
  if (!isSynchronousSecret(read)) return undefined;
  try {
    return read();
  } catch (thrown) {
    throw new ConfigurationError(`key: ${quoteError(thrown, 'it could not be read')}`, { cause: thrown });
  }
}

async function readKey(read: KeyReader, signal: AbortSignal): Promise<string> {
  const text: unknown = await read({ signal });
  if (typeof text !== 'string') throw new ConfigurationError('key: the function did not return a string.');
  return text;
}

function buildHeader({ type = 'JWT', header }: MintOptions, algorithm: Algorithm, keyId: string | undefined) {
  return { ...header, alg: algorithm, typ: type, ...(keyId === undefined ? {} : { kid: keyId }) };
}
