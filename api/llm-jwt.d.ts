// The public surface of @crew/llm-jwt. Written by `pnpm api:update`; see docs/versions.md.

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { jwt } from './jwt.ts';
export { JwtLLM, type JwtLLMOptions } from './jwt-llm.ts';
export type { Algorithm } from './mint/algorithm.ts';
export type { ClaimOptions, ClaimsContext } from './mint/claims.ts';
export type { HeaderOptions, LocalKeyOptions, MintOptions, RemoteKeyOptions, } from './mint/mint-options.ts';
export type { RemoteSigner, SignerContext } from './mint/remote-signer.ts';
export type { JwtOptions, MintedTokenOptions, SharedJwtOptions, TokenFileOptions, TokenOptions } from './options.ts';
export type { TenantContext, TokenContext } from './source/token-source.ts';

// jwt-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { type JwtOptions } from './options.ts';
/** Options of `JwtLLM`: those of `HttpLLM` and those of `jwt()`. */
export type JwtLLMOptions = HttpLLMOptions & JwtOptions;
/**
 * A model behind an HTTP endpoint that requires a JWT. The option `auth` adds further authenticators.
 *
 * @example Mint tokens with a local key
 * ```ts no-run
 * import { fromFile, JwtLLM } from '@crew/llm-jwt';
 *
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   mint: { key: fromFile('/run/secrets/llm-key.pem'), keyId: 'crew-1', issuer: 'crew', audience: 'llm-gateway' },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example Use tokens from a function, which is called again before the token expires and after a refusal
 * ```ts no-run
 * import { JwtLLM } from '@crew/llm-jwt';
 *
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   token: async ({ signal }) => {
 *     const response = await fetch('https://tokens.example/llm', { method: 'POST', signal });
 *     if (!response.ok) throw new Error(`The token service returned ${response.status}.`);
 *     return response.text();
 *   },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example Use the token in a file, such as a Kubernetes service account token
 * ```ts no-run
 * import { JwtLLM } from '@crew/llm-jwt';
 *
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   tokenFile: '/var/run/secrets/tokens/llm',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare class JwtLLM extends HttpLLM {
    /** @throws {ConfigurationError} naming the invalid option, never a token or a key. */
    constructor(options: JwtLLMOptions);
}

// jwt.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type AuthHost, type OutgoingRequest, type Refusal, type RefusalResult, type ResponseHead } from '@crew/llm-http/adapter';
import { type JwtOptions } from './options.ts';
/**
 * Creates an authenticator that sends a JSON Web Token (RFC 7519) as a bearer token (RFC 6750): an existing token, a token in
 * a file, or tokens that this program mints. A token is cached until shortly before it expires. A token that the server
 * refuses (401) is replaced once.
 *
 * @example Mint tokens with a private key
 * ```ts no-run
 * import { generateKeyPairSync } from 'node:crypto';
 * import { HttpLLM, jwt } from '@crew/llm-jwt';
 *
 * const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: jwt({ mint: { key: privateKey, keyId: 'crew-1', issuer: 'crew', audience: 'llm-gateway' } }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example Use a different token for each tenant
 * ```ts no-run
 * import { HttpLLM, jwt } from '@crew/llm-jwt';
 *
 * const tokens = new Map([['acme', 'eyJhbGciOi...']]);
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: jwt({
 *     tenant: authContext => String(authContext),
 *     token: async ({ tenant = '' }) => tokens.get(tenant) ?? '',
 *   }),
 * });
 * console.log(await llm.call('Say hello.', { authContext: 'acme' }));
 * ```
 *
 * @throws {ConfigurationError} if an option is invalid, a token is malformed or has expired, or a key cannot sign.
 */
export declare function jwt(options: JwtOptions): Authenticator;
/** The authenticator that `jwt()` creates. */
export declare class Jwt implements Authenticator {
    #private;
    readonly name = "jwt";
    readonly isRefusal?: (response: Refusal) => boolean;
    constructor(options: JwtOptions);
    attach(host: AuthHost): void;
    authenticate(request: OutgoingRequest, context: AuthContext): void | Promise<void>;
    onResponse(response: ResponseHead): void;
    onRefusal(_request: OutgoingRequest, _refusal: Refusal, context: AuthContext): RefusalResult | Promise<RefusalResult>;
    close(): Promise<void>;
}

