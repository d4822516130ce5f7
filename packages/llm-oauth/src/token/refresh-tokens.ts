import { type Clock, CredentialError } from '@crew/core';
import { withDeadline } from '../cancellation.ts';
import type { TokenStore } from '../store/token-store.ts';
import { EndpointError } from './endpoint-error.ts';
import { decodeRefreshToken, encodeRefreshToken } from './stored-token.ts';
import type { TokenResponse } from './token-response.ts';

/** Makes a request with this refresh token. Gives the next one away as soon as it has it, whatever else is in the answer. */
export type RefreshRequest = (
  refreshToken: string,
  signal: AbortSignal,
  onRefreshToken: (next: string) => Promise<void>,
) => Promise<TokenResponse>;

/** How long `close()` waits for a refresh under way, in milliseconds: its answer may hold the only valid refresh token. */
const CLOSE_TIMEOUT = 5_000;
const MAX_SPENT = 1_000;

/**
 * Refresh tokens and their rotation (RFC 6749, section 6; RFC 9700, section 4.14). A family is what descends from one
 * login. All that happens to a family happens in one turn at a time, across everybody who shares the store.
 */
export class RefreshTokens {
  readonly #clock: Clock;
  readonly #store: TokenStore;
  readonly #deadline: number;
  /** New tokens that the store could not take yet. They are used only when it has. */
  readonly #unsaved = new Map<string, string>();
  /** Families whose last token the server refused: only a new login helps. */
  readonly #spent = new Set<string>();
  readonly #pending = new Map<Promise<unknown>, AbortController>();

  constructor(options: { readonly clock: Clock; readonly store: TokenStore; readonly deadline: number }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#deadline = options.deadline;
  }

  exclusively<T>(family: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#store.exclusively(family, signal, work);
  }

  /** The family's refresh token now: the stored one, or the one that the login gave. */
  async current(family: string, initial: string): Promise<string> {
    const unsaved = this.#unsaved.get(family);
    if (unsaved !== undefined) await this.#save(family, unsaved);
    const stored = decodeRefreshToken(await this.#store.get(family));
    if (stored === undefined && this.#spent.has(family)) throw spentError();
    return stored ?? initial;
  }

  /**
   * Makes one request with the family's refresh token, within its turn, and stores the next one before the answer is
   * looked at: an answer that cannot be used has replaced the token all the same. Once sent, the request is not abandoned
   * with its callers, for the same reason.
   *
   * @throws {CredentialError} terminal when the server does not accept the token.
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

  /** Lets requests under way end, for at most 5 seconds. */
  async close(): Promise<void> {
    const all = [...this.#pending];
    if (all.length === 0) return;
    const timer = new AbortController();
    const late = this.#clock.sleep(CLOSE_TIMEOUT, timer.signal).then(
      () => {
        for (const [, controller] of all) controller.abort(new CredentialError('The LLM was closed.'));
      },
      () => undefined,
    );
    await Promise.allSettled(all.map(([turn]) => turn));
    timer.abort();
    await late;
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
    const turn = withDeadline(limit, signal =>
      this.#complete(family, refreshToken, request(refreshToken, signal, save)),
    );
    this.#pending.set(turn, controller);
    try {
      return await turn;
    } finally {
      this.#pending.delete(turn);
    }
  }

  async #complete(family: string, refreshToken: string, response: Promise<TokenResponse>): Promise<TokenResponse> {
    try {
      return await response;
    } catch (thrown) {
      if (!(thrown instanceof EndpointError) || thrown.error !== 'invalid_grant') throw thrown;
      // Somebody who does not share the turn (a new login, say) may have stored another one meanwhile.
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

function spentError(reason = 'The server has refused the refresh token before.'): CredentialError {
  return new CredentialError(
    `${reason} The refresh token is expired, revoked or was used already: log in again and give the new one.`,
    { terminal: true },
  );
}
