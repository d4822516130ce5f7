import { X509Certificate } from 'node:crypto';
import { ConfigurationError, ConnectionError, excerpt } from '@crew/core';
import { readExtensions } from '../material/extensions.ts';
import type { ServerCheck } from './server-check.ts';
import { parseSpiffeId, type SpiffeId, spiffeIdOf } from './spiffe-id.ts';

/**
 * A check of the server's X509-SVID in place of its host name: it must have exactly this SPIFFE ID, or be of this trust
 * domain (X509-SVID, section 5.2; SPIFFE-ID, section 2).
 *
 * @param expected `spiffe://example.org/llm` for one server, `spiffe://example.org` for every one of the trust domain.
 * @throws {ConfigurationError} when that is no SPIFFE ID.
 */
export function spiffeServer(expected: unknown): ServerCheck {
  const wanted = typeof expected === 'string' ? parseSpiffeId(expected) : undefined;
  if (wanted === undefined) {
    throw new ConfigurationError(
      'serverSpiffeId must be a SPIFFE ID, such as spiffe://example.org/llm, or a trust domain, such as ' +
        'spiffe://example.org.',
    );
  }
  return (host, { raw }) => {
    const found = read(raw);
    if (typeof found === 'string') {
      return new ConnectionError(`The certificate of the server ${host} ${found}. Expected: ${wanted.id}.`);
    }
    if (fits(found, wanted)) return undefined;
    return new ConnectionError(
      `The server ${host} is ${excerpt(found.id, 300)}, not ${wanted.id}. Check serverSpiffeId; if it is right, somebody else answers.`,
    );
  };
}

function fits(found: SpiffeId, wanted: SpiffeId): boolean {
  return wanted.path === '' ? found.trustDomain === wanted.trustDomain : found.id === wanted.id;
}

function read(raw: Buffer): SpiffeId | string {
  try {
    return spiffeIdOf(readExtensions(raw), new X509Certificate(raw).ca);
  } catch {
    return 'cannot be read (RFC 5280)';
  }
}
