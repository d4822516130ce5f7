import { ConfigurationError } from '@crew/core';
import type { Secret } from '@crew/llm-http';
import { checkSecret, readSecret } from '@crew/llm-http/adapter';
import { ClientSecretBasic, ClientSecretJwt, ClientSecretPost } from 'oauth4webapi';
import { checkObject } from '../option-checks.ts';
import { type AssertionAudience, assertionOptions, readAssertionOptions } from './client-assertion.ts';
import { type ClientAuthentication, type ClientRequest, serverOf } from './client-authentication.ts';

const SUBJECT = 'clientSecret';

/** Options of `clientSecretBasic`. */
export interface ClientSecretBasicOptions {
  /**
   * Encoding of id and secret before base64: `form` as in RFC 6749, section 2.3.1, and appendix B; `raw` for servers that
   * do not decode them. Default `form`.
   */
  readonly encoding?: 'form' | 'raw' | undefined;
}

/**
 * Creates client authentication by the secret in the `authorization` header: `client_secret_basic` (RFC 6749, section
 * 2.3.1).
 *
 * @example
 * ```ts no-run
 * import { clientSecretBasic, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientSecretBasic(fromEnv('CLIENT_SECRET'), { encoding: 'raw' }),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
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
 * Creates client authentication by the secret in the form: `client_secret_post` (RFC 6749, section 2.3.1), for servers
 * that do not support the `authorization` header.
 *
 * @example
 * ```ts no-run
 * import { clientSecretPost, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientSecretPost(fromEnv('CLIENT_SECRET')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
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

/** Options of `clientSecretJwt`. */
export interface ClientSecretJwtOptions {
  /** Audience of the assertion. Default `issuer`. */
  readonly audience?: AssertionAudience | undefined;
}

/**
 * Creates client authentication by an assertion signed with the secret (HS256): `client_secret_jwt` (OpenID Connect Core
 * 1.0, section 9). The secret itself is not sent. Each request has a new assertion (`jti`).
 *
 * @example
 * ```ts no-run
 * import { clientSecretJwt, fromEnv, OAuthLLM } from '@crew/llm-oauth';
 *
 * await using llm = new OAuthLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   issuer: 'https://login.example',
 *   clientId: 'crew',
 *   clientAuthentication: clientSecretJwt(fromEnv('CLIENT_SECRET')),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
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

/** Reads the secret. Its function receives no `authContext`, because the secret belongs to the client. */
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
