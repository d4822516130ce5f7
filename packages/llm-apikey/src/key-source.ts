import type { SecretContext } from '@crew/llm-http';
import { type AuthContext, isSynchronousSecret, type OutgoingRequest, readSecret } from '@crew/llm-http/adapter';

/** Argument of a function that returns a key or the value of a header. */
export interface KeyContext extends SecretContext {
  /** The `authContext` of the call, such as the name of the tenant. */
  readonly authContext: unknown;
  /** Number of the attempt, starting at 1. Every resend counts. */
  readonly attempt: number;
  /** The request as it will be sent, for values that are computed from it. */
  readonly request: Pick<OutgoingRequest, 'method' | 'url' | 'headers' | 'body'>;
}

/**
 * A key, or a function that returns one: `fromEnv`, `fromFile`, `fromCommand`, or your own. A string is sent unchanged. A
 * function is called for every attempt, so it should cache a value that is expensive to get.
 */
export type KeySource = string | ((context: KeyContext) => string | Promise<string>);

/**
 * Returns the value of a key source for one attempt, without a promise if the source is synchronous.
 *
 * @param label Name of the option, for error messages.
 * @param refused The value that the server refused, if this call asks for a new one.
 * @throws {CredentialError} if the function fails. The error is thrown, or rejects the promise.
 * @throws {ConfigurationError} if a header cannot carry the value. The error is thrown, or rejects the promise.
 */
export function readKey(
  source: KeySource,
  label: string,
  request: OutgoingRequest,
  context: AuthContext,
  refused?: string,
): string | Promise<string> {
  if (typeof source === 'string') return source;
  const { signal, attempt, authContext } = context;
  if (isSynchronousSecret(source)) return readSecret(source, label, { signal, refused });
  const read = (secretContext: SecretContext): string | Promise<string> =>
    source({ ...secretContext, attempt, authContext, request });
  return readSecret(read, label, { signal, refused });
}
