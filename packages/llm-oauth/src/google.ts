import { type Clock, ConfigurationError, CredentialError, CrewError, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import { AccessToken, type ObtainContext, type ObtainedToken } from './bearer/access-token.ts';
import { AccessTokenAuthenticator } from './bearer/access-token-authenticator.ts';
import { ownerOf, type TokenOwner, tenantOwner } from './bearer/token-owner.ts';
import { googleClient } from './google/client.ts';
import {
  applicationDefault,
  type GoogleCredentials,
  type GoogleToken,
  metadataServerToken,
} from './google/credentials.ts';
import { type GoogleOptions, readGoogleOptions } from './google/google-options.ts';
import { impersonate, impersonationOf } from './google/impersonation.ts';
import { googleTransport, loadGoogleLibrary } from './google/library.ts';
import { mayReadAuthContext, readIdentity } from './grant/identity-source.ts';

export type { GoogleCredentials } from './google/credentials.ts';
export type { GoogleOptions } from './google/google-options.ts';
export type { GoogleImpersonation } from './google/impersonation.ts';

const CLOUD_PLATFORM = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Creates an authenticator that sends access tokens of Google Cloud. Install google-auth-library next to this package.
 * Each token is obtained by a new client of that library, so that changed credential files are read again. Crew caches
 * and renews the tokens.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM } from '@crew/llm-oauth';
 * import { google } from '@crew/llm-oauth/google';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://aiplatform.googleapis.com/v1/projects/acme/locations/global/endpoints/openapi/chat/completions',
 *   model: 'google/gemini-2.5-flash',
 *   auth: google(),
 * });
 * console.log(await llm.call('Say hello.'));
 * ```
 * @throws {ConfigurationError} for malformed options; at the first token, if google-auth-library is not installed.
 */
export function google(options: GoogleOptions = {}): Authenticator {
  const checked = readGoogleOptions(options);
  const { name = 'google', clock = systemClock, deadline, scopes = CLOUD_PLATFORM, trustedOrigins = [] } = checked;
  const resolved = { ...checked, name, clock, scopes, trustedOrigins };
  const usesContext = mayReadAuthContext(checked.subjectToken);
  return new AccessTokenAuthenticator<TokenOwner>({
    name,
    clock,
    deadline,
    source: {
      purposeOf: ({ authContext }) => {
        const tenant = checked.tenant?.(authContext);
        const owner = tenant === undefined ? ownerOf(authContext, usesContext, name) : tenantOwner(tenant, authContext);
        return { key: [owner.key, ...scopes], purpose: owner };
      },
      obtain: (owner, context) => obtain(resolved, owner, context),
    },
  });
}

interface ResolvedOptions extends GoogleOptions {
  readonly clock: Clock;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly trustedOrigins: readonly string[];
}

/** Lifetime of a token whose response has no expiry, in milliseconds. */
const DEFAULT_LIFETIME = 300_000;

async function obtain(options: ResolvedOptions, owner: TokenOwner, context: ObtainContext): Promise<ObtainedToken> {
  const { credentials: configured, clock, name, scopes } = options;
  try {
    const credentials =
      (typeof configured === 'function' ? await configured() : configured) ??
      (await applicationDefault(context.signal));
    const target = options.impersonate ?? (credentials && impersonationOf(credentials));
    const sourceOptions = { ...options, scopes: target === undefined ? scopes : CLOUD_PLATFORM };
    const source = await sourceToken(sourceOptions, credentials, owner, context);
    const { fetch, signal } = context;
    const token =
      target === undefined ? source : await impersonate(source.text, target, { scopes, fetch, signal, clock });
    // The expiry is computed with the system clock.
    const life = token.expiresAt === undefined ? DEFAULT_LIFETIME : token.expiresAt - Date.now();
    return { value: new AccessToken(token.text, undefined, name), expiresAt: clock.wall() + life };
  } catch (thrown) {
    throw toError(thrown, name);
  }
}

async function sourceToken(
  options: ResolvedOptions,
  credentials: GoogleCredentials | undefined,
  owner: TokenOwner,
  { fetch, signal }: ObtainContext,
): Promise<GoogleToken> {
  const { scopes, trustedOrigins, subjectToken: source, name } = options;
  if (credentials === undefined) return metadataServerToken(scopes, signal);
  const library = await loadGoogleLibrary();
  const isImpersonated = credentials['type'] === 'impersonated_service_account';
  const identity = {
    fetch,
    signal,
    get authContext(): unknown {
      return owner.authContext;
    },
  };
  const client = googleClient(isImpersonated ? sourceCredentials(credentials) : credentials, {
    library,
    transport: googleTransport(library, { fetch, signal, trustedOrigins }),
    scopes,
    signal,
    subjectToken: source === undefined ? undefined : () => readIdentity(source, 'subjectToken', identity),
  });
  const { token } = await client.getAccessToken();
  if (typeof token !== 'string') throw new CredentialError(`${name}: Google returned no token.`);
  return { text: token, expiresAt: client.credentials.expiry_date ?? undefined };
}

function sourceCredentials(credentials: GoogleCredentials): GoogleCredentials {
  const source = credentials['source_credentials'];
  if (typeof source === 'object' && source !== null) return source as GoogleCredentials;
  throw new ConfigurationError('The Google credentials have no source_credentials.');
}

/** Converts an error of the library, which holds whole requests and responses. Only the status and Google's code are kept. */
function toError(thrown: unknown, name: string): CrewError {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (CrewError.isInstance(error)) return error;
  }
  const response: unknown = thrown instanceof Error ? Reflect.get(thrown, 'response') : undefined;
  const status: unknown =
    typeof response === 'object' && response !== null ? Reflect.get(response, 'status') : undefined;
  const code = googleCode(
    typeof response === 'object' && response !== null ? Reflect.get(response, 'data') : undefined,
  );
  if (typeof status !== 'number') {
    return new CredentialError(`${name}: google-auth-library could not obtain the token. Check the credentials.`);
  }
  const shownCode = code === undefined ? '' : `: ${code}`;
  return new CredentialError(`${name}: Google returned no token (status ${status}${shownCode}).`, {
    terminal: status >= 400 && status < 500 && status !== 429 && status !== 408,
  });
}

/** Returns `error` of an OAuth response, or `error.status` of a response of Google's APIs. */
function googleCode(data: unknown): string | undefined {
  const error: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'error') : undefined;
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : error;
  return typeof code === 'string' && /^[\w.-]{1,80}$/.test(code) ? code : undefined;
}