// mint/algorithm.d.ts
import type { KeyObject } from 'node:crypto';
/** A signature algorithm (RFC 7518, section 3.1; RFC 8037; RFC 9864). There is no `none`. */
export type Algorithm = 'HS256' | 'HS384' | 'HS512' | 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'Ed25519';
/** Returns the length of a signature in bytes, or `undefined` if the algorithm does not fix it. */
export declare function signatureBytes(algorithm: Algorithm): number | undefined;
/** @throws {ConfigurationError} for any other value, including `none` in any spelling. */
export declare function checkAlgorithm(value: unknown): asserts value is Algorithm;
/**
 * Returns the algorithm for a key: the requested one if it fits the key, or the usual one.
 *
 * @throws {ConfigurationError} if the algorithm belongs to another family, if an RSA key has fewer than 2,048 bits, or if a
 * secret is shorter than the hash (RFC 7518, section 3.2).
 */
export declare function algorithmFor(key: KeyObject, requested: Algorithm | undefined, label: string): Algorithm;

// mint/claims.d.ts
import { type JsonObject } from '@crew/core';
import type { TenantContext } from '../source/token-source.ts';
/** Argument of a function that computes claims. */
export interface ClaimsContext extends TenantContext {
    /** Aborted when no caller waits for the token any more. */
    readonly signal: AbortSignal;
}
/** Options for the claims of a token and its lifetime. */
export interface ClaimOptions {
    /** The `iss` claim: a string, which must be a URI if it contains a colon (RFC 7519, section 4.1.1). */
    readonly issuer?: string | undefined;
    /** The `sub` claim, in the same form as `iss`. */
    readonly subject?: string | undefined;
    /** The `aud` claim. A string is sent as a string, a list as a list. */
    readonly audience?: string | readonly string[] | undefined;
    /** Further claims, or a function that computes them for each token. */
    readonly claims?: JsonObject | ((context: ClaimsContext) => JsonObject | Promise<JsonObject>) | undefined;
    /** Time from `iat` to `exp`, in milliseconds. Default 300,000. */
    readonly lifetime?: number | undefined;
    /**
     * Time by which `iat` lies in the past, in milliseconds, for servers whose clock is behind. It is part of the lifetime.
     * Default 10,000.
     */
    readonly backdate?: number | undefined;
    /** Sends `nbf` with the same value as `iat`. Default false. */
    readonly notBefore?: boolean | undefined;
}
/** Claims of one token. */
export interface TokenClaims {
    readonly payload: JsonObject;
    /** The `exp` claim in milliseconds since the epoch, by the same clock as `now`. */
    readonly expiresAt: number;
}
/**
 * Builds the claims of a new token. Times in a token are whole seconds (RFC 7519, section 2).
 *
 * @param now The estimated time of the server, in milliseconds since the epoch.
 * @throws {ConfigurationError} if the custom claims contain a reserved claim, or one that an option sets.
 */
export declare function buildClaims(options: ClaimOptions, customClaims: JsonObject, now: number): TokenClaims;
/** @throws {ConfigurationError} naming the invalid option. */
export declare function checkClaimOptions(options: ClaimOptions): void;

// mint/mint-options.d.ts
import { type JsonWebKey, KeyObject } from 'node:crypto';
import { type JsonObject } from '@crew/core';
import type { Secret, SecretContext } from '@crew/llm-http';
import { type Algorithm } from './algorithm.ts';
import { type ClaimOptions } from './claims.ts';
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
/**
 * Validates the options and returns a copy, so that later changes do not affect tokens.
 *
 * @throws {ConfigurationError} naming the invalid option.
 */
export declare function copyMintOptions(options: MintOptions): MintOptions;

