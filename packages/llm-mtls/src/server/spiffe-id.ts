import { excerpt } from '@crew/core';
import type { AlternativeName, Extensions } from '../material/extensions.ts';

/** A SPIFFE ID in its parts: `spiffe://example.org/crew` is of the trust domain `example.org`, with the path `/crew`. */
export interface SpiffeId {
  readonly id: string;
  readonly trustDomain: string;
  /** Empty for the trust domain itself. */
  readonly path: string;
}

/** SPIFFE-ID, sections 2.1 to 2.3: the characters, no empty or dot segments, no slash at the end. */
const ID = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*)$/u;
const LONGEST = 2048;

/** The parts of a SPIFFE ID, or undefined when it is none. */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  const [, trustDomain, path] = (text.length <= LONGEST && ID.exec(text)) || [];
  return trustDomain === undefined || path === undefined ? undefined : { id: text, trustDomain, path };
}

/**
 * The SPIFFE ID of a leaf certificate, or what is wrong with it as the end of a sentence (X509-SVID, sections 2 to 5:
 * exactly one URI name, which is a SPIFFE ID with a path; no authority; no key usage of one).
 */
export function spiffeIdOf(extensions: Extensions, isAuthority: boolean): SpiffeId | string {
  const uris = extensions.alternativeNames.filter(({ type }: AlternativeName) => type === 'uri');
  const [uri] = uris;
  if (uri === undefined) return 'has no URI name, so no SPIFFE ID';
  if (uris.length > 1) return `has ${uris.length} URI names; an X509-SVID has exactly one`;
  const id = parseSpiffeId(uri.value);
  if (id === undefined) return `has a URI name that is no SPIFFE ID: ${JSON.stringify(excerpt(uri.value))}`;
  if (id.path === '') return `has the SPIFFE ID of a whole trust domain: ${excerpt(id.id, 300)}`;
  if (isAuthority) return 'is the one of an authority (CA)';
  const { keyUsage } = extensions;
  if (keyUsage?.keyCertSign || keyUsage?.cRLSign) return 'may sign certificates or revocation lists';
  return id;
}
