import { excerpt } from '@crew/core';
import type { AlternativeName, Extensions } from './extensions.ts';

/** A parsed SPIFFE ID. `spiffe://example.org/crew` has the trust domain `example.org` and the path `/crew`. */
export interface SpiffeId {
  readonly id: string;
  readonly trustDomain: string;
  /** Empty for the trust domain itself. */
  readonly path: string;
}

/** Syntax of SPIFFE-ID, sections 2.1 to 2.3: allowed characters, no empty or dot segments, no trailing slash. */
const ID = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*)$/u;
const MAX_LENGTH = 2048;

/** Parses a SPIFFE ID. Returns `undefined` if the string is not one. */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  const [, trustDomain, path] = (text.length <= MAX_LENGTH && ID.exec(text)) || [];
  return trustDomain === undefined || path === undefined ? undefined : { id: text, trustDomain, path };
}

/**
 * Returns the SPIFFE ID of a leaf certificate, or the problem with it as the end of a sentence. An X509-SVID has exactly one
 * URI name, which is a SPIFFE ID with a path. It is not an authority, and its key usage does not allow signing certificates or
 * revocation lists (X509-SVID, sections 2 to 5).
 */
export function spiffeIdOf(extensions: Extensions, isAuthority: boolean): SpiffeId | string {
  const uris = extensions.alternativeNames.filter(({ type }: AlternativeName) => type === 'uri');
  const [uri] = uris;
  if (uri === undefined) return 'has no URI name, so no SPIFFE ID';
  if (uris.length > 1) return `has ${uris.length} URI names; an X509-SVID has exactly one`;
  const id = parseSpiffeId(uri.value);
  if (id === undefined) return `has a URI name that is not a SPIFFE ID: ${JSON.stringify(excerpt(uri.value))}`;
  if (id.path === '') return `has the SPIFFE ID of a whole trust domain: ${excerpt(id.id, 300)}`;
  if (isAuthority) return 'belongs to a certificate authority (CA)';
  const { keyUsage } = extensions;
  if (keyUsage?.keyCertSign || keyUsage?.cRLSign) return 'may sign certificates or revocation lists';
  return id;
}
