import { type Clock, type CrewEvent, copyOptions } from '@crew/core';
import { type IdentityRules, readIdentity } from '../material/identity.ts';
import type { CertificateMaterial } from '../material/material.ts';
import type { CertificateLocation, ClientCertificateOptions } from '../options.ts';
import { CallbackSource } from './callback-source.ts';
import { type CertificateSource, FixedSource } from './certificate-source.ts';
import { FileSource } from './file-source.ts';
import { type IdentityPaths, identityFromFiles } from './identity-files.ts';

/** The authenticator that uses a source. */
export interface SourceOwner {
  /** Name of the authenticator. */
  readonly name: string;
  readonly clock: Clock;
  emit(event: CrewEvent): void;
  /** Emits the event when the certificate is next used. */
  emitOnUse(event: CrewEvent): void;
}

const VALUE_LABELS = { cert: 'cert', key: 'key', ca: 'ca' };
const LOADED_LABELS = { cert: 'the certificate from load', key: 'the key from load', ca: 'the ca from load' };

/**
 * Opens the source of the certificate, and reads the certificate unless it comes from a function.
 *
 * @throws {CredentialError} if the certificate cannot be used.
 */
export function openSource(
  location: CertificateLocation,
  options: ClientCertificateOptions,
  rules: IdentityRules,
  owner: SourceOwner,
): CertificateSource {
  const { clock, name } = owner;
  switch (location.kind) {
    case 'values': {
      const { cert = '', key = '', pkcs12, passphrase, ca } = options;
      const material = pkcs12 === undefined ? { cert, key, passphrase, ca } : { pkcs12, passphrase, ca };
      const labels = pkcs12 === undefined ? VALUE_LABELS : { ...VALUE_LABELS, cert: 'pkcs12' };
      return new FixedSource(readIdentity(material, labels, rules, clock.wall()));
    }
    case 'files':
      return openFiles(location.paths, options, rules, owner);
    case 'load': {
      const { ca, maxAge, loadTimeout } = options;
      return new CallbackSource({
        name,
        clock,
        load: location.load,
        maxAge,
        deadline: loadTimeout,
        emit: event => owner.emit(event),
        check: (material: CertificateMaterial) => {
          const copy = copyOptions(material, ['ca']);
          return readIdentity({ ...copy, ca: copy.ca ?? ca }, LOADED_LABELS, rules, clock.wall());
        },
      });
    }
  }
}

function openFiles(
  paths: IdentityPaths,
  options: ClientCertificateOptions,
  rules: IdentityRules,
  { name, clock, emit, emitOnUse }: SourceOwner,
): FileSource {
  const event = { type: 'credential', authenticator: name } as const;
  const reported = new Set<string>();
  const onReadableKey = (path: string, mode: string): void => {
    if (reported.has(`${mode} ${path}`)) return;
    reported.add(`${mode} ${path}`);
    emitOnUse({ type: 'key-permissions', authenticator: name, at: clock.wall(), path, mode });
  };
  return new FileSource({
    paths: [paths.certificate, paths.key, paths.ca].filter(path => path !== undefined),
    clock,
    load: contents => identityFromFiles(paths, contents, options, rules, clock.wall(), onReadableKey),
    onReplaced: ({ expiresAt }) => emit({ ...event, action: 'renewed', at: clock.wall(), expiresAt }),
    onRejected: error => emit({ ...event, action: 'failed', at: clock.wall(), error: error.toJSON() }),
  });
}
