import { CredentialError } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import type { AuthContext, OutgoingRequest } from '@crew/llm-http/adapter';
import type { Reply } from '@crew/llm-testkit';

/** An HTML page as a scripted endpoint sends it. */
export function htmlPage(body: string): Reply {
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

/** An HTML page as a server answers with it. It sets a cookie, so that a login may succeed. */
export function pageAnswer(html: string): Response {
  return new Response(html, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'sid=0123456789; Path=/' },
  });
}

/**
 * Has an authenticator log in over a transport that answers by itself, for hosts that no test can have, and work that is
 * to be counted without a network. Resolves to the headers of the request that would follow, or the error of the login.
 */
export async function tryLogin(
  auth: Authenticator,
  answer: (request: Request) => Response | Promise<Response>,
  endpoint = 'https://llm.corp.example/v1/chat',
): Promise<Readonly<Record<string, string>> | CredentialError> {
  const fetch: AuthContext['fetch'] = async (input, init) => answer(new Request(input, init));
  auth.attach?.({ origin: new URL(endpoint).origin, fetch, emit: () => undefined });
  const headers: Record<string, string> = {};
  const request: OutgoingRequest = {
    method: 'POST',
    url: endpoint,
    headers,
    body: new Uint8Array(),
    setHeader: (name, value) => {
      headers[name] = value;
    },
    setQuery: () => undefined,
    addSecret: () => undefined,
  };
  const { signal } = new AbortController();
  const emit = (): void => undefined;
  try {
    await auth.authenticate(request, {
      signal,
      attempt: 1,
      renewed: false,
      authContext: undefined,
      connection: undefined,
      fetch,
      emit,
    });
    return headers;
  } catch (thrown) {
    if (CredentialError.isInstance(thrown)) return thrown;
    throw thrown;
  } finally {
    await auth.close?.();
  }
}
