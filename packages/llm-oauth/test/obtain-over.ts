import type { AuthContext } from '@crew/llm-http/adapter';
import { type OAuthOptions, oauth } from '../src/index.ts';

/**
 * Obtains a token over a simulated transport, for hosts that a test cannot own and for measurements without a network.
 * Resolves to the `authorization` header or the error.
 */
export async function obtainOver(fetch: AuthContext['fetch'], options: Partial<OAuthOptions>): Promise<unknown> {
  const auth = oauth({ clientId: 'a', clientSecret: 'secret-word', ...options });
  const headers: Record<string, string> = {};
  const request = {
    method: 'POST',
    url: 'https://llm.example/v1',
    headers,
    body: new Uint8Array(),
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    setQuery: () => undefined,
    addSecret: () => undefined,
  };
  const { signal } = new AbortController();
  const context = { signal, attempt: 1, renewed: false, authContext: undefined, connection: undefined, fetch };
  try {
    await auth.authenticate(request, { ...context, emit: () => undefined });
    return headers['authorization'];
  } catch (thrown) {
    return thrown;
  } finally {
    await auth.close?.();
  }
}
