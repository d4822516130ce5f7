import { inspect } from 'node:util';
import { CredentialError, CrewError } from '@crew/core';
import { Scrubber } from '@crew/llm-http';

/**
 * What a login threw, fit to be shown. Logins are also written by others, and HTTP clients put whole requests into their
 * errors: a cause that is no `CrewError` is reduced to name, message, code and stack. When what is left holds one of the
 * secrets all the same, another error takes its place.
 */
export function withoutSecrets(thrown: unknown, secrets: readonly (string | undefined)[]): unknown {
  const scrubber = new Scrubber(secrets.filter(secret => secret !== undefined));
  const isReduced = reduceCause(thrown);
  if (isReduced && !textsOf(thrown).some(text => scrubber.text(text) !== text)) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new CredentialError(`The login failed with a ${kind}. It quotes a secret, so it is not shown.`, {
    terminal: CredentialError.isInstance(thrown) ? thrown.terminal : undefined,
    retryAfter: CredentialError.isInstance(thrown) ? thrown.retryAfter : undefined,
  });
}

/** Reduces the first cause that is no `CrewError`, and so all behind it. False when an error does not let itself be changed. */
function reduceCause(thrown: unknown): boolean {
  const seen = new Set<unknown>();
  for (let one = thrown; CrewError.isInstance(one) && !seen.has(one); one = one.cause) {
    seen.add(one);
    const { cause } = one;
    if (cause === undefined || CrewError.isInstance(cause)) continue;
    return Reflect.defineProperty(one, 'cause', { value: reduced(cause), configurable: true, writable: true });
  }
  return true;
}

function reduced(cause: unknown): Error {
  if (!(cause instanceof Error)) return new Error(`a ${typeof cause} was given instead of an Error`);
  const { name, message, stack } = cause;
  const error = new Error(message);
  const code: unknown = Reflect.get(cause, 'code');
  const shown = { name, ...(stack === undefined ? {} : { stack }), ...(typeof code === 'string' ? { code } : {}) };
  for (const [key, value] of Object.entries(shown)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: key === 'code' });
  }
  return error;
}

function textsOf(thrown: unknown): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  for (let one: unknown = thrown; one instanceof Error && !seen.has(one); one = one.cause) {
    seen.add(one);
    texts.push(one.message, one.stack ?? '', CrewError.isInstance(one) ? JSON.stringify(one) : '', propertiesOf(one));
  }
  return texts;
}

/** The error's own properties and what is in them, as far as a printed error would show it, and further. */
function propertiesOf(error: Error): string {
  return inspect({ ...error }, { depth: 10, customInspect: false, maxArrayLength: null, maxStringLength: null });
}
