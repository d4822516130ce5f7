import { type Clock, ConfigurationError, CredentialError, type CrewEvent } from '@crew/core';
import { checkCredentialText, type ObtainedCredential, type RefusalResult, readSecret } from '@crew/llm-http/adapter';
import type { ClockSkew } from '../clock-skew.ts';
import { Minter } from '../mint/minter.ts';
import type { JwtOptions, MintedTokenOptions, TokenOptions } from '../options.ts';
import { CachedTokens, SingleUseTokens } from './cached-tokens.ts';
import { FileToken } from './file-token.ts';
import { decodeToken, type TokenContext, type TokenSource, tenantResolver } from './token-source.ts';

/** Default of `maxAge`, in milliseconds. */
const MAX_AGE = 300_000;

/** Dependencies of every token source. */
interface SourceDependencies {
  readonly clock: Clock;
  /** Applied only to the times in minted tokens. */
  readonly skew: ClockSkew;
  readonly emit: (event: CrewEvent) => void;
}

/**
 * Creates the token source that the options describe.
 *
 * @throws {ConfigurationError} if the token, the file or the key is invalid.
 */
export function createTokenSource(options: JwtOptions, dependencies: SourceDependencies): TokenSource {
  const { clock, skew, emit } = dependencies;
  const { opaque = false } = options;
  if (options.tokenFile !== undefined) return new FileToken(options.tokenFile, { opaque, clock });
  const renewal = { tenantOf: tenantResolver(options.tenant), deadline: options.obtainTimeout, clock, emit };
  if (options.mint !== undefined) {
    const mint = { ...renewal, obtain: obtainByMinting(options, skew) };
    return options.perAttempt === true ? new SingleUseTokens(mint) : new CachedTokens(mint);
  }
  const { token, maxAge } = options;
  if (typeof token !== 'function') return new StaticToken(token, opaque, clock);
  return new CachedTokens({ ...renewal, obtain: obtainByCalling(token, { opaque, maxAge, clock }) });
}

type ObtainToken = (context: TokenContext) => Promise<ObtainedCredential<string>>;

function obtainByMinting({ mint }: MintedTokenOptions, skew: ClockSkew): ObtainToken {
  if (typeof mint === 'function') {
    return async ({ tenant, signal }) => new Minter(await mint({ tenant }), skew).mint({ tenant, signal });
  }
  const minter = new Minter(mint, skew);
  return ({ tenant, signal }) => minter.mint({ tenant, signal });
}

function obtainByCalling(
  token: Extract<TokenOptions['token'], (...args: never) => unknown>,
  options: { readonly opaque: boolean; readonly maxAge: number | undefined; readonly clock: Clock },
): ObtainToken {
  const { opaque, maxAge = MAX_AGE, clock } = options;
  return async ({ signal, tenant, refused }) => {
    const value = await readSecret(context => token({ ...context, tenant }), 'token', { signal, refused });
    const decoded = decodeToken(value, opaque);
    if ('problem' in decoded)
      throw new CredentialError(`jwt: the token that the function returned ${decoded.problem}.`);
    return { value, expiresAt: decoded.expiresAt ?? clock.wall() + maxAge };
  };
}

/**
 * One token that never changes. Its expiry is judged by the system clock alone: if it were corrected by the server's clock,
 * a single wrong `date` could stop the token from being sent, and no later response would correct that.
 */
class StaticToken implements TokenSource {
  readonly #token: string;
  readonly #expiresAt: number | undefined;
  readonly #clock: Clock;

  /** @throws {ConfigurationError} if the token is malformed or has expired. */
  constructor(token: string, opaque: boolean, clock: Clock) {
    checkCredentialText(token, 'token');
    const decoded = decodeToken(token, opaque);
    if ('problem' in decoded) throw new ConfigurationError(`token ${decoded.problem}.`);
    this.#token = token;
    this.#expiresAt = decoded.expiresAt;
    this.#clock = clock;
    const expiry = this.#expiryMessage;
    if (expiry !== undefined) throw new ConfigurationError(`token ${expiry}`);
  }

  token(): string {
    const expiry = this.#expiryMessage;
    if (expiry !== undefined) throw new CredentialError(`jwt: the token ${expiry}`, { terminal: true });
    return this.#token;
  }

  onRefusal(): RefusalResult {
    return false;
  }

  get #expiryMessage(): string | undefined {
    if (this.#expiresAt === undefined || this.#clock.wall() < this.#expiresAt) return undefined;
    return (
      `expired at ${new Date(this.#expiresAt).toISOString()}. Replace it, use a function or a file that is kept up to ` +
      'date, or correct the system clock.'
    );
  }
}
