import type { Clock, CrewEvent } from '@crew/core';
import type { ObtainedCredential } from '@crew/llm-http/adapter';
import type { ClockSkew } from '../clock-skew.ts';
import type { JwtOptions, MintedTokenOptions, TokenContext } from '../jwt-options.ts';
import { Minter } from '../mint/minter.ts';
import { FileToken } from './file-token.ts';
import { GivenToken } from './given-token.ts';
import { MintedTokens } from './minted-tokens.ts';
import { RenewedTokens } from './renewed-tokens.ts';
import { tenantOf } from './tenant-of.ts';
import { callForToken } from './token-callback.ts';
import type { TokenSource } from './token-source.ts';

/** What every source needs. */
interface Surroundings {
  readonly clock: Clock;
  /** For the times in minted tokens alone. */
  readonly skew: ClockSkew;
  readonly emit: (event: CrewEvent) => void;
}

/** The source of tokens that the options name. Throws a `ConfigurationError` for a token, file or key that is none. */
export function tokenSource(options: JwtOptions, surroundings: Surroundings): TokenSource {
  const { clock, skew } = surroundings;
  const { opaque = false } = options;
  if (options.tokenFile !== undefined) return new FileToken(options.tokenFile, { opaque, clock });
  if (options.mint !== undefined) {
    const source = { ...renewal(options, surroundings), obtain: minting(options, skew) };
    return options.perAttempt === true ? new MintedTokens(source) : new RenewedTokens(source);
  }
  const { token, maxAge } = options;
  if (typeof token !== 'function') return new GivenToken(token, opaque, clock);
  const obtain = (context: TokenContext): Promise<ObtainedCredential<string>> =>
    callForToken({ token, opaque, maxAge, clock }, context);
  return new RenewedTokens({ ...renewal(options, surroundings), obtain });
}

function renewal(options: JwtOptions, { clock, emit }: Surroundings) {
  return { tenantOf: tenantOf(options.tenant), deadline: options.obtainTimeout, clock, emit };
}

function minting(
  { mint }: MintedTokenOptions,
  skew: ClockSkew,
): (context: TokenContext) => Promise<ObtainedCredential<string>> {
  if (typeof mint === 'function') {
    return async ({ tenant, signal }) => new Minter(await mint({ tenant }), skew).mint({ tenant, signal });
  }
  const minter = new Minter(mint, skew);
  return ({ tenant, signal }) => minter.mint({ tenant, signal });
}
