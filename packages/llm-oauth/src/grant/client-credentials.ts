import type { Grant } from './grant.ts';

/** The client's own identity is all (RFC 6749, section 4.4). The default. */
export function clientCredentials(): Grant {
  return { type: 'client_credentials', usesAuthContext: false, parameters: () => ({}) };
}
