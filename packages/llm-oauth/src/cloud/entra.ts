import { ConfigurationError } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { clientAssertion, privateKeyJwt } from '../client-authentication/client-assertion.ts';
import type { ClientAuthentication } from '../client-authentication/client-authentication.ts';
import { clientSecretPost } from '../client-authentication/client-secret.ts';
import { certificateThumbprint, type PrivateKeySource } from '../client-authentication/private-key.ts';
import type { IdentitySource } from '../grant/identity-source.ts';
import { checkObject } from '../option-checks.ts';
import { endpointUrl } from '../server/endpoint.ts';
import type { OAuthSettings } from '../settings.ts';

/** A certificate registered for the application, and its private key. */
export interface EntraCertificate {
  /** Certificate in PEM, or a function that returns it, for certificates that rotate. */
  readonly certificate: string | (() => string | Promise<string>);
  /** Private key of the certificate. */
  readonly privateKey: PrivateKeySource;
}

/** Options of `entra`: an application in Microsoft Entra, and exactly one of secret, certificate and assertion. */
export interface EntraOptions {
  /** Id or domain of the directory (tenant). */
  readonly tenantId: string;
  /** Application (client) id. */
  readonly clientId: string;
  /** Resource that the token is for, with `/.default`, such as `https://cognitiveservices.azure.com/.default`. */
  readonly scope: string;
  /** Client secret of the application. */
  readonly clientSecret?: Secret | undefined;
  /** Certificate of the application. */
  readonly certificate?: EntraCertificate | undefined;
  /** Token of a pod, a CI job or another cloud (workload identity federation), read for each request. */
  readonly assertion?: IdentitySource | undefined;
  /** Login endpoint of the cloud. Default `https://login.microsoftonline.com`. */
  readonly authorityHost?: string | undefined;
}

/**
 * Returns options of `oauth` and `OAuthLLM` for Microsoft Entra ID (client credentials at the v2.0 endpoint). Tokens are
 * renewed when Entra suggests it (`refresh_in`), and claims challenges are answered.
 *
 * @example
 * ```ts no-run
 * import { entra, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://crew.openai.azure.com/openai/v1/chat/completions',
 *   model: 'gpt-4o',
 *   ...entra({
 *     tenantId: 'example.onmicrosoft.com',
 *     clientId: '11111111-2222-3333-4444-555555555555',
 *     scope: 'https://cognitiveservices.azure.com/.default',
 *     clientSecret: fromEnv('CLIENT_SECRET'),
 *   }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for missing options, and unless exactly one of secret, certificate and assertion is set.
 */
export function entra(options: EntraOptions): OAuthSettings {
  const checked = checkObject(options, 'entra');
  const { tenantId, clientId, scope, authorityHost = 'https://login.microsoftonline.com' } = checked;
  for (const [name, value] of Object.entries({ tenantId, clientId, scope })) {
    if (typeof value !== 'string' || value === '') throw new ConfigurationError(`entra needs a ${name}.`);
  }
  if (!/^[\w.-]+$/.test(tenantId))
    throw new ConfigurationError('tenantId must be the id or a domain of the directory.');
  const authority = `${endpointUrl(authorityHost, 'authorityHost').origin}/${tenantId}`;
  return {
    issuer: `${authority}/v2.0`,
    tokenEndpoint: `${authority}/oauth2/v2.0/token`,
    clientId,
    scope,
    clientAuthentication: clientAuthentication(checked),
  };
}

function clientAuthentication({ clientSecret, certificate, assertion }: EntraOptions): ClientAuthentication {
  const configured = [clientSecret, certificate, assertion].filter(one => one !== undefined);
  if (configured.length !== 1) {
    throw new ConfigurationError('entra needs exactly one of clientSecret, certificate and assertion.');
  }
  if (clientSecret !== undefined) return clientSecretPost(clientSecret);
  if (assertion !== undefined) return clientAssertion(assertion);
  if (certificate !== undefined) {
    return certificateAuthentication(checkObject(certificate, 'entra: certificate'));
  }
  throw new ConfigurationError('entra needs exactly one of clientSecret, certificate and assertion.');
}

/** Signs as Entra documents it: PS256, the SHA-256 thumbprint of the certificate, and the token endpoint as audience. */
function certificateAuthentication({ certificate, privateKey }: EntraCertificate): ClientAuthentication {
  const signer = (pem: string): ClientAuthentication =>
    privateKeyJwt(privateKey, {
      algorithm: 'PS256',
      audience: 'tokenEndpoint',
      header: { typ: 'JWT', 'x5t#S256': certificateThumbprint(pem) },
    });
  if (typeof certificate === 'string') return signer(certificate);
  if (typeof certificate !== 'function')
    throw new ConfigurationError('entra: the certificate must be PEM, or a function that returns it.');
  // Checks the key at construction, not when the first token is obtained.
  privateKeyJwt(privateKey, { algorithm: 'PS256' });
  return {
    method: 'private_key_jwt',
    usesAuthContext: false,
    async apply(request) {
      await signer(await certificate()).apply(request);
    },
  };
}
