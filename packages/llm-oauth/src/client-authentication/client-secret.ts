import { ConfigurationError } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { checkSecret, readSecret } from '@crew/llm-http/adapter';
import { ClientSecretBasic, ClientSecretJwt, ClientSecretPost } from 'oauth4webapi';
import { checkObject } from '../option-checks.ts';
import { type AssertionAudience, assertionOptions, readAssertionOptions } from './client-assertion.ts';
import { type ClientAuthentication, type ClientRequest, serverOf } from './client-authentication.ts';

const SUBJECT = 'clientSecret';

/** What `clientSecretBasic` may be given. */
export interface ClientSecretBasicOptions {
  /**
   * `form` encodes id and secret before base64, as RFC 6749, section 2.3.1, and appendix B demand. `raw` does not, for
   * servers that never decode. Default `form`.
   */
  readonly encoding?: 'form' | 'raw' | undefined;
}

/**
 * The secret in the `authorization` header: `client_secret_basic` (RFC 6749, section 2.3.1).
 *
 * @throws {ConfigurationError} for a secret that is empty or not visible ASCII (RFC 6749, appendix A.2).
 */
export function clientSecretBasic(secret: Secret, options: ClientSecretBasicOptions = {}): ClientAuthentication {
  const checked = checkObject(options, 'clientSecretBasic');
  const { encoding = 'form' } = checked;
  checkSecret(secret, SUBJECT);
  if (encoding !== 'form' && encoding !== 'raw') {
    throw new ConfigurationError("clientSecretBasic: encoding must be 'form' or 'raw'.");
  }
  return {
    method: 'client_secret_basic',
    usesAuthContext: false,
    async apply(request) {
      const value = await secretOf(secret, request);
      if (encoding === 'form') {
        await ClientSecretBasic(value)(...requestArguments(request));
        return;
      }
      const pair = Buffer.from(`${request.clientId}:${value}`).toString('base64');
      request.headers.set('authorization', `Basic ${pair}`);
    },
  };
}

/**
 * The secret in the form: `client_secret_post` (RFC 6749, section 2.3.1), for servers that take no other.
 *
 * @throws {ConfigurationError} for a secret that is empty or not visible ASCII.
 */
export function clientSecretPost(secret: Secret): ClientAuthentication {
  checkSecret(secret, SUBJECT);
  return {
    method: 'client_secret_post',
    usesAuthContext: false,
    async apply(request) {
      await ClientSecretPost(await secretOf(secret, request))(...requestArguments(request));
    },
  };
}

/** What `clientSecretJwt` may be given. */
export interface ClientSecretJwtOptions {
  /** The assertion's audience. Default: the issuer. */
  readonly audience?: AssertionAudience | undefined;
}

/**
 * An assertion signed with the secret (HS256), which itself stays here: `client_secret_jwt` (OpenID Connect Core 1.0,
 * section 9). A new `jti` for every request.
 *
 * @throws {ConfigurationError} for a secret that is empty, not visible ASCII, or shorter than 32 characters (RFC 7518,
 * section 3.2).
 */
export function clientSecretJwt(secret: Secret, options: ClientSecretJwtOptions = {}): ClientAuthentication {
  const checked = checkObject(options, 'clientSecretJwt');
  const settings = readAssertionOptions(checked, 'clientSecretJwt');
  checkSecret(secret, SUBJECT);
  if (typeof secret === 'string') checkLength(secret);
  return {
    method: 'client_secret_jwt',
    usesAuthContext: false,
    async apply(request) {
      const value = await secretOf(secret, request);
      checkLength(value);
      await ClientSecretJwt(value, assertionOptions(request, settings))(...requestArguments(request));
    },
  };
}

/** A secret is the client's, whoever calls: its function is told nothing of them. */
async function secretOf(secret: Secret, { signal, refused }: ClientRequest): Promise<string> {
  return readSecret(secret, SUBJECT, { signal, refused });
}

function checkLength(secret: string): void {
  if (Buffer.byteLength(secret) >= 32) return;
  throw new ConfigurationError('clientSecretJwt needs a secret of at least 32 characters (HS256).');
}

function requestArguments(request: ClientRequest): Parameters<ReturnType<typeof ClientSecretBasic>> {
  return [serverOf(request), { client_id: request.clientId }, request.body, request.headers];
}
