import { type Clock, ConfigurationError, CredentialError, CrewError, systemClock } from '@crew/core';
import type { Authenticator } from '@crew/llm-http';
import { AccessToken, type ObtainContext, type ObtainedToken } from './bearer/access-token.ts';
import { AccessTokenAuthenticator } from './bearer/access-token-authenticator.ts';
import { type Caller, callerOf, tenantCaller } from './bearer/token-owner.ts';
import { googleClient } from './google/client.ts';
import {
  applicationDefault,
  type GoogleCredentials,
  type GoogleToken,
  metadataServerToken,
} from './google/credentials.ts';
import { type GoogleOptions, readGoogleOptions } from './google/google-options.ts';
import { impersonate, impersonationIn } from './google/impersonation.ts';
import { googleTransport, loadGoogleLibrary } from './google/library.ts';
import { mayReadAuthContext, readIdentity } from './grant/identity-source.ts';

export type { GoogleCredentials } from './google/credentials.ts';
export type { GoogleOptions } from './google/google-options.ts';
export type { GoogleImpersonation } from './google/impersonation.ts';

const CLOUD_PLATFORM = ['https://www.googleapis.com/auth/cloud-platform'];

/**
 * Access tokens of Google Cloud, through google-auth-library, which is to be installed beside this package. Each token is
 * obtained by a new client of it, so files that change are read again; keeping and renewing is Crew's.
 *
 * @example
 * new HttpLLM({ endpoint, auth: google() });
 * @throws {ConfigurationError} for malformed options; at the first token, when google-auth-library is not installed.
 */
export function google(options: GoogleOptions = {}): Authenticator {
  const own = readGoogleOptions(options);
  const { name = 'google', clock = systemClock, deadline, scopes = CLOUD_PLATFORM, trustedOrigins = [] } = own;
  const fixed = { ...own, name, clock, scopes, trustedOrigins };
  const isRead = mayReadAuthContext(own.subjectToken);
  return new AccessTokenAuthenticator<Caller>({
    name,
    clock,
    deadline,
    source: {
      purposeOf: ({ authContext }) => {
        const tenant = own.tenant?.(authContext);
        const caller = tenant === undefined ? callerOf(authContext, isRead, name) : tenantCaller(tenant, authContext);
        return { key: [caller.key, ...scopes], purpose: caller };
      },
      obtain: (caller, context) => obtain(fixed, caller, context),
    },
  });
}

interface Fixed extends GoogleOptions {
  readonly clock: Clock;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly trustedOrigins: readonly string[];
}

/** Used when Google does not say how long a token lives, in milliseconds. */
const DEFAULT_LIFETIME = 300_000;

async function obtain(options: Fixed, caller: Caller, context: ObtainContext): Promise<ObtainedToken> {
  const { credentials: given, clock, name, scopes } = options;
  try {
    const credentials =
      (typeof given === 'function' ? await given() : given) ?? (await applicationDefault(context.signal));
    const target = options.impersonate ?? (credentials && impersonationIn(credentials));
    const wanted = { ...options, scopes: target === undefined ? scopes : CLOUD_PLATFORM };
    const source = await sourceToken(wanted, credentials, caller, context);
    const { fetch, signal } = context;
    const token =
      target === undefined ? source : await impersonate(source.text, target, { scopes, fetch, signal, clock });
    // Google's times are by the machine's own clock.
    const life = token.expiresAt === undefined ? DEFAULT_LIFETIME : token.expiresAt - Date.now();
    return { value: new AccessToken(token.text, undefined, name), expiresAt: clock.wall() + life };
  } catch (thrown) {
    throw toError(thrown, name);
  }
}

async function sourceToken(
  options: Fixed,
  credentials: GoogleCredentials | undefined,
  caller: Caller,
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
      return caller.authContext;
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
  if (typeof token !== 'string') throw new CredentialError(`${name}: Google gave no token.`);
  return { text: token, expiresAt: client.credentials.expiry_date ?? undefined };
}

function sourceCredentials(credentials: GoogleCredentials): GoogleCredentials {
  const source = credentials['source_credentials'];
  if (typeof source === 'object' && source !== null) return source as GoogleCredentials;
  throw new ConfigurationError('The Google credentials lack source_credentials.');
}

/** The library's errors hold whole requests and responses. Only the status and Google's own code are taken from them. */
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
    return new CredentialError(
      `${name}: the token could not be obtained: google-auth-library failed. Check the credentials.`,
    );
  }
  const said = code === undefined ? '' : `: ${code}`;
  return new CredentialError(`${name}: Google gave no token (status ${status}${said}).`, {
    terminal: status >= 400 && status < 500 && status !== 429 && status !== 408,
  });
}

/** `error` of OAuth, or `error.status` of Google's APIs. */
function googleCode(data: unknown): string | undefined {
  const error: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'error') : undefined;
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'status') : error;
  return typeof code === 'string' && /^[\w.-]{1,80}$/.test(code) ? code : undefined;
}
