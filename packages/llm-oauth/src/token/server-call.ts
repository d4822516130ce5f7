import { type Clock, ConfigurationError, CrewError } from '@crew/core';
import { type ConnectionCredentials, quoteError } from '@crew/llm-http/adapter';
import type { TokenOwner } from '../bearer/token-owner.ts';
import type { ClientAuthentication, ClientRequest } from '../client-authentication/client-authentication.ts';
import type { AuthorizationServer } from '../server/discovery.ts';
import { type ServerResponse, sendToServer } from '../server/endpoint.ts';
import type { ServerClock } from '../server/server-clock.ts';
import type { ResolvedSettings } from '../settings.ts';
import { type EndpointError, endpointError } from './endpoint-error.ts';

/** Everything that one request to an authorization server depends on. */
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

/** @throws {ConfigurationError} when it is by certificate, and the connection has none. */
export function clientAuthenticationOf(call: ServerCall): ClientAuthentication | undefined {
  const authentication = call.settings.authenticationFor(call.server);
  if (authentication?.usesCertificate && call.connection?.cert === undefined) {
    throw new ConfigurationError(
      `${call.name}: ${authentication.method} needs a client certificate on the connection. Put an authenticator that ` +
        'gives one beside it: auth: [clientCertificate({ ... }), oauth({ ... })].',
    );
  }
  return authentication;
}

/** What client authentications and grants are told. It is not to be spread: who reads `authContext` may be refused it. */
export function requestContext(
  call: ServerCall,
  url: URL,
  now: () => number = () => call.serverClock.now(),
): Omit<ClientRequest, 'body' | 'headers'> {
  const { server, settings, fetch, signal, owner } = call;
  return {
    issuer: server.issuer,
    // What the server is known by, also where its alias for certificates is used.
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

/** Sent in the open: everything else in a form is a secret. */
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

/** One request and the secrets that were in it. */
export interface EndpointRequest {
  send(write: (fetch: typeof globalThis.fetch) => Promise<Response>): Promise<ServerResponse>;
  error(response: ServerResponse): EndpointError;
}

/** Lets oauth4webapi write the request, and sends it the way all requests to servers are sent. */
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
        // Its errors hold what was sent.
        const reason = quoteError(thrown);
        throw new ConfigurationError(`${call.name}: the request could not be made: ${reason}`);
      }
      if (response === undefined) throw new ConfigurationError(`${call.name}: the request was not sent.`);
      return response;
    },
    error: response => endpointError(response, { subject, url, clock, secrets }),
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
