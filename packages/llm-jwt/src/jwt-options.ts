import type { Clock } from '@crew/core';
import type { SecretContext } from '@crew/llm-http';
import type { Refusal } from '@crew/llm-http/adapter';
import type { MintOptions } from './mint/mint-options.ts';

/** Whose token is wanted. */
export interface TenantContext {
  /** What the `tenant` option made of the call's `authContext`. `undefined` without that option. */
  readonly tenant: string | undefined;
}

/** What a function that gives a token is told. */
export interface TokenContext extends SecretContext, TenantContext {}

/** What goes with every source of tokens. */
export interface SharedJwtOptions {
  /** The header that carries the token. Default `authorization`. */
  readonly header?: string | undefined;
  /** What stands before the token. Default `Bearer` (RFC 6750, section 2.1) in `authorization`, nothing elsewhere; `''` for nothing. */
  readonly scheme?: string | undefined;
  /** For servers that refuse a token with another status than 401. Default: 401 alone. */
  readonly isRefusal?: ((response: Refusal) => boolean) | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/** A token that somebody gives. */
export interface TokenOptions extends SharedJwtOptions {
  /**
   * The token, or a function that gives it: `fromEnv`, `fromCommand`, or your own. A function is called again shortly
   * before the token expires and when the server refused it; many calls share its answer. Only the token's expiry is
   * read; it is not verified.
   */
  readonly token: string | ((context: TokenContext) => string | Promise<string>);
  /** Accept a token that cannot be read: one that is no JWT, or an encrypted one. Default false. */
  readonly opaque?: boolean | undefined;
  /** Milliseconds for which a function's token is used when it does not say when it expires. Default 300,000. */
  readonly maxAge?: number | undefined;
  /** Milliseconds that a function may take. Default 30,000. */
  readonly obtainTimeout?: number | undefined;
  /** The tenant of a call, by its `authContext`. The function is asked once for each, and told which. */
  readonly tenant?: ((authContext: unknown) => string) | undefined;
  readonly tokenFile?: undefined;
  readonly mint?: undefined;
  readonly perAttempt?: undefined;
}

/** A token in a file, such as a projected service-account token. */
export interface TokenFileOptions extends SharedJwtOptions {
  /** The file's path. It is looked at no more than once a second, on use, and read again when it changed. */
  readonly tokenFile: string;
  /** Accept a token that cannot be read: one that is no JWT, or an encrypted one. Default false. */
  readonly opaque?: boolean | undefined;
  readonly token?: undefined;
  readonly mint?: undefined;
  readonly perAttempt?: undefined;
  readonly maxAge?: undefined;
  readonly obtainTimeout?: undefined;
  readonly tenant?: undefined;
}

/** Tokens that are made here. */
export interface MintedTokenOptions extends SharedJwtOptions {
  /** How tokens are made, or a function that says so for a tenant. */
  readonly mint: MintOptions | ((context: TenantContext) => MintOptions | Promise<MintOptions>);
  /**
   * Make a new token for every attempt, for servers that refuse a `jti` which they have seen. Default false: a token is
   * used until shortly before it expires.
   */
  readonly perAttempt?: boolean | undefined;
  /** Milliseconds that making a token may take: computed claims, a remote signer. Default 30,000. */
  readonly obtainTimeout?: number | undefined;
  /** The tenant of a call, by its `authContext`. Each gets tokens of its own. */
  readonly tenant?: ((authContext: unknown) => string) | undefined;
  readonly token?: undefined;
  readonly tokenFile?: undefined;
  readonly opaque?: undefined;
  readonly maxAge?: undefined;
}

/** Where tokens come from: somebody gives them, they are in a file, or they are made here. */
export type JwtOptions = TokenOptions | TokenFileOptions | MintedTokenOptions;
