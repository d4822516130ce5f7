import { type Clock, ConfigurationError, CrewError } from '@crew/core';
import { type ConnectionCredentials, quoteError } from '@crew/llm-http/adapter';
import type { TokenOwner } from '../bearer/token-owner.ts';
import type { ClientAuthentication, ClientRequest } from '../client-authentication/client-authentication.ts';
import type { AuthorizationServer } from '../server/discovery.ts';
import { type ServerResponse, sendToServer } from '../server/endpoint.ts';
import type { ServerClock } from '../server/server-clock.ts';
import type { ResolvedSettings } from '../settings.ts';
import { type EndpointError, endpointError } from './endpoint-error.ts';

/** Context of the requests to an authorization server for one token. */
export interface ServerCall {
  readonly name: string;
  readonly settings: ResolvedSettings;
  readonly server: AuthorizationServer;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly connection: ConnectionCredentials | undefined;
  readonly owner: TokenOwner;
  readonly defaultLifetime: number;
}

/**
 * Returns the client authentication for the server.
 *
 * @throws {ConfigurationError} if it needs a certificate and the connection has none.
 */
export function clientAuthenticationOf(call: ServerCall): ClientAuthentication | undefined {
  const authentication = call.settings.authenticationFor(call.server);
  if (authentication?.usesCertificate && call.connection?.cert === undefined) {
    throw new ConfigurationError(
      `${call.name}: ${authentication.method} needs a client certificate on the connection. Add an authenticator that ` +
        'provides one: auth: [clientCertificate({ ... }), oauth({ ... })].',
    );
  }
  return authentication;
}

/** Returns the context for client authentication and grants. Do not spread it: reading `authContext` may throw. */
export function requestContext(
  call: ServerCall,
  url: URL,
  now: () => number = () => call.serverClock.now(),
): Omit<ClientRequest, 'body' | 'headers'> {
  const { server, settings, fetch, signal, owner } = call;
  return {
    issuer: server.issuer,
    // The server's main token endpoint, even if its mTLS alias is used.
    tokenEndpoint: (server.tokenEndpoint ?? url).href,
    clientId: settings.clientId ?? '',
    fetch,
    signal,
    get authContext(): unknown {
      return owner.authContext;
    },
    now,
  };
}

/** Form parameters that are not secret. All others are. */
const PUBLIC_PARAMETERS = new Set([
  'grant_type',
  'client_id',
  'scope',
  'resource',
  'audience',
  'claims',
  'client_assertion_type',
  'subject_token_type',
  'actor_token_type',
  'requested_token_type',
  'token_type_hint',
]);

/** A request to an endpoint of the server. It records the secrets that it sends. */
export interface EndpointRequest {
  /** Sends the request that `write` passes to its `fetch`, and returns the response. */
  send(write: (fetch: typeof globalThis.fetch) => Promise<Response>): Promise<ServerResponse>;
  /** Returns the error for an unsuccessful response, without the secrets of the request. */
  toError(response: ServerResponse): EndpointError;
}

/** Creates a request that oauth4webapi writes and the LLM's transport sends. */
export function createEndpointRequest(call: ServerCall, url: URL, subject: string): EndpointRequest {
  const { clock, serverClock, signal } = call;
  const secrets = new Set<string>();
  return {
    async send(write) {
      let response: ServerResponse | undefined;
      const sendThroughHost: typeof globalThis.fetch = async (_url, init) => {
        const body = new URLSearchParams(init?.body instanceof URLSearchParams ? init.body : '');
        collectSecrets(secrets, body, new Headers(init?.headers));
        const sentAt = clock.wall();
        response = await sendToServer(call.fetch, url, { ...init, body: body.toString(), signal }, subject);
        serverClock.update(response.headers, sentAt);
        return new Response(null);
      };
      try {
        await write(sendThroughHost);
      } catch (thrown) {
        if (CrewError.isInstance(thrown)) throw thrown;
        // Errors of oauth4webapi contain the request.
        const reason = quoteError(thrown);
        throw new ConfigurationError(`${call.name}: the request could not be made: ${reason}`);
      }
      if (response === undefined) throw new ConfigurationError(`${call.name}: the request was not sent.`);
      return response;
    },
    toError: response => endpointError(response, { subject, url, clock, secrets }),
  };
}

function collectSecrets(secrets: Set<string>, body: URLSearchParams, headers: Headers): void {
  for (const [name, value] of body) {
    if (!PUBLIC_PARAMETERS.has(name)) secrets.add(value);
  }
  const credentials = headers.get('authorization')?.replace(/^\S+ /, '');
  if (credentials === undefined) return;
  secrets.add(credentials);
  const password = Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
  secrets.add(password);
  secrets.add(new URLSearchParams(`_=${password}`).get('_') ?? password);
}
