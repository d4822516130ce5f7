import { type Clock, type CrewEvent, copyOptions } from '@crew/core';
import type { Place } from '../check-options.ts';
import type { ClientCertificateOptions } from '../client-certificate-options.ts';
import type { CertificateMaterial } from '../material/material.ts';
import { type IdentityRules, readIdentity } from '../material/read-identity.ts';
import { CallbackSource } from './callback-source.ts';
import type { CertificateSource } from './certificate-source.ts';
import { FileSource } from './file-source.ts';
import { FixedSource } from './fixed-source.ts';
import { type IdentityPaths, identityFromFiles } from './identity-files.ts';

/** Whom a source works for. */
export interface SourceOwner {
  /** The authenticator's name. */
  readonly name: string;
  readonly clock: Clock;
  tell(event: CrewEvent): void;
  /** Keeps the event until the certificate is used. */
  tellLater(event: CrewEvent): void;
}

const VALUE_NAMES = { cert: 'cert', key: 'key', ca: 'ca' };

/**
 * Opens the place where the certificate is, and reads it unless it comes from a function.
 *
 * @throws {CredentialError} when what is there cannot be used.
 */
export function openSource(
  place: Place,
  options: ClientCertificateOptions,
  rules: IdentityRules,
  owner: SourceOwner,
): CertificateSource {
  const { clock, name } = owner;
  switch (place.kind) {
    case 'values': {
      const { cert = '', key = '', pkcs12, passphrase, ca } = options;
      const material = pkcs12 === undefined ? { cert, key, passphrase, ca } : { pkcs12, passphrase, ca };
      const names = pkcs12 === undefined ? VALUE_NAMES : { ...VALUE_NAMES, cert: 'pkcs12' };
      return new FixedSource(readIdentity(material, names, rules, clock.wall()));
    }
    case 'files':
      return fileSource(place.paths, options, rules, owner);
    case 'load': {
      const { ca, maxAge, loadTimeout } = options;
      return new CallbackSource({
        name,
        clock,
        load: place.load,
        maxAge,
        deadline: loadTimeout,
        emit: event => owner.tell(event),
        check: (given: CertificateMaterial) => {
          const material = copyOptions(given, ['ca']);
          return readIdentity({ ...material, ca: material.ca ?? ca }, LOADED_NAMES, rules, clock.wall());
        },
      });
    }
  }
}

const LOADED_NAMES = { cert: 'the certificate from load', key: 'the key from load', ca: 'the ca from load' };

function fileSource(
  paths: IdentityPaths,
  options: ClientCertificateOptions,
  rules: IdentityRules,
  { name, clock, tell, tellLater }: SourceOwner,
): FileSource {
  const event = { type: 'credential', authenticator: name } as const;
  const told = new Set<string>();
  const readable = (path: string, mode: string): void => {
    if (told.has(`${mode} ${path}`)) return;
    told.add(`${mode} ${path}`);
    tellLater({ type: 'key-permissions', authenticator: name, at: clock.wall(), path, mode });
  };
  return new FileSource({
    paths: [paths.certificate, paths.key, paths.ca].filter(path => path !== undefined),
    clock,
    load: contents => identityFromFiles(paths, contents, options, rules, clock.wall(), readable),
    replaced: ({ expiresAt }) => tell({ ...event, action: 'renewed', at: clock.wall(), expiresAt }),
    rejected: error => tell({ ...event, action: 'failed', at: clock.wall(), error: error.toJSON() }),
  });
}
