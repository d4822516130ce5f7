import { ConfigurationError } from '@crew/core';
import type { SecretContext } from '@crew/llm-http';
import { checkSecret, readSecret } from '@crew/llm-http/adapter';

/** What a function that gives an identity (a token, an assertion) is told. */
export interface IdentityContext extends SecretContext {
  /** Sends requests through the LLM's transport, without its authenticators. */
  readonly fetch: typeof fetch;
  /**
   * What the caller passed as `authContext`, untouched.
   *
   * @throws {ConfigurationError} on reading an object, or from a function without parameters, while no `tenant` says whose
   * the token is.
   */
  readonly authContext: unknown;
}

/**
 * A token or assertion of somebody else's making, or a function that gives it: every `Secret` of `@crew/llm-http`
 * (`fromFile`, `fromEnv`, `fromCommand`) is one, and so are `githubActionsToken` and `kubernetesToken`. The function is
 * called for every token request, so what it gives is never stale.
 *
 * What a function with a parameter gives may depend on `authContext`. Its tokens are therefore kept for each `tenant`, and
 * where there is none for each `authContext`, which must be a text, a number or a boolean to be read.
 */
export type IdentitySource = string | ((context: IdentityContext) => string | Promise<string>);

/** Functions of ours that take their context and read no `authContext` in it. */
const independentSources = new WeakSet<object>();

/** Marks a source that gives the same to everybody. */
export function independentOfAuthContext<T extends Exclude<IdentitySource, string>>(source: T): T {
  independentSources.add(source);
  return source;
}

/** Whether a function may answer differently for another `authContext`: any may that declares its parameter. */
export function mayReadAuthContext(source: unknown): boolean {
  return typeof source === 'function' && source.length > 0 && !independentSources.has(source);
}

/** @throws {ConfigurationError} naming `what`, never the value. */
export function checkIdentitySource(source: unknown, subject: string): asserts source is IdentitySource {
  if (source === undefined) throw new ConfigurationError(`${subject} is missing.`);
  checkSecret(source, subject);
}

/**
 * @throws {CredentialError} when the function failed.
 * @throws {ConfigurationError} when the value is empty, or not visible ASCII.
 */
export async function readIdentity(source: IdentitySource, subject: string, context: IdentityContext): Promise<string> {
  const { signal, refused } = context;
  return readSecret(typeof source === 'string' ? source : () => source(context), subject, { signal, refused });
}
