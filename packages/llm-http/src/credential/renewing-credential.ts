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

/** How a `RenewingCredential` gets its value, and what it reports to. */
export interface RenewingCredentialOptions<T> {
  /**
   * Obtains a new credential. `signal` aborts when the deadline passes or nobody wants the result any more; `refused` is
   * the value that the server refused, where that is why a new one is wanted. Throw a `CredentialError`: its `terminal`
   * and `retryAfter` are honoured. A `ConfigurationError` stays one; anything else is wrapped.
   */
  obtain(context: { readonly signal: AbortSignal; readonly refused: T | undefined }): Promise<ObtainedCredential<T>>;
  /** Milliseconds that one obtain may take. Default 30,000. */
  readonly deadline?: number | undefined;
  /** The authenticator's name, for errors and events. Default `credential`. */
  readonly name?: string | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Told of every obtain that no caller waited for: the early renewals in the background. Pass on `AuthHost.emit`. */
  readonly emit?: ((event: CrewEvent) => void) | undefined;
}

const DEADLINE = 30_000;
/** Milliseconds. Calls that were sent together are refused within that time, as a rule. */
const REPEATED = 1_000;

interface Held<T> {
  readonly value: T;
  readonly lifetime: Lifetime;
}

/**
 * Keeps one credential, shares it among all who need it, and renews it. Mechanisms only obtain; the policy is here:
 *
 * - One obtain is under way at a time, however many wait. A caller's abort ends that caller's wait only; when the last
 *   one has left, the obtain is aborted.
 * - It is renewed early, by its use and in the background, while the old value is handed out. A failed early renewal
 *   keeps the old value and is tried again later, with increasing pauses.
 * - It expires by the wall clock or by the monotonic one, whichever comes first, a little (5 % of its life, at most
 *   10 s) before its time.
 * - After a failure callers fail at once with that error until a pause is over: 1 to 60 s, growing, or what the source
 *   asked for; 5 minutes after a terminal error.
 * - It has no timer: a program that stops using it renews nothing.
 */
export class RenewingCredential<T> {
  readonly #options: RenewingCredentialOptions<T>;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #held: Held<T> | undefined;
  #flight: SingleFlight<T> | undefined;
  #refused: T | undefined;
  /** Until when the value stands although it was refused: its source, told so, gave it once more. */
  #repeatedUntil = Number.NEGATIVE_INFINITY;
  #hadOne = false;

