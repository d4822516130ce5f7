import {
  abortReason,
  type Clock,
  ConfigurationError,
  CredentialError,
  type CredentialEvent,
  type CrewError,
  type CrewEvent,
  copyOptions,
  RateLimitError,
  systemClock,
} from '@crew/core';
import { quoteError, sanitiseCause, sanitiseCauses } from '../errors/sanitise.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { Backoff } from './backoff.ts';
import { Lifetime, type ObtainedCredential } from './lifetime.ts';
import { refuseRecursion, runCredentialFunction } from './recursion-guard.ts';
import { SingleFlight } from './single-flight.ts';

/** Options of a `RenewingCredential`. */
export interface RenewingCredentialOptions<T> {
  /**
   * Obtains a new credential. `signal` aborts when the deadline passes or no caller waits any more. `refused` is the value that
   * the server refused, if that is the reason for the renewal. Throw a `CredentialError` on failure: its `terminal` and
   * `retryAfter` are honoured. A `ConfigurationError` is passed on; any other error is wrapped.
   */
  obtain(context: { readonly signal: AbortSignal; readonly refused: T | undefined }): Promise<ObtainedCredential<T>>;
  /** Time limit for obtaining a credential, in milliseconds. Default 30,000. */
  readonly deadline?: number | undefined;
  /** Name of the authenticator, for errors and events. Default `credential`. */
  readonly name?: string | undefined;
  /** Clock of expiry, delays and deadlines. Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Called for the events of renewals in the background, for which no caller waits. Pass `AuthHost.emit`. */
  readonly emit?: ((event: CrewEvent) => void) | undefined;
}

const DEADLINE = 30_000;
/** Time for which a repeated value stands, in milliseconds. Calls that were sent together are usually refused within it. */
const REPEATED = 1_000;

interface CachedCredential<T> {
  readonly value: T;
  readonly lifetime: Lifetime;
}

/**
 * A cached credential that is shared by all callers and renewed. The source only obtains; this class implements the policy:
 *
 * - Only one renewal is active at a time, however many callers wait. A caller that aborts ends its own wait only. When the
 *   last caller has left, the renewal is aborted.
 * - It is renewed early, on use and in the background, while callers get the old value. If an early renewal fails, the old
 *   value stays in use, and the renewal is repeated with increasing delays.
 * - It expires by the wall clock or the monotonic clock, whichever is first, slightly before its expiry (5 % of its lifetime,
 *   at most 10 s).
 * - After a failure callers fail at once with the same error until a delay has passed: 1 to 60 s, increasing, or the delay
 *   that the source asked for; 5 minutes after a terminal error.
 * - It has no timer: a program that stops using the credential does not renew it.
 *
 * @example
 * ```ts
 * import type { Authenticator } from '@crew/llm-http';
 * import { type AuthHost, RenewingCredential } from '@crew/llm-http/adapter';
 *
 * export function stsToken(tokenEndpoint: string): Authenticator {
 *   let host: AuthHost | undefined;
 *   const tokens = new RenewingCredential<string>({
 *     name: 'sts',
 *     obtain: async ({ signal }) => {
 *       const response = await (host?.fetch ?? fetch)(tokenEndpoint, { method: 'POST', signal });
 *       return { value: await response.text(), expiresAt: Date.now() + 3_600_000 };
 *     },
 *   });
 *   return {
 *     name: 'sts',
 *     attach: attached => {
 *       host = attached;
 *     },
 *     async authenticate(request, { signal, emit }) {
 *       request.setHeader('authorization', `Bearer ${await tokens.get(signal, emit)}`);
 *     },
 *     onRefusal: async (request, _refusal, { signal, emit }) => {
 *       const refused = request.headers['authorization']?.replace('Bearer ', '') ?? '';
 *       tokens.refused(refused);
 *       return (await tokens.get(signal, emit)) === refused ? false : 'renewed';
 *     },
 *     close: async () => tokens.close(),
 *   };
 * }
 * ```
 */
