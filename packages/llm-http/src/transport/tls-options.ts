import { X509Certificate } from 'node:crypto';
import {
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { ConfigurationError, CrewError, copyOptions, excerpt } from '@crew/core';
import type { ConnectionCredentials } from '../auth/authenticator.ts';
import { RequestFailure } from './transport-failure.ts';

/**
 * Validates an option of certificate authorities and returns it as a list.
 *
 * @throws {ConfigurationError} if a value is not a PEM certificate.
 */
export function checkCertificates(
  ca: string | readonly string[] | undefined,
  what: string,
): readonly string[] | undefined {
  if (ca === undefined) return undefined;
  const list = typeof ca === 'string' ? [ca] : ca;
  if (!Array.isArray(list) || list.length === 0) {
    throw new ConfigurationError(`${what} must be a PEM certificate or a list of them.`);
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
      `${what} contains a value that is not a PEM certificate ("-----BEGIN CERTIFICATE-----"). Pass the text, not a file name.`,
      { cause: thrown },
    );
  }
}

/** Adds the certificates that Node trusts by default, including `NODE_EXTRA_CA_CERTS`. */
export function withDefaultCertificates(ca: readonly string[] | undefined): string[] | undefined {
  return ca === undefined ? undefined : [...getCACertificates('default'), ...ca];
}

/** Settings of the certificate authorities that an LLM trusts. */
export interface TrustSettings {
  /** Certificates of the authorities to trust (PEM). */
  readonly ca: readonly string[] | undefined;
  /** Selects whether `ca` extends or replaces the certificates that Node trusts. */
  readonly caMode: 'append' | 'replace';
}

/** TLS options of a connection. */
type TlsOptions = Pick<
  ConnectionOptions,
  'servername' | 'checkServerIdentity' | 'rejectUnauthorized' | 'secureContext'
>;

/** Returns the TLS options of a connection with these credentials. */
export function tlsOptions(settings: TrustSettings, credentials: ConnectionCredentials | undefined): TlsOptions {
  const {
    cert,
    key,
    ca: exclusive,
    serverName,
    minVersion,
    checkServerIdentity,
  } = copyOptions<Partial<ConnectionCredentials>>(credentials ?? {});
  const ca = exclusive ?? (settings.caMode === 'replace' ? settings.ca : withDefaultCertificates(settings.ca));
  const material = {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(minVersion === undefined ? {} : { minVersion }),
  };
  const server = {
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(checkServerIdentity === undefined ? {} : { checkServerIdentity: withoutRetry(checkServerIdentity) }),
  };
  // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED has no effect here.
  return { ...server, secureContext: secureContext(material), rejectUnauthorized: true };
}

/** Makes the error of an identity check final: a retry cannot help. */
function withoutRetry(check: NonNullable<ConnectionCredentials['checkServerIdentity']>): typeof check {
  return (host, certificate) => {
    const error = check(host, certificate);
    return CrewError.isInstance(error) ? new RequestFailure(error, 'never') : error;
  };
}

/** Creates the TLS context for all connections. Reading a few hundred authorities takes longer than a handshake. */
export function secureContext(material: SecureContextOptions): SecureContext {
  try {
    // A copy without a prototype, on which Node could find options that were never set.
    return createSecureContext(copyOptions(material));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? excerpt(String(thrown.code), 100) : 'unreadable';
    throw new ConfigurationError(`The client certificate, its key or the authorities cannot be used (${code}).`);
  }
}