// mint/remote-signer.d.ts
import { type JsonObject } from '@crew/core';
import { type Algorithm } from './algorithm.ts';
/** Second argument of a remote signer. */
export interface SignerContext {
    readonly algorithm: Algorithm;
    readonly keyId: string | undefined;
    /** Aborted when no caller waits for the token any more. */
    readonly signal: AbortSignal;
}
/**
 * A function that signs with a key outside this program, such as a key of a key management service (KMS). It receives the
 * bytes to sign, which are the encoded header and claims (RFC 7515, section 5.1), and returns the bytes of the signature. An
 * ECDSA signature may have the JWS form (RFC 7518, section 3.4) or the ASN.1 form that key management services return.
 *
 * @example Sign with a key on another machine
 * ```ts no-run
 * import { JwtLLM, type RemoteSigner } from '@crew/llm-jwt';
 *
 * const sign: RemoteSigner = async (bytes, { algorithm, keyId, signal }) => {
 *   const url = `https://kms.example/keys/${keyId}/sign?algorithm=${algorithm}`;
 *   const response = await fetch(url, { method: 'POST', body: Uint8Array.from(bytes), signal });
 *   if (!response.ok) throw new Error(`The KMS returned ${response.status}.`);
 *   return new Uint8Array(await response.arrayBuffer());
 * };
 * await using llm = new JwtLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   mint: { sign, algorithm: 'ES256', keyId: 'kms-key-1', issuer: 'crew', audience: 'llm-gateway' },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export type RemoteSigner = (bytes: Uint8Array, context: SignerContext) => Uint8Array | Promise<Uint8Array>;
/**
 * Signs a token with a remote signer and returns it in compact form.
 *
 * @throws {CredentialError} if the signer returns something other than a signature of the algorithm.
 */
export declare function signRemotely(sign: RemoteSigner, token: {
    readonly header: JsonObject;
    readonly payload: JsonObject;
}, context: SignerContext): Promise<string>;

