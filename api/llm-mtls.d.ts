// The public surface of @crew/llm-mtls. Written by `pnpm api:update`; see docs/versions.md.

// certificate-info.d.ts
import type { CrewEventBase } from '@crew/core';
/**
 * Public information about the client certificate in use. It contains no secrets.
 *
 * @example Report the remaining days, and every renewal
 * ```ts no-run
 * import { type CertificateInfo, MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   certFile: '/etc/crew/tls.crt',
 *   keyFile: '/etc/crew/tls.key',
 * });
 * llm.on('credential', ({ action, expiresAt, error }) => {
 *   if (action === 'renewed') console.log('New certificate, valid until', new Date(expiresAt ?? 0));
 *   if (action === 'failed') console.error('The new certificate is not used:', error?.message);
 *   if (action === 'expiring') console.error('The certificate expires at', new Date(expiresAt ?? 0));
 * });
 * llm.on('key-permissions', ({ path, mode }) => console.warn(`Run chmod 600 on ${path} (mode ${mode}).`));
 *
 * const certificate: CertificateInfo | undefined = llm.certificate;
 * console.log(certificate?.subject, certificate?.subjectAltNames, certificate?.daysLeft);
 * ```
 */
export interface CertificateInfo {
    /** Distinguished name of the subject, such as `O=Example, CN=crew`. */
    readonly subject: string;
    /** Distinguished name of the issuer. */
    readonly issuer: string;
    /** Subject alternative names with their types: `DNS:crew.example`, `URI:spiffe://example.org/crew`. */
    readonly subjectAltNames: readonly string[];
    /** Serial number in upper-case hex. */
    readonly serialNumber: string;
    /** SHA-256 of the certificate in upper-case hex with colons, as OpenSSL and Node write it. */
    readonly fingerprint256: string;
    /** SHA-256 of the certificate as base64url: the `x5t#S256` of certificate-bound tokens (RFC 8705, section 3.1). */
    readonly thumbprint: string;
    readonly validFrom: Date;
    readonly validTo: Date;
    /** Whole days until the certificate expires, rounded down. Negative after its expiry. */
    readonly daysLeft: number;
}
/**
 * Emitted for a private key in a file that users other than its owner can read or write: once per file and mode, when the
 * certificate is first used. With `strictPermissions` such a file is an error instead.
 */
export interface KeyPermissionsEvent extends CrewEventBase {
    readonly type: 'key-permissions';
    /** Name of the authenticator. */
    readonly authenticator: string;
    readonly path: string;
    /** Mode of the file in octal, such as `0644`. */
    readonly mode: string;
}
declare module '@crew/core' {
    interface CrewEvents {
        'key-permissions': KeyPermissionsEvent;
    }
}

// client-certificate.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type AuthHost, type ConnectionCredentials, type OutgoingRequest, type Refusal, type RefusalResult } from '@crew/llm-http/adapter';
import type { CertificateInfo } from './certificate-info.ts';
import { type ClientCertificateOptions } from './options.ts';
/**
 * Creates an authenticator that presents a client certificate on the connections of an LLM (mutual TLS: RFC 8446, section
 * 4.4.2). It can be combined with any other authenticator: with `[clientCertificate({...}), oauth({...})]` tokens can be bound to
 * the certificate (RFC 8705).
 *
 * The certificate is validated as a whole before it is used. When its files change or `load` returns another one, it is replaced
 * without interrupting requests: new connections present the new certificate, and requests in progress finish on the old
 * connections. If the replacement is invalid, the old certificate stays in use, and a `credential` event with the action
 * `failed` reports the reason.
 *
 * @example
 * ```ts no-run
 * import { clientCertificate, HttpLLM } from '@crew/llm-mtls';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   auth: clientCertificate({
 *     certFile: '/etc/crew/tls.crt',
 *     keyFile: '/etc/crew/tls.key',
 *     caFile: '/etc/crew/ca.crt',
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @throws {ConfigurationError} if an option is invalid, or if a certificate from values or files cannot be used.
 */
export declare function clientCertificate(options: ClientCertificateOptions): ClientCertificate;
/** The authenticator that `clientCertificate()` creates. */
export declare class ClientCertificate implements Authenticator {
    #private;
    readonly name = "client-certificate";
    constructor(options: ClientCertificateOptions);
    /** Public information about the certificate in use. Undefined until `load` has returned the first one. */
    get certificate(): CertificateInfo | undefined;
    attach(host: AuthHost): void;
    connection({ signal }: {
        readonly signal: AbortSignal;
    }): ConnectionCredentials | Promise<ConnectionCredentials>;
    /** Adds nothing to the request: the connection carries the credential. */
    authenticate(): void;
    isRefusal(response: Refusal): boolean;
    onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult>;
    close(): Promise<void>;
}

