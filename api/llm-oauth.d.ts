// The public surface of @crew/llm-oauth. Written by `pnpm api:update`; see docs/versions.md.

// bearer/access-token.d.ts
import { type CrewEvent } from '@crew/core';
import { type AuthContext, type ConnectionCredentials, type CredentialKey, type ObtainedCredential, type Refusal } from '@crew/llm-http/adapter';
/** A bearer token (RFC 6750). It never leaves this package, and it is never printed or serialised. */
export declare class AccessToken {
    #private;
    /** The granted scope, if the server sent it (RFC 6749, section 3.3). */
    readonly scope: string | undefined;
    /** @throws {CredentialError} if the token cannot be sent in a header (RFC 6750, section 2.1). It never shows the token. */
    constructor(text: string, scope: string | undefined, name: string);
    /** Returns the token, or `undefined` if it cannot be sent in a header. Token stores may return any value. */
    static tryCreate(text: unknown, scope: unknown, name: string): AccessToken | undefined;
    get text(): string;
    /** The value of the `authorization` header. */
    get header(): string;
}
/** An access token with its lifetime, as returned by token sources. */
export type ObtainedToken = ObtainedCredential<AccessToken>;
/** Maximum length of an access or refresh token, in characters. Servers accept a few kilobytes of headers. */
export declare const MAX_TOKEN_LENGTH = 65536;
/** Purpose of a token: its cache key, and the data by which its source obtains it. */
export interface TokenPurpose<Purpose> {
    readonly key: CredentialKey;
    readonly purpose: Purpose;
}
/** Context in which a token source obtains a token. */
export interface ObtainContext {
    /** Aborts when the deadline passes or no caller waits for the token any more. */
    readonly signal: AbortSignal;
    /** The token that the endpoint refused, if that is the reason for obtaining a new one. */
    readonly refused: AccessToken | undefined;
    /** The token in use, if it is renewed before it expires. */
    readonly current: AccessToken | undefined;
    /** Sends requests through the LLM's transport. */
    readonly fetch: typeof fetch;
    /** The client certificate of the connection, if an authenticator provides one. */
    readonly connection: ConnectionCredentials | undefined;
    /** The claims that the endpoint demanded, sent as the `claims` parameter of the token request. */
    readonly claims: string | undefined;
    /** Reports an event to the LLM. */
    emit(event: CrewEvent): void;
}
/** A source of access tokens. */
export interface AccessTokenSource<Purpose> {
    /** Returns the purpose of this attempt's token, or `undefined` to send the request without a token. */
    purposeOf(context: AuthContext): TokenPurpose<Purpose> | undefined;
    /** Obtains a token for the purpose. */
    obtain(purpose: Purpose, context: ObtainContext): Promise<ObtainedToken>;
    /** Reads a challenge (RFC 9728). Resolves to true if `purposeOf` returns another purpose from now on. */
    followChallenge?(refusal: Refusal, context: AuthContext): Promise<boolean>;
}

// bearer/protected-resource.d.ts
import type { AuthContext, Refusal } from '@crew/llm-http/adapter';
/** Options for following the endpoint's challenge (RFC 9728, section 5). */
export interface ChallengeOptions {
    /** Issuers of the authorization servers that may be used. Others that the endpoint names are ignored. */
    readonly issuers: readonly string[];
}
/** Settings discovered by following a challenge. */
export interface DiscoveredSettings {
    readonly issuer: string;
    readonly resource: string;
    readonly scope?: string;
}
/** Discovers the authorization server, scope and resource of an endpoint from its challenge (RFC 9728). */
export declare class ProtectedResource {
    #private;
    /** @throws {ConfigurationError} if the issuers are missing or malformed. */
    constructor(options: ChallengeOptions);
    get discovered(): DiscoveredSettings | undefined;
    /**
     * Fetches the protected resource metadata that the challenge points to. Resolves to true if the settings have changed.
     *
     * @throws {CredentialError} if the metadata is on another origin, describes another resource (RFC 9728, section 3.3), or
     * names no authorization server that may be used.
     */
    discover(refusal: Refusal, context: AuthContext): Promise<boolean>;
}

// client-authentication/client-assertion.d.ts
import { type ModifyAssertionFunction, modifyAssertion } from 'oauth4webapi';
import { type IdentitySource } from '../grant/identity-source.ts';
import { type ClientAuthentication, type ClientRequest } from './client-authentication.ts';
import { type PrivateKeySource, type SigningAlgorithm } from './private-key.ts';
/**
 * Creates client authentication by an assertion that another party signed (RFC 7521, section 4.2), such as the identity
 * token of a Kubernetes pod or a CI job. The server must trust its issuer. Workload identity federation replaces a client
 * secret in this way.
 *
 * @example
 * ```ts no-run
 * import { clientAssertion, kubernetesToken, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientAssertion(kubernetesToken()),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if `assertion` is neither a string nor a function.
 */
export declare function clientAssertion(assertion: IdentitySource): ClientAuthentication;
/** Options of `privateKeyJwt`. */
export interface PrivateKeyJwtOptions extends AssertionOptions {
    /** Key id under which the key is registered. Default: that of the JWK. */
    readonly kid?: string | undefined;
    /** Signature algorithm of an RSA key: `RS256` (the default) or `PS256`. Other keys have one algorithm. */
    readonly algorithm?: SigningAlgorithm | undefined;
}
/**
 * Creates client authentication by an assertion signed with a private key: `private_key_jwt` (RFC 7523, section 2.2;
 * OpenID Connect Core 1.0, section 9). Each request has a new assertion (`jti`), by default valid for 60 seconds and
 * addressed to the server's issuer.
 *
 * @example
 * ```ts no-run
 * import { fromFile, OAuthLLM, privateKeyJwt } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: privateKeyJwt(fromFile('key.pem'), { kid: 'crew-1' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a key that cannot sign, an RSA key under 2048 bits, or malformed options.
 */
export declare function privateKeyJwt(key: PrivateKeySource, options?: PrivateKeyJwtOptions): ClientAuthentication;
/**
 * Audience of an assertion: `issuer` for the server's issuer identifier, as the revision of RFC 7523 demands;
 * `tokenEndpoint` for that URL, as older servers demand; any other value is used unchanged.
 */