// options.d.ts
import { type Clock } from '@crew/core';
import { type Refusal } from '@crew/llm-http/adapter';
import type { MintOptions } from './mint/mint-options.ts';
import type { TenantContext, TokenContext } from './source/token-source.ts';
/** Options that apply to every source of tokens. */
export interface SharedJwtOptions {
    /** Name of the header that carries the token. Default `authorization`. */
    readonly header?: string | undefined;
    /** Prefix before the token. Default `Bearer` (RFC 6750, section 2.1) in `authorization`, none elsewhere. Use `''` for none. */
    readonly scheme?: string | undefined;
    /**
     * Predicate that recognises the response to a refused token, for servers that use a status other than 401. Default: the
     * status is 401.
     */
    readonly isRefusal?: ((response: Refusal) => boolean) | undefined;
    /** Source of the current time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/** Options for an existing token, constant or from a function. */
export interface TokenOptions extends SharedJwtOptions {
    /**
     * The token, or a function that returns it: `fromEnv`, `fromCommand`, or your own. A function is called again shortly
     * before the token expires and after the server refused it; concurrent calls share its result. Only the expiry of the token
     * is read; the token is not verified.
     */
    readonly token: string | ((context: TokenContext) => string | Promise<string>);
    /** Accepts a token that cannot be decoded, because it is not a JWT or is encrypted. Default false. */
    readonly opaque?: boolean | undefined;
    /** Time for which a token from a function is used if it has no expiry, in milliseconds. Default 300,000. */
    readonly maxAge?: number | undefined;
    /** Time limit of the function, in milliseconds. Default 30,000. */
    readonly obtainTimeout?: number | undefined;
    /** Returns the tenant of a call by its `authContext`. The function is called once for each tenant and receives its name. */
    readonly tenant?: ((authContext: unknown) => string) | undefined;
    readonly tokenFile?: undefined;
    readonly mint?: undefined;
    readonly perAttempt?: undefined;
}
/** Options for a token in a file, such as a projected service account token. */
export interface TokenFileOptions extends SharedJwtOptions {
    /** Path of the file. It is checked on use, at most once per second, and read again when it has changed. */
    readonly tokenFile: string;
    /** Accepts a token that cannot be decoded, because it is not a JWT or is encrypted. Default false. */
    readonly opaque?: boolean | undefined;
    readonly token?: undefined;
    readonly mint?: undefined;
    readonly perAttempt?: undefined;
    readonly maxAge?: undefined;
    readonly obtainTimeout?: undefined;
    readonly tenant?: undefined;
}
/** Options for tokens that this program mints. */
export interface MintedTokenOptions extends SharedJwtOptions {
    /** Options for minting a token, or a function that returns them for a tenant. */
    readonly mint: MintOptions | ((context: TenantContext) => MintOptions | Promise<MintOptions>);
    /**
     * Mints a new token for every attempt, for servers that reject a repeated `jti`. Default false: a token is used until
     * shortly before it expires.
     */
    readonly perAttempt?: boolean | undefined;
    /** Time limit for minting a token with computed claims or a remote signer, in milliseconds. Default 30,000. */
    readonly obtainTimeout?: number | undefined;
    /** Returns the tenant of a call by its `authContext`. Each tenant gets its own tokens. */
    readonly tenant?: ((authContext: unknown) => string) | undefined;
    readonly token?: undefined;
    readonly tokenFile?: undefined;
    readonly opaque?: undefined;
    readonly maxAge?: undefined;
}
/** Options of `jwt()`: an existing token, a token in a file, or tokens that this program mints. */
export type JwtOptions = TokenOptions | TokenFileOptions | MintedTokenOptions;
/** Names of the options. */
export declare const OPTION_NAMES: readonly ['token', 'tokenFile', 'mint', 'opaque', 'maxAge', 'obtainTimeout', 'tenant', 'perAttempt', 'header', 'scheme', 'isRefusal', 'clock'];
/** Header that carries the token. */
export interface Placement {
    /** In lower case. */
    readonly header: string;
    readonly scheme: string;
}
/**
 * Validates all options except the token, the file and the key themselves, also against mistakes that the types rule out.
 *
 * @throws {ConfigurationError} naming the invalid option, never a token or a key.
 */
export declare function checkOptions(options: JwtOptions): Placement;

// source/token-source.d.ts
import type { SecretContext } from '@crew/llm-http';
import type { AuthContext, RefusalResult } from '@crew/llm-http/adapter';
/** Argument of a function that returns the options of a token. */
export interface TenantContext {
    /** The tenant that the `tenant` option derived from the `authContext` of the call. `undefined` without that option. */
    readonly tenant: string | undefined;
}
/** Argument of a function that returns a token. */
export interface TokenContext extends SecretContext, TenantContext {
}
/** Provider of the tokens of one authenticator. */
export interface TokenSource {
    /** Returns the token for an attempt, without a promise if it is available. */
    token(context: AuthContext): string | Promise<string>;
    /** Handles the refusal of a token by the server. */
    onRefusal(token: string, context: AuthContext): RefusalResult | Promise<RefusalResult>;
    close?(): void;
}
/** Returns the tenant of an attempt, or `undefined` if tokens are shared by all tenants. */
export type TenantResolver = (context: AuthContext) => string | undefined;
/** Creates a resolver from the `tenant` option. It throws a `ConfigurationError` if the option returns no name. */
export declare function tenantResolver(tenant: ((authContext: unknown) => string) | undefined): TenantResolver;
/** Result of decoding a token without verifying it. */
export type DecodedToken = {
    /** Expiry in milliseconds since the epoch. `undefined` if the token has no valid `exp`. */
    readonly expiresAt: number | undefined;
} | {
    /** Reason why the token cannot be used, as the end of a sentence that starts with its name. Shows nothing of it. */
    readonly problem: string;
};
/**
 * Decodes the expiry of a token. Verifying the token is the server's task: nothing is verified here, and no URL in its
 * header (`jku`, `x5u`) is fetched.
 */
export declare function decodeToken(token: string, opaque: boolean): DecodedToken;
