import { CredentialError } from '@crew/core';
import { allowInsecureRequests, customFetch, genericTokenEndpointRequest } from 'oauth4webapi';
import { copyParameters, type GrantContext, type GrantParameters } from '../grant/grant.ts';
import { jsonObject, showUrl } from '../server/endpoint.ts';
import type { ResolvedSettings } from '../settings.ts';
import { EndpointError } from './endpoint-error.ts';
import { clientAuthenticationOf, createEndpointRequest, requestContext, type ServerCall } from './server-call.ts';
import { isRefreshToken } from './stored-token.ts';
import { readTokenResponse, type TokenResponse } from './token-response.ts';

/**
 * Sends a token request (RFC 6749, section 3.2). If the server refuses an assertion and its response shows that the local
 * clock is wrong, the assertion is signed once more with the server's time. `onRefreshToken` is called with the refresh
 * token of a successful response, before the rest of the response is checked.
 *
 * @throws {CredentialError} if the server returns no usable token.
 */
export async function requestToken(
  call: ServerCall,
  type: string,
  parameters: (context: GrantContext) => Promise<GrantParameters>,
  onRefreshToken?: (refreshToken: string) => Promise<void>,
): Promise<TokenResponse> {
  const { serverClock } = call;
  const { offset } = serverClock;
  let usesClock = false;
  const now = (): number => {
    usesClock = true;
    return serverClock.now();
  };
  try {
    return await sendTokenRequest(call, type, parameters, now, onRefreshToken);
  } catch (thrown) {
    const isRefusal = thrown instanceof EndpointError && thrown.terminal === true;
    if (!isRefusal || !usesClock || serverClock.offset === offset) throw thrown;
    return sendTokenRequest(call, type, parameters, now, onRefreshToken);
  }
}

async function sendTokenRequest(
  call: ServerCall,
  type: string,
  parameters: (context: GrantContext) => Promise<GrantParameters>,
  now: () => number,
  onRefreshToken: ((refreshToken: string) => Promise<void>) | undefined,
): Promise<TokenResponse> {
  const { server, settings, clock, defaultLifetime, name } = call;
  const authentication = clientAuthenticationOf(call);
  const url = (authentication?.usesCertificate ? server.mtlsEndpoints.token : undefined) ?? server.tokenEndpoint;
  const client = { client_id: settings.clientId ?? 'none' };
  const context = requestContext(call, url, now);
  const grantParameters = copyParameters(await parameters(context), `${name}: the parameters of the grant`);
  const form = formOf(settings, grantParameters);
  const request = createEndpointRequest(call, url, 'The token endpoint');
  const response = await request.send(fetch =>
    genericTokenEndpointRequest(
      { issuer: server.issuer ?? url.href, token_endpoint: url.href },
      client,
      (_server, _client, body, headers) => authentication?.apply(Object.assign(context, { body, headers })),
      type,
      form,
      { [customFetch]: fetch, [allowInsecureRequests]: url.protocol === 'http:' },
    ),
  );
  const { error, refresh_token: refreshToken } = jsonObject(response.text) ?? {};
  const isSuccess = response.status === 200 && (error === undefined || error === null);
  if (!isSuccess) throw request.toError(response);
  // This comes first: even if the response is unusable, the server has invalidated the old refresh token.
  if (typeof refreshToken === 'string' && refreshToken !== '') {
    if (!isRefreshToken(refreshToken)) throw unusableRefreshToken(url);
    await onRefreshToken?.(refreshToken);
  }
  const tokenResponse = await readTokenResponse(response, { url, client, clock, defaultLifetime, name });
  const problem = settings.grant.checkResponse?.(tokenResponse.members);
  if (problem !== undefined) {
    throw new CredentialError(`The response of the token endpoint ${showUrl(url)} cannot be used: ${problem}.`);
  }
  return tokenResponse;
}

function unusableRefreshToken(url: URL): CredentialError {
  return new CredentialError(
    `The response of the token endpoint ${showUrl(url)} cannot be used: its refresh_token must be visible ASCII of at most ` +
      '65,536 characters.',
  );
}

/** Returns the form. Empty parameters are omitted, and only lists repeat a parameter (RFC 6749, section 3.2). */
function formOf(settings: ResolvedSettings, grantParameters: GrantParameters): URLSearchParams {
  const { scope, resources, audiences, parameters } = settings;
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries({
    scope,
    resource: resources,
    audience: audiences,
    ...parameters,
    ...grantParameters,
  })) {
    form.delete(name);
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) {
      if (one !== '') form.append(name, one);
    }
  }
  return form;
}
