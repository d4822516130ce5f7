// The public surface of @crew/llm-oauth. Written by `pnpm api:update`; see docs/versions.md.

// bearer/challenges.d.ts
import type { AuthContext, Refusal } from '@crew/llm-http/adapter';
/** How far an endpoint's challenge is followed (RFC 9728, section 5). */
export interface ChallengeOptions {
    /** The authorization servers that may be used, by issuer. What the endpoint names beside them is ignored. */
    readonly issuers: readonly string[];
}
/** What a challenge taught. */
export interface Learnt {
    readonly issuer: string;
    readonly resource: string;
    readonly scope?: string;
}
/** Learns from the endpoint's challenge which authorization server, scope and resource it wants. */
export declare class Challenges {
    #private;
    /** @throws {ConfigurationError} without issuers, or with malformed ones. */
    constructor(options: ChallengeOptions);
    get learnt(): Learnt | undefined;
    /**
     * Reads the protected resource metadata that the challenge points to. Whether something new was learnt.
     *
     * @throws {CredentialError} when it points to another origin, is about another resource (RFC 9728, section 3.3), or
     * names no authorization server that may be used.
     */
    learn(refusal: Refusal, context: AuthContext): Promise<boolean>;
}

// client-authentication/assertion.d.ts
import { type AuthorizationServer, type ModifyAssertionFunction, modifyAssertion } from 'oauth4webapi';
import type { ClientRequest } from './client-authentication.ts';
/**
 * Whom an assertion is for: `issuer`, the server's issuer identifier, as the revision of RFC 7523 demands;
 * `tokenEndpoint`, that URL, as older servers want; or any other value as it is.
 */
export type AssertionAudience = 'issuer' | 'tokenEndpoint' | (string & {});
/** What an assertion may be given beside its key. */
export interface AssertionOptions {
    /** Its `aud`. Default `issuer`. */
    readonly audience?: AssertionAudience | undefined;
    /** Further header parameters, such as `x5t#S256`. */
    readonly header?: Readonly<Record<string, string>> | undefined;
    /** Further claims. */
    readonly claims?: Readonly<Record<string, unknown>> | undefined;
    /** Milliseconds that it is valid, at least 1,000. Its claims have whole seconds. Default 60,000. */
    readonly lifetime?: number | undefined;
}
/** What an assertion needs to know of its request. */
type Addressed = Pick<ClientRequest, 'issuer' | 'tokenEndpoint' | 'now'>;
/**
 * A copy of the options, which nothing that is done to them later changes.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export declare function readAssertionOptions(options: AssertionOptions, what: string): AssertionOptions;
/** How oauth4webapi is to make the assertion of one request. Its own dates come from the machine's clock, so all are set. */
export declare function assertionOptions(request: Addressed, options: AssertionOptions): {
    [modifyAssertion]: ModifyAssertionFunction;
};
/** The server as oauth4webapi wants it. */
export declare function serverOf(request: Addressed): AuthorizationServer;
export {};

// client-authentication/client-assertion.d.ts
import { type IdentitySource } from '../grant/identity-source.ts';
import type { ClientAuthentication } from './client-authentication.ts';
/**
 * An assertion that somebody else signed (RFC 7521, section 4.2): the identity token of a Kubernetes pod or a CI job,
 * where the server trusts its issuer. This is how workload federation replaces a client secret.
 *
 * @throws {ConfigurationError} when `assertion` is no string and no function.
 */
export declare function clientAssertion(assertion: IdentitySource): ClientAuthentication;

// client-authentication/client-authentication.d.ts
import type { IdentityContext } from '../grant/identity-source.ts';
/** One request to an authorization server, to which a client adds what proves its identity. */
export interface ClientRequest extends IdentityContext {
    /** The server's issuer identifier. Absent where only endpoints were given by hand. */
    readonly issuer: string | undefined;
    readonly tokenEndpoint: string;
    readonly clientId: string;
    /** The form parameters, to be added to. */
    readonly body: URLSearchParams;
    /** The header fields, to be added to. */
    readonly headers: Headers;
    /** Seconds since the epoch by the server's clock, as far as its answers told it. */
    now(): number;
}
/** How a client proves its identity to the authorization server (RFC 6749, section 2.3). */
export interface ClientAuthentication {
    /** As registered for `token_endpoint_auth_method` (RFC 7591, section 2). */
    readonly method: string;
    /** True where a client certificate is the proof (RFC 8705, section 2). */
    readonly usesCertificate?: boolean | undefined;
    /** False where the proof does not depend on `authContext`. Default true: tokens are kept for each. */
    readonly usesAuthContext?: boolean | undefined;
    /** Adds the proof to one request. Called anew for each. */
    apply(request: ClientRequest): void | Promise<void>;
}

// client-authentication/client-secret.d.ts
import type { Secret } from '@crew/llm-http';
import { type AssertionAudience } from './assertion.ts';
import type { ClientAuthentication } from './client-authentication.ts';
/** What `clientSecretBasic` may be given. */
export interface ClientSecretBasicOptions {
    /**
     * `form` encodes id and secret before base64, as RFC 6749, section 2.3.1, and appendix B demand. `raw` does not, for
     * servers that never decode. Default `form`.
     */
    readonly encoding?: 'form' | 'raw' | undefined;
}
/**
 * The secret in the `authorization` header: `client_secret_basic` (RFC 6749, section 2.3.1).
 *
 * @throws {ConfigurationError} for a secret that is empty or not visible ASCII (RFC 6749, appendix A.2).
 */
