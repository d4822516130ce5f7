import { ConfigurationError } from '@crew/core';
import type { SecretContext } from '@crew/llm-http';
import type { AuthContext, RefusalResult } from '@crew/llm-http/adapter';
import { decodeJwt, decodeProtectedHeader } from 'jose';

/** Argument of a function that returns the options of a token. */
export interface TenantContext {
  /** The tenant that the `tenant` option derived from the `authContext` of the call. `undefined` without that option. */
  readonly tenant: string | undefined;
}

/** Argument of a function that returns a token. */
export interface TokenContext extends SecretContext, TenantContext {}

/** Provider of the tokens of one authenticator. */
export interface TokenSource {
  /** Returns the token for an attempt, without a promise if it is available. */
  token(context: AuthContext): string | Promise<string>;
  /** Handles the refusal of a token by the server. */
  onRefusal(token: string, context: AuthContext): RefusalResult | Promise<RefusalResult>;
  close?(): void;
}

/** Returns the tenant of an attempt, or `undefined` if tokens are shared by all tenants. */
export type TenantResolver = (context: AuthContext) => string | undefined;

/** Creates a resolver from the `tenant` option. It throws a `ConfigurationError` if the option returns no name. */
export function tenantResolver(tenant: ((authContext: unknown) => string) | undefined): TenantResolver {
  if (tenant === undefined) return () => undefined;
  return ({ authContext }) => {
    const name: unknown = tenant(authContext);
    if (typeof name === 'string' && name !== '') return name;
    throw new ConfigurationError(
      'tenant returned no name for this call. Pass the authContext of the tenant to the call.',
    );
  };
}

/** Longest accepted token, in characters. */
const MAX_LENGTH = 65_536;

/** Result of decoding a token without verifying it. */
export type DecodedToken =
  | {
      /** Expiry in milliseconds since the epoch. `undefined` if the token has no valid `exp`. */
      readonly expiresAt: number | undefined;
    }
  | {
      /** Reason why the token cannot be used, as the end of a sentence that starts with its name. Shows nothing of it. */
      readonly problem: string;
    };

/**
 * Decodes the expiry of a token. Verifying the token is the server's task: nothing is verified here, and no URL in its
 * header (`jku`, `x5u`) is fetched.
 */
export function decodeToken(token: string, opaque: boolean): DecodedToken {
  if (token.length > MAX_LENGTH) return { problem: `is longer than ${MAX_LENGTH} characters` };
  const parts = token.split('.').length;
  if (parts !== 3) {
    if (opaque) return { expiresAt: undefined };
    const found = parts === 5 ? 'is encrypted (JWE), so that its expiry cannot be read' : 'is not a JWT';
    return { problem: `${found}. Check it, or set opaque: true to send it unchanged` };
  }
  try {
    // Compared without regard to case: "None" is not an algorithm, but a careless server might accept it as "none".
    if (decodeProtectedHeader(token).alg?.toLowerCase() === 'none') return { problem: 'has no signature (alg "none")' };
    const { exp } = decodeJwt(token);
    return { expiresAt: typeof exp === 'number' && Number.isFinite(exp) && exp > 0 ? exp * 1000 : undefined };
  } catch {
    if (opaque) return { expiresAt: undefined };
    return { problem: 'is not a JWT, although it has three parts. Check that it was copied completely' };
  }
}
