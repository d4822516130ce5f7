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

/** A certificate that is registered for the application, and its key. */
export interface EntraCertificate {
  /** PEM, or a function that gives it, for certificates that rotate. */
  readonly certificate: string | (() => string | Promise<string>);
  readonly privateKey: PrivateKeySource;
}

/** An application in Microsoft Entra, and exactly one way to prove that this program is it. */
export interface EntraOptions {
  /** The directory: its id or one of its domains. */
  readonly tenantId: string;
  /** The application (client) id. */
  readonly clientId: string;
  /** What the token is for: the resource with `/.default`, such as `https://cognitiveservices.azure.com/.default`. */
  readonly scope: string;
  readonly clientSecret?: Secret | undefined;
  readonly certificate?: EntraCertificate | undefined;
  /** Workload identity federation: the token of a pod, a CI job or another cloud, read anew for each request. */
  readonly assertion?: IdentitySource | undefined;
  /** The cloud. Default `https://login.microsoftonline.com`. */
  readonly authorityHost?: string | undefined;
}

/**
 * Settings of `oauth()` and `OAuthLLM` for Microsoft Entra (client credentials of its v2.0 endpoint). When Entra says when
 * to renew (`refresh_in`) that is kept to, and its claims challenges are answered.
 *
 * @example
 * new OAuthLLM({ endpoint, ...entra({ tenantId, clientId, scope, clientSecret: fromEnv('CLIENT_SECRET') }) });
 * @throws {ConfigurationError} for options that are missing, or more or less than one proof.
 */
export function entra(options: EntraOptions): OAuthSettings {
  const checked = checkObject(options, 'entra');
  const { tenantId, clientId, scope, authorityHost = 'https://login.microsoftonline.com' } = checked;
  for (const [name, value] of Object.entries({ tenantId, clientId, scope })) {
    if (typeof value !== 'string' || value === '') throw new ConfigurationError(`entra needs a ${name}.`);
  }
  if (!/^[\w.-]+$/.test(tenantId)) throw new ConfigurationError('tenantId must be the id or a domain of a directory.');
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
  const given = [clientSecret, certificate, assertion].filter(one => one !== undefined);
  if (given.length !== 1) {
    throw new ConfigurationError('entra needs one of clientSecret, certificate and assertion.');
  }
  if (clientSecret !== undefined) return clientSecretPost(clientSecret);
  if (assertion !== undefined) return clientAssertion(assertion);
  if (certificate !== undefined) {
    return certificateAuthentication(checkObject(certificate, 'entra: certificate'));
  }
  throw new ConfigurationError('entra needs one of clientSecret, certificate and assertion.');
}

/** As Entra documents it: PS256, the certificate's SHA-256 thumbprint, and the token endpoint as the audience. */
function certificateAuthentication({ certificate, privateKey }: EntraCertificate): ClientAuthentication {
  const signer = (pem: string): ClientAuthentication =>
    privateKeyJwt(privateKey, {
      algorithm: 'PS256',
      audience: 'tokenEndpoint',
      header: { typ: 'JWT', 'x5t#S256': certificateThumbprint(pem) },
    });
  if (typeof certificate === 'string') return signer(certificate);
  if (typeof certificate !== 'function') throw new ConfigurationError('entra needs the certificate as PEM.');
  // Throws for a key that cannot sign, now and not with the first token.
  privateKeyJwt(privateKey, { algorithm: 'PS256' });
  return {
    method: 'private_key_jwt',
    usesAuthContext: false,
    async apply(request) {
      await signer(await certificate()).apply(request);
    },
  };
}
