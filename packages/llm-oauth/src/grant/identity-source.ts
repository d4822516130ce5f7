import { ConfigurationError } from '@crew/core';
import { checkSecret, readSecret, type SecretContext } from '@crew/llm-http';

/** What a function that gives an identity (a token, an assertion) is told. */
export interface IdentityContext extends SecretContext {
  /** Sends requests through the LLM's transport, without its authenticators. */
  readonly fetch: typeof fetch;
  /** What the caller passed as `authContext`, untouched. */
  readonly authContext: unknown;
}

/**
 * A token or assertion of somebody else's making, or a function that gives it: every `Secret` of `@crew/llm-http`
 * (`fromFile`, `fromEnv`, `fromCommand`) is one, and so are `githubActionsToken` and `kubernetesToken`. The function is
 * called for every token request, so what it gives is never stale.
 */
export type IdentitySource = string | ((context: IdentityContext) => string | Promise<string>);

/** @throws {ConfigurationError} naming `what`, never the value. */
export function checkIdentitySource(source: unknown, what: string): asserts source is IdentitySource {
  if (source === undefined) throw new ConfigurationError(`${what} is missing.`);
  checkSecret(source, what);
}

/**
 * @throws {CredentialError} when the function failed.
 * @throws {ConfigurationError} when the value is empty, or not visible ASCII.
 */
export async function readIdentity(source: IdentitySource, what: string, context: IdentityContext): Promise<string> {
  const { signal, refused } = context;
  return readSecret(typeof source === 'string' ? source : () => source(context), what, { signal, refused });
}
