import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigurationError, CrewError, copyOptions, excerpt } from '@crew/core';
import type { ConnectionCredentials } from '../auth/authenticator.ts';
import { RequestFailure } from './transport-failure.ts';

/** The certificates of an option as a list, each checked. */
export function checkCertificates(
  ca: string | readonly string[] | undefined,
  what: string,
): readonly string[] | undefined {
  if (ca === undefined) return undefined;
  const list = typeof ca === 'string' ? [ca] : ca;
  if (!Array.isArray(list) || list.length === 0) {
    throw new ConfigurationError(`${what} must be one PEM certificate or more.`);
  }
  for (const certificate of list) checkCertificate(certificate, what);
  return [...list];
}

function checkCertificate(certificate: unknown, what: string): void {
  try {
    if (typeof certificate !== 'string') throw new TypeError('not a string');
    new X509Certificate(certificate);
  } catch (thrown) {
    throw new ConfigurationError(
      `${what} has something that is no PEM certificate ("-----BEGIN CERTIFICATE-----"). Give the text, not a file name.`,
      { cause: thrown },
    );
  }
}

/** These certificates besides those that Node trusts by default, `NODE_EXTRA_CA_CERTS` included. */
export function withDefaultCertificates(ca: readonly string[] | undefined): string[] | undefined {
  return ca === undefined ? undefined : [...getCACertificates('default'), ...ca];
}

/** The certificates that an LLM trusts. */
export interface TrustSettings {
  /** PEM certificates to trust. */
  readonly ca: readonly string[] | undefined;
  /** Selects whether `ca` extends or replaces the certificates that Node trusts. */
  readonly caMode: 'append' | 'replace';
}

export function tlsOptions(settings: TrustSettings, credentials: ConnectionCredentials | undefined) {
  const {
    cert,
    key,
    ca: own,
    serverName,
    minVersion,
    checkServerIdentity,
  } = copyOptions<Partial<ConnectionCredentials>>(credentials ?? {});
  const ca = own ?? (settings.caMode === 'replace' ? settings.ca : withDefaultCertificates(settings.ca));
  const material = {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(minVersion === undefined ? {} : { minVersion }),
  };
  const server = {
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(checkServerIdentity === undefined ? {} : { checkServerIdentity: conclusive(checkServerIdentity) }),
  };
  // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED changes nothing here.
  return { ...server, secureContext: secureContext(material), rejectUnauthorized: true };
}

/** What a check of the server decides stands: asking again cannot help. */
function conclusive(check: NonNullable<ConnectionCredentials['checkServerIdentity']>): typeof check {
  return (host, certificate) => {
    const error = check(host, certificate);
    return CrewError.isInstance(error) ? new RequestFailure(error, 'never') : error;
  };
}

/** Made once for all connections: to read a few hundred authorities takes longer than a handshake. */
export function secureContext(material: SecureContextOptions): SecureContext {
  try {
    // A copy without a prototype, on which Node would find options that nobody set.
    return createSecureContext(copyOptions(material));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? excerpt(String(thrown.code), 100) : 'unreadable';
    throw new ConfigurationError(`The client certificate, its key or the authorities cannot be used (${code}).`);
  }
}