export declare function clientSecretBasic(secret: Secret, given?: ClientSecretBasicOptions): ClientAuthentication;
/**
 * The secret in the form: `client_secret_post` (RFC 6749, section 2.3.1), for servers that take no other.
 *
 * @throws {ConfigurationError} for a secret that is empty or not visible ASCII.
 */
export declare function clientSecretPost(secret: Secret): ClientAuthentication;
/** What `clientSecretJwt` may be given. */
export interface ClientSecretJwtOptions {
    /** The assertion's audience. Default: the issuer. */
    readonly audience?: AssertionAudience | undefined;
}
/**
 * An assertion signed with the secret (HS256), which itself stays here: `client_secret_jwt` (OpenID Connect Core 1.0,
 * section 9). A new `jti` for every request.
 *
 * @throws {ConfigurationError} for a secret that is empty, not visible ASCII, or shorter than 32 characters (RFC 7518,
 * section 3.2).
 */
export declare function clientSecretJwt(secret: Secret, given?: ClientSecretJwtOptions): ClientAuthentication;

// client-authentication/private-key-jwt.d.ts
import { type AssertionOptions } from './assertion.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { type PrivateKeySource, type SigningAlgorithm } from './private-key.ts';
/** What `privateKeyJwt` may be given. */
export interface PrivateKeyJwtOptions extends AssertionOptions {
    /** The key id that the server knows the key by. Default: the JWK's own. */
    readonly kid?: string | undefined;
    /** Only where the key leaves a choice: RSA signs with `RS256` unless `PS256` is asked for. */
    readonly algorithm?: SigningAlgorithm | undefined;
}
/**
 * An assertion signed with a private key: `private_key_jwt` (RFC 7523, section 2.2; OpenID Connect Core 1.0, section 9).
 * Each request has a new one (`jti`), valid for 60 seconds, for the server's issuer.
 *
 * @throws {ConfigurationError} for a key that cannot sign, an RSA key under 2048 bits, or malformed options.
 */
export declare function privateKeyJwt(key: PrivateKeySource, given?: PrivateKeyJwtOptions): ClientAuthentication;

// client-authentication/private-key.d.ts
import { type JsonWebKey, KeyObject, type webcrypto } from 'node:crypto';
/** A private key: PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), a JWK, or what `node:crypto` or Web Crypto made. */
export type PrivateKey = string | JsonWebKey | KeyObject | webcrypto.CryptoKey;
/** A private key, or a function that gives it (`fromFile`, say). Called for every assertion, so that keys can rotate. */
export type PrivateKeySource = PrivateKey | (() => PrivateKey | Promise<PrivateKey>);
/** The algorithms that assertions are signed with (RFC 7518, section 3.1; RFC 9864). */
export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519';
/** A key ready to sign, and the key id that came with it. */
export interface SigningKey {
    readonly key: webcrypto.CryptoKey;
    readonly kid: string | undefined;
}
/** Reads a key from its source and remembers it as long as the source gives the same. */
export declare class SigningKeys {
    #private;
    /** @throws {ConfigurationError} for a key that cannot sign. Keys from functions are checked when they are read. */
    constructor(source: PrivateKeySource, algorithm: SigningAlgorithm | undefined);
    /** @throws {ConfigurationError} for a key that cannot sign. */
    current(): Promise<SigningKey>;
}
/** The thumbprint of a certificate for the header `x5t#S256` (RFC 7515, section 4.1.8). */
export declare function certificateThumbprint(pem: string): string;

// client-authentication/without-secret.d.ts
import type { ClientAuthentication } from './client-authentication.ts';
/** A public client: its id in the form, and no proof: `none` (RFC 6749, section 3.2.1). */
export declare function publicClient(): ClientAuthentication;
/**
 * A certificate that an authority issued, on the connection to the token endpoint: `tls_client_auth` (RFC 8705, section
 * 2.1). The certificate comes from the authenticator that gives the LLM's connection, such as `clientCertificate()` of
 * `@crew/llm-mtls`; `mtls_endpoint_aliases` of the server's metadata are used.
 */
export declare function tlsClientAuth(): ClientAuthentication;
/** As `tlsClientAuth`, with a certificate that the client signed itself: `self_signed_tls_client_auth` (RFC 8705, 2.2). */
export declare function selfSignedTlsClientAuth(): ClientAuthentication;