export type AssertionAudience = 'issuer' | 'tokenEndpoint' | (string & {});
/** Options of a signed assertion. */
export interface AssertionOptions {
    /** The `aud` claim. Default `issuer`. */
    readonly audience?: AssertionAudience | undefined;
    /** Additional header parameters, such as `x5t#S256`. */
    readonly header?: Readonly<Record<string, string>> | undefined;
    /** Additional claims. */
    readonly claims?: Readonly<Record<string, unknown>> | undefined;
    /** Lifetime of the assertion in milliseconds, at least 1,000. It is rounded down to seconds. Default 60,000. */
    readonly lifetime?: number | undefined;
}
/** The part of a request that its assertion depends on. */
type AssertionRequest = Pick<ClientRequest, 'issuer' | 'tokenEndpoint' | 'now'>;
/**
 * Checks and copies the options. Later changes to the original have no effect.
 *
 * @throws {ConfigurationError} naming the invalid option.
 */
export declare function readAssertionOptions(options: AssertionOptions, subject: string): AssertionOptions;
/** Returns the options of oauth4webapi for the assertion of a request. They replace its dates, which use the system clock. */
export declare function assertionOptions(request: AssertionRequest, options: AssertionOptions): {
    [modifyAssertion]: ModifyAssertionFunction;
};
export {};

// client-authentication/client-authentication.d.ts
import { type AuthorizationServer } from 'oauth4webapi';
import type { IdentityContext } from '../grant/identity-source.ts';
/** A request to an authorization server, to which the client authentication adds credentials. */
export interface ClientRequest extends IdentityContext {
    /** Issuer identifier of the server. `undefined` if only endpoints are configured. */
    readonly issuer: string | undefined;
    readonly tokenEndpoint: string;
    readonly clientId: string;
    /** Form parameters, to which credentials can be added. */
    readonly body: URLSearchParams;
    /** Headers, to which credentials can be added. */
    readonly headers: Headers;
    /** Returns the server's time in seconds since the epoch, derived from the `Date` header of its responses. */
    now(): number;
}
/** Authentication of a client to the authorization server (RFC 6749, section 2.3). */
export interface ClientAuthentication {
    /** The registered `token_endpoint_auth_method` (RFC 7591, section 2). */
    readonly method: string;
    /** True if the client authenticates with a certificate (RFC 8705, section 2). */
    readonly usesCertificate?: boolean | undefined;
    /** False if the credentials do not depend on `authContext`. Default true: tokens are cached per `authContext`. */
    readonly usesAuthContext?: boolean | undefined;
    /** Adds the credentials to a request. Called for each request. */
    apply(request: ClientRequest): void | Promise<void>;
}
/**
 * Creates the authentication of a public client, which sends its id only: `none` (RFC 6749, section 3.2.1).
 *
 * @example
 * ```ts no-run
 * import { fromEnv, OAuthLLM, publicClient, refreshToken } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: publicClient(),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare function publicClient(): ClientAuthentication;
/**
 * Creates client authentication by a certificate of an authority on the connection to the token endpoint:
 * `tls_client_auth` (RFC 8705, section 2.1). An authenticator of the LLM's connection provides the certificate, such as
 * `clientCertificate()` of `@crew/llm-mtls`. The `mtls_endpoint_aliases` of the server's metadata are used.
 *
 * @example
 * ```ts no-run
 * import { OAuthLLM, tlsClientAuth } from '@crew/llm-oauth';
 * import { readFileSync } from 'node:fs';
 *
 * const credentials = {
 *   id: '2026',
 *   cert: readFileSync('client.pem', 'utf8'),
 *   key: readFileSync('client-key.pem', 'utf8'),
 * };
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: tlsClientAuth(),
 *   auth: { name: 'certificate', connection: () => credentials, authenticate: () => undefined },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare function tlsClientAuth(): ClientAuthentication;
/** Creates the same with a self-signed certificate: `self_signed_tls_client_auth` (RFC 8705, section 2.2). */
export declare function selfSignedTlsClientAuth(): ClientAuthentication;
/** The authorization server in the form that oauth4webapi takes. */
export declare function serverOf(request: Pick<ClientRequest, 'issuer' | 'tokenEndpoint'>): AuthorizationServer;

// client-authentication/client-secret.d.ts
import type { Secret } from '@crew/llm-http';
import { type AssertionAudience } from './client-assertion.ts';
import { type ClientAuthentication } from './client-authentication.ts';
/** Options of `clientSecretBasic`. */
export interface ClientSecretBasicOptions {
    /**
     * Encoding of id and secret before base64: `form` as in RFC 6749, section 2.3.1, and appendix B; `raw` for servers that
     * do not decode them. Default `form`.
     */
    readonly encoding?: 'form' | 'raw' | undefined;
}
/**
 * Creates client authentication by the secret in the `authorization` header: `client_secret_basic` (RFC 6749, section
 * 2.3.1).
 *
 * @example
 * ```ts no-run
 * import { clientSecretBasic, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientSecretBasic(fromEnv('CLIENT_SECRET'), { encoding: 'raw' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a secret that is empty or not visible ASCII (RFC 6749, appendix A.2).
 */
export declare function clientSecretBasic(secret: Secret, options?: ClientSecretBasicOptions): ClientAuthentication;
/**
 * Creates client authentication by the secret in the form: `client_secret_post` (RFC 6749, section 2.3.1), for servers
 * that do not support the `authorization` header.
 *
 * @example
 * ```ts no-run
 * import { clientSecretPost, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientSecretPost(fromEnv('CLIENT_SECRET')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a secret that is empty or not visible ASCII.
 */
export declare function clientSecretPost(secret: Secret): ClientAuthentication;
/** Options of `clientSecretJwt`. */
export interface ClientSecretJwtOptions {
    /** Audience of the assertion. Default `issuer`. */
    readonly audience?: AssertionAudience | undefined;
}
/**
 * Creates client authentication by an assertion signed with the secret (HS256): `client_secret_jwt` (OpenID Connect Core
 * 1.0, section 9). The secret itself is not sent. Each request has a new assertion (`jti`).
 *
 * @example
 * ```ts no-run
 * import { clientSecretJwt, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientSecretJwt(fromEnv('CLIENT_SECRET')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a secret that is empty, not visible ASCII, or shorter than 32 characters (RFC 7518,
 * section 3.2).
 */
export declare function clientSecretJwt(secret: Secret, options?: ClientSecretJwtOptions): ClientAuthentication;

