import { AsyncLocalStorage } from 'node:async_hooks';
import { ConfigurationError } from '@crew/core';

/** A user's function under way that gives a credential, and those that it was called in. */
interface Obtaining {
  /** The LLM, or the shared credential, that waits for it. */
  readonly owner: object;
  readonly outer: Obtaining | undefined;
  isOver: boolean;
}

const obtaining = new AsyncLocalStorage<Obtaining>();

/** The LLM that each turn belongs to, by the signal of the turn, which authenticators pass on to whatever gives a credential. */
const llms = new WeakMap<AbortSignal, object>();

/** Notes which LLM waits for what is obtained with this signal. */
export function registerLLM(signal: AbortSignal, llm: object): void {
  llms.set(signal, llm);
}

/**
 * Calls a user's function that gives a credential. While it runs, `refuseRecursion` throws for whoever waits for the credential, in
 * everything that the function awaits: for `credential`, where it is a shared one, and for the LLM whose turn has this signal.
 * Another LLM may be used.
 */
export function runCredentialFunction<Value>(
  signal: AbortSignal | undefined,
  credential: object | undefined,
  call: () => Value | Promise<Value>,
): Value | Promise<Value> {
  const outer = obtaining.getStore();
  const ofCredential = entered(credential, outer);
  const ofLLM = entered(signal && llms.get(signal), ofCredential ?? outer);
  const inner = ofLLM ?? ofCredential;
  if (inner === undefined) return call();
  // What the function leaves running behind it, a client of its own say, may use the LLM later.
  const end = (): void => {
    if (ofCredential !== undefined) ofCredential.isOver = true;
    inner.isOver = true;
  };
  let result: Value | Promise<Value>;
  try {
    result = obtaining.run(inner, () => asPromise(call()));
  } catch (thrown) {
    end();
    throw thrown;
  }
  if (result instanceof Promise) result.then(end, end);
  else end();
  return result;
}

function entered(owner: object | undefined, outer: Obtaining | undefined): Obtaining | undefined {
  return owner && { owner, outer, isOver: false };
}

/** Begins the work of a thenable that is no promise here, where it is known for whom. */
function asPromise<Value>(result: Value | Promise<Value>): Value | Promise<Value> {
  const isForeign = typeof result === 'object' && result !== null && 'then' in result && !(result instanceof Promise);
  return isForeign ? Promise.resolve(result) : result;
}

/**
 * Refuses to let a credential wait for itself.
 *
 * @throws {ConfigurationError} inside a function that gives a credential to `owner`.
 */
export function refuseRecursion(owner: object, what: string): void {
  for (let one = obtaining.getStore(); one !== undefined; one = one.outer) {
    if (one.owner !== owner || one.isOver) continue;
    throw new ConfigurationError(
      `${what}: the function that gives the credential of an LLM cannot use that LLM, because the call would wait for the ` +
        'credential that it is to give. Use another LLM in it, with a credential of its own.',
    );
  }
}
