import { ConfigurationError, CredentialError, CrewError } from '@crew/core';
import { runCredentialFunction } from '../credential/recursion-guard.ts';
import { quoteError, sanitiseCause } from '../errors/sanitise.ts';
import { showName } from '../errors/show-name.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { checkCredentialText } from '../transport/headers.ts';

/** What a function that gives a secret is told. */
export interface SecretContext {
  /** Aborted when nobody waits for the secret any more. */
  readonly signal: AbortSignal;
  /** The value that the server has just refused, where that is why the secret is read again. */
  readonly refused?: string | undefined;
}

/**
 * A secret, or a function that gives it. The function is called for every attempt, so it should remember what is
 * costly to get; `fromEnv`, `fromFile` and `fromCommand` make such functions. A string is used exactly as it is.
 */
export type Secret = string | ((context: SecretContext) => string | Promise<string>);

const atConstruction = Symbol.for('@crew/llm-http/secret-at-construction');

/** Marks a function that can give its secret at any time and at once, so that it is checked at construction. */
export function markSynchronous<T extends () => string>(read: T): T {
  Object.defineProperty(read, atConstruction, { value: true });
  return read;
}

/** Whether the function can be called at any time and gives its secret at once: `fromEnv`, `fromFile`. */
export function isSynchronousSecret(secret: unknown): secret is () => string {
  return typeof secret === 'function' && Reflect.get(secret, atConstruction) === true;
}

/**
 * Checks an option that holds a secret. Values from the environment and from files are read and checked too.
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export function checkSecret(secret: unknown, what: string): asserts secret is Secret {
  if (typeof secret === 'string') {
    checkCredentialText(secret, what);
    return;
  }
  if (typeof secret !== 'function') {
    throw new ConfigurationError(`${what} must be a string or a function that gives one (fromEnv, fromFile, ...).`);
  }
  if (!isSynchronousSecret(secret)) return;
  try {
    checkCredentialText(secret(), what);
  } catch (thrown) {
    if (ConfigurationError.isInstance(thrown)) throw thrown;
    const said = quoteError(thrown, 'it could not be read');
    throw new ConfigurationError(`${what}: ${said}`, { cause: thrown });
  }
}

/**
 * The secret's value now: at once where that is possible, a promise only where the function gives one.
 *
 * @throws {CredentialError} when the function failed. Throws, or rejects, according to how it failed.
 * @throws {ConfigurationError} when the value is empty or could not be sent in a header.
 */
export function readSecret(secret: Secret, what: string, context: SecretContext): string | Promise<string> {
  if (typeof secret === 'string') return secret;
  let value: string | Promise<string>;
  try {
    const call = (): string | Promise<string> => secret(context);
    value = isSynchronousSecret(secret) ? call() : runCredentialFunction(context.signal, undefined, call);
  } catch (thrown) {
    throw toError(thrown, what, context.refused);
  }
  if (typeof value === 'string') {
    checkCredentialText(value, what);
    return value;
  }
  return Promise.resolve(value).then(
    text => {
      checkCredentialText(text, what);
      return text;
    },
    thrown => {
      throw toError(thrown, what, context.refused);
    },
  );
}

/** `refused` is what the function was told: it may tell it again. */
function toError(thrown: unknown, what: string, refused: string | undefined): CrewError {
  return new Scrubber(refused === undefined ? [] : [refused]).error(asCrewError(thrown, what));
}

function asCrewError(thrown: unknown, what: string): CrewError {
  if (CrewError.isInstance(thrown)) return thrown;
  const said = quoteError(thrown);
  return new CredentialError(`${what}: the function that gives it failed: ${said}`, { cause: sanitiseCause(thrown) });
}

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
  return markSynchronous(() => {
    const value = process.env[name];
    if (value === undefined) throw new ConfigurationError(`The environment variable ${showName(name)} is not set.`);
    const text = withoutLineBreak(value);
    if (text === '') throw new ConfigurationError(`The environment variable ${showName(name)} is empty.`);
    return text;
  });
}

/** The text without one trailing line break, which editors and commands put there. */
export function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