// client-authentication/private-key.d.ts
import { type JsonWebKey, KeyObject, type webcrypto } from 'node:crypto';
/** A private key: PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), a JWK, or a key of `node:crypto` or Web Crypto. */
export type PrivateKey = string | JsonWebKey | KeyObject | webcrypto.CryptoKey;
/** A private key, or a function such as `fromFile`, which is called for every assertion, so that keys can rotate. */
export type PrivateKeySource = PrivateKey | (() => PrivateKey | Promise<PrivateKey>);
/** Signature algorithm of an assertion (RFC 7518, section 3.1; RFC 9864). */
export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'ES512' | 'Ed25519';
/** An imported key, and the key id of its JWK. */
export interface SigningKey {
    readonly key: webcrypto.CryptoKey;
    readonly kid: string | undefined;
}
/** Reads a key from its source, and caches the imported key while the source returns the same value. */
export declare class SigningKeys {
    #private;
    /** @throws {ConfigurationError} for a key that cannot sign. A key from a function is checked when it is read. */
    constructor(source: PrivateKeySource, algorithm: SigningAlgorithm | undefined);
    /**
     * Returns the current key.
     *
     * @throws {ConfigurationError} for a key that cannot sign.
     */
    current(): Promise<SigningKey>;
}
/** Returns the thumbprint of a certificate for the header `x5t#S256` (RFC 7515, section 4.1.8). */
export declare function certificateThumbprint(pem: string): string;

