import { type Clock, ConfigurationError } from '@crew/core';
import { checkClock, checkHeaderName, checkSecret, type Refusal } from '@crew/llm-http/adapter';
import type { MintOptions } from './mint/mint-options.ts';
import type { TenantContext, TokenContext } from './source/token-source.ts';

/** Options that apply to every source of tokens. */
export interface SharedJwtOptions {
  /** Name of the header that carries the token. Default `authorization`. */
  readonly header?: string | undefined;
  /** Prefix before the token. Default `Bearer` (RFC 6750, section 2.1) in `authorization`, none elsewhere. Use `''` for none. */
  readonly scheme?: string | undefined;
  /**
   * Predicate that recognises the response to a refused token, for servers that use a status other than 401. Default: the
   * status is 401.
   */
  readonly isRefusal?: ((response: Refusal) => boolean) | undefined;
  /** Source of the current time. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** Options for an existing token, constant or from a function. */
export interface TokenOptions extends SharedJwtOptions {
  /**
   * The token, or a function that returns it: `fromEnv`, `fromCommand`, or your own. A function is called again shortly
   * before the token expires and after the server refused it; concurrent calls share its result. Only the expiry of the token
   * is read; the token is not verified.
   */
  readonly token: string | ((context: TokenContext) => string | Promise<string>);
  /** Accepts a token that cannot be decoded, because it is not a JWT or is encrypted. Default false. */
  readonly opaque?: boolean | undefined;
  /** Time for which a token from a function is used if it has no expiry, in milliseconds. Default 300,000. */
  readonly maxAge?: number | undefined;
  /** Time limit of the function, in milliseconds. Default 30,000. */
  readonly obtainTimeout?: number | undefined;
  /** Returns the tenant of a call by its `authContext`. The function is called once for each tenant and receives its name. */
  readonly tenant?: ((authContext: unknown) => string) | undefined;
  readonly tokenFile?: undefined;
  readonly mint?: undefined;
  readonly perAttempt?: undefined;
}

/** Options for a token in a file, such as a projected service account token. */
export interface TokenFileOptions extends SharedJwtOptions {
  /** Path of the file. It is checked on use, at most once per second, and read again when it has changed. */
  readonly tokenFile: string;
  /** Accepts a token that cannot be decoded, because it is not a JWT or is encrypted. Default false. */
  readonly opaque?: boolean | undefined;
  readonly token?: undefined;
  readonly mint?: undefined;
  readonly perAttempt?: undefined;
  readonly maxAge?: undefined;
  readonly obtainTimeout?: undefined;
  readonly tenant?: undefined;
}

/** Options for tokens that this program mints. */
export interface MintedTokenOptions extends SharedJwtOptions {
  /** Options for minting a token, or a function that returns them for a tenant. */
  readonly mint: MintOptions | ((context: TenantContext) => MintOptions | Promise<MintOptions>);
  /**
   * Mints a new token for every attempt, for servers that reject a repeated `jti`. Default false: a token is used until
   * shortly before it expires.
   */
  readonly perAttempt?: boolean | undefined;
  /** Time limit for minting a token with computed claims or a remote signer, in milliseconds. Default 30,000. */
  readonly obtainTimeout?: number | undefined;
  /** Returns the tenant of a call by its `authContext`. Each tenant gets its own tokens. */
  readonly tenant?: ((authContext: unknown) => string) | undefined;
  readonly token?: undefined;
  readonly tokenFile?: undefined;
  readonly opaque?: undefined;
  readonly maxAge?: undefined;
}

/** Options of `jwt()`: an existing token, a token in a file, or tokens that this program mints. */
export type JwtOptions = TokenOptions | TokenFileOptions | MintedTokenOptions;

/** Names of the options. */
export const OPTION_NAMES = [
  'token',
  'tokenFile',
  'mint',
  'opaque',
  'maxAge',
  'obtainTimeout',
  'tenant',
  'perAttempt',
  'header',
  'scheme',
  'isRefusal',
  'clock',
] as const;

/** Sources of tokens, with the options that apply to each. */
const SOURCES = {
  token: ['opaque', 'maxAge', 'obtainTimeout', 'tenant'],
  tokenFile: ['opaque'],
  mint: ['perAttempt', 'obtainTimeout', 'tenant'],
} as const;

type Source = keyof typeof SOURCES;

/** Options that apply to a function in `token`, but not to a string. */
const FUNCTION_OPTIONS = ['maxAge', 'obtainTimeout', 'tenant'] as const;

/** Header that carries the token. */
export interface Placement {
  /** In lower case. */
  readonly header: string;
  readonly scheme: string;
}

/**
 * Validates all options except the token, the file and the key themselves, also against mistakes that the types rule out.
 *
 * @throws {ConfigurationError} naming the invalid option, never a token or a key.
 */
export function checkOptions(options: JwtOptions): Placement {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigurationError('jwt() needs an object of options, such as { tokenFile: "/run/secrets/token" }.');
  }
  const source = checkSource(options);
  for (const [other, names] of Object.entries(SOURCES)) {
    const stray = names.find(name => options[name] !== undefined && !SOURCES[source].some(own => own === name));
    if (stray !== undefined) throw new ConfigurationError(`${stray} applies to ${other}, not to ${source}.`);
  }
  if (typeof options.token === 'function') checkSecret(options.token, 'token');
  else if (options.token !== undefined) {
    const stray = FUNCTION_OPTIONS.find(name => options[name] !== undefined);
    if (stray !== undefined) throw new ConfigurationError(`${stray} applies to a function that returns the token.`);
  }
  checkTypes(options);
  return checkPlacement(options);
}

function checkSource(options: JwtOptions): Source {
  const sources = (Object.keys(SOURCES) as Source[]).filter(name => options[name] !== undefined);
  const [source, second] = sources;
  if (source === undefined) {
    throw new ConfigurationError('There is no token. Set token, tokenFile or mint.');
  }
  if (second !== undefined) {
    throw new ConfigurationError(`Set only one of ${sources.join(' and ')}: a call has one token.`);
  }
  const { tokenFile } = options;
  if (source === 'tokenFile' && (typeof tokenFile !== 'string' || tokenFile === '')) {
    throw new ConfigurationError('tokenFile must be the path of a file.');
  }
  return source;
}

function checkTypes(options: JwtOptions): void {
  for (const name of ['maxAge', 'obtainTimeout'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && !(typeof value === 'number' && value > 0)) {
      throw new ConfigurationError(`${name} must be a positive number of milliseconds.`);
    }
  }
  for (const name of ['opaque', 'perAttempt'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') {
      throw new ConfigurationError(`${name} must be true or false.`);
    }
  }
  for (const name of ['tenant', 'isRefusal'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function') {
      throw new ConfigurationError(`${name} must be a function.`);
    }
  }
  checkClock(options.clock);
}

function checkPlacement({ header, scheme }: JwtOptions): Placement {
  const name = checkHeaderName(header ?? 'authorization', 'header');
  if (scheme !== undefined && (typeof scheme !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/.test(scheme))) {
    throw new ConfigurationError("scheme must be one word, such as Bearer, or '' for none.");
  }
  return { header: name, scheme: scheme ?? (name === 'authorization' ? 'Bearer' : '') };
}
