// The public surface of @crew/llm-mtls. Written by `pnpm api:update`; see docs/versions.md.

// certificate-events.d.ts
import type { CrewEventBase } from '@crew/core';
/**
 * A private key is in a file that others than its owner may read or write. Told once for each file and mode, with the
 * first use; with `strictPermissions` it is an error instead.
 */
export interface KeyPermissionsEvent extends CrewEventBase {
    readonly type: 'key-permissions';
    /** The authenticator's name. */
    readonly authenticator: string;
    readonly path: string;
    /** In octal, such as `0644`. */
    readonly mode: string;
}
declare module '@crew/core' {
    interface CrewEvents {
        'key-permissions': KeyPermissionsEvent;
    }
}

// certificate-info.d.ts
/** What can be told of the client certificate in use. Nothing of it is secret. */
export interface CertificateInfo {
    /** The subject's distinguished name, such as `O=Example, CN=crew`. */
    readonly subject: string;
    /** The issuer's distinguished name. */
    readonly issuer: string;
    /** The subject alternative names, each with its type in front: `DNS:crew.example`, `URI:spiffe://example.org/crew`. */
    readonly subjectAltNames: readonly string[];
    /** Upper-case hex. */
    readonly serialNumber: string;
    /** SHA-256 of the certificate, upper-case hex with colons, as OpenSSL and Node write it. */
    readonly fingerprint256: string;
    /** The same as base64url: the `x5t#S256` that certificate-bound tokens carry (RFC 8705, section 3.1). */
    readonly thumbprint: string;
    readonly validFrom: Date;
    readonly validTo: Date;
    /** Whole days until it expires, rounded down; negative afterwards. */
    readonly daysLeft: number;
}

// client-certificate-options.d.ts
import type { Clock } from '@crew/core';
import type { Passphrase } from './material/passphrase.ts';
import type { LoadCertificate } from './source/callback-source.ts';
/**
 * What `clientCertificate()` takes. The certificate comes from exactly one place: `cert` and `key`; `certFile` and
 * `keyFile`; `pkcs12`; `pkcs12File`; `svidDirectory`; or `load`.
 */
export interface ClientCertificateOptions {
    /** PEM of the certificate and its intermediates (RFC 7468). A root among them is not sent. */
    readonly cert?: string | undefined;
    /** PEM of the private key: PKCS#8, or OpenSSL's older forms; encrypted with `passphrase`. */
    readonly key?: string | undefined;
    /** The path of such a certificate chain. The file is read again when it changes. */
    readonly certFile?: string | undefined;
    /** The path of such a key. May be the same file. */
    readonly keyFile?: string | undefined;
    /** The bytes of a PKCS#12 file (RFC 7292) in modern encryption (AES). */
    readonly pkcs12?: Uint8Array | undefined;
    /** The path of such a file, which is read again when it changes. */
    readonly pkcs12File?: string | undefined;
    /** The directory into which spiffe-helper writes `svid.pem`, `svid_key.pem` and `svid_bundle.pem`. */
    readonly svidDirectory?: string | undefined;
    /** A function that gives the certificate, from a vault say. Called first by `ready()` or the first call. */
    readonly load?: LoadCertificate | undefined;
    /** With `load`: milliseconds after which it is called again. Default: when two thirds of the certificate's life are over. */
    readonly maxAge?: number | undefined;
    /** With `load`: milliseconds that it may take. Default 30,000. */
    readonly loadTimeout?: number | undefined;
    /** Of the key or the PKCS#12 file. A function is called at each reading, and what it gives is not kept. */
    readonly passphrase?: Passphrase | undefined;
    /** PEM certificates of private authorities to trust for the server. */
    readonly ca?: string | readonly string[] | undefined;
    /** The path of such certificates, which is read again when it changes. With certificate files only. */
    readonly caFile?: string | undefined;
    /** Whether these authorities are trusted beside those that Node trusts, or alone. Default `append`; for an SVID `replace`. */
    readonly caMode?: 'append' | 'replace' | undefined;
    /** The name to ask for and to expect in the server's certificate (RFC 6066, section 3). Default: the endpoint's host. */
    readonly serverName?: string | undefined;
    /** The oldest version of TLS to speak. Default `TLSv1.2`. */
    readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
    /** SHA-256 digests of the public keys that the server may have, in base64, beside all other checks (RFC 7469, 2.4). */
    readonly serverKeyPins?: readonly string[] | undefined;
    /** The server's SPIFFE ID, or `spiffe://` and a trust domain: checked in place of its host name. */
    readonly serverSpiffeId?: string | undefined;
    /** Refuse a key file that others than its owner may read. Default false: then a `key-permissions` event tells of it. */
    readonly strictPermissions?: boolean | undefined;
    /** Milliseconds before its expiry from which on an `expiring` event is told. Default: a fifth of its life, at most 7 days. */
    readonly warnBefore?: number | undefined;
    /** Default: the machine's clock. */
    readonly clock?: Clock | undefined;
}
/** The options' names. */
export declare const OPTION_NAMES: Readonly<Record<keyof ClientCertificateOptions, true>>;