// index.d.ts
export { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export type { CertificateInfo, KeyPermissionsEvent } from './certificate-info.ts';
export { type ClientCertificate, clientCertificate } from './client-certificate.ts';
export type { CertificateMaterial, LoadCertificate, Passphrase, PemMaterial, Pkcs12Material, } from './material/material.ts';
export { MtlsLLM, type MtlsLLMOptions } from './mtls-llm.ts';
export type { ClientCertificateOptions } from './options.ts';

// material/identity.d.ts
import { type KeyObject, type X509Certificate } from 'node:crypto';
import type { ConnectionCredentials } from '@crew/llm-http/adapter';
import type { CertificateInfo } from '../certificate-info.ts';
import type { ServerCheck } from '../server-check.ts';
import { type CertificateMaterial } from './material.ts';
/** Rules by which material becomes an identity. */
export interface IdentityRules extends ServerRules {
    /** Selects whether the authorities of the material extend or replace those that Node trusts. */
    readonly caMode: 'append' | 'replace';
    /** True if the client certificate must be an X509-SVID. */
    readonly requiresSvid: boolean;
}
/** Names of the parts of the material in error messages: options or files. */
export interface MaterialLabels {
    readonly cert: string;
    readonly key: string;
    readonly ca: string;
}
/**
 * Reads a certificate with its key and validates them as a whole.
 *
 * @throws {CredentialError} naming the invalid part and the problem with it.
 */
export declare function readIdentity(material: CertificateMaterial, labels: MaterialLabels, rules: IdentityRules, now: number): Identity;
/** Parts of an identity after reading. */
interface IdentityParts {
    readonly certificates: readonly X509Certificate[];
    readonly key: KeyObject;
    /** PEM certificates of all trusted authorities. Undefined leaves the choice to the options of the LLM. */
    readonly ca: readonly string[] | undefined;
    /** Source of the certificates, for error messages. */
    readonly label: string;
}
/** Requirements for the server, independent of the identity. */
export interface ServerRules {
    readonly serverName: string | undefined;
    readonly minVersion: ConnectionCredentials['minVersion'];
    readonly serverCheck: ServerCheck | undefined;
}
/**
 * A client certificate with its key, validated as a whole: the key fits the certificate, the certificates form one chain, all
 * of them are valid at `now`, clients may use them, and they are strong enough. No printed or serialised form shows the key or
 * the chain.
 */
export declare class Identity implements ConnectionCredentials {
    #private;
    readonly id: string;
    /** Earliest expiry of the leaf and its issuers, in milliseconds since the epoch. */
    readonly expiresAt: number;
    /** Name of the certificate that expires first. */
    readonly expiresFirst: string;
    /** Start of the leaf's validity, in milliseconds since the epoch. */
    readonly validFrom: number;
    readonly leaf: X509Certificate;
    /** @throws {CredentialError} that describes the check that failed. */
    constructor(parts: IdentityParts, rules: ServerRules, now: number);
    get cert(): string;
    get key(): string;
    get ca(): readonly string[] | undefined;
    get serverName(): string | undefined;
    get minVersion(): ConnectionCredentials['minVersion'];
    get checkServerIdentity(): ServerCheck | undefined;
    get name(): string;
    /** Returns the public information about the certificate at `now`, in milliseconds since the epoch. */
    info(now: number): CertificateInfo;
    toJSON(): object;
}
export {};

// material/material.d.ts
import { CredentialError } from '@crew/core';
/** A client certificate in PEM (RFC 7468). */
export interface PemMaterial {
    /** The certificate and its intermediates. A root among them is not sent. */
    readonly cert: string;
    /** The private key in PKCS#8 or one of OpenSSL's older forms, optionally encrypted with `passphrase`. */
    readonly key: string;
    readonly passphrase?: Passphrase | undefined;
    /** PEM certificates of private authorities (CAs) that are trusted for the server. */
    readonly ca?: string | readonly string[] | undefined;
}
/** A client certificate with key and chain in a PKCS#12 file (RFC 7292), also called PFX. */
export interface Pkcs12Material {
    /** Content of the file. */
    readonly pkcs12: Uint8Array;
    readonly passphrase?: Passphrase | undefined;
    /** PEM certificates of private authorities (CAs) that are trusted for the server. Those in the file are not trusted. */
    readonly ca?: string | readonly string[] | undefined;
}
/** A client certificate with its key. */
export type CertificateMaterial = PemMaterial | Pkcs12Material;
/**
 * A function that returns a certificate with its key, for example from a vault. `signal` is aborted when no caller waits for
 * the result any more.
 */
export type LoadCertificate = (context: {
    readonly signal: AbortSignal;
}) => CertificateMaterial | Promise<CertificateMaterial>;
/**
 * The passphrase of an encrypted key or a PKCS#12 file, or a synchronous function that returns it, such as `fromEnv` or
 * `fromFile`. The function is called each time the material is read, and its result is not stored.
 */
export type Passphrase = string | (() => string);
/**
 * Returns the value of a passphrase.
 *
 * @throws {CredentialError} if the function fails or does not return a string. The error never shows the value.
 */
export declare function readPassphrase(passphrase: Passphrase | undefined): string | undefined;
/** Creates the error for an invalid certificate, key or authority. A retry with the same material cannot succeed. */
export declare function materialError(message: string): CredentialError;

// mtls-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import type { CertificateInfo } from './certificate-info.ts';
import { type ClientCertificateOptions } from './options.ts';
/** Options of `MtlsLLM`: those of `HttpLLM` and those of `clientCertificate()`. */
export type MtlsLLMOptions = HttpLLMOptions & ClientCertificateOptions;
/**
 * A model behind an HTTPS endpoint that requires a client certificate (mutual TLS). The option `auth` adds further
 * authenticators.
 *
 * @example PEM files, which are read again when they change
 * ```ts no-run
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   certFile: '/etc/crew/tls.crt',
 *   keyFile: '/etc/crew/tls.key',
 *   caFile: '/etc/crew/ca.crt',
 * });
 * console.log(await llm.call('Say hello.'), llm.certificate?.daysLeft);
 * ```
 *
 * @example A PKCS#12 file (PFX) with a passphrase from the environment
 * ```ts no-run
 * import { fromEnv } from '@crew/llm-http';
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   pkcs12File: '/etc/crew/client.p12',
 *   passphrase: fromEnv('CLIENT_P12_PASSPHRASE'),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example A PKCS#12 certificate from a vault, requested again every 12 hours
 * ```ts no-run
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   maxAge: 12 * 3_600_000,
 *   load: async ({ signal }) => {
 *     const response = await fetch('https://vault.example/issue/crew.p12', { method: 'POST', signal });
 *     if (!response.ok) throw new Error(`The vault returned ${response.status}.`);
 *     return { pkcs12: new Uint8Array(await response.arrayBuffer()) };
 *   },
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 *
 * @example An X509-SVID that spiffe-helper writes, and a server that is identified by its SPIFFE ID
 * ```ts no-run
 * import { MtlsLLM } from '@crew/llm-mtls';
 *
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   svidDirectory: '/run/spiffe',
 *   serverSpiffeId: 'spiffe://example.org/llm-gateway',
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 */
export declare class MtlsLLM extends HttpLLM {
    #private;
    /** @throws {ConfigurationError} if an option is invalid, or if a certificate from values or files cannot be used. */
    constructor(options: MtlsLLMOptions);
    /** Public information about the certificate in use. Undefined until `load` has returned the first one. */
    get certificate(): CertificateInfo | undefined;
}

// options.d.ts
import { type Clock } from '@crew/core';
import type { IdentityRules } from './material/identity.ts';
import type { LoadCertificate, Passphrase } from './material/material.ts';
import { type IdentityPaths } from './source/identity-files.ts';
/**
 * Options of `clientCertificate()`. The certificate comes from exactly one source: `cert` and `key`; `certFile` and `keyFile`;
 * `pkcs12`; `pkcs12File`; `svidDirectory`; or `load`.
 */
export interface ClientCertificateOptions {
    /** PEM of the certificate and its intermediates (RFC 7468). A root among them is not sent. */
    readonly cert?: string | undefined;
    /** PEM of the private key in PKCS#8 or one of OpenSSL's older forms, optionally encrypted with `passphrase`. */
    readonly key?: string | undefined;
    /** Path of a file with such a certificate chain. The file is read again when it changes. */
    readonly certFile?: string | undefined;
    /** Path of a file with such a key. It can be the same file. */
    readonly keyFile?: string | undefined;
    /** Content of a PKCS#12 file (RFC 7292) with modern encryption (AES). */
    readonly pkcs12?: Uint8Array | undefined;
    /** Path of such a file, which is read again when it changes. */
    readonly pkcs12File?: string | undefined;
    /** Directory into which spiffe-helper writes `svid.pem`, `svid_key.pem` and `svid_bundle.pem`. */
    readonly svidDirectory?: string | undefined;
    /** Function that returns the certificate, for example from a vault. First called by `ready()` or the first call. */
    readonly load?: LoadCertificate | undefined;
    /** Time after which `load` is called again, in milliseconds. Default: after two thirds of the certificate's life. */
    readonly maxAge?: number | undefined;
    /** Time limit of `load`, in milliseconds. Default 30,000. */
    readonly loadTimeout?: number | undefined;
    /** Passphrase of the key or the PKCS#12 file. A function is called at each reading, and its result is not stored. */
    readonly passphrase?: Passphrase | undefined;
    /** PEM certificates of private authorities (CAs) that are trusted for the server. */
    readonly ca?: string | readonly string[] | undefined;
    /** Path of a file with such certificates, which is read again when it changes. Only for certificates from files. */
    readonly caFile?: string | undefined;
    /** Selects whether these authorities extend or replace those that Node trusts. Default `append`, for an SVID `replace`. */
    readonly caMode?: 'append' | 'replace' | undefined;
    /** Name to request (SNI; RFC 6066, section 3) and to expect in the server's certificate. Default: the endpoint's host. */
    readonly serverName?: string | undefined;
    /** Oldest accepted version of TLS. Default `TLSv1.2`. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
    /** SHA-256 digests of the server's permitted public keys in base64, in addition to all other checks (RFC 7469, 2.4). */
    readonly serverKeyPins?: readonly string[] | undefined;
    /** SPIFFE ID of the server, or `spiffe://` and a trust domain. It is checked instead of the host name. */
    readonly serverSpiffeId?: string | undefined;
    /**
     * Rejects a key file that users other than its owner can read. Default false: such a file causes a `key-permissions` event.
     */
    readonly strictPermissions?: boolean | undefined;
    /**
     * Remaining life of the certificate below which an `expiring` event is emitted, in milliseconds. Default: a fifth of its life,
     * at most 7 days.
     */
    readonly warnBefore?: number | undefined;
    /** Source of the current time. Default: the system clock. */
    readonly clock?: Clock | undefined;
}
/** Names of the options. */
export declare const OPTION_NAMES: Readonly<Record<keyof ClientCertificateOptions, true>>;
/** Location of the certificate. */
export type CertificateLocation = {
    readonly kind: 'values';
} | {
    readonly kind: 'files';
    readonly paths: IdentityPaths;
} | {
    readonly kind: 'load';
    readonly load: LoadCertificate;
};
/**
 * Validates the options, also against mistakes that the types rule out.
 *
 * @throws {ConfigurationError} naming the invalid option, never its value.
 */
export declare function checkOptions(options: ClientCertificateOptions): {
    readonly location: CertificateLocation;
    readonly rules: IdentityRules;
};

// server-check.d.ts
import { type PeerCertificate } from 'node:tls';
/**
 * A check of a server whose certificate chain was verified. It returns `undefined` to accept the server, or the error that
 * ends the connection. It replaces `checkServerIdentity` of node:tls and has the same signature.
 */
export type ServerCheck = (host: string, certificate: PeerCertificate) => Error | undefined;
/**
 * Creates the check that the options require beyond the chain. Returns `undefined` if that is only the host name (RFC 9525),
 * which Node checks itself.
 *
 * @throws {ConfigurationError} if one of the options is invalid.
 */
export declare function createServerCheck(options: {
    readonly serverKeyPins?: readonly string[] | undefined;
    readonly serverSpiffeId?: string | undefined;
}): ServerCheck | undefined;

// source/identity-files.d.ts
import { type RegularFile } from '@crew/llm-http/adapter';
import { type Identity, type IdentityRules } from '../material/identity.ts';
import { type CertificateMaterial, type Passphrase } from '../material/material.ts';
/** Paths of the files of an identity: certificate and key, or both in one PKCS#12 file. */
export interface IdentityPaths {
    readonly certificate: string;
    /** Undefined for PKCS#12. */
    readonly key: string | undefined;
    readonly ca: string | undefined;
}
/** Returns the paths of the files that spiffe-helper writes into a directory. */
export declare function svidPaths(directory: string): IdentityPaths;
/** Content of the files of an identity, by path. */
export type FileContents = ReadonlyMap<string, RegularFile>;
/** Options that apply to the files of an identity. */
export interface IdentityFileOptions {
    readonly passphrase?: Passphrase | undefined;
    readonly ca?: CertificateMaterial['ca'];
    readonly strictPermissions?: boolean | undefined;
}
/**
 * Creates an identity from the content of its files and validates it.
 *
 * @param onReadableKey Called with the path and mode of a key file that other users can read.
 * @throws {CredentialError} naming the invalid file and the problem with it.
 */
export declare function identityFromFiles({ certificate, key, ca }: IdentityPaths, contents: FileContents, options: IdentityFileOptions, rules: IdentityRules, now: number, onReadableKey: (path: string, mode: string) => void): Identity;