// cloud/app-service-identity.d.ts
import { type Clock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
/** What `appServiceIdentity` may be given. */
export interface AppServiceIdentityOptions {
    /** What the token is for, without `/.default`, such as `https://cognitiveservices.azure.com`. */
    readonly resource: string;
    /** A user-assigned identity. Default: the system-assigned one. */
    readonly clientId?: string | undefined;
    /** For errors and events. Default `app-service-identity`. */
    readonly name?: string | undefined;
    /** Milliseconds that obtaining a token may take. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * The managed identity of Azure App Service, Functions and Container Apps, which say in `IDENTITY_ENDPOINT` and
 * `IDENTITY_HEADER` where its service is. It is asked directly, over plain http, on this machine and nowhere else.
 *
 * @example
 * new HttpLLM({ endpoint, auth: appServiceIdentity({ resource: 'https://cognitiveservices.azure.com' }) });
 * @throws {ConfigurationError} without a resource.
 */
export declare function appServiceIdentity(given: AppServiceIdentityOptions): Authenticator;

// cloud/entra.d.ts
import type { Secret } from '@crew/llm-http';
import { type PrivateKeySource } from '../client-authentication/private-key.ts';
import type { IdentitySource } from '../grant/identity-source.ts';
import type { OAuthSettings } from '../settings.ts';
/** A certificate that is registered for the application, and its key. */
export interface EntraCertificate {
    /** PEM, or a function that gives it, for certificates that rotate. */
    readonly certificate: string | (() => string | Promise<string>);
    readonly privateKey: PrivateKeySource;
}
/** An application in Microsoft Entra, and exactly one way to prove that this program is it. */
export interface EntraOptions {
    /** The directory: its id or one of its domains. */
    readonly tenantId: string;
    /** The application (client) id. */
    readonly clientId: string;
    /** What the token is for: the resource with `/.default`, such as `https://cognitiveservices.azure.com/.default`. */
    readonly scope: string;
    readonly clientSecret?: Secret | undefined;
    readonly certificate?: EntraCertificate | undefined;
    /** Workload identity federation: the token of a pod, a CI job or another cloud, read anew for each request. */
    readonly assertion?: IdentitySource | undefined;
    /** The cloud. Default `https://login.microsoftonline.com`. */
    readonly authorityHost?: string | undefined;
}
/**
 * Settings of `oauth()` and `OAuthLLM` for Microsoft Entra (client credentials of its v2.0 endpoint). When Entra says when
 * to renew (`refresh_in`) that is kept to, and its claims challenges are answered.
 *
 * @example
 * new OAuthLLM({ endpoint, ...entra({ tenantId, clientId, scope, clientSecret: fromEnv('CLIENT_SECRET') }) });
 * @throws {ConfigurationError} for options that are missing, or more or less than one proof.
 */
export declare function entra(given: EntraOptions): OAuthSettings;

// cloud/github-actions.d.ts
import { type IdentityContext } from '../grant/identity-source.ts';
/** What `githubActionsToken` needs. */
export interface GithubActionsTokenOptions {
    /** Whom the token is for, such as `api://AzureADTokenExchange`, or the provider's name at Google. */
    readonly audience: string;
}
/**
 * The identity token of a GitHub Actions job, as assertion or subject token. The job needs `permissions: id-token: write`.
 * It lives a few minutes, so a new one is asked for at every token request.
 *
 * @throws {ConfigurationError} without an audience; from the returned function, outside of a job that may have tokens.
 */
export declare function githubActionsToken(given: GithubActionsTokenOptions): (context: IdentityContext) => Promise<string>;

// cloud/kubernetes.d.ts
import { type FromFileOptions } from '@crew/llm-http';
/** What `kubernetesToken` may be given. */
export interface KubernetesTokenOptions extends FromFileOptions {
    /** Where the projected token is mounted. Default `/var/run/secrets/kubernetes.io/serviceaccount/token`. */
    readonly path?: string | undefined;
}
/**
 * The service account token of a Kubernetes pod, as assertion or subject token. The kubelet replaces the file; it is
 * looked at again for every token request. Mount one with the audience that the server wants (a projected volume): the
 * default one is for the cluster itself.
 *
 * @throws {CredentialError} from the returned function, when the file could never be read.
 */
export declare function kubernetesToken(given?: KubernetesTokenOptions): () => string;

// google.d.ts
export { type GoogleCredentials, type GoogleImpersonation, type GoogleOptions, google } from './google/google.ts';

// google/credentials.d.ts
/** The contents of a credential file, as Google's console gives it. */
export type GoogleCredentials = Readonly<Record<string, unknown>>;
/**
 * Application default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or the one that gcloud keeps.
 * `undefined`: there is none, so the metadata server is to be asked.
 *
 * @throws {ConfigurationError} for a file that cannot be read, is not an ordinary one of at most 1 MiB, or is not JSON.
 */
export declare function applicationDefault(signal: AbortSignal): Promise<GoogleCredentials | undefined>;
/** @throws {ConfigurationError} for a file that is missing, cannot be read, or is not an ordinary one of at most 1 MiB. */
export declare function readGoogleFile(path: string, signal: AbortSignal): Promise<string>;
/** @throws {ConfigurationError} when the credentials lack it. */
export declare function textOf(credentials: GoogleCredentials, name: string): string;

// google/google-options.d.ts
import { type Clock } from '@crew/core';
import { type IdentitySource } from '../grant/identity-source.ts';
import type { GoogleCredentials } from './credentials.ts';
import type { GoogleImpersonation } from './impersonation.ts';
/** What `google` may be given. */
export interface GoogleOptions {
    /**
     * The contents of a credential file: a service account, an authorized user, workload identity federation
     * (`external_account`), or an impersonated service account. Or a function that gives them, called for every token.
     * Default: application default credentials, then the metadata server.
     */
    readonly credentials?: GoogleCredentials | (() => GoogleCredentials | Promise<GoogleCredentials>) | undefined;
    /** Default `https://www.googleapis.com/auth/cloud-platform`. */
    readonly scopes?: readonly string[] | undefined;
    /** A service account to act as. */
    readonly impersonate?: GoogleImpersonation | undefined;
    /**
     * The subject token of workload identity federation, in place of the credentials' `credential_source`. A function with a
     * parameter may give each user's own, by `authContext`: tokens are then kept for each `tenant`, or for each text, number
     * or boolean that is given as `authContext`; reading an object there without `tenant` is a `ConfigurationError`.
     */
    readonly subjectToken?: IdentitySource | undefined;
    /**
     * Names the user, or the tenant, that a call's `authContext` stands for: calls with the same `id` share tokens, of which
     * 1,000 are kept. `undefined`: nobody in particular, as without this option.
     */
    tenant?(authContext: unknown): {
        readonly id: string;
    } | undefined;
    /**
     * Origins beside Google's own that the credentials may name: `http://169.254.169.254` for federation from a machine
     * of AWS or Azure, whose metadata service its credential file asks.
     */
    readonly trustedOrigins?: readonly string[] | undefined;
    /** For errors and events. Default `google`. */
    readonly name?: string | undefined;
    /** Milliseconds that obtaining a token may take. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * The options, read once: what is done to the caller's object later changes nothing.
 *
 * @throws {ConfigurationError} naming the option that is wrong.
 */
export declare function readGoogleOptions(given: GoogleOptions): GoogleOptions;

// google/google.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type GoogleOptions } from './google-options.ts';
export type { GoogleCredentials } from './credentials.ts';
export type { GoogleOptions } from './google-options.ts';
export type { GoogleImpersonation } from './impersonation.ts';
/**
 * Access tokens of Google Cloud, through google-auth-library, which is to be installed beside this package. Each token is
 * obtained by a new client of it, so files that change are read again; keeping and renewing is Crew's.
 *
 * @example
 * new HttpLLM({ endpoint, auth: google() });
 * @throws {ConfigurationError} for malformed options; at the first token, when google-auth-library is not installed.
 */
export declare function google(options?: GoogleOptions): Authenticator;

// google/impersonation.d.ts
import { type Clock } from '@crew/core';
import { type GoogleCredentials } from './credentials.ts';
/** A service account to act as. */
export interface GoogleImpersonation {
    /** Its e-mail address. */
    readonly serviceAccount: string;
    /** The chain of delegates, where there is one. */
    readonly delegates?: readonly string[] | undefined;
    /** Milliseconds that a token lives, in whole seconds. Default 3,600,000. */
    readonly lifetime?: number | undefined;
}
/** A token, and when it expires by the machine's own clock, in milliseconds since the epoch. */
export interface GoogleToken {
    readonly text: string;
    readonly expiresAt: number | undefined;
}
/** The impersonation that a credential file asks for. */
export declare function impersonationIn(credentials: GoogleCredentials): GoogleImpersonation | undefined;
/**
 * Exchanges a token for one of another service account (generateAccessToken of Google's IAM credentials API). Asked
 * directly: google-auth-library writes a warning for every client of that kind.
 *
 * @throws {CredentialError} when Google gave none.
 */
export declare function impersonate(source: string, { serviceAccount, delegates, lifetime }: GoogleImpersonation, options: {
    readonly scopes: readonly string[];
    readonly fetch: typeof globalThis.fetch;
    readonly signal: AbortSignal;
    readonly clock: Clock;
}): Promise<GoogleToken>;

// grant/client-credentials.d.ts
import type { Grant } from './grant.ts';
/** The client's own identity is all (RFC 6749, section 4.4). The default. */
export declare function clientCredentials(): Grant;

// grant/custom-grant.d.ts
import type { Grant, GrantContext, GrantParameters } from './grant.ts';
/** What `customGrant` needs. */
export interface CustomGrantOptions {
    /** The value of `grant_type`: usually a URI (RFC 6749, section 4.5). */
    readonly type: string;
    /** Its parameters, or a function that gives them for each request. Empty and undefined ones are not sent. */
    readonly parameters?: GrantParameters | ((context: GrantContext) => GrantParameters | Promise<GrantParameters>) | undefined;
}
/**
 * Any other grant (RFC 6749, section 4.5). Every parameter is treated as a secret.
 *
 * @throws {ConfigurationError} without a type, or for malformed parameters.
 */
export declare function customGrant(given: CustomGrantOptions): Grant;

// grant/grant.d.ts
import type { ClientRequest } from '../client-authentication/client-authentication.ts';
import type { IdentitySource } from './identity-source.ts';
/** Parameters of a token request by name. A list sends the parameter once for each of its values. */
export type GrantParameters = Readonly<Record<string, string | readonly string[] | undefined>>;
/** What a grant is told when it makes a request. */
export type GrantContext = Pick<ClientRequest, 'signal' | 'refused' | 'fetch' | 'authContext' | 'issuer' | 'tokenEndpoint' | 'clientId' | 'now'>;
/** One way to be given an access token (RFC 6749, section 1.3): the grant type and its parameters. */
export interface Grant {
    /** The value of `grant_type`. */
    readonly type: string;
    /** The parameters of one request. Called anew for each, so that an assertion is never stale. */
    parameters(context: GrantContext): GrantParameters | Promise<GrantParameters>;
    /** Says what is wrong with a successful response, if something is. */
    complaint?(response: Readonly<Record<string, unknown>>): string | undefined;
    /** False where no parameter depends on `authContext`. Default true: tokens are kept for each. */
    readonly usesAuthContext?: boolean | undefined;
    /** The refresh token to begin with, where that is what the grant lives on. */
    readonly refreshToken?: IdentitySource | undefined;
}

// grant/identity-source.d.ts
import type { SecretContext } from '@crew/llm-http';
/** What a function that gives an identity (a token, an assertion) is told. */
export interface IdentityContext extends SecretContext {
    /** Sends requests through the LLM's transport, without its authenticators. */
    readonly fetch: typeof fetch;
    /**
     * What the caller passed as `authContext`, untouched.
     *
     * @throws {ConfigurationError} on reading an object, or from a function without parameters, while no `tenant` says whose
     * the token is.
     */
    readonly authContext: unknown;
}
/**
 * A token or assertion of somebody else's making, or a function that gives it: every `Secret` of `@crew/llm-http`
 * (`fromFile`, `fromEnv`, `fromCommand`) is one, and so are `githubActionsToken` and `kubernetesToken`. The function is
 * called for every token request, so what it gives is never stale.
 *
 * What a function with a parameter gives may depend on `authContext`. Its tokens are therefore kept for each `tenant`, and
 * where there is none for each `authContext`, which must be a text, a number or a boolean to be read.
 */
export type IdentitySource = string | ((context: IdentityContext) => string | Promise<string>);
/** Marks a source that gives the same to everybody. */
export declare function forEverybody<T extends Exclude<IdentitySource, string>>(source: T): T;
/** Whether a function may answer differently for another `authContext`: any may that declares its parameter. */
export declare function mayReadAuthContext(source: unknown): boolean;
/** @throws {ConfigurationError} naming `what`, never the value. */
export declare function checkIdentitySource(source: unknown, what: string): asserts source is IdentitySource;
/**
 * @throws {CredentialError} when the function failed.
 * @throws {ConfigurationError} when the value is empty, or not visible ASCII.
 */
export declare function readIdentity(source: IdentitySource, what: string, context: IdentityContext): Promise<string>;

// grant/jwt-bearer.d.ts
import { type AssertionAudience } from '../client-authentication/assertion.ts';
import { type PrivateKeySource, type SigningAlgorithm } from '../client-authentication/private-key.ts';
import type { Grant } from './grant.ts';
import { type IdentitySource } from './identity-source.ts';
/** An assertion to be signed here (RFC 7523, section 3). */
export interface JwtBearerAssertion {
    readonly key: PrivateKeySource;
    /** `iss`: who vouches. */
    readonly issuer: string;
    /** `sub`: on whose behalf. Default: the issuer. */
    readonly subject?: string | undefined;
    /** `aud`. Default: the server's issuer identifier. */
    readonly audience?: AssertionAudience | undefined;
    /** Further claims. */
    readonly claims?: Readonly<Record<string, unknown>> | undefined;
    /** The key id that the server knows the key by. Default: the JWK's own. */
    readonly kid?: string | undefined;
    /** Only for RSA keys: `RS256` (the default) or `PS256`. */
    readonly algorithm?: SigningAlgorithm | undefined;
    /** Milliseconds that it is valid, at least 1,000. Its claims have whole seconds. Default 60,000. */
    readonly lifetime?: number | undefined;
}
/** Either an assertion of somebody else's making, or what is needed to sign one for each request. */
export type JwtBearerOptions = {
    readonly assertion: IdentitySource;
} | JwtBearerAssertion;
/**
 * A JWT as the grant (RFC 7523, section 2.1): a service account's key, or a token that another party signed.
 *
 * @throws {ConfigurationError} when neither assertion nor key and issuer are given, the key cannot sign, or another option
 * is malformed.
 */
export declare function jwtBearer(given: JwtBearerOptions): Grant;

// grant/refresh-token.d.ts
import type { Grant } from './grant.ts';
import { type IdentitySource } from './identity-source.ts';
/**
 * A refresh token that a login elsewhere gave (RFC 6749, section 6). When the server replaces it, the new one is stored
 * before it is used and the old one is discarded; give a `store` that outlives the process, or the one that is given
 * here will be a used one after a restart. A different `token` than before counts as a new login.
 *
 * @throws {ConfigurationError} for a token that is empty, not visible ASCII, or no string and no function.
 */
export declare function refreshToken(token: IdentitySource): Grant;

// grant/token-exchange.d.ts
import type { Grant } from './grant.ts';
import { type IdentitySource } from './identity-source.ts';
/** Short names of the token types of RFC 8693, section 3. */
declare const TYPES: {
    readonly 'access-token': 'urn:ietf:params:oauth:token-type:access_token';
    readonly 'refresh-token': 'urn:ietf:params:oauth:token-type:refresh_token';
    readonly 'id-token': 'urn:ietf:params:oauth:token-type:id_token';
    readonly saml1: 'urn:ietf:params:oauth:token-type:saml1';
    readonly saml2: 'urn:ietf:params:oauth:token-type:saml2';
    readonly jwt: 'urn:ietf:params:oauth:token-type:jwt';
};
/** What kind of token it is: one of the short names, or the URI itself. */
export type TokenType = keyof typeof TYPES | `urn:${string}` | `https:${string}`;
/** One token and its kind. */
export interface ExchangedToken {
    readonly token: IdentitySource;
    readonly type: TokenType;
}
/** What `tokenExchange` needs. `audience`, `resource` and `scope` are the authenticator's own options. */
export interface TokenExchangeOptions {
    /** On whose behalf. */
    readonly subject: ExchangedToken;
    /** Who acts, where that is somebody else (delegation, RFC 8693, section 1.1). */
    readonly actor?: ExchangedToken | undefined;
    /** The kind of token that is wanted. Default: the server decides. */
    readonly requestedType?: TokenType | undefined;
}
/**
 * Exchanges a token for another (RFC 8693): a user's token, or the identity token of a workload, for one that the
 * endpoint accepts.
 *
 * @throws {ConfigurationError} for a missing token or an unknown type.
 */
export declare function tokenExchange(given: TokenExchangeOptions): Grant;
export {};

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions, type Secret } from '@crew/llm-http';
export type { ChallengeOptions } from './bearer/challenges.ts';
export type { AssertionAudience, AssertionOptions } from './client-authentication/assertion.ts';
export { clientAssertion } from './client-authentication/client-assertion.ts';
export type { ClientAuthentication, ClientRequest } from './client-authentication/client-authentication.ts';
export { type ClientSecretBasicOptions, type ClientSecretJwtOptions, clientSecretBasic, clientSecretJwt, clientSecretPost, } from './client-authentication/client-secret.ts';
export type { PrivateKey, PrivateKeySource, SigningAlgorithm } from './client-authentication/private-key.ts';
export { type PrivateKeyJwtOptions, privateKeyJwt } from './client-authentication/private-key-jwt.ts';
export { publicClient, selfSignedTlsClientAuth, tlsClientAuth } from './client-authentication/without-secret.ts';
export { type AppServiceIdentityOptions, appServiceIdentity } from './cloud/app-service-identity.ts';
export { type EntraCertificate, type EntraOptions, entra } from './cloud/entra.ts';
export { type GithubActionsTokenOptions, githubActionsToken } from './cloud/github-actions.ts';
export { type KubernetesTokenOptions, kubernetesToken } from './cloud/kubernetes.ts';
export { clientCredentials } from './grant/client-credentials.ts';
export { type CustomGrantOptions, customGrant } from './grant/custom-grant.ts';
export type { Grant, GrantContext, GrantParameters } from './grant/grant.ts';
export type { IdentityContext, IdentitySource } from './grant/identity-source.ts';
export { type JwtBearerAssertion, type JwtBearerOptions, jwtBearer } from './grant/jwt-bearer.ts';
export { refreshToken } from './grant/refresh-token.ts';
export { type ExchangedToken, type TokenExchangeOptions, type TokenType, tokenExchange, } from './grant/token-exchange.ts';
export { type OAuthAuthenticator, oauth, type RevokeOptions } from './oauth.ts';
export { OAuthLLM, type OAuthLLMOptions } from './oauth-llm.ts';
export type { OAuthOptions, TenantSettings } from './oauth-options.ts';
export type { DiscoveryKind } from './server/discovery.ts';
export type { OAuthSettings } from './settings.ts';
export { type FileTokenStoreOptions, fileTokenStore } from './store/file-token-store.ts';
export { memoryTokenStore } from './store/memory-token-store.ts';
export type { TokenStore } from './store/token-store.ts';
export type { OAuthScopeEvent } from './token/scope-event.ts';

// oauth-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { type RevokeOptions } from './oauth.ts';
import type { OAuthOptions } from './oauth-options.ts';
/** The options of an `HttpLLM` and those of `oauth()`. */
export type OAuthLLMOptions = HttpLLMOptions & OAuthOptions;
/**
 * A model behind an HTTP endpoint that wants OAuth 2 access tokens. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 * });
 * console.log(await llm.call('Say hello.'));
 */
export declare class OAuthLLM extends HttpLLM {
    #private;
    /** @throws {ConfigurationError} naming the option that is wrong, never a secret. */
    constructor(options: OAuthLLMOptions);
    /** As `OAuthAuthenticator.revoke`. */
    revoke(options?: RevokeOptions): Promise<void>;
}

// oauth-options.d.ts
import { type Clock } from '@crew/core';
import type { ChallengeOptions } from './bearer/challenges.ts';
import type { OAuthSettings } from './settings.ts';
import { type TokenStore } from './store/token-store.ts';
/** One tenant's settings, in place of the authenticator's own. */
export interface TenantSettings extends OAuthSettings {
    /** Names the tenant, or the user. Calls with different ids never share a token. */
    readonly id: string;
}
/** What `oauth` may be given. */
export interface OAuthOptions extends OAuthSettings {
    /** For errors and events. Default `oauth`. */
    readonly name?: string | undefined;
    /**
     * Names the tenant, or the user, that a call's `authContext` stands for, and gives settings of its own: calls with the
     * same `id` and settings share tokens. `undefined`: the authenticator's own settings, as without this option.
     *
     * Without it tokens are everybody's, unless a function of `grant` or `clientAuthentication` takes its context, in which
     * it may read `authContext`: then they are kept for each text, number or boolean that is given as `authContext`, and
     * reading an object there is a `ConfigurationError`. At most 1,000 are kept; the least recently used go.
     */
    tenant?(authContext: unknown): TenantSettings | undefined;
    /** Where refresh tokens live, and access tokens for others. Default: this authenticator's memory. */
    readonly store?: TokenStore | undefined;
    /** Follow the endpoint's own challenge (RFC 9728) to these authorization servers. Default: not at all. */
    readonly followChallenge?: ChallengeOptions | undefined;
    /** Milliseconds that a token is used when the server does not say how long (`expires_in`). Default 300,000. */
    readonly defaultLifetime?: number | undefined;
    /** Milliseconds that obtaining a token may take. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * The options, read once: what is done to the caller's object later changes nothing.
 *
 * @throws {ConfigurationError} for what `resolveSettings` does not look at.
 */
export declare function readOAuthOptions(given: OAuthOptions): OAuthOptions;

// oauth.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type OAuthOptions } from './oauth-options.ts';
/** What `revoke` may be given. */
export interface RevokeOptions {
    /** Whose tokens, where they are kept for each `tenant` or each `authContext`. */
    readonly authContext?: unknown;
    readonly signal?: AbortSignal | undefined;
}
/** The authenticator that `oauth` makes. */
export interface OAuthAuthenticator extends Authenticator {
    /**
     * Revokes the refresh token, or the access token where there is none (RFC 7009), and forgets both. The connection to
     * the server is the LLM's, so it has to be constructed.
     *
     * @throws {CredentialError} when the server did not; nothing is forgotten then. `retryAfter` as it said.
     */
    revoke(options?: RevokeOptions): Promise<void>;
}
/**
 * OAuth 2 access tokens on every request (RFC 6750), obtained, kept and renewed: client credentials unless another
 * `grant` is given.
 *
 * @throws {ConfigurationError} for options that are incomplete, malformed, or contradict each other.
 */
export declare function oauth(options: OAuthOptions): OAuthAuthenticator;

// server/authorization-server.d.ts
/** An authorization server as far as a client without a user needs it: by hand, or from its metadata (RFC 8414). */
export interface AuthorizationServer {
    /** Its issuer identifier. Absent where only endpoints were given by hand. */
    readonly issuer: string | undefined;
    readonly tokenEndpoint: URL;
    readonly revocationEndpoint: URL | undefined;
    /** The endpoints for clients that authenticate with a certificate (RFC 8705, section 5). */
    readonly mtlsEndpoints: {
        readonly token: URL | undefined;
        readonly revocation: URL | undefined;
    };
    /** `token_endpoint_auth_methods_supported`. */
    readonly authenticationMethods: readonly string[] | undefined;
}

// server/discovery.d.ts
import type { AuthorizationServer } from './authorization-server.ts';
/** Which metadata is asked for: `oauth2` of RFC 8414, `oidc` of OpenID Connect Discovery 1.0. */
export type DiscoveryKind = 'oauth2' | 'oidc';
/** What discovery may and shall do. */
export interface DiscoveryOptions {
    readonly fetch: typeof fetch;
    readonly signal: AbortSignal;
    /** Default: RFC 8414, and OpenID Connect where the server knows nothing there. */
    readonly kind: DiscoveryKind | undefined;
    /** Origins beside the issuer's that its metadata may name for endpoints. */
    readonly trustedOrigins: readonly string[];
}
/**
 * Reads a server's metadata (RFC 8414, section 3; OpenID Connect Discovery 1.0, section 4). The issuer in it must be the
 * one that was asked for, character by character, and its endpoints must be on the issuer's own site: poisoned metadata
 * would otherwise have the client's secret sent elsewhere.
 *
 * @throws {CredentialError} when it cannot be had, is another server's, or names endpoints elsewhere.
 */
export declare function discover(issuer: string, options: DiscoveryOptions): Promise<AuthorizationServer>;

// settings.d.ts
import type { Secret } from '@crew/llm-http';
import type { ClientAuthentication } from './client-authentication/client-authentication.ts';
import type { Grant, GrantParameters } from './grant/grant.ts';
import type { AuthorizationServer } from './server/authorization-server.ts';
import type { DiscoveryKind } from './server/discovery.ts';
/** Which token is asked for, where, and by whom. */
export interface OAuthSettings {
    /** The server's issuer identifier, exactly as it calls itself. Its metadata are read, unless `tokenEndpoint` is given. */
    readonly issuer?: string | undefined;
    /** Which metadata: RFC 8414 or OpenID Connect Discovery. Default: the first, and the second where the server has none. */
    readonly discovery?: DiscoveryKind | undefined;
    /** The token endpoint. When it is given nothing is discovered. */
    readonly tokenEndpoint?: string | undefined;
    /** Where `revoke()` revokes (RFC 7009). Default: from the metadata. */
    readonly revocationEndpoint?: string | undefined;
    /** Origins beside the issuer's own site that its metadata may name for endpoints. */
    readonly trustedOrigins?: readonly string[] | undefined;
    /** Needed for every grant but those that carry an identity of their own. */
    readonly clientId?: string | undefined;
    /** Sent as the metadata say (RFC 8414, `token_endpoint_auth_methods_supported`), by default as `client_secret_basic`. */
    readonly clientSecret?: Secret | undefined;
    /** How the client proves its identity, in place of `clientSecret`. Default: `publicClient()`, not for client credentials. */
    readonly clientAuthentication?: ClientAuthentication | undefined;
    /** Default: `clientCredentials()`. */
    readonly grant?: Grant | undefined;
    /** Scopes: a list, or separated by spaces (RFC 6749, section 3.3). */
    readonly scope?: string | readonly string[] | undefined;
    /** Resource indicators (RFC 8707): absolute URIs without fragment. */
    readonly resource?: string | readonly string[] | undefined;
    /** The audience (RFC 8693, and servers that know it in other grants). */
    readonly audience?: string | readonly string[] | undefined;
    /** Further parameters of the token request. */
    readonly parameters?: GrantParameters | undefined;
}
/** Settings after every check. */
export interface Resolved {
    /** Where metadata are to be read. */
    readonly discovery: {
        readonly issuer: string;
        readonly kind: DiscoveryKind | undefined;
        readonly trustedOrigins: readonly string[];
    } | undefined;
    /** What was given by hand. */
    readonly server: AuthorizationServer | undefined;
    readonly revocationEndpoint: URL | undefined;
    readonly clientId: string | undefined;
    readonly authenticationFor: (server: AuthorizationServer) => ClientAuthentication | undefined;
    /** Whether the client proves who it is. */
    readonly isProven: boolean;
    readonly grant: Grant;
    readonly scope: string | undefined;
    readonly resources: readonly string[];
    readonly audiences: readonly string[];
    readonly parameters: GrantParameters;
}
/** @throws {ConfigurationError} for settings that contradict each other, or are incomplete or malformed. */
export declare function resolveSettings(given: OAuthSettings): Resolved;
/**
 * RFC 6749, section 4.4: client credentials are for clients that can keep a secret.
 *
 * @throws {ConfigurationError} where there is no proof, because the variable that should hold the secret is not set, say.
 */
export declare function checkConfidential(resolved: Resolved): Resolved;
/** Whether a token may be another one for another `authContext`. */
export declare function usesAuthContext({ grant, clientAuthentication }: OAuthSettings): boolean;

// store/file-token-store.d.ts
import { type Clock } from '@crew/core';
import type { TokenStore } from './token-store.ts';
/** Options of `fileTokenStore`. */
export interface FileTokenStoreOptions {
    /** Paces the polling of a lock that another process holds. Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Keeps tokens in a directory, one file for each, for all processes of one user on one machine. The directory is made
 * with mode 0700, files with 0600 and replaced atomically; a refresh is one transaction across processes. A directory or
 * file that is a symbolic link, is not an ordinary one, belongs to another user, or is accessible to others is refused, and
 * so is a file over 1 MiB. Files that a killed process left unfinished are removed by the next write. The tokens are not
 * encrypted.
 *
 * @throws {ConfigurationError} without a path. The store's methods throw a `CredentialError`.
 */
export declare function fileTokenStore(path: string, options?: FileTokenStoreOptions): TokenStore;

// store/memory-token-store.d.ts
import type { TokenStore } from './token-store.ts';
/** Keeps tokens as long as the process lives. The default. */
export declare function memoryTokenStore(): TokenStore;

// store/token-store.d.ts
/**
 * Where tokens outlive a call: the memory of one process, a file, Redis, a keychain. Keys are hashes and hold no secret;
 * values are text, and secret.
 */
export interface TokenStore {
    get(key: string): Promise<string | undefined>;
    /** Resolves when the value would survive whatever the store promises to survive. */
    set(key: string, value: string): Promise<void>;
    delete(key: string): Promise<void>;
    /**
     * Runs `work` while nobody else who shares the store runs work for this key, and resolves or rejects as it does. Waiting
     * for the turn ends when `signal` aborts; work that has begun goes on.
     */
    exclusively<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}
/** @internal */
export declare function isTokenStore(value: unknown): value is TokenStore;

// token/scope-event.d.ts
import type { Clock, CrewEvent, CrewEventBase } from '@crew/core';
/** The server granted less than was asked for (RFC 6749, section 5.1). The token is used all the same. */
export interface OAuthScopeEvent extends CrewEventBase {
    readonly type: 'oauth-scope';
    /** The authenticator's name. */
    readonly authenticator: string;
    readonly granted: readonly string[];
    /** What was asked for and not granted. */
    readonly missing: readonly string[];
}
declare module '@crew/core' {
    interface CrewEvents {
        'oauth-scope': OAuthScopeEvent;
    }
}
/** Tells of scopes that were not granted. A response without a scope grants what was asked for. */
export declare function reportScope(asked: string | undefined, granted: string | undefined, to: {
    readonly name: string;
    readonly clock: Clock;
    emit(event: CrewEvent): void;
}): void;
