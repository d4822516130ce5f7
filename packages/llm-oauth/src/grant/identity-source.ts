import { ConfigurationError } from '@crew/core';
import type { SecretContext } from '@crew/llm-http';
import { checkSecret, readSecret } from '@crew/llm-http/adapter';

/** Context of a function that returns a token or an assertion. */
export interface IdentityContext extends SecretContext {
  /** Sends requests through the LLM's transport, without its authenticators. */
  readonly fetch: typeof fetch;
  /**
   * The `authContext` of the call, unchanged.
   *
   * @throws {ConfigurationError} if there is no `tenant` option, and the value is an object or the function declares no
   * parameter.
   */
  readonly authContext: unknown;
}

/**
 * A token or assertion that another party issued, or a function that returns it, such as `fromFile`, `fromEnv`,
 * `fromCommand`, `githubActionsToken` or `kubernetesToken`. The function is called for every token request, so that the
 * value is never stale.
 *
 * The value of a function that declares a parameter may depend on `authContext`. Its tokens are therefore cached per
 * `tenant`. Without `tenant` they are cached per `authContext`, which must be a string, a number or a boolean.
 */
export type IdentitySource = string | ((context: IdentityContext) => string | Promise<string>);

/** Functions of this package that take a context but do not read its `authContext`. */
const independentSources = new WeakSet<object>();

/** Marks a source whose value does not depend on `authContext`, and returns it. */
export function independentOfAuthContext<T extends Exclude<IdentitySource, string>>(source: T): T {
  independentSources.add(source);
  return source;
}

/** Returns true for a function whose value may depend on `authContext`: one that declares a parameter. */
export function mayReadAuthContext(source: unknown): boolean {
  return typeof source === 'function' && source.length > 0 && !independentSources.has(source);
}

/**
 * Checks that the source is a usable string or a function.
 *
 * @throws {ConfigurationError} naming `subject`, never the value.
 */
export function checkIdentitySource(source: unknown, subject: string): asserts source is IdentitySource {
  if (source === undefined) throw new ConfigurationError(`${subject} is missing.`);
  checkSecret(source, subject);
}

/**
 * Reads the value of the source.
 *
 * @throws {CredentialError} if the function fails.
 * @throws {ConfigurationError} if the value is empty or not visible ASCII.
 */
export async function readIdentity(source: IdentitySource, subject: string, context: IdentityContext): Promise<string> {
  const { signal, refused } = context;
  return readSecret(typeof source === 'string' ? source : () => source(context), subject, { signal, refused });
}
