import { ConfigurationError } from '@crew/core';
import { allowInsecureRequests, customFetch, revocationRequest } from 'oauth4webapi';
import { authenticationOf, contextOf, type ServerCall } from './server-call.ts';
import { exchangeOf } from './server-exchange.ts';

/**
 * Revokes one token (RFC 7009, section 2). The server answers 200 for tokens that it does not know, too.
 *
 * @throws {CredentialError} when it was not revoked; `retryAfter` as the server said.
 */
export async function requestRevocation(call: ServerCall, token: string, hint: string): Promise<void> {
  const { server, settings } = call;
  const authentication = authenticationOf(call);
  const alias = authentication?.usesCertificate ? server.mtlsEndpoints.revocation : undefined;
  const url = alias ?? server.revocationEndpoint;
  if (url === undefined) {
    throw new ConfigurationError('The authorization server has no revocation endpoint: set `revocationEndpoint`.');
  }
  const context = contextOf(call, url);
  const exchange = exchangeOf(call, url, 'The revocation endpoint');
  const response = await exchange.run(fetch =>
    revocationRequest(
      { issuer: server.issuer ?? url.href, revocation_endpoint: url.href },
      { client_id: settings.clientId ?? 'none' },
      (_server, _client, body, headers) => authentication?.apply(Object.assign(context, { body, headers })),
      token,
      {
        additionalParameters: { token_type_hint: hint },
        [customFetch]: fetch,
        [allowInsecureRequests]: url.protocol === 'http:',
      },
    ),
  );
  if (response.status !== 200) throw exchange.error(response);
}
