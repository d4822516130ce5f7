import { ConfigurationError } from '../errors/configuration-error.ts';

/** For `JSON.stringify`, which writes `null` for a number that is not finite: throws a `ConfigurationError` naming `what`. */
export function finiteOnly(what: string): (key: string, value: unknown) => unknown {
  return (key, value) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    const where = key === '' ? '' : ` at ${JSON.stringify(key)}`;
    throw new ConfigurationError(`${what} must hold finite numbers only, not ${value}${where}.`);
  };
}
