import { type Clock, ConfigurationError } from '@crew/core';
import type { ConnectionCredentials } from '@crew/llm-http/adapter';
import type { Caller } from '../bearer/caller.ts';
import type { ClientAuthentication, ClientRequest } from '../client-authentication/client-authentication.ts';
import type { AuthorizationServer } from '../server/authorization-server.ts';
import type { ServerClock } from '../server/server-clock.ts';
import type { Resolved } from '../settings.ts';

/** Everything that one request to an authorization server depends on. */
export interface ServerCall {
  readonly name: string;
  readonly settings: Resolved;
  readonly server: AuthorizationServer;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly connection: ConnectionCredentials | undefined;
  readonly caller: Caller;
  readonly defaultLifetime: number;
}

/** @throws {ConfigurationError} when it is by certificate, and the connection has none. */
export function authenticationOf(call: ServerCall): ClientAuthentication | undefined {
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
export function contextOf(
  call: ServerCall,
  url: URL,
  now: () => number = () => call.serverClock.now(),
): Omit<ClientRequest, 'body' | 'headers'> {
  const { server, settings, fetch, signal, caller } = call;
  return {
    issuer: server.issuer,
    // What the server is known by, also where its alias for certificates is used.
    tokenEndpoint: (server.tokenEndpoint ?? url).href,
    clientId: settings.clientId ?? '',
    fetch,
    signal,
    get authContext(): unknown {
      return caller.authContext;
    },
    now,
  };
}