export class RenewingCredential<T> {
  readonly #options: RenewingCredentialOptions<T>;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #cached: CachedCredential<T> | undefined;
  #flight: SingleFlight<T> | undefined;
  #refused: T | undefined;
  /** End of the time for which a refused value stands, because its source returned it again knowing of the refusal. */
  #repeatedUntil = Number.NEGATIVE_INFINITY;
  #hasSucceeded = false;

  /** @throws {ConfigurationError} if `obtain` is not a function or the deadline is not a positive number. */
  constructor(unchecked: RenewingCredentialOptions<T>) {
    const options = copyOptions(unchecked);
    const { deadline = DEADLINE, name = 'credential', clock = systemClock } = options;
    if (typeof options.obtain !== 'function') throw new ConfigurationError(`${name}: obtain must be a function.`);
    if (!(deadline > 0)) {
      throw new ConfigurationError(`${name}: the deadline must be a positive number of milliseconds.`);
    }
    this.#options = options;
    this.#name = name;
    this.#clock = clock;
    this.#backoff = new Backoff(clock);
  }

  /** Returns the value if it can be used without waiting. Starts the early renewal if it is due. */
  fresh(): T | undefined {
    const cached = this.#cached;
    if (cached === undefined || cached.lifetime.isOver) return undefined;
    if (this.#flight === undefined && cached.lifetime.isDueForRenewal && !this.#backoff.isActive) this.#start('early');
    return cached.value;
  }

  /** True while a renewal is active. */
  get isRenewing(): boolean {
    return this.#flight !== undefined;
  }

  /**
   * Returns the value, and obtains it if necessary. `emit` is called if this caller had to wait: pass `AuthContext.emit`.
   *
   * @throws {CredentialError} if the credential could not be obtained. Each caller gets its own error object.
   * @throws {AbortError} if `signal` aborts first.
   * @throws {ConfigurationError} inside the function that obtains this credential.
   */
  async get(signal: AbortSignal, emit?: (event: CrewEvent) => void): Promise<T> {
    const value = this.fresh();
    if (value !== undefined) return value;
    if (signal.aborted) throw abortReason(signal, `Waiting for ${this.#name}`);
    refuseRecursion(this, this.#name);
    if (this.#flight === undefined) {
      const failure = this.#backoff.failure();
      if (failure !== undefined) throw failure;
    }
    return (this.#flight ?? this.#start('required', signal)).join(signal, emit);
  }

  /**
   * Reports that the server refused a value. The value is dropped only if it is still current, so that many refused calls
   * cause one renewal, and a late refusal of an old value causes none. If the source returns the same value again, refusals of
   * it are ignored for one second.
   */
  refused(value: T): void {
    if (this.#cached === undefined || !Object.is(this.#cached.value, value)) return;
    if (this.#clock.monotonic() < this.#repeatedUntil) return;
    this.#cached = undefined;
    this.#refused = value;
  }

  /** Aborts the active renewal, rejects waiting callers, and forgets the value. A later `get` obtains a new value. */
  close(): void {
    this.#cached = undefined;
    this.#refused = undefined;
    this.#repeatedUntil = Number.NEGATIVE_INFINITY;
    this.#backoff.end();
    this.#flight?.cancel(`${this.#name} was closed.`);
    this.#flight = undefined;
  }

  #start(reason: 'early' | 'required', waiting?: AbortSignal): SingleFlight<T> {
    const startedAt = this.#clock.monotonic();
    const flight = new SingleFlight<T>({
      name: this.#name,
      clock: this.#clock,
      deadline: this.#options.deadline ?? DEADLINE,
      onTimeout: error => this.#failed(flight, error, startedAt),
      onAbandoned: reason === 'required' ? () => this.#abandon(flight) : undefined,
    });
    this.#flight = flight;
    this.#obtain(flight, waiting).then(
      obtained => this.#succeeded(flight, obtained, startedAt),
      thrown => this.#failed(flight, this.#errorOf(thrown, flight), startedAt),
    );
    return flight;
  }

  /** Calls the source. `waiting` is the signal of the waiting caller, absent for a renewal in the background. */
  async #obtain(
    flight: SingleFlight<T>,
    waiting: AbortSignal | undefined,
  ): Promise<ObtainedCredential<T> & CachedCredential<T>> {
    for (;;) {
      const refused = this.#refused;
      const obtain = (): Promise<ObtainedCredential<T>> => this.#options.obtain({ signal: flight.signal, refused });
      const obtained = await runCredentialFunction(waiting, this, obtain);
      const lifetime = new Lifetime(obtained, this.#clock, this.#name);
      if (obtained.value === undefined) throw new CredentialError(`${this.#name}: obtain returned no value.`);
      const isRefusedMeanwhile = this.#refused !== undefined && !Object.is(this.#refused, refused);
      // The value was refused while it was being obtained, and the source did not know. Call it again with the refusal.
      if (isRefusedMeanwhile && Object.is(obtained.value, this.#refused) && !flight.isOver) continue;
      return { ...obtained, lifetime };
    }
  }

  #succeeded(flight: SingleFlight<T>, obtained: ObtainedCredential<T> & CachedCredential<T>, startedAt: number): void {
    if (flight !== this.#flight) return;
    this.#flight = undefined;
    this.#cached = obtained;
    const isRepeated = this.#refused !== undefined && Object.is(this.#refused, obtained.value);
    this.#repeatedUntil = isRepeated ? this.#clock.monotonic() + REPEATED : Number.NEGATIVE_INFINITY;
    this.#refused = undefined;
    this.#backoff.end();
    const { value, expiresAt } = obtained;
    const action = this.#hasSucceeded ? 'renewed' : 'obtained';
    this.#hasSucceeded = true;
    flight.succeed(value, this.#event({ action, expiresAt }, startedAt), this.#options.emit);
  }

  #failed(flight: SingleFlight<T>, error: CrewError, startedAt: number): void {
    if (flight !== this.#flight) return;
    this.#flight = undefined;
    this.#backoff.start(error);
    flight.fail(error, this.#event({ action: 'failed', error: error.toJSON() }, startedAt), this.#options.emit);
  }

  #abandon(flight: SingleFlight<T>): void {
    if (flight !== this.#flight) return;
    this.#flight = undefined;
    flight.cancel(`No caller waits for ${this.#name} any more.`);
  }

  #event(facts: Pick<CredentialEvent, 'action' | 'expiresAt' | 'error'>, startedAt: number): CrewEvent {
    return {
      type: 'credential',
      authenticator: this.#name,
      at: this.#clock.wall(),
      durationMs: this.#clock.monotonic() - startedAt,
      ...facts,
    };
  }

  /** Removes the values from an error of the source, which may quote them. Later callers get this error too. */
  #scrubbed(error: CrewError): CrewError {
    const known = [this.#refused, this.#cached?.value].filter(value => typeof value === 'string');
    return new Scrubber(known).error(error);
  }

  /** Returns the error of a failed renewal. Never throws, even if the error of the source cannot be read. */
  #errorOf(thrown: unknown, flight: SingleFlight<T>): CrewError {
    try {
      const error = this.#scrubbed(flight.isLate ? flight.timeoutError(thrown) : this.#toError(thrown));
      error.toJSON();
      return error;
    } catch {
      return new CredentialError(
        `${this.#name}: the credential could not be obtained, and the error of its source cannot be read.`,
      );
    }
  }

  #toError(thrown: unknown): CrewError {
    if (CredentialError.isInstance(thrown) || ConfigurationError.isInstance(thrown)) return sanitiseCauses(thrown);
    const quoted = quoteError(thrown);
    const retryAfter = RateLimitError.isInstance(thrown) ? thrown.retryAfter : undefined;
    const options = { cause: sanitiseCause(thrown), retryAfter };
    return new CredentialError(`${this.#name}: the credential could not be obtained: ${quoted}`, options);
  }
}