// cloud/app-service-identity.d.ts
import { type Clock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
/** Options of `appServiceIdentity`. */
export interface AppServiceIdentityOptions {
    /** Resource that the token is for, without `/.default`, such as `https://cognitiveservices.azure.com`. */
    readonly resource: string;
    /** Client id of a user-assigned identity. Default: the system-assigned identity. */
    readonly clientId?: string | undefined;
    /** Name of the authenticator in errors and events. Default `app-service-identity`. */
    readonly name?: string | undefined;
    /** Time limit for obtaining a token, in milliseconds. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Clock for expiry and timeouts. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Creates an authenticator for the managed identity of Azure App Service, Functions and Container Apps. The identity
 * service is named by the environment variables `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`. It is reached directly, over
 * plain http, and only on this machine.
 *
 * @example
 * ```ts no-run
 * import { appServiceIdentity, HttpLLM } from '@crew/llm-oauth';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://crew.openai.azure.com/openai/v1/chat/completions',
 *   model: 'gpt-4o',
 *   auth: appServiceIdentity({ resource: 'https://cognitiveservices.azure.com' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if the resource is missing.
 */
export declare function appServiceIdentity(options: AppServiceIdentityOptions): Authenticator;

// cloud/entra.d.ts
import type { Secret } from '@crew/llm-http';
import { type PrivateKeySource } from '../client-authentication/private-key.ts';
import type { IdentitySource } from '../grant/identity-source.ts';
import type { OAuthSettings } from '../settings.ts';
/** A certificate registered for the application, and its private key. */
export interface EntraCertificate {
    /** Certificate in PEM, or a function that returns it, for certificates that rotate. */
    readonly certificate: string | (() => string | Promise<string>);
    /** Private key of the certificate. */
    readonly privateKey: PrivateKeySource;
}
/** Options of `entra`: an application in Microsoft Entra, and exactly one of secret, certificate and assertion. */
export interface EntraOptions {
    /** Id or domain of the directory (tenant). */
    readonly tenantId: string;
    /** Application (client) id. */
    readonly clientId: string;
    /** Resource that the token is for, with `/.default`, such as `https://cognitiveservices.azure.com/.default`. */
    readonly scope: string;
    /** Client secret of the application. */
    readonly clientSecret?: Secret | undefined;
    /** Certificate of the application. */
    readonly certificate?: EntraCertificate | undefined;
    /** Token of a pod, a CI job or another cloud (workload identity federation), read for each request. */
    readonly assertion?: IdentitySource | undefined;
    /** Login endpoint of the cloud. Default `https://login.microsoftonline.com`. */
    readonly authorityHost?: string | undefined;
}
/**
 * Returns options of `oauth` and `OAuthLLM` for Microsoft Entra ID (client credentials at the v2.0 endpoint). Tokens are
 * renewed when Entra suggests it (`refresh_in`), and claims challenges are answered.
 *
 * @example
 * ```ts no-run
 * import { entra, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://crew.openai.azure.com/openai/v1/chat/completions',
 *   model: 'gpt-4o',
 *   ...entra({
 *     tenantId: 'example.onmicrosoft.com',
 *     clientId: '11111111-2222-3333-4444-555555555555',
 *     scope: 'https://cognitiveservices.azure.com/.default',
 *     clientSecret: fromEnv('CLIENT_SECRET'),
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for missing options, and unless exactly one of secret, certificate and assertion is set.
 */
export declare function entra(options: EntraOptions): OAuthSettings;

// cloud/workload-identity.d.ts
import { type FromFileOptions } from '@crew/llm-http';
import { type IdentityContext } from '../grant/identity-source.ts';
/** Options of `kubernetesToken`. */
export interface KubernetesTokenOptions extends FromFileOptions {
    /** Path of the projected token. Default `/var/run/secrets/kubernetes.io/serviceaccount/token`. */
    readonly path?: string | undefined;
}
/**
 * Returns a function that reads the service account token of a Kubernetes pod, for use as an assertion or subject token.
 * The kubelet rotates the file, so the function checks it for every token request. Mount a projected token with the audience
 * that the server expects: the default token is for the cluster itself.
 *
 * @example
 * ```ts no-run
 * import { clientAssertion, kubernetesToken, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientAssertion(kubernetesToken({ path: '/var/run/secrets/tokens/login' })),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {CredentialError} from the returned function, if the file could never be read.
 */
export declare function kubernetesToken(options?: KubernetesTokenOptions): () => string;
/** Options of `githubActionsToken`. */
export interface GithubActionsTokenOptions {
    /** Audience of the token, such as `api://AzureADTokenExchange`, or the resource name of the provider at Google. */
    readonly audience: string;
}
/**
 * Returns a function that requests the identity token of a GitHub Actions job, for use as an assertion or subject token.
 * The job needs `permissions: id-token: write`. The token expires after a few minutes, so a new one is requested for every
 * token request.
 *
 * @example
 * ```ts no-run
 * import { clientAssertion, githubActionsToken, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientAssertion(githubActionsToken({ audience: 'https://login.example' })),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} without an audience; from the returned function, outside of a job with that permission.
 */
export declare function githubActionsToken(options: GithubActionsTokenOptions): (context: IdentityContext) => Promise<string>;

// google.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type GoogleOptions } from './google/google-options.ts';
export type { GoogleCredentials } from './google/credentials.ts';
export type { GoogleOptions } from './google/google-options.ts';
export type { GoogleImpersonation } from './google/impersonation.ts';
/**
 * Creates an authenticator that sends access tokens of Google Cloud. Install google-auth-library next to this package.
 * Each token is obtained by a new client of that library, so that changed credential files are read again. Crew caches
 * and renews the tokens.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM } from '@crew/llm-oauth';
 * import { google } from '@crew/llm-oauth/google';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://aiplatform.googleapis.com/v1/projects/acme/locations/global/endpoints/openapi/chat/completions',
 *   model: 'google/gemini-2.5-flash',
 *   auth: google(),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for malformed options; at the first token, if google-auth-library is not installed.
 */
export declare function google(options?: GoogleOptions): Authenticator;

// google/credentials.d.ts
/** Contents of a credential file, as downloaded from the Google Cloud console. */
export type GoogleCredentials = Readonly<Record<string, unknown>>;
/** A token and its expiry by the system clock, in milliseconds since the epoch. */
export interface GoogleToken {
    readonly text: string;
    readonly expiresAt: number | undefined;
}
/**
 * Reads application default credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or that of gcloud. Returns
 * `undefined` if there is no file; the metadata server provides the token then.
 *
 * @throws {ConfigurationError} for a file that cannot be read, is not an ordinary file of at most 1 MiB, or is not JSON.
 */
export declare function applicationDefault(signal: AbortSignal): Promise<GoogleCredentials | undefined>;
/**
 * Reads a credential file.
 *
 * @throws {ConfigurationError} for a file that cannot be read, or is not an ordinary file of at most 1 MiB.
 */
export declare function readCredentialFile(path: string, signal: AbortSignal): Promise<string>;
/**
 * Returns a property of the credentials.
 *
 * @throws {ConfigurationError} if it is not a non-empty string.
 */
export declare function requireString(credentials: GoogleCredentials, name: string): string;
/**
 * Requests the token of the machine's service account from the metadata server of Compute Engine, Cloud Run or GKE.
 * google-auth-library is not used, because it logs the response.
 *
 * @throws {CredentialError} if there is no metadata server, or it returns no token.
 */
export declare function metadataServerToken(scopes: readonly string[], signal: AbortSignal): Promise<GoogleToken>;

// google/google-options.d.ts
import { type Clock } from '@crew/core';
import { type IdentitySource } from '../grant/identity-source.ts';
import type { GoogleCredentials } from './credentials.ts';
import type { GoogleImpersonation } from './impersonation.ts';
/** Options of `google`. */
export interface GoogleOptions {
    /**
     * Contents of a credential file, or a function that returns them and is called for every token. The file describes a
     * service account, an authorized user, workload identity federation (`external_account`), or an impersonated service
     * account. Default: application default credentials, then the metadata server.
     */
    readonly credentials?: GoogleCredentials | (() => GoogleCredentials | Promise<GoogleCredentials>) | undefined;
    /** OAuth scopes. Default `https://www.googleapis.com/auth/cloud-platform`. */
    readonly scopes?: readonly string[] | undefined;
    /** Service account to impersonate. */
    readonly impersonate?: GoogleImpersonation | undefined;
    /**
     * Subject token of workload identity federation, which overrides the `credential_source` of the credentials. A function
     * that declares a parameter may return a token per user, by `authContext`. Tokens are then cached per `tenant`, or per
     * string, number or boolean passed as `authContext`. Reading an object there without `tenant` is a `ConfigurationError`.
     */
    readonly subjectToken?: IdentitySource | undefined;
    /**
     * Returns the user or tenant that a call's `authContext` stands for. Calls with the same `id` share tokens, of which 1,000
     * are cached. If it returns `undefined`, the call is treated as without this option.
     */
    tenant?(authContext: unknown): {
        readonly id: string;
    } | undefined;
    /**
     * Origins outside Google that the credentials may name, such as `http://169.254.169.254`, the metadata service of a
     * machine at AWS or Azure, for federation from that machine.
     */
    readonly trustedOrigins?: readonly string[] | undefined;
    /** Name of the authenticator in errors and events. Default `google`. */
    readonly name?: string | undefined;
    /** Time limit for obtaining a token, in milliseconds. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Clock for expiry and timeouts. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Copies and checks the options. Later changes to the caller's object have no effect.
 *
 * @throws {ConfigurationError} naming the invalid option.
 */
export declare function readGoogleOptions(options: GoogleOptions): GoogleOptions;

// google/impersonation.d.ts
import { type Clock } from '@crew/core';
import { type GoogleCredentials, type GoogleToken } from './credentials.ts';
/** A service account to impersonate. */
export interface GoogleImpersonation {
    /** E-mail address of the service account. */
    readonly serviceAccount: string;
    /** Chain of delegates. */
    readonly delegates?: readonly string[] | undefined;
    /** Lifetime of a token in milliseconds, rounded down to seconds. Default 3,600,000. */
    readonly lifetime?: number | undefined;
}
/** Returns the impersonation that a credential file demands. */
export declare function impersonationOf(credentials: GoogleCredentials): GoogleImpersonation | undefined;
/**
 * Obtains a token of another service account (generateAccessToken of Google's IAM Credentials API). google-auth-library is
 * not used, because it logs a warning for every such client.
 *
 * @throws {CredentialError} if Google returns no token.
 */
export declare function impersonate(source: string, { serviceAccount, delegates, lifetime }: GoogleImpersonation, options: {
    readonly scopes: readonly string[];
    readonly fetch: typeof globalThis.fetch;
    readonly signal: AbortSignal;
    readonly clock: Clock;
}): Promise<GoogleToken>;

// grant/grant.d.ts
import type { ClientRequest } from '../client-authentication/client-authentication.ts';
import { type IdentitySource } from './identity-source.ts';
/** Parameters of a token request by name. For a list, the parameter is sent once for each value. */
export type GrantParameters = Readonly<Record<string, string | readonly string[] | undefined>>;
/** Context in which a grant creates the parameters of a request. */
export type GrantContext = Pick<ClientRequest, 'signal' | 'refused' | 'fetch' | 'authContext' | 'issuer' | 'tokenEndpoint' | 'clientId' | 'now'>;
/** An authorization grant (RFC 6749, section 1.3): its type and the parameters of its token requests. */
export interface Grant {
    /** The value of `grant_type`. */
    readonly type: string;
    /** Returns the parameters of one request. Called for each request, so that assertions are never stale. */
    parameters(context: GrantContext): GrantParameters | Promise<GrantParameters>;
    /** Returns the reason why a successful response cannot be used, such as `it has no id`, or `undefined` if it can. */
    checkResponse?(response: Readonly<Record<string, unknown>>): string | undefined;
    /** False if no parameter depends on `authContext`. Default true: tokens are cached per `authContext`. */
    readonly usesAuthContext?: boolean | undefined;
    /** The initial refresh token, for a grant that consists of refreshing. */
    readonly refreshToken?: IdentitySource | undefined;
}
/**
 * Creates the client credentials grant (RFC 6749, section 4.4), in which the client acts on its own behalf. It is the
 * default.
 *
 * @example
 * ```ts no-run
 * import { clientCredentials, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: clientCredentials(),
 *   scope: 'chat',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare function clientCredentials(): Grant;
/**
 * Creates the refresh token grant (RFC 6749, section 6), for a refresh token from a login elsewhere. When the server
 * rotates the token, the new one is stored before it is used, and the old one is discarded. Set a `store` that outlives the
 * process: after a restart, the initial token has already been used. A different initial token counts as a new login.
 *
 * @example
 * ```ts no-run
 * import { fileTokenStore, fromEnv, OAuthLLM, refreshToken } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 *   store: fileTokenStore('tokens'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a token that is empty, not visible ASCII, or neither a string nor a function.
 */
export declare function refreshToken(token: IdentitySource): Grant;
/** Options of `customGrant`. */
export interface CustomGrantOptions {
    /** The value of `grant_type`, usually a URI (RFC 6749, section 4.5). */
    readonly type: string;
    /** Parameters, or a function that returns them for each request. Empty and undefined ones are not sent. */
    readonly parameters?: GrantParameters | ((context: GrantContext) => GrantParameters | Promise<GrantParameters>) | undefined;
}
/**
 * Creates an extension grant (RFC 6749, section 4.5). Every parameter is treated as a secret.
 *
 * @example
 * ```ts no-run
 * import { customGrant, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: customGrant({
 *     type: 'urn:example:grant-type:ticket',
 *     parameters: { ticket: process.env['TICKET'] },
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if the type is missing or a parameter is malformed.
 */
export declare function customGrant(options: CustomGrantOptions): Grant;
/**
 * Copies the parameters. Later changes to the original have no effect.
 *
 * @throws {ConfigurationError} naming a parameter that is neither a string nor a list of strings, never its value.
 */
export declare function copyParameters(parameters: unknown, subject: string): GrantParameters;

// grant/identity-source.d.ts
import type { SecretContext } from '@crew/llm-http';
/** Context of a function that returns a token or an assertion. */
export interface IdentityContext extends SecretContext {
    /** Sends requests through the LLM's transport, without its authenticators. */
    readonly fetch: typeof fetch;
    /**
     * The `authContext` of the call, unchanged.
     *
     * @throws {ConfigurationError} if there is no `tenant` option, and the value is an object or the function declares no
     * parameter.
     */
    readonly authContext: unknown;
}
/**
 * A token or assertion that another party issued, or a function that returns it, such as `fromFile`, `fromEnv`,
 * `fromCommand`, `githubActionsToken` or `kubernetesToken`. The function is called for every token request, so that the
 * value is never stale.
 *
 * The value of a function that declares a parameter may depend on `authContext`. Its tokens are therefore cached per
 * `tenant`. Without `tenant` they are cached per `authContext`, which must be a string, a number or a boolean.
 */
export type IdentitySource = string | ((context: IdentityContext) => string | Promise<string>);
/** Marks a source whose value does not depend on `authContext`, and returns it. */
export declare function independentOfAuthContext<T extends Exclude<IdentitySource, string>>(source: T): T;
/** Returns true for a function whose value may depend on `authContext`: one that declares a parameter. */
export declare function mayReadAuthContext(source: unknown): boolean;
/**
 * Checks that the source is a usable string or a function.
 *
 * @throws {ConfigurationError} naming `subject`, never the value.
 */
export declare function checkIdentitySource(source: unknown, subject: string): asserts source is IdentitySource;
/**
 * Reads the value of the source.
 *
 * @throws {CredentialError} if the function fails.
 * @throws {ConfigurationError} if the value is empty or not visible ASCII.
 */
export declare function readIdentity(source: IdentitySource, subject: string, context: IdentityContext): Promise<string>;

// grant/jwt-bearer.d.ts
import { type AssertionAudience } from '../client-authentication/client-assertion.ts';
import { type PrivateKeySource, type SigningAlgorithm } from '../client-authentication/private-key.ts';
import type { Grant } from './grant.ts';
import { type IdentitySource } from './identity-source.ts';
/** An assertion that this package signs (RFC 7523, section 3). */
export interface JwtBearerAssertion {
    /** Private key that signs the assertion. */
    readonly key: PrivateKeySource;
    /** The `iss` claim: the party that signs the assertion. */
    readonly issuer: string;
    /** The `sub` claim: the account for which the token is requested. Default: the issuer. */
    readonly subject?: string | undefined;
    /** The `aud` claim. Default: the server's issuer identifier. */
    readonly audience?: AssertionAudience | undefined;
    /** Additional claims. */
    readonly claims?: Readonly<Record<string, unknown>> | undefined;
    /** Key id under which the key is registered. Default: that of the JWK. */
    readonly kid?: string | undefined;
    /** Signature algorithm of an RSA key: `RS256` (the default) or `PS256`. */
    readonly algorithm?: SigningAlgorithm | undefined;
    /** Lifetime of the assertion in milliseconds, at least 1,000. It is rounded down to seconds. Default 60,000. */
    readonly lifetime?: number | undefined;
}
/** Options of `jwtBearer`: an assertion of another party, or the key and claims to sign one for each request. */
export type JwtBearerOptions = {
    readonly assertion: IdentitySource;
} | JwtBearerAssertion;
/**
 * Creates the JWT bearer grant (RFC 7523, section 2.1). The JWT is signed with a service account's key, or by another
 * party.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, fromFile, jwtBearer, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: jwtBearer({ key: fromFile('key.pem'), issuer: 'https://robots.example', subject: 'robot-7' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if neither the assertion nor key and issuer are set, the key cannot sign, or another option
 * is malformed.
 */
export declare function jwtBearer(options: JwtBearerOptions): Grant;

// grant/token-exchange.d.ts
import type { Grant } from './grant.ts';
import { type IdentitySource } from './identity-source.ts';
/** Token types of RFC 8693, section 3, by short name. */
declare const TOKEN_TYPES: {
    readonly 'access-token': 'urn:ietf:params:oauth:token-type:access_token';
    readonly 'refresh-token': 'urn:ietf:params:oauth:token-type:refresh_token';
    readonly 'id-token': 'urn:ietf:params:oauth:token-type:id_token';
    readonly saml1: 'urn:ietf:params:oauth:token-type:saml1';
    readonly saml2: 'urn:ietf:params:oauth:token-type:saml2';
    readonly jwt: 'urn:ietf:params:oauth:token-type:jwt';
};
/** Type of a token: a short name or a URI. */
export type TokenType = keyof typeof TOKEN_TYPES | `urn:${string}` | `https:${string}`;
/** A token and its type. */
export interface ExchangedToken {
    readonly token: IdentitySource;
    readonly type: TokenType;
}
/** Options of `tokenExchange`. Set `audience`, `resource` and `scope` as options of `oauth` or `OAuthLLM`. */
export interface TokenExchangeOptions {
    /** Token of the party on whose behalf the request is made. */
    readonly subject: ExchangedToken;
    /** Token of the acting party, for delegation (RFC 8693, section 1.1). */
    readonly actor?: ExchangedToken | undefined;
    /** Type of the requested token. Default: the server decides. */
    readonly requestedType?: TokenType | undefined;
}
/**
 * Creates the token exchange grant (RFC 8693). It exchanges a user's token, or the identity token of a workload, for a
 * token that the endpoint accepts.
 *
 * @example
 * ```ts no-run
 * import { kubernetesToken, OAuthLLM, tokenExchange } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   audience: 'https://gateway.example',
 *   grant: tokenExchange({ subject: { type: 'jwt', token: kubernetesToken() } }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for a missing token or an unknown type.
 */
export declare function tokenExchange(options: TokenExchangeOptions): Grant;
export {};

// index.d.ts
export { fromCommand, fromEnv, fromFile, HttpLLM, type HttpLLMOptions, type Secret } from '@crew/llm-http';
export type { ChallengeOptions } from './bearer/protected-resource.ts';
export { type AssertionAudience, type AssertionOptions, clientAssertion, type PrivateKeyJwtOptions, privateKeyJwt, } from './client-authentication/client-assertion.ts';
export { type ClientAuthentication, type ClientRequest, publicClient, selfSignedTlsClientAuth, tlsClientAuth, } from './client-authentication/client-authentication.ts';
export { type ClientSecretBasicOptions, type ClientSecretJwtOptions, clientSecretBasic, clientSecretJwt, clientSecretPost, } from './client-authentication/client-secret.ts';
export type { PrivateKey, PrivateKeySource, SigningAlgorithm } from './client-authentication/private-key.ts';
export { type AppServiceIdentityOptions, appServiceIdentity } from './cloud/app-service-identity.ts';
export { type EntraCertificate, type EntraOptions, entra } from './cloud/entra.ts';
export { type GithubActionsTokenOptions, githubActionsToken, type KubernetesTokenOptions, kubernetesToken, } from './cloud/workload-identity.ts';
export { type CustomGrantOptions, clientCredentials, customGrant, type Grant, type GrantContext, type GrantParameters, refreshToken, } from './grant/grant.ts';
export type { IdentityContext, IdentitySource } from './grant/identity-source.ts';
export { type JwtBearerAssertion, type JwtBearerOptions, jwtBearer } from './grant/jwt-bearer.ts';
export { type ExchangedToken, type TokenExchangeOptions, type TokenType, tokenExchange, } from './grant/token-exchange.ts';
export { type OAuthAuthenticator, oauth, type RevokeOptions } from './oauth.ts';
export { OAuthLLM, type OAuthLLMOptions } from './oauth-llm.ts';
export type { OAuthOptions, TenantSettings } from './oauth-options.ts';
export type { DiscoveryKind } from './server/discovery.ts';
export type { OAuthSettings } from './settings.ts';
export { type FileTokenStoreOptions, fileTokenStore } from './store/file-token-store.ts';
export { memoryTokenStore, type TokenStore } from './store/token-store.ts';
export type { OAuthScopeEvent } from './token/token-response.ts';

// oauth-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import { type RevokeOptions } from './oauth.ts';
import type { OAuthOptions } from './oauth-options.ts';
/** Options of `OAuthLLM`: those of `HttpLLM` and those of `oauth`. */
export type OAuthLLMOptions = HttpLLMOptions & OAuthOptions;
/**
 * An LLM behind an HTTP endpoint that requires OAuth 2 access tokens. Further authenticators can be added in `auth`.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare class OAuthLLM extends HttpLLM {
    #private;
    /** @throws {ConfigurationError} naming the invalid option, never a secret. */
    constructor(options: OAuthLLMOptions);
    /** Revokes the tokens, as `OAuthAuthenticator.revoke` does. */
    revoke(options?: RevokeOptions): Promise<void>;
}

// oauth-options.d.ts
import { type Clock } from '@crew/core';
import type { ChallengeOptions } from './bearer/protected-resource.ts';
import { type OAuthSettings } from './settings.ts';
import { type TokenStore } from './store/token-store.ts';
/** Settings of one tenant, which override those of the authenticator. */
export interface TenantSettings extends OAuthSettings {
    /** Identifier of the tenant or user. Calls with different ids never share a token. */
    readonly id: string;
}
/** Options of `oauth`. */
export interface OAuthOptions extends OAuthSettings {
    /** Name of the authenticator in errors and events. Default `oauth`. */
    readonly name?: string | undefined;
    /**
     * Returns the tenant or user that a call's `authContext` stands for, optionally with its own settings. Calls with the
     * same `id` and settings share tokens. If it returns `undefined`, the authenticator's own settings are used.
     *
     * Without this option all calls share tokens, unless a function of `grant` or `clientAuthentication` declares its context
     * parameter, through which it can read `authContext`. In that case tokens are cached per string, number or boolean passed
     * as `authContext`, and reading an object there is a `ConfigurationError`. At most 1,000 tokens are cached; the least
     * recently used are dropped.
     */
    tenant?(authContext: unknown): TenantSettings | undefined;
    /** Store for refresh tokens, and for access tokens that processes share. Default: the memory of this authenticator. */
    readonly store?: TokenStore | undefined;
    /** Authorization servers that the endpoint's challenge may name (RFC 9728). Default: challenges are not followed. */
    readonly followChallenge?: ChallengeOptions | undefined;
    /** Lifetime of a token whose response has no `expires_in`, in milliseconds. Default 300,000. */
    readonly defaultLifetime?: number | undefined;
    /** Time limit for obtaining a token, in milliseconds. Default 30,000. */
    readonly deadline?: number | undefined;
    /** Clock for expiry, timeouts and signed assertions. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Copies and checks the options. Later changes to the caller's object have no effect.
 *
 * @throws {ConfigurationError} for an invalid option that `resolveSettings` does not check.
 */
export declare function readOAuthOptions(options: OAuthOptions): OAuthOptions;

// oauth.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type OAuthOptions } from './oauth-options.ts';
/** Options of `revoke`. */
export interface RevokeOptions {
    /** The `authContext` of the calls whose tokens are revoked, if tokens are kept per `tenant` or per `authContext`. */
    readonly authContext?: unknown;
    /** Aborts the request. */
    readonly signal?: AbortSignal | undefined;
}
/** The authenticator that `oauth` creates. */
export interface OAuthAuthenticator extends Authenticator {
    /**
     * Revokes the refresh token, or the access token if there is no refresh token (RFC 7009), and forgets both. The request
     * uses the connection of the LLM, which must therefore exist.
     *
     * @throws {CredentialError} if the server did not revoke the token; both are kept then. Its `retryAfter` is the
     * server's.
     */
    revoke(options?: RevokeOptions): Promise<void>;
}
/**
 * Creates an authenticator that sends an OAuth 2 access token with every request (RFC 6750). It obtains, caches and
 * renews the token. The default `grant` is client credentials.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, HttpLLM, oauth } from '@crew/llm-oauth';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: oauth({ issuer: 'https://login.example', clientId: 'crew', clientSecret: fromEnv('CLIENT_SECRET') }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for options that are incomplete, malformed, or contradict each other.
 */
export declare function oauth(options: OAuthOptions): OAuthAuthenticator;

// server/discovery.d.ts
import { type Clock } from '@crew/core';
/** Endpoints of an authorization server, either configured or from its metadata (RFC 8414). */
export interface AuthorizationServer {
    /** Issuer identifier. `undefined` if only endpoints are configured. */
    readonly issuer: string | undefined;
    readonly tokenEndpoint: URL;
    readonly revocationEndpoint: URL | undefined;
    /** Endpoints for clients that authenticate with a certificate (RFC 8705, section 5). */
    readonly mtlsEndpoints: {
        readonly token: URL | undefined;
        readonly revocation: URL | undefined;
    };
    /** Supported client authentication methods (`token_endpoint_auth_methods_supported`). */
    readonly authenticationMethods: readonly string[] | undefined;
}
/** Kind of server metadata: `oauth2` for RFC 8414, `oidc` for OpenID Connect Discovery 1.0. */
export type DiscoveryKind = 'oauth2' | 'oidc';
/** The settings that determine the authorization server. */
export interface ServerSettings {
    /** The issuer whose metadata is read. `undefined` if the endpoints are configured. */
    readonly discovery: {
        readonly issuer: string;
        readonly kind: DiscoveryKind | undefined;
        readonly trustedOrigins: readonly string[];
    } | undefined;
    /** The server, if its token endpoint is configured. */
    readonly server: AuthorizationServer | undefined;
    /** The configured revocation endpoint, which takes precedence over that of the metadata. */
    readonly revocationEndpoint: URL | undefined;
}
/** A cache of authorization servers, by issuer. */
export declare class AuthorizationServers {
    #private;
    constructor(options: {
        readonly clock: Clock;
        readonly deadline: number | undefined;
        readonly name: string;
    });
    /**
     * Returns the configured server, or fetches the metadata of the issuer.
     *
     * @throws {CredentialError} if the metadata cannot be fetched or is invalid.
     */
    of(settings: ServerSettings, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<AuthorizationServer>;
    close(): void;
}

// server/endpoint.d.ts
import { type Clock } from '@crew/core';
import { type TransportFetch } from '@crew/llm-http/adapter';
/**
 * Parses and checks the URL of an endpoint that receives credentials. It must be absolute, without user information and
 * fragment, and use `https:` (RFC 6749, section 3.2; `http:` is allowed for loopback only).
 *
 * @throws {ConfigurationError} naming `subject`.
 */
export declare function endpointUrl(value: unknown, subject: string): URL;
/**
 * Checks an issuer identifier (RFC 8414, section 2: https, no query, no fragment) and returns it unchanged.
 *
 * @throws {ConfigurationError} naming `subject`.
 */
export declare function checkIssuer(value: unknown, subject: string): string;
/** Returns the origin and path of a URL for use in errors, without its query and without path segments that look secret. */
export declare function showUrl(url: URL): string;
/** A complete response of a server. */
export interface ServerResponse {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
}
/**
 * Sends a request to an authorization server and reads the response, at most 1 MiB. Redirects are not followed, because
 * they could carry the credential to another server.
 *
 * @throws {CredentialError} if the server cannot be reached, redirects, or sends more than 1 MiB.
 */
export declare function sendToServer(fetch: TransportFetch, url: URL, init: RequestInit, subject: string): Promise<ServerResponse>;
/** Returns the `Retry-After` header, which holds seconds or a date (RFC 9110, section 10.2.3), as seconds from now. */
export declare function retryAfter(headers: Headers, clock: Clock): number | undefined;
/**
 * Parses a JSON object. The result has no prototype, so that a missing member is not found on `Object.prototype`. Returns
 * `undefined` if the text is not a JSON object.
 */
export declare function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined;

// settings.d.ts
import type { Secret } from '@crew/llm-http';
import { type ClientAuthentication } from './client-authentication/client-authentication.ts';
import { type Grant, type GrantParameters } from './grant/grant.ts';
import type { AuthorizationServer, DiscoveryKind, ServerSettings } from './server/discovery.ts';
/** Settings of the token request: the authorization server, the client, the grant and its parameters. */
export interface OAuthSettings {
    /** Issuer identifier, exactly as in the server's metadata, which is fetched unless `tokenEndpoint` is set. */
    readonly issuer?: string | undefined;
    /** Kind of metadata: RFC 8414 or OpenID Connect Discovery. Default: RFC 8414, falling back to OpenID Connect. */
    readonly discovery?: DiscoveryKind | undefined;
    /** URL of the token endpoint. If it is set, no metadata is fetched. */
    readonly tokenEndpoint?: string | undefined;
    /** URL of the revocation endpoint (RFC 7009), used by `revoke()`. Default: from the metadata. */
    readonly revocationEndpoint?: string | undefined;
    /** Origins outside the issuer's site that its metadata may name for endpoints. */
    readonly trustedOrigins?: readonly string[] | undefined;
    /** Client identifier. Required unless the grant carries its own identity. */
    readonly clientId?: string | undefined;
    /** Client secret, sent by a method that the metadata supports (RFC 8414). Default `client_secret_basic`. */
    readonly clientSecret?: Secret | undefined;
    /** Client authentication, instead of `clientSecret`. Default `publicClient()`, which client credentials do not permit. */
    readonly clientAuthentication?: ClientAuthentication | undefined;
    /** Grant by which tokens are obtained. Default `clientCredentials()`. */
    readonly grant?: Grant | undefined;
    /** Scopes as a list, or separated by spaces (RFC 6749, section 3.3). */
    readonly scope?: string | readonly string[] | undefined;
    /** Resource indicators (RFC 8707): absolute URIs without a fragment. */
    readonly resource?: string | readonly string[] | undefined;
    /** Audience of the token (RFC 8693; some servers support it for other grants). */
    readonly audience?: string | readonly string[] | undefined;
    /** Additional parameters of the token request. */
    readonly parameters?: GrantParameters | undefined;
}
/** Settings that have been checked and completed with defaults. */
export interface ResolvedSettings extends ServerSettings {
    readonly clientId: string | undefined;
    /** Selects the client authentication that the server supports. */
    readonly authenticationFor: (server: AuthorizationServer) => ClientAuthentication | undefined;
    /** True if the client authenticates, that is, if it is not a public client. */
    readonly hasCredentials: boolean;
    readonly grant: Grant;
    readonly scope: string | undefined;
    readonly resources: readonly string[];
    readonly audiences: readonly string[];
    readonly parameters: GrantParameters;
}
/**
 * Checks the settings and completes them with defaults.
 *
 * @throws {ConfigurationError} for settings that contradict each other, or are incomplete or malformed.
 */
export declare function resolveSettings(options: OAuthSettings): ResolvedSettings;
/**
 * Checks that the client credentials grant is used by a confidential client only (RFC 6749, section 4.4).
 *
 * @throws {ConfigurationError} if the client has no credentials, for example because an environment variable is not set.
 */
export declare function checkConfidentialClient(resolved: ResolvedSettings): ResolvedSettings;
/** Returns true if the token may depend on `authContext`. */
export declare function usesAuthContext({ grant, clientAuthentication }: OAuthSettings): boolean;
/**
 * Copies the settings, including lists and parameters, and reads each option once. Later changes to the original have no
 * effect. `resolveSettings` checks the copy.
 *
 * @throws {ConfigurationError} for malformed parameters.
 */
export declare function copySettings<T extends OAuthSettings>(settings: T): T;

// store/file-token-store.d.ts
import { type Clock } from '@crew/core';
import type { TokenStore } from './token-store.ts';
/** Options of `fileTokenStore`. */
export interface FileTokenStoreOptions {
    /** Clock for polling a lock that another process holds. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/**
 * Creates a token store in a directory, with one file per token, for all processes of one user on one machine. The
 * directory has mode 0700; files have mode 0600 and are replaced atomically. A refresh is one transaction across processes.
 * The store refuses symbolic links, special files, files over 1 MiB, and files and directories that belong to another user
 * or are accessible to others. The next write removes files that a killed process left unfinished. The tokens are not
 * encrypted.
 *
 * @example
 * ```ts no-run
 * import { fileTokenStore, fromEnv, OAuthLLM, refreshToken } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 *   store: fileTokenStore('/var/lib/crew/tokens'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} if the path is missing. The methods of the store throw a `CredentialError`.
 */
export declare function fileTokenStore(path: string, options?: FileTokenStoreOptions): TokenStore;

// store/token-store.d.ts
/**
 * A store for tokens, such as the memory of a process, a directory, Redis or a keychain. Keys are hashes without secrets.
 * Values are secret strings.
 */
export interface TokenStore {
    /** Returns the value, or `undefined` if there is none. */
    get(key: string): Promise<string | undefined>;
    /** Stores the value. Resolves when the value is as durable as the store promises. */
    set(key: string, value: string): Promise<void>;
    /** Deletes the value, if there is one. */
    delete(key: string): Promise<void>;
    /**
     * Runs `work` while no other user of the store runs work for this key, and resolves or rejects with its result. An abort
     * of `signal` ends the wait for the lock, but not work that has started.
     */
    exclusively<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}
/**
 * Returns true for an object with the methods of a token store.
 *
 * @internal
 */
export declare function isTokenStore(value: unknown): value is TokenStore;
/**
 * Creates a token store in the memory of this process. It is the default; pass one explicitly to share it between LLMs.
 *
 * @example
 * ```ts no-run
 * import { fromEnv, memoryTokenStore, OAuthLLM, refreshToken } from '@crew/llm-oauth';
 *
 * const login = {
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientSecret: fromEnv('CLIENT_SECRET'),
 *   grant: refreshToken(fromEnv('REFRESH_TOKEN')),
 *   store: memoryTokenStore(),
 * };
 *
 * await using llm = new OAuthLLM({
 *   ...login,
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 * });
 * await using other = new OAuthLLM({ ...login, endpoint: 'https://other.example/v1/chat/completions' });
 * console.log(await llm.call('Say hello.'), await other.call('Say hello.'));
 * ```
 */
export declare function memoryTokenStore(): TokenStore;
/**
 * Wraps a store so that its errors show no token. Databases quote the failed command with its values, so only the code of
 * an error is kept. A `CrewError` without a cause is passed on unchanged.
 */
export declare function sanitiseStoreErrors(store: TokenStore, name: string): TokenStore;

// token/token-response.d.ts
import { type Clock, type CrewEvent, type CrewEventBase } from '@crew/core';
import { type Client } from 'oauth4webapi';
import { AccessToken } from '../bearer/access-token.ts';
import { type ServerResponse } from '../server/endpoint.ts';
/** A successful response of a token endpoint. */
export interface TokenResponse {
    readonly token: AccessToken;
    /** Expiry in milliseconds since the epoch. */
    readonly expiresAt: number;
    /** Time of renewal in milliseconds since the epoch, if the server suggests one. */
    readonly renewAfter: number | undefined;
    /** All members, for the check of the grant. */
    readonly members: Readonly<Record<string, unknown>>;
}
/**
 * Parses a successful token response (RFC 6749, section 5.1). oauth4webapi checks it. Its errors contain the whole
 * response, so this function does not pass them on.
 *
 * @throws {CredentialError} for an invalid response. It never shows the response.
 */
export declare function readTokenResponse(response: ServerResponse, details: {
    readonly url: URL;
    readonly client: Client;
    readonly clock: Clock;
    readonly defaultLifetime: number;
    readonly name: string;
}): Promise<TokenResponse>;
/** Emitted when the server granted fewer scopes than requested (RFC 6749, section 5.1). The token is used. */
export interface OAuthScopeEvent extends CrewEventBase {
    readonly type: 'oauth-scope';
    /** Name of the authenticator. */
    readonly authenticator: string;
    /** Scopes that were granted. */
    readonly granted: readonly string[];
    /** Scopes that were requested but not granted. */
    readonly missing: readonly string[];
}
declare module '@crew/core' {
    interface CrewEvents {
        'oauth-scope': OAuthScopeEvent;
    }
}
/** Reports scopes that were not granted. A response without a scope grants the requested one. */
export declare function reportScope(requested: string | undefined, granted: string | undefined, target: {
    readonly name: string;
    readonly clock: Clock;
    emit(event: CrewEvent): void;
}): void;
