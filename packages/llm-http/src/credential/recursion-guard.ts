import { AsyncLocalStorage } from 'node:async_hooks';
import { ConfigurationError } from '@crew/core';

/** A running function that returns a credential, with the functions that it was called in. */
interface CredentialCall {
  /** The LLM, or the shared credential, that waits for the function. */
  readonly owner: object;
  readonly outer: CredentialCall | undefined;
  isOver: boolean;
}

const calls = new AsyncLocalStorage<CredentialCall>();

/** The LLM of each turn, by the signal of the turn, which authenticators pass on to the source of a credential. */
const llms = new WeakMap<AbortSignal, object>();

/** Registers the LLM that waits for credentials obtained with this signal. */
export function registerLLM(signal: AbortSignal, llm: object): void {
  llms.set(signal, llm);
}

/**
 * Calls a user's function that returns a credential. While it runs, `refuseRecursion` throws in everything that the function
 * awaits, for those who wait for the function: the shared `credential`, if there is one, and the LLM whose turn has this
 * signal. The function may use any other LLM.
 */
export function runCredentialFunction<Value>(
  signal: AbortSignal | undefined,
  credential: object | undefined,
  call: () => Value | Promise<Value>,
): Value | Promise<Value> {
  const outer = calls.getStore();
  const credentialCall = callFor(credential, outer);
  const llmCall = callFor(signal && llms.get(signal), credentialCall ?? outer);
  const inner = llmCall ?? credentialCall;
  if (inner === undefined) return call();
  // Work that the function leaves running, such as a client of its own, may use the LLM later.
  const end = (): void => {
    if (credentialCall !== undefined) credentialCall.isOver = true;
    inner.isOver = true;
  };
  let result: Value | Promise<Value>;
  try {
    result = calls.run(inner, () => asPromise(call()));
  } catch (thrown) {
    end();
    throw thrown;
  }
  if (result instanceof Promise) result.then(end, end);
  else end();
  return result;
}

/**
 * Throws if a credential would wait for itself.
 *
 * @throws {ConfigurationError} inside a function that returns a credential to `owner`.
 */
export function refuseRecursion(owner: object, what: string): void {
  for (let call = calls.getStore(); call !== undefined; call = call.outer) {
    if (call.owner !== owner || call.isOver) continue;
    throw new ConfigurationError(
      `${what}: the function that returns the credential of an LLM cannot use that LLM, because the call would wait for the ` +
        'credential that the function is to return. Use another LLM in it, with its own credential.',
    );
  }
}

function callFor(owner: object | undefined, outer: CredentialCall | undefined): CredentialCall | undefined {
  return owner && { owner, outer, isOver: false };
}

/** Converts a thenable to a promise here, so that its work starts in the context of the call. */
function asPromise<Value>(result: Value | Promise<Value>): Value | Promise<Value> {
  const isThenable = typeof result === 'object' && result !== null && 'then' in result && !(result instanceof Promise);
  return isThenable ? Promise.resolve(result) : result;
}
