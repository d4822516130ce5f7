import { CredentialError } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import type { AuthContext, OutgoingRequest } from '@crew/llm-http/adapter';
import type { Reply } from '@crew/llm-testkit';

/** Returns an HTML page as the reply of a scripted endpoint. */
export function htmlPage(body: string): Reply {
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

/** Returns an HTML page as a response. It sets a cookie, so that a login can succeed. */
export function pageAnswer(html: string): Response {
  return new Response(html, {
    headers: { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'sid=0123456789; Path=/' },
  });
}

/**
 * Logs in with an authenticator over a transport without a network, for hosts that a test cannot have, and for work whose steps
 * are counted. Resolves to the headers of the following request, or to the error of the login.
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
