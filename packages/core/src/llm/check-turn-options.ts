import { callbacks as listOfFunctions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import type { TurnOptions } from './turn-options.ts';

/**
 * Checks what would otherwise fail somewhere inside a turn, or be passed over without a word.
 *
 * @throws {ConfigurationError} naming the option.
 */
export function checkTurnOptions({ timeout, signal, callbacks }: TurnOptions): void {
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0)) {
    throw new ConfigurationError('timeout must be a positive number of milliseconds.');
  }
  // By its methods: a signal may come from another realm.
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new ConfigurationError('signal must be an AbortSignal.');
  }
  if (callbacks !== undefined && !listOfFunctions.accepts(callbacks)) {
    throw new ConfigurationError('callbacks must be a list of functions.');
  }
}