// client-certificate.d.ts
import type { Authenticator } from '@crew/llm-http';
import { type AuthContext, type AuthHost, type ConnectionCredentials, type OutgoingRequest, type Refusal, type RefusalResult } from '@crew/llm-http/adapter';
import type { CertificateInfo } from './certificate-info.ts';
import { type ClientCertificateOptions } from './client-certificate-options.ts';
/**
 * Presents a client certificate on the connections of an LLM (TLS client authentication: RFC 8446, section 4.4.2). It
 * composes with any other authenticator: with `[clientCertificate({...}), oauth({...})]` tokens can be bound to the
 * certificate (RFC 8705).
 *
 * The certificate is checked as a whole before it is used, and replaced without a dropped request when its files change
 * or `load` gives another one: new connections show the new one, requests under way end on the old ones. A replacement
 * that cannot be used leaves the old one in place; a `credential` event with the action `failed` tells why.
 *
 * @example
 * new HttpLLM({ endpoint, auth: clientCertificate({ certFile: 'tls.crt', keyFile: 'tls.key', caFile: 'ca.crt' }) })
 *
 * @throws {ConfigurationError} for options that are wrong, and for a certificate from values or files that cannot be used.
 */
export declare function clientCertificate(options: ClientCertificateOptions): ClientCertificate;
/** The authenticator that `clientCertificate()` makes. */
export declare class ClientCertificate implements Authenticator {
    #private;
    readonly name = "client-certificate";
    constructor(given: ClientCertificateOptions);
    /** What can be told of the certificate in use; undefined until `load` gave the first one. */
    get certificate(): CertificateInfo | undefined;
    attach(host: AuthHost): void;
    connection({ signal }: {
        readonly signal: AbortSignal;
    }): ConnectionCredentials | Promise<ConnectionCredentials>;
    /** Nothing to add: the connection carries the credential. */
    authenticate(): void;
    isRefusal(response: Refusal): boolean;
    onRefusal(_request: OutgoingRequest, refusal: Refusal, context: AuthContext): Promise<RefusalResult>;
    close(): Promise<void>;
}

