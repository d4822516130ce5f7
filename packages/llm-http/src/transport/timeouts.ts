import { numberOptions } from '../option-checks.ts';

/**
 * How long is waited for what, in milliseconds. `Infinity` waits for ever. `firstByte` and `idle` measure the server:
 * when this process stood still (suspended, or busy), such a wait is prolonged once, by as long as its end was late and
 * at most by its limit.
 */
export interface Timeouts {
  /** Until a connection is made: name lookup, TCP, proxy and TLS. Default 10,000. */
  readonly connect?: number | undefined;
  /** From sending the request to the first byte of the answer. A model thinks in that time. Default 300,000. */
  readonly firstByte?: number | undefined;
  /** Between two pieces of the answer. Default 120,000. */
  readonly idle?: number | undefined;
  /** For one whole turn with its retries. Default 600,000. */
  readonly total?: number | undefined;
}

/** The same, complete. */
export type TimeoutSettings = { readonly [Name in keyof Timeouts]-?: number };

const DEFAULTS: TimeoutSettings = { connect: 10_000, firstByte: 300_000, idle: 120_000, total: 600_000 };

/** @throws {ConfigurationError} for a name that does not exist, or a value that is no positive number. */
export function timeoutSettings(timeouts: Timeouts | undefined): TimeoutSettings {
  return numberOptions('timeouts', timeouts, DEFAULTS, (_name, value) =>
    value > 0 ? undefined : 'must be a positive number of milliseconds',
  );
}
