import { isIP } from 'node:net';
import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock } from '@crew/llm-http/adapter';
import type { IdentityRules } from './material/identity.ts';
import type { LoadCertificate, Passphrase } from './material/material.ts';
import { createServerCheck } from './server-check.ts';
import { type IdentityPaths, svidPaths } from './source/identity-files.ts';

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
export const OPTION_NAMES: Readonly<Record<keyof ClientCertificateOptions, true>> = {
  cert: true,
  key: true,
  certFile: true,
  keyFile: true,
  pkcs12: true,
  pkcs12File: true,
  svidDirectory: true,
  load: true,
  maxAge: true,
  loadTimeout: true,
  passphrase: true,
  ca: true,
  caFile: true,
  caMode: true,
  serverName: true,
  minVersion: true,
  serverKeyPins: true,
  serverSpiffeId: true,
  strictPermissions: true,
  warnBefore: true,
  clock: true,
};

/** Location of the certificate. */
export type CertificateLocation =
  | { readonly kind: 'values' }
  | { readonly kind: 'files'; readonly paths: IdentityPaths }
  | { readonly kind: 'load'; readonly load: LoadCertificate };

const SOURCES = 'cert and key; certFile and keyFile; pkcs12; pkcs12File; svidDirectory; or load';

/**
 * Validates the options, also against mistakes that the types rule out.
 *
 * @throws {ConfigurationError} naming the invalid option, never its value.
 */
export function checkOptions(options: ClientCertificateOptions): {
  readonly location: CertificateLocation;
  readonly rules: IdentityRules;
} {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`A client certificate needs an object of options. Set ${SOURCES}.`);
  }
  const location = locationOf(options);
  checkCombinations(options, location);
  for (const name of ['maxAge', 'loadTimeout', 'warnBefore'] as const) checkMilliseconds(options[name], name);
  checkClock(options.clock);
  if (options.strictPermissions !== undefined && typeof options.strictPermissions !== 'boolean') {
    throw new ConfigurationError('strictPermissions must be true or false.');
  }
  return { location, rules: rulesOf(options) };
}

function locationOf(options: ClientCertificateOptions): CertificateLocation {
  const sources = (['cert', 'certFile', 'pkcs12', 'pkcs12File', 'svidDirectory', 'load'] as const).filter(
    name => options[name] !== undefined,
  );
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    const found = sources.length === 0 ? 'None is set.' : `These are set: ${sources.join(' and ')}.`;
    throw new ConfigurationError(`A client certificate comes from one source: ${SOURCES}. ${found}`);
  }
  switch (source) {
    case 'load':
      if (typeof options.load !== 'function') throw new ConfigurationError('load must be a function.');
      return { kind: 'load', load: options.load };
    case 'certFile':
      return { kind: 'files', paths: pathsOf(path(options, 'certFile'), path(options, 'keyFile'), options) };
    case 'pkcs12File':
      return { kind: 'files', paths: pathsOf(path(options, 'pkcs12File'), undefined, options) };
    case 'svidDirectory':
      return { kind: 'files', paths: svidPaths(path(options, 'svidDirectory')) };
    default:
      return { kind: 'values' };
  }
}

/** Rejects options that would have no effect. */
function checkCombinations(options: ClientCertificateOptions, { kind }: CertificateLocation): void {
  const reject = (name: keyof ClientCertificateOptions, when: boolean, hint: string): void => {
    if (when && options[name] !== undefined) throw new ConfigurationError(`${name} ${hint}.`);
  };
  const hasSvid = options.svidDirectory !== undefined;
  reject('key', options.cert === undefined, 'applies only to cert');
  reject('keyFile', options.certFile === undefined, 'applies only to certFile');
  reject('maxAge', kind !== 'load', 'applies only to load');
  reject('loadTimeout', kind !== 'load', 'applies only to load');
  reject('passphrase', kind === 'load', 'does not apply to load. Return it together with the certificate');
  reject('caFile', kind !== 'files', 'applies only to certificates from files. Use ca');
  reject('caFile', hasSvid, 'does not apply to svidDirectory, which has its own bundle');
  reject('caFile', options.ca !== undefined, 'and ca exclude each other. Set only one of them');
  reject('ca', hasSvid, 'does not apply to svidDirectory, which has its own bundle');
  reject('strictPermissions', kind !== 'files', 'applies only to certificates from files');
}

function rulesOf(options: ClientCertificateOptions): IdentityRules {
  const { caMode = options.svidDirectory === undefined ? 'append' : 'replace', minVersion, serverName } = options;
  if (caMode !== 'append' && caMode !== 'replace') {
    throw new ConfigurationError("caMode must be 'append' or 'replace'.");
  }
  const { ca, caFile, load, svidDirectory } = options;
  if (options.caMode === 'replace' && [ca, caFile, load, svidDirectory].every(one => one === undefined)) {
    throw new ConfigurationError("caMode is 'replace', but there is no ca to trust instead. Set ca or caFile.");
  }
  if (minVersion !== undefined && minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw new ConfigurationError("minVersion must be 'TLSv1.2' or 'TLSv1.3'.");
  }
  // Server name indication does not allow IP addresses (RFC 6066, section 3).
  if (serverName !== undefined && (typeof serverName !== 'string' || serverName === '' || isIP(serverName) !== 0)) {
    throw new ConfigurationError('serverName must be a host name.');
  }
  const serverCheck = createServerCheck(options);
  return { caMode, minVersion, serverName, serverCheck, requiresSvid: svidDirectory !== undefined };
}

function pathsOf(certificate: string, key: string | undefined, options: ClientCertificateOptions): IdentityPaths {
  return { certificate, key, ca: options.caFile === undefined ? undefined : path(options, 'caFile') };
}

function path(options: ClientCertificateOptions, name: keyof ClientCertificateOptions): string {
  const value: unknown = options[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(`${name} must be a path.`);
}

function checkMilliseconds(value: unknown, name: string): void {
  if (value !== undefined && (typeof value !== 'number' || !(value > 0))) {
    throw new ConfigurationError(`${name} must be a positive number of milliseconds.`);
  }
}