// index.d.ts
export { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
export type { KeyPermissionsEvent } from './certificate-events.ts';
export type { CertificateInfo } from './certificate-info.ts';
export { type ClientCertificate, clientCertificate } from './client-certificate.ts';
export type { ClientCertificateOptions } from './client-certificate-options.ts';
export type { CertificateMaterial, PemMaterial, Pkcs12Material } from './material/material.ts';
export type { Passphrase } from './material/passphrase.ts';
export { MtlsLLM, type MtlsLLMOptions } from './mtls-llm.ts';
export type { LoadCertificate } from './source/callback-source.ts';

// material/identity.d.ts
import { type KeyObject, type X509Certificate } from 'node:crypto';
import type { ConnectionCredentials } from '@crew/llm-http/adapter';
import type { CertificateInfo } from '../certificate-info.ts';
import type { ServerCheck } from '../server/server-check.ts';
/** The parts of an identity, as they were read. */
export interface IdentityParts {
    readonly certificates: readonly X509Certificate[];
    readonly key: KeyObject;
    /** PEM certificates of the authorities to trust, and nothing besides; undefined leaves that to the LLM's options. */
    readonly ca: readonly string[] | undefined;
    /** Where the certificates came from, for errors. */
    readonly what: string;
}
/** What is asked of the server whatever the identity. */
export interface ServerRules {
    readonly serverName: string | undefined;
    readonly minVersion: ConnectionCredentials['minVersion'];
    readonly check: ServerCheck | undefined;
}
/**
 * A client certificate with its key, checked as a whole: the key fits, the chain is one, all of it is valid at `now`,
 * may be used by clients, and is strong enough. Key and chain show in no printed or serialised form.
 */
export declare class Identity implements ConnectionCredentials {
    #private;
    readonly id: string;
    /** The leaf's expiry or the one of an issuer, whichever comes first, in milliseconds since the epoch. */
    readonly expiresAt: number;
    /** Which of the chain that is. */
    readonly expiresFirst: string;
    /** When the leaf's life began, in milliseconds since the epoch. */
    readonly validFrom: number;
    readonly leaf: X509Certificate;
    /** @throws {CredentialError} that says which of the checks failed. */
    constructor(parts: IdentityParts, rules: ServerRules, now: number);
    get cert(): string;
    get key(): string;
    get ca(): readonly string[] | undefined;
    get serverName(): string | undefined;
    get minVersion(): ConnectionCredentials['minVersion'];
    get checkServerIdentity(): ServerCheck | undefined;
    get name(): string;
    /** What can be told, at `now` in milliseconds since the epoch. */
    info(now: number): CertificateInfo;
    toJSON(): object;
}

// material/material.d.ts
import type { Passphrase } from './passphrase.ts';
/** A client certificate in PEM (RFC 7468). */
export interface PemMaterial {
    /** The certificate and its intermediates. A root among them is not sent. */
    readonly cert: string;
    /** Its private key: PKCS#8, or OpenSSL's older forms; encrypted with `passphrase`. */
    readonly key: string;
    readonly passphrase?: Passphrase | undefined;
    /** PEM certificates of private authorities to trust for the server. */
    readonly ca?: string | readonly string[] | undefined;
}
/** A client certificate with key and chain in a PKCS#12 file (RFC 7292), also called PFX. */
export interface Pkcs12Material {
    /** The file's bytes. */
    readonly pkcs12: Uint8Array;
    readonly passphrase?: Passphrase | undefined;
    /** PEM certificates of private authorities to trust for the server. Those in the file are not trusted for it. */
    readonly ca?: string | readonly string[] | undefined;
}
/** A client certificate with its key. */
export type CertificateMaterial = PemMaterial | Pkcs12Material;

// material/passphrase.d.ts
/**
 * The passphrase of an encrypted key or a PKCS#12 file, or a function that gives it at once: `fromEnv`, `fromFile`. It
 * is asked for each time that material is read, and not kept.
 */
export type Passphrase = string | (() => string);
/** @throws {CredentialError} when the function fails, or gives something else than a string. Never shows the value. */
export declare function readPassphrase(passphrase: Passphrase | undefined): string | undefined;

// mtls-llm.d.ts
import { HttpLLM, type HttpLLMOptions } from '@crew/llm-http';
import type { CertificateInfo } from './certificate-info.ts';
import { type ClientCertificateOptions } from './client-certificate-options.ts';
/** The options of an `HttpLLM` and those of `clientCertificate()`. */
export type MtlsLLMOptions = HttpLLMOptions & ClientCertificateOptions;
/**
 * A model behind an HTTPS endpoint that wants a client certificate. More authenticators can follow in `auth`.
 *
 * @example
 * await using llm = new MtlsLLM({
 *   endpoint: 'https://llm.example/v1/chat/completions',
 *   certFile: '/etc/crew/tls.crt',
 *   keyFile: '/etc/crew/tls.key',
 *   caFile: '/etc/crew/ca.crt',
 * });
 * console.log(await llm.call('Say hello.'), llm.certificate?.daysLeft);
 */
export declare class MtlsLLM extends HttpLLM {
    #private;
    /** @throws {ConfigurationError} for options that are wrong, and for a certificate from values or files that cannot be used. */
    constructor(given: MtlsLLMOptions);
    /** What can be told of the certificate in use; undefined until `load` gave the first one. */
    get certificate(): CertificateInfo | undefined;
}

// server/server-check.d.ts
import { type PeerCertificate } from 'node:tls';
/**
 * Decides about a server whose certificate chain was verified: `undefined` lets it pass, an error ends the connection.
 * As `checkServerIdentity` of node:tls, in whose place it is called.
 */
export type ServerCheck = (host: string, certificate: PeerCertificate) => Error | undefined;
/**
 * What the options ask of the server beside its chain; undefined when that is its host name alone (RFC 9525).
 *
 * @throws {ConfigurationError} when one of them is wrong.
 */
export declare function serverCheck(options: {
    readonly serverKeyPins?: readonly string[] | undefined;
    readonly serverSpiffeId?: string | undefined;
}): ServerCheck | undefined;

// source/callback-source.d.ts
import type { Clock, CrewEvent } from '@crew/core';
import type { Identity } from '../material/identity.ts';
import type { CertificateMaterial } from '../material/material.ts';
import type { CertificateSource } from './certificate-source.ts';
/** Gives a certificate with its key, from a vault say. `signal` aborts when nobody waits for it any more. */
export type LoadCertificate = (context: {
    readonly signal: AbortSignal;
}) => CertificateMaterial | Promise<CertificateMaterial>;
/** What a `CallbackSource` is told to do. */
export interface CallbackSourceSettings {
    readonly name: string;
    readonly load: LoadCertificate;
    /** Milliseconds after which the function is called again; undefined: by the certificate's life alone. */
    readonly maxAge: number | undefined;
    readonly deadline: number | undefined;
    readonly clock: Clock;
    check(material: CertificateMaterial): Identity;
    /** Told of what was obtained or failed while no call waited for it. */
    emit(event: CrewEvent): void;
}
/** An identity from a function. It is called again when two thirds of the certificate's life, or `maxAge`, are over. */
export declare class CallbackSource implements CertificateSource {
    #private;
    constructor(settings: CallbackSourceSettings);
    get held(): Identity | undefined;
    current(signal: AbortSignal): Identity | Promise<Identity>;
    afterRefusal(refused: string | undefined, signal: AbortSignal): Identity | Promise<Identity>;
    close(): void;
}

// source/certificate-source.d.ts
import type { CrewError } from '@crew/core';
import type { Identity } from '../material/identity.ts';
/** Where the identity comes from, and comes anew when it is replaced. */
export interface CertificateSource {
    /** The identity to connect with now: at once when nothing has to be waited for. */
    current(signal: AbortSignal): Identity | Promise<Identity>;
    /** The one in use; undefined before the first was loaded. */
    readonly held: Identity | undefined;
    /** Why the newest content is not in use, where it is not. */
    readonly rejection?: CrewError | undefined;
    /** The server refused this identity. Gives another one if there is one. */
    afterRefusal(refused: string | undefined, signal: AbortSignal): Identity | Promise<Identity | undefined> | undefined;
    close(): void;
}
