import { inspect } from 'node:util';
import { CredentialError, CrewError } from '@crew/core';
import { Scrubber, sanitiseCauses } from '@crew/llm-http/adapter';

/**
 * What a login threw, fit to be shown. Logins are also written by others, and HTTP clients put whole requests into their
 * errors: a cause that is no `CrewError` is reduced to name, message, code and stack. When what is left holds one of the
 * secrets all the same, another error takes its place.
 */
export function withoutSecrets(given: unknown, secrets: readonly (string | undefined)[]): unknown {
  const scrubber = new Scrubber(secrets.filter(secret => secret !== undefined));
  const thrown = CrewError.isInstance(given) ? sanitiseCauses(given) : given;
  if (!textsOf(thrown).some(text => scrubber.text(text) !== text)) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new CredentialError(`The login failed with a ${kind}. It quotes a secret, so it is not shown.`, {
    terminal: CredentialError.isInstance(thrown) ? thrown.terminal : undefined,
    retryAfter: CredentialError.isInstance(thrown) ? thrown.retryAfter : undefined,
  });
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
