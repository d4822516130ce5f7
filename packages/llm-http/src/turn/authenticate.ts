import { CredentialError, CrewError } from '@crew/core';
import type { AttemptRequest } from '../auth/attempt-request.ts';
import type { AuthContext, Authenticator } from '../auth/authenticator.ts';
import { quoteError, sanitiseCause, sanitiseCauses } from '../errors/sanitise.ts';

/**
 * Lets each authenticator put its credential on the request, in their order. Nothing is returned, and nothing waited
 * for, while none of them has to wait.
 */
export function authenticate(
  authenticators: readonly Authenticator[],
  request: AttemptRequest,
  context: AuthContext,
  from = 0,
): void | Promise<void> {
  for (let index = from; index < authenticators.length; index += 1) {
    const authenticator = authenticators[index];
    if (authenticator === undefined) return;
    request.setBy(authenticator);
    let pending: void | Promise<void>;
    try {
      pending = authenticator.authenticate(request, context);
    } catch (thrown) {
      throw authenticationFault(authenticator, thrown);
    }
    if (!isThenable(pending)) continue;
    return Promise.resolve(pending).then(
      () => authenticate(authenticators, request, context, index + 1),
      thrown => {
        throw authenticationFault(authenticator, thrown);
      },
    );
  }
}

/** What an authenticator threw, as a `CrewError`. */
export function authenticationFault(authenticator: Authenticator, thrown: unknown): CrewError {
  if (CrewError.isInstance(thrown)) return sanitiseCauses(thrown);
  const said = quoteError(thrown);
  return new CredentialError(`${authenticator.name}: the request could not be authenticated: ${said}`, {
    cause: sanitiseCause(thrown),
  });
}

/** A method that returns nothing may still return something, in JavaScript and for arrow functions. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
