import { type Clock, CredentialError } from '@crew/core';
import { type ObtainedCredential, readSecret } from '@crew/llm-http/adapter';
import type { TokenContext } from '../jwt-options.ts';
import { readToken } from './read-token.ts';

const MAX_AGE = 300_000;

/** How a function's tokens are read. */
export interface TokenCallbackOptions {
  readonly token: (context: TokenContext) => string | Promise<string>;
  readonly opaque: boolean;
  /** Milliseconds that a token without an expiry is used for. */
  readonly maxAge: number | undefined;
  readonly clock: Clock;
}

/** Obtains a token from a function, and reads when it expires. */
export async function callForToken(
  options: TokenCallbackOptions,
  context: TokenContext,
): Promise<ObtainedCredential<string>> {
  const { token, opaque, maxAge = MAX_AGE, clock } = options;
  const { signal, tenant, refused } = context;
  const value = await readSecret(told => token({ ...told, tenant }), 'token', { signal, refused });
  const reading = readToken(value, opaque);
  if ('problem' in reading) throw new CredentialError(`jwt: what the function gave as the token ${reading.problem}.`);
  return { value, expiresAt: reading.expiresAt ?? clock.wall() + maxAge };
}
