import { copyOptions } from '@crew/core';
import { copyParameters } from './grant/grant-parameters.ts';
import type { OAuthSettings } from './settings.ts';

/**
 * A copy that nothing done to the original changes: each option is read once, lists and parameters are copied. Whether
 * they are right is for `resolveSettings`.
 *
 * @throws {ConfigurationError} for malformed parameters.
 */
export function copySettings<T extends OAuthSettings>(settings: T): T {
  const copy = copyOptions(settings);
  const { scope, resource, audience, trustedOrigins, parameters } = copy;
  return copyOptions({
    ...copy,
    scope: copyList(scope),
    resource: copyList(resource),
    audience: copyList(audience),
    trustedOrigins: copyList(trustedOrigins),
    parameters: parameters === undefined ? undefined : copyParameters(parameters, 'parameters'),
  });
}

function copyList<T>(value: T | readonly string[]): T | readonly string[] {
  return Array.isArray(value) ? [...value] : value;
}
