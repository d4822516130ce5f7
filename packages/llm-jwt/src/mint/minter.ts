import { KeyObject } from 'node:crypto';
import { ConfigurationError, CredentialError, copyOptions, type JsonObject } from '@crew/core';
import {
  checkOptionNames,
  checkSecret,
  isSynchronousSecret,
  type ObtainedCredential,
  quoteError,
  readSecret,
} from '@crew/llm-http/adapter';
import { base64url, SignJWT } from 'jose';
import type { ClockSkew } from '../clock-skew.ts';
import { type Algorithm, checkAlgorithm, signatureBytes } from './algorithm.ts';
import { checkClaimOptions, claimsOf } from './claims.ts';
import { ecdsaSignature } from './ecdsa-signature.ts';
import type { ClaimsContext, LocalKeyOptions, MintOptions, RemoteKeyOptions } from './mint-options.ts';
import { type KeyMaterial, type SigningKey, signingKey } from './signing-key.ts';

type KeyReader = Extract<LocalKeyOptions['key'], (...args: never) => unknown>;

const NAMES: Readonly<Record<keyof LocalKeyOptions | keyof RemoteKeyOptions, true>> = {
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

/** Members of the header that are ours, or that change how a signature is computed (RFC 7515, section 4.1.11; RFC 7797). */
const OWN_HEADERS = ['alg', 'typ', 'kid', 'crit', 'b64'];

/** Of a signature by the smallest key that is allowed (RFC 7518, section 3.3). */
const LEAST_RSA_BYTES = 256;

const ENCODER = new TextEncoder();

/** Makes signed tokens (RFC 7519). */
export class Minter {
  readonly #options: MintOptions;
  readonly #skew: ClockSkew;
  /** The key that was read last, and the text it was read from where a function gives it. */
  #key: { readonly from: unknown; readonly signing: SigningKey } | undefined;

  /** @throws {ConfigurationError} naming the option that is wrong. It shows nothing of a key. */
  constructor(given: MintOptions, skew: ClockSkew) {
    const options = copyOptions(given, Object.keys(NAMES));
    checkMintOptions(options);
    this.#options = copied(options);
    this.#skew = skew;
    const { key, passphrase } = this.#options;
    if (key === undefined || typeof passphrase === 'function') return;
    // What can be read without a wait is read now, so that a wrong key is found now.
    const material = typeof key === 'function' ? textAtConstruction(key) : key;
    if (material !== undefined) this.#load(material, passphrase);
  }

  /**
   * A new token.
   *
   * @throws {CredentialError} when the key, the claims or the signature could not be had.
   */
  async mint(context: ClaimsContext): Promise<ObtainedCredential<string>> {
    const { claims = {} } = this.#options;
    const further = typeof claims === 'function' ? await computed(claims, context) : claims;
    const { payload, expiresAt } = claimsOf(this.#options, further, this.#skew.now());
    const value = await this.#sign(payload, context.signal);
    return { value, expiresAt: this.#skew.toLocal(expiresAt) };
  }

  async #sign(payload: JsonObject, signal: AbortSignal): Promise<string> {
    const options = this.#options;
    if (options.sign !== undefined) return signRemotely(options, payload, signal);
    const { key, algorithm, keyId } = await this.#signingKey(options, signal);
    const header = headerOf(options, algorithm, options.keyId ?? keyId);
    try {
      return await new SignJWT({ ...payload }).setProtectedHeader(header).sign(key);
    } catch (thrown) {
      // No cause: errors of the library carry the claims.
      const said = quoteError(thrown);
      throw new CredentialError(`jwt: the token could not be signed with ${algorithm}: ${said}`);
    }
  }

  async #signingKey({ key, passphrase }: LocalKeyOptions, signal: AbortSignal): Promise<SigningKey> {
    const secret = passphrase === undefined ? undefined : await readSecret(passphrase, 'passphrase', { signal });
    return this.#load(typeof key === 'function' ? await keyText(key, signal) : key, secret);
  }

  #load(material: KeyMaterial, passphrase: string | undefined): SigningKey {
    if (this.#key?.from === material) return this.#key.signing;
    const { algorithm } = this.#options;
    const signing = signingKey(material, { algorithm, passphrase, what: 'key' });
    if (algorithm === undefined && this.#key?.signing.key.type === 'private' && signing.key.type === 'secret') {
      throw new CredentialError(
        'jwt: the source of the signing key gives a text that is no private key, where it gave one before. Check it; if ' +
          'a shared secret is meant from now on, set `algorithm`.',
      );
    }
    this.#key = { from: material, signing };
    return signing;
  }
}

function checkMintOptions(options: MintOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(
      'mint must be an object of options, such as { key: fromFile("key.pem"), issuer: "me" }.',
    );
  }
  checkOptionNames(options, Object.keys(NAMES), 'mint');
  const { key, sign, passphrase, algorithm, keyId, type, header = {} } = options;
  if ((key === undefined) === (sign === undefined)) throw new ConfigurationError('mint needs either key or sign.');
  if (sign !== undefined && typeof sign !== 'function') throw new ConfigurationError('sign must be a function.');
  if (sign !== undefined && algorithm === undefined) {
    throw new ConfigurationError('algorithm is missing: it says what the remote key signs with.');
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
  for (const name of OWN_HEADERS) {
    if (Object.hasOwn(header, name)) throw new ConfigurationError(`header may not set ${name}.`);
  }
  checkClaimOptions(options);
}

/** As they are now: what is done to the options afterwards changes no token. */
function copied(options: MintOptions): MintOptions {
  const { audience, claims, header, key } = options;
  const shared = {
    audience: typeof audience === 'object' ? [...audience] : audience,
    claims: typeof claims === 'object' ? copyOf(claims, 'claims') : claims,
    header: header && copyOf(header, 'header'),
  };
  if (options.sign !== undefined) return { ...options, ...shared };
  const isJwk = typeof key === 'object' && !(key instanceof KeyObject);
  return { ...options, ...shared, key: isJwk ? { ...key } : options.key };
}

/** What will be sent of it, which is JSON. */
function copyOf(members: JsonObject, option: string): JsonObject {
  try {
    return JSON.parse(JSON.stringify(members));
  } catch {
    throw new ConfigurationError(`${option} must be what JSON can say.`);
  }
}

async function computed(
  claims: (context: ClaimsContext) => JsonObject | Promise<JsonObject>,
  context: ClaimsContext,
): Promise<JsonObject> {
  return claims(context);
}

function textAtConstruction(read: KeyReader): string | undefined {
  if (!isSynchronousSecret(read)) return undefined;
  try {
    return read();
  } catch (thrown) {
    const said = quoteError(thrown, 'it could not be read');
    throw new ConfigurationError(`key: ${said}`, { cause: thrown });
  }
}

async function keyText(read: KeyReader, signal: AbortSignal): Promise<string> {
  const text: unknown = await read({ signal });
  if (typeof text !== 'string') throw new ConfigurationError('The function that gives the key gave no text.');
  return text;
}

function headerOf({ type = 'JWT', header }: MintOptions, algorithm: Algorithm, keyId: string | undefined) {
  return { ...header, alg: algorithm, typ: type, ...(keyId === undefined ? {} : { kid: keyId }) };
}

async function signRemotely(options: RemoteKeyOptions, payload: JsonObject, signal: AbortSignal): Promise<string> {
  const { algorithm, keyId, sign } = options;
  const header = headerOf(options, algorithm, keyId);
  const parts = [header, payload].map(part => base64url.encode(ENCODER.encode(JSON.stringify(part))));
  const input = parts.join('.');
  const signature: unknown = await sign(ENCODER.encode(input), { algorithm, keyId, signal });
  if (!(signature instanceof Uint8Array)) throw new CredentialError('jwt: sign gave no bytes (a Uint8Array).');
  const bytes = signatureBytes(algorithm);
  const fitting = bytes !== undefined && algorithm.startsWith('ES') ? ecdsaSignature(signature, bytes) : signature;
  if (fitting === undefined || (bytes === undefined ? fitting.length < LEAST_RSA_BYTES : fitting.length !== bytes)) {
    throw new CredentialError(`jwt: sign gave ${signature.length} bytes, which are no ${algorithm} signature.`);
  }
  return `${input}.${base64url.encode(fitting)}`;
}
