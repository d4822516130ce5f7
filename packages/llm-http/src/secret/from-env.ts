import { ConfigurationError } from '@crew/core';
import { showName } from '../show-name.ts';
import { withoutLineBreak } from './credential-text.ts';
import { immediate } from './secret.ts';

/**
 * A secret in an environment variable. Read at every use; one trailing line break is dropped.
 *
 * @throws {ConfigurationError} from the returned function, when the variable is unset or empty. Adapters call it at
 * construction.
 */
export function fromEnv(name: string): () => string {
  if (typeof name !== 'string' || name === '' || name.includes('=')) {
    throw new ConfigurationError('fromEnv needs the name of an environment variable.');
  }
  return immediate(() => {
    const value = process.env[name];
    if (value === undefined) throw new ConfigurationError(`The environment variable ${showName(name)} is not set.`);
    const text = withoutLineBreak(value);
    if (text === '') throw new ConfigurationError(`The environment variable ${showName(name)} is empty.`);
    return text;
  });
}
