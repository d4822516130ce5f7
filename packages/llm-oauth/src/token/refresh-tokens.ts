import { type Clock, CredentialError } from '@crew/core';
import { withDeadline } from '../cancellation.ts';
import type { TokenStore } from '../store/token-store.ts';
import { EndpointError } from './endpoint-error.ts';
import { decodeRefreshToken, encodeRefreshToken } from './stored-token.ts';
import type { TokenResponse } from './token-response.ts';

/** Sends a request with a refresh token. It calls `onRefreshToken` first, before it checks the rest of the response. */
export type RefreshRequest = (
  refreshToken: string,
  signal: AbortSignal,
  onRefreshToken: (next: string) => Promise<void>,
) => Promise<TokenResponse>;

/** Time that `close()` waits for a pending refresh, in milliseconds. Its response may hold the only valid refresh token. */
const CLOSE_TIMEOUT = 5_000;
/** Maximum number of remembered families whose token was refused. */
const MAX_SPENT = 1_000;

/**
 * Refresh tokens and their rotation (RFC 6749, section 6; RFC 9700, section 4.14). A family consists of the tokens that
 * descend from one login. Operations on a family are exclusive, across all users of the store.
 */
export class RefreshTokens {
  readonly #clock: Clock;
  readonly #store: TokenStore;
  readonly #deadline: number;
  /** New tokens that the store has failed to save. They are used only after they are saved. */
  readonly #unsaved = new Map<string, string>();
  /** Families whose latest token the server refused. They need a new login. */
  readonly #spent = new Set<string>();
  readonly #pending = new Map<Promise<unknown>, AbortController>();

  constructor(options: { readonly clock: Clock; readonly store: TokenStore; readonly deadline: number }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#deadline = options.deadline;
  }

  /** Runs `work` with exclusive access to the family. */
  exclusively<T>(family: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#store.exclusively(family, signal, work);
  }

  /** Returns the current refresh token of the family: the stored one, or the initial one. */
  async current(family: string, initial: string): Promise<string> {
    const unsaved = this.#unsaved.get(family);
    if (unsaved !== undefined) await this.#save(family, unsaved);
    const stored = decodeRefreshToken(await this.#store.get(family));
    if (stored === undefined && this.#spent.has(family)) throw spentError();
    return stored ?? initial;
  }

  /**
   * Sends a request with the refresh token of the family, within its exclusive access. The next token is stored before the
   * response is checked, because even an unusable response has replaced the token. For the same reason a request that
   * was sent continues after its callers have left.
   *
   * @throws {CredentialError} that is terminal if the server refuses the token.
   */
  async use(family: string, initial: string, request: RefreshRequest): Promise<TokenResponse> {
    const refreshToken = await this.current(family, initial);
    return this.#request(family, refreshToken, request);
  }

  /** Forgets a family whose token was revoked. */
  async forget(family: string): Promise<void> {
    this.#unsaved.delete(family);
    this.#markSpent(family);
    await this.#store.delete(family);
  }

  /** Waits for pending requests, for at most 5 seconds. */
  async close(): Promise<void> {
    const all = [...this.#pending];
    if (all.length === 0) return;
    const timer = new AbortController();
    const timeout = this.#clock.sleep(CLOSE_TIMEOUT, timer.signal).then(
      () => {
        for (const [, controller] of all) controller.abort(new CredentialError('The LLM was closed.'));
      },
      () => undefined,
    );
    await Promise.allSettled(all.map(([refresh]) => refresh));
    timer.abort();
    await timeout;
  }

  async #request(family: string, refreshToken: string, request: RefreshRequest): Promise<TokenResponse> {
    const controller = new AbortController();
    const limit = {
      clock: this.#clock,
      milliseconds: this.#deadline,
      signal: controller.signal,
      action: 'The refresh',
    };
    const save = async (next: string): Promise<void> => {
      if (next === refreshToken) return;
      this.#unsaved.set(family, next);
      await this.#save(family, next);
    };
    const refresh = withDeadline(limit, signal =>
      this.#complete(family, refreshToken, request(refreshToken, signal, save)),
    );
    this.#pending.set(refresh, controller);
    try {
      return await refresh;
    } finally {
      this.#pending.delete(refresh);
    }
  }

  async #complete(family: string, refreshToken: string, response: Promise<TokenResponse>): Promise<TokenResponse> {
    try {
      return await response;
    } catch (thrown) {
      if (!(thrown instanceof EndpointError) || thrown.error !== 'invalid_grant') throw thrown;
      // Another program, such as a new login, may have stored another token in the meantime.
      const stored = decodeRefreshToken(await this.#store.get(family));
      if (stored === refreshToken) await this.#store.delete(family);
      if (stored === refreshToken || stored === undefined) this.#markSpent(family);
      throw spentError(thrown.message);
    }
  }

  async #save(family: string, refreshToken: string): Promise<void> {
    await this.#store.set(family, encodeRefreshToken(refreshToken));
    this.#unsaved.delete(family);
  }

  #markSpent(family: string): void {
    this.#spent.add(family);
    const [oldest] = this.#spent;
    if (this.#spent.size > MAX_SPENT && oldest !== undefined) this.#spent.delete(oldest);
  }
}

function spentError(reason = 'The server has already refused the refresh token.'): CredentialError {
  return new CredentialError(
    `${reason} The refresh token is expired, revoked or already used: log in again and set the new token.`,
    { terminal: true },
  );
}
