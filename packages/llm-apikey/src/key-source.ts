import type { SecretContext } from '@crew/llm-http';
import { type AuthContext, isSynchronousSecret, type OutgoingRequest, readSecret } from '@crew/llm-http/adapter';
import type { KeySource } from './api-key-options.ts';

/**
 * The source's value for one attempt: at once where that is possible.
 *
 * Throws a `CredentialError` when its function failed, a `ConfigurationError` for a value that no header can carry.
 */
export function readKey(
  source: KeySource,
  what: string,
  request: OutgoingRequest,
  context: AuthContext,
  refused?: string,
): string | Promise<string> {
  if (typeof source === 'string') return source;
  const { signal, attempt, authContext } = context;
  if (isSynchronousSecret(source)) return readSecret(source, what, { signal, refused });
  const read = (secretContext: SecretContext): string | Promise<string> =>
    source({ ...secretContext, attempt, authContext, request });
  return readSecret(read, what, { signal, refused });
}
