import { ConfigurationError, CredentialError, CrewError } from '@crew/core';
import { runCredentialFunction } from '../credential/recursion-guard.ts';
import { quoteError, sanitiseCause } from '../errors/sanitise.ts';
import { showName } from '../errors/show-name.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { checkCredentialText } from '../transport/headers.ts';

/** The context in which a secret is read. */
export interface SecretContext {
  /** Aborted when the secret is no longer needed. */
  readonly signal: AbortSignal;
  /** The value that the server has just refused, if the secret is read again for that reason. */
  readonly refused?: string | undefined;
}

/**
 * A secret, or a function that returns one. The function is called for every attempt, so it should cache values that are
 * expensive to obtain. `fromEnv`, `fromFile` and `fromCommand` return such functions. A string is used unchanged.
 */
export type Secret = string | ((context: SecretContext) => string | Promise<string>);

/**
 * Returns a function that reads a secret from an environment variable at every use. One trailing line break is removed.
 *
 * @throws {ConfigurationError} from the returned function, if the variable is unset or empty. Adapters call it at
 * construction.
 *
 * @example
 * ```ts
 * import { fromEnv } from '@crew/llm-http';
 *
 * process.env['LLM_API_KEY'] = 'sk-4f9a7c21';
 * const key = fromEnv('LLM_API_KEY');
 * console.log(key().length); // 11
 * ```
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

/**
 * Checks an option that holds a secret. Secrets in environment variables and files are read and checked too.
 *
 * @throws {ConfigurationError} naming `what`, never the value.
 */
export function checkSecret(secret: unknown, what: string): asserts secret is Secret {
  if (typeof secret === 'string') {
    checkCredentialText(secret, what);
    return;
  }
  if (typeof secret !== 'function') {
    throw new ConfigurationError(`${what} must be a string or a function that returns one (fromEnv, fromFile, ...).`);
  }
  if (!isSynchronousSecret(secret)) return;
  try {
    checkCredentialText(secret(), what);
  } catch (thrown) {
    if (ConfigurationError.isInstance(thrown)) throw thrown;
    const quoted = quoteError(thrown, 'it could not be read');
    throw new ConfigurationError(`${what}: ${quoted}`, { cause: thrown });
  }
}

/**
 * Reads the current value of a secret. Returns a promise only if the function of the secret does.
 *
 * @throws {CredentialError} if the function fails. Throws if the function throws, and rejects if it rejects.
 * @throws {ConfigurationError} if the value is empty or cannot be sent in a header.
 *
 * @example
 * ```ts
 * import type { Authenticator, Secret } from '@crew/llm-http';
 * import { checkSecret, readSecret } from '@crew/llm-http/adapter';
 *
 * export function keyHeader(key: Secret): Authenticator {
 *   checkSecret(key, 'key');
 *   return {
 *     name: 'key-header',
 *     async authenticate(request, { signal }) {
 *       request.setHeader('x-api-key', await readSecret(key, 'key', { signal }));
 *     },
 *   };
 * }
 * ```
 */
export function readSecret(secret: Secret, what: string, context: SecretContext): string | Promise<string> {
  if (typeof secret === 'string') return secret;
  let value: string | Promise<string>;
  try {
    const call = (): string | Promise<string> => secret(context);
    value = isSynchronousSecret(secret) ? call() : runCredentialFunction(context.signal, undefined, call);
  } catch (thrown) {
    throw toScrubbedError(thrown, what, context.refused);
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
      throw toScrubbedError(thrown, what, context.refused);
    },
  );
}

const SYNCHRONOUS = Symbol.for('@crew/llm-http/secret-at-construction');

/** Marks a function that can be called at any time and returns its secret at once, so that it is checked at construction. */
export function markSynchronous<T extends () => string>(read: T): T {
  Object.defineProperty(read, SYNCHRONOUS, { value: true });
  return read;
}

/** Returns true for a function that can be called at any time and returns its secret at once, as those of `fromEnv` and `fromFile`. */
export function isSynchronousSecret(secret: unknown): secret is () => string {
  return typeof secret === 'function' && Reflect.get(secret, SYNCHRONOUS) === true;
}

/** Removes one trailing line break, which editors and commands add. */
export function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** Returns the error of a secret's function. It is scrubbed of the refused value, which the function may have quoted. */
function toScrubbedError(thrown: unknown, what: string, refused: string | undefined): CrewError {
  return new Scrubber(refused === undefined ? [] : [refused]).error(toCrewError(thrown, what));
}

function toCrewError(thrown: unknown, what: string): CrewError {
  if (CrewError.isInstance(thrown)) return thrown;
  const quoted = quoteError(thrown);
  return new CredentialError(`${what}: the function that returns it failed: ${quoted}`, {
    cause: sanitiseCause(thrown),
  });
}
