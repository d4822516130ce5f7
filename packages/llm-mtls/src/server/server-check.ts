import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { spiffeServer } from './spiffe-server.ts';
import { spkiPin } from './spki-pin.ts';

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
export function serverCheck(options: {
  readonly serverKeyPins?: readonly string[] | undefined;
  readonly serverSpiffeId?: string | undefined;
}): ServerCheck | undefined {
  const { serverKeyPins, serverSpiffeId } = options;
  if (serverKeyPins === undefined && serverSpiffeId === undefined) return undefined;
  const checkName = serverSpiffeId === undefined ? checkServerIdentity : spiffeServer(serverSpiffeId);
  const checkKey = serverKeyPins === undefined ? undefined : spkiPin(serverKeyPins);
  return (host, certificate) => checkName(host, certificate) ?? checkKey?.(host, certificate);
}