  /** @throws {ConfigurationError} for a deadline that is not a positive number. */
  constructor(given: RenewingCredentialOptions<T>) {
    const options = copyOptions(given);
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

  /** The value if it can be used now, without any wait. Starts the early renewal when it is time. */
  fresh(): T | undefined {
    const held = this.#held;
    if (held === undefined || held.lifetime.isOver) return undefined;
    if (this.#flight === undefined && held.lifetime.isDueForRenewal && !this.#backoff.isActive) this.#start('early');
    return held.value;
  }

  /** Whether an obtain is under way. */
  get isRenewing(): boolean {
    return this.#flight !== undefined;
  }

  /**
   * The value, obtained if need be. `emit` is told when this caller had to wait: pass on `AuthContext.emit`.
   *
   * @throws {CredentialError} when it could not be obtained. Each caller gets an error object of its own.
   * @throws {AbortError} when `signal` aborts first.
   * @throws {ConfigurationError} inside the very function that obtains it.
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
    return (this.#flight ?? this.#start('wanted', signal)).join(signal, emit);
  }

  /**
   * The server refused this value. It is dropped if it is still the current one, so that many calls which were refused
   * together cause one renewal, and a late refusal of an old value none. When the source was told and gave the same value
   * again, refusals of it are passed over for a second.
   */
  refused(value: T): void {
    if (this.#held === undefined || !Object.is(this.#held.value, value)) return;
    if (this.#clock.monotonic() < this.#repeatedUntil) return;
    this.#held = undefined;
    this.#refused = value;
  }

  /** Ends the obtain under way, rejects those who wait for it, and forgets the value. A later `get` obtains anew. */
  close(): void {
    this.#held = undefined;
    this.#refused = undefined;
    this.#repeatedUntil = Number.NEGATIVE_INFINITY;
    this.#backoff.end();
    this.#flight?.cancel(`${this.#name} was closed.`);
    this.#flight = undefined;
  }

  #start(reason: 'early' | 'wanted', waiting?: AbortSignal): SingleFlight<T> {
    const startedAt = this.#clock.monotonic();
    const flight = new SingleFlight<T>({
      name: this.#name,
      clock: this.#clock,
      deadline: this.#options.deadline ?? DEADLINE,
      expired: error => this.#failed(flight, error, startedAt),
      abandoned: reason === 'wanted' ? () => this.#abandon(flight) : undefined,
    });
    this.#flight = flight;
    this.#obtain(flight, waiting).then(
      obtained => this.#succeeded(flight, obtained, startedAt),
      thrown => this.#failed(flight, this.#errorOf(thrown, flight), startedAt),
    );
    return flight;
  }

  /** `waiting`: the signal of the caller that it is obtained for, if it is for one. */
  async #obtain(flight: SingleFlight<T>, waiting: AbortSignal | undefined): Promise<ObtainedCredential<T> & Held<T>> {
    for (;;) {
      const told = this.#refused;
      const obtain = (): Promise<ObtainedCredential<T>> =>
        this.#options.obtain({ signal: flight.signal, refused: told });
      const obtained = await runCredentialFunction(waiting, this, obtain);
      const lifetime = new Lifetime(obtained, this.#clock, this.#name);
      if (obtained.value === undefined) throw new CredentialError(`${this.#name}: obtaining gave no value.`);
      const refusedMeanwhile = this.#refused !== undefined && !Object.is(this.#refused, told);
      // This very value was refused while it was on its way, so the source was not told. Ask again, and tell.
      if (refusedMeanwhile && Object.is(obtained.value, this.#refused) && !flight.isOver) continue;
      return { ...obtained, lifetime };
    }
  }

  #succeeded(flight: SingleFlight<T>, obtained: ObtainedCredential<T> & Held<T>, startedAt: number): void {
    if (flight !== this.#flight) return;
    this.#flight = undefined;
    this.#held = obtained;
    const isRepeated = this.#refused !== undefined && Object.is(this.#refused, obtained.value);
    this.#repeatedUntil = isRepeated ? this.#clock.monotonic() + REPEATED : Number.NEGATIVE_INFINITY;
    this.#refused = undefined;
    this.#backoff.end();
    const { value, expiresAt } = obtained;
    const action = this.#hadOne ? 'renewed' : 'obtained';
    this.#hadOne = true;
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
    flight.cancel(`Nobody waits for ${this.#name} any more.`);
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

  /** The source knows the values it gave, and may tell them again. Later callers get this error too. */
  #scrubbed(error: CrewError): CrewError {
    const known = [this.#refused, this.#held?.value].filter(value => typeof value === 'string');
    return new Scrubber(known).error(error);
  }

  /** Never throws: a source's own error may be one that cannot be read, and nobody would catch what this throws. */
  #errorOf(thrown: unknown, flight: SingleFlight<T>): CrewError {
    try {
      const error = this.#scrubbed(flight.isLate ? flight.lateError(thrown) : this.#toError(thrown));
      error.toJSON();
      return error;
    } catch {
      return new CredentialError(
        `${this.#name}: the credential could not be obtained, for a reason that cannot be read.`,
      );
    }
  }

  #toError(thrown: unknown): CrewError {
    if (CredentialError.isInstance(thrown) || ConfigurationError.isInstance(thrown)) return sanitiseCauses(thrown);
    const said = quoteError(thrown);
    const retryAfter = RateLimitError.isInstance(thrown) ? thrown.retryAfter : undefined;
    const options = { cause: sanitiseCause(thrown), retryAfter };
    return new CredentialError(`${this.#name}: the credential could not be obtained: ${said}`, options);
  }
}
