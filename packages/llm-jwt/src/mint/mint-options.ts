import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { JsonObject } from '@crew/core';
import type { Secret, SecretContext } from '@crew/llm-http';
import type { TenantContext } from '../jwt-options.ts';
import type { Algorithm } from './algorithm.ts';

/** What computed claims are told. */
export interface ClaimsContext extends TenantContext {
  /** Aborted when nobody waits for the token any more. */
  readonly signal: AbortSignal;
}

/** What a remote signer is told. */
export interface SignerContext {
  readonly algorithm: Algorithm;
  readonly keyId: string | undefined;
  /** Aborted when nobody waits for the token any more. */
  readonly signal: AbortSignal;
}

/**
 * Signs bytes (the header and the claims; RFC 7515, section 5.1) with a key that is elsewhere. Gives the signature's bytes:
 * of ECDSA either the two numbers (RFC 7518, section 3.4) or the ASN.1 form that key management services return.
 */
export type RemoteSigner = (bytes: Uint8Array, context: SignerContext) => Uint8Array | Promise<Uint8Array>;

/** The claims of a token and how long it is good for. */
export interface ClaimOptions {
  /** `iss`: a text, or a URI when it has a colon (RFC 7519, section 4.1.1). */
  readonly issuer?: string | undefined;
  /** `sub`, written like `iss`. */
  readonly subject?: string | undefined;
  /** `aud`: a text is sent as a text, a list as a list. */
  readonly audience?: string | readonly string[] | undefined;
  /** Further claims, or a function that computes them for each token. */
  readonly claims?: JsonObject | ((context: ClaimsContext) => JsonObject | Promise<JsonObject>) | undefined;
  /** Milliseconds from `iat` to `exp`. Default 300,000. */
  readonly lifetime?: number | undefined;
  /** Milliseconds by which `iat` lies in the past, for servers whose clock is behind. Part of the lifetime. Default 10,000. */
  readonly backdate?: number | undefined;
  /** Also send `nbf`, equal to `iat`. Default false. */
  readonly notBefore?: boolean | undefined;
}

/** The header of a token. */
export interface HeaderOptions {
  /** `kid`. Default: the JWK's. */
  readonly keyId?: string | undefined;
  /** `typ`. Default `JWT`; a profile may want `at+jwt` (RFC 9068, section 2.1). */
  readonly type?: string | undefined;
  /** Further members of the header, such as `x5t#S256`. */
  readonly header?: JsonObject | undefined;
}

/** A token signed with a key that this program has. */
export interface LocalKeyOptions extends ClaimOptions, HeaderOptions {
  /**
   * A private key as PEM text (PKCS #8, PKCS #1 or SEC 1), as a JWK (an object, or its JSON text), or as a `KeyObject`;
   * or a shared secret as any other text (one with white space, or that looks like a key, needs `algorithm`). Or a
   * function that gives the text (`fromFile`, `fromCommand`), which is called for each token.
   */
  readonly key: string | JsonWebKey | KeyObject | ((context: SecretContext) => string | Promise<string>);
  /** The passphrase of an encrypted PEM. */
  readonly passphrase?: Secret | undefined;
  /** Default: what the key is for (`RS256` for RSA, `HS256` for a shared secret). Never one that does not fit the key. */
  readonly algorithm?: Algorithm | undefined;
  readonly sign?: undefined;
}

/** A token signed elsewhere, by a key management service. */
export interface RemoteKeyOptions extends ClaimOptions, HeaderOptions {
  readonly sign: RemoteSigner;
  readonly algorithm: Algorithm;
  readonly key?: undefined;
  readonly passphrase?: undefined;
}

/** How a token is made. */
export type MintOptions = LocalKeyOptions | RemoteKeyOptions;
