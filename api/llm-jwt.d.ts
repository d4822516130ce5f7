// The public surface of @crew/llm-jwt. Written by `pnpm api:update`; see docs/versions.md.

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export { jwt } from './jwt.ts';
export { JwtLLM, type JwtLLMOptions } from './jwt-llm.ts';
export type { JwtOptions, MintedTokenOptions, SharedJwtOptions, TenantContext, TokenContext, TokenFileOptions, TokenOptions, } from './jwt-options.ts';
export type { Algorithm } from './mint/algorithm.ts';
export type { ClaimOptions, ClaimsContext, HeaderOptions, LocalKeyOptions, MintOptions, RemoteKeyOptions, RemoteSigner, SignerContext, } from './mint/mint-options.ts';

// jwt-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import type { JwtOptions } from './jwt-options.ts';
/** The options of an `HttpLLM` and those of `jwt()`. */
export type JwtLLMOptions = HttpLLMOptions & JwtOptions;
/**
 * A model behind an HTTP endpoint that wants a JWT. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new JwtLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   mint: { key: fromFile('key.pem'), issuer: 'crew', audience: 'llm' },
 * });
 * console.log(await llm.call('Say hello.'));
 */
export declare class JwtLLM extends HttpLLM {
    /** @throws {ConfigurationError} naming the option that is wrong, never a token or a key. */
    constructor(given: JwtLLMOptions);
}

// jwt-options.d.ts
import type { Clock } from '@crew/core';
import type { SecretContext } from '@crew/llm-http';
import type { Refusal } from '@crew/llm-http/adapter';
import type { MintOptions } from './mint/mint-options.ts';
/** Whose token is wanted. */
export interface TenantContext {
    /** What the `tenant` option made of the call's `authContext`. `undefined` without that option. */
    readonly tenant: string | undefined;
}
/** What a function that gives a token is told. */
export interface TokenContext extends SecretContext, TenantContext {
}
/** What goes with every source of tokens. */
export interface SharedJwtOptions {
    /** The header that carries the token. Default `authorization`. */
    readonly header?: string | undefined;
    /** What stands before the token. Default `Bearer` (RFC 6750, section 2.1) in `authorization`, nothing elsewhere; `''` for nothing. */
    readonly scheme?: string | undefined;
    /** For servers that refuse a token with another status than 401. Default: 401 alone. */
    readonly isRefusal?: ((response: Refusal) => boolean) | undefined;
    /** Where time comes from. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** A token that somebody gives. */
export interface TokenOptions extends SharedJwtOptions {
    /**
     * The token, or a function that gives it: `fromEnv`, `fromCommand`, or your own. A function is called again shortly
     * before the token expires and when the server refused it; many calls share its answer. Only the token's expiry is
     * read; it is not verified.
     */
    readonly token: string | ((context: TokenContext) => string | Promise<string>);
    /** Accept a token that cannot be read: one that is no JWT, or an encrypted one. Default false. */
    readonly opaque?: boolean | undefined;
    /** Milliseconds for which a function's token is used when it does not say when it expires. Default 300,000. */
    readonly maxAge?: number | undefined;
    /** Milliseconds that a function may take. Default 30,000. */
    readonly obtainTimeout?: number | undefined;
    /** The tenant of a call, by its `authContext`. The function is asked once for each, and told which. */
    readonly tenant?: ((authContext: unknown) => string) | undefined;
    readonly tokenFile?: undefined;
    readonly mint?: undefined;
    readonly perAttempt?: undefined;
}
/** A token in a file, such as a projected service-account token. */
export interface TokenFileOptions extends SharedJwtOptions {
    /** The file's path. It is looked at no more than once a second, on use, and read again when it changed. */
    readonly tokenFile: string;
    /** Accept a token that cannot be read: one that is no JWT, or an encrypted one. Default false. */
    readonly opaque?: boolean | undefined;
    readonly token?: undefined;
    readonly mint?: undefined;
    readonly perAttempt?: undefined;
    readonly maxAge?: undefined;
    readonly obtainTimeout?: undefined;
    readonly tenant?: undefined;
}
/** Tokens that are made here. */
export interface MintedTokenOptions extends SharedJwtOptions {
    /** How tokens are made, or a function that says so for a tenant. */
    readonly mint: MintOptions | ((context: TenantContext) => MintOptions | Promise<MintOptions>);
    /**
     * Make a new token for every attempt, for servers that refuse a `jti` which they have seen. Default false: a token is
     * used until shortly before it expires.
     */
    readonly perAttempt?: boolean | undefined;
    /** Milliseconds that making a token may take: computed claims, a remote signer. Default 30,000. */
    readonly obtainTimeout?: number | undefined;
    /** The tenant of a call, by its `authContext`. Each gets tokens of its own. */
    readonly tenant?: ((authContext: unknown) => string) | undefined;
    readonly token?: undefined;
    readonly tokenFile?: undefined;
    readonly opaque?: undefined;
    readonly maxAge?: undefined;
}
/** Where tokens come from: somebody gives them, they are in a file, or they are made here. */
export type JwtOptions = TokenOptions | TokenFileOptions | MintedTokenOptions;

// jwt.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type AuthHost, type OutgoingRequest, type Refusal, type RefusalResult, type ResponseHead } from '@crew/llm-http/adapter';
import type { JwtOptions } from './jwt-options.ts';
/**
 * Authenticates with a JSON Web Token (RFC 7519) as a bearer token (RFC 6750): one that is given, one in a file, or one that
 * is made here. Tokens are kept until shortly before they expire; one that the server refuses (401) is replaced once.
 *
 * @example
 * new HttpLLM({ endpoint, auth: jwt({ mint: { key: fromFile('key.pem'), issuer: 'crew', audience: 'llm' } }) })
 *
 * @throws {ConfigurationError} for options that are wrong, a token that is malformed or has expired, and a key that
 * cannot sign.
 */
export declare function jwt(options: JwtOptions): Authenticator;
/** The authenticator that `jwt()` makes. */
export declare class Jwt implements Authenticator {
    #private;
    readonly name = "jwt";
    readonly isRefusal?: (response: Refusal) => boolean;
    constructor(given: JwtOptions);
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
/** How many bytes a signature has, where the algorithm says so. */
export declare function signatureBytes(algorithm: Algorithm): number | undefined;
/** @throws {ConfigurationError} for what is none of them: `none` in any spelling, for one. */
export declare function checkAlgorithm(value: unknown): asserts value is Algorithm;
/**
 * The algorithm for a key: what was asked for, if it fits, or the usual one.
 *
 * @throws {ConfigurationError} for an algorithm of another family, for an RSA key under 2,048 bits, and for a secret that is
 * shorter than the hash (RFC 7518, section 3.2).
 */
export declare function algorithmFor(key: KeyObject, asked: Algorithm | undefined, what: string): Algorithm;

// mint/mint-options.d.ts
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
