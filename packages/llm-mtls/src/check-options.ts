import { isIP } from 'node:net';
import { ConfigurationError } from '@crew/core';
import { checkClock } from '@crew/llm-http/adapter';
import type { ClientCertificateOptions } from './client-certificate-options.ts';
import type { IdentityRules } from './material/read-identity.ts';
import type { ServerCheck } from './server/server-check.ts';
import { serverCheck } from './server/server-check.ts';
import type { LoadCertificate } from './source/callback-source.ts';
import { type IdentityPaths, svidPaths } from './source/identity-files.ts';

/** Where the certificate is. */
export type Place =
  | { readonly kind: 'values' }
  | { readonly kind: 'files'; readonly paths: IdentityPaths }
  | { readonly kind: 'load'; readonly load: LoadCertificate };

const PLACES = 'cert and key; certFile and keyFile; pkcs12; pkcs12File; svidDirectory; or load';

/** @throws {ConfigurationError} naming the option that is wrong, never its value. */
export function checkOptions(options: ClientCertificateOptions): {
  readonly place: Place;
  readonly rules: IdentityRules;
} {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`A client certificate needs options that say where it is: ${PLACES}.`);
  }
  const place = placeOf(options);
  checkTogether(options, place);
  for (const name of ['maxAge', 'loadTimeout', 'warnBefore'] as const) checkMilliseconds(options[name], name);
  checkClock(options.clock);
  if (options.strictPermissions !== undefined && typeof options.strictPermissions !== 'boolean') {
    throw new ConfigurationError('strictPermissions must be true or false.');
  }
  return { place, rules: rulesOf(options) };
}

function placeOf(options: ClientCertificateOptions): Place {
  const given = (['cert', 'certFile', 'pkcs12', 'pkcs12File', 'svidDirectory', 'load'] as const).filter(
    name => options[name] !== undefined,
  );
  const [place] = given;
  if (place === undefined || given.length > 1) {
    const found = given.length === 0 ? 'nothing' : given.join(' and ');
    throw new ConfigurationError(`A client certificate comes from one place: ${PLACES}. Given: ${found}.`);
  }
  switch (place) {
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

/** Options that would have no effect are refused. */
function checkTogether(options: ClientCertificateOptions, { kind }: Place): void {
  const refuse = (name: keyof ClientCertificateOptions, when: boolean, belongs: string): void => {
    if (when && options[name] !== undefined) throw new ConfigurationError(`${name} belongs ${belongs}.`);
  };
  refuse('key', options.cert === undefined, 'to cert');
  refuse('keyFile', options.certFile === undefined, 'to certFile');
  refuse('maxAge', kind !== 'load', 'to load');
  refuse('loadTimeout', kind !== 'load', 'to load');
  refuse('passphrase', kind === 'load', 'into what load gives');
  refuse('caFile', kind !== 'files', 'to certificate files; give ca');
  refuse('caFile', options.svidDirectory !== undefined, 'to certFile; the SVID directory has its own bundle');
  refuse('caFile', options.ca !== undefined, 'in the place of ca, not beside it');
  refuse('ca', options.svidDirectory !== undefined, 'to other certificates; the SVID directory has its own bundle');
  refuse('strictPermissions', kind !== 'files', 'to files');
}

function rulesOf(options: ClientCertificateOptions): IdentityRules {
  const { caMode = options.svidDirectory === undefined ? 'append' : 'replace', minVersion, serverName } = options;
  if (caMode !== 'append' && caMode !== 'replace') {
    throw new ConfigurationError("caMode must be 'append' or 'replace'.");
  }
  const { ca, caFile, load, svidDirectory } = options;
  if (options.caMode === 'replace' && [ca, caFile, load, svidDirectory].every(one => one === undefined)) {
    throw new ConfigurationError("caMode is 'replace', but there is no ca to trust instead.");
  }
  if (minVersion !== undefined && minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw new ConfigurationError("minVersion must be 'TLSv1.2' or 'TLSv1.3'.");
  }
  // Server name indication takes names only (RFC 6066, section 3).
  if (serverName !== undefined && (typeof serverName !== 'string' || serverName === '' || isIP(serverName) !== 0)) {
    throw new ConfigurationError('serverName must be a host name.');
  }
  const check: ServerCheck | undefined = serverCheck(options);
  return { caMode, minVersion, serverName, check, svid: svidDirectory !== undefined };
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
