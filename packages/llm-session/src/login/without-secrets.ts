import { CredentialError, CrewError } from '@crew/core';
import { Scrubber } from '@crew/llm-http';

/**
 * What a login threw, fit to be shown: when the message, the stack or the cause of it hold one of the secrets, another
 * error takes its place. Logins are also written by others, and HTTP clients put whole requests into their errors.
 */
export function withoutSecrets(thrown: unknown, secrets: readonly (string | undefined)[]): unknown {
  const scrubber = new Scrubber(secrets.filter(secret => secret !== undefined));
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
    texts.push(one.message, one.stack ?? '', CrewError.isInstance(one) ? JSON.stringify(one) : '');
  }
  return texts;
}
