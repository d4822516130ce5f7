import type { Authenticator, AuthHost } from './authenticator.ts';

/** How many LLMs each authenticator is attached to. One count for the whole program, however many copies of this package are in it. */
const REGISTRY = Symbol.for('@crew/llm-http/attachments');

function counts(): WeakMap<Authenticator, number> {
  const known: unknown = Reflect.get(globalThis, REGISTRY);
  if (known instanceof WeakMap) return known;
  const created = new WeakMap<Authenticator, number>();
  Object.defineProperty(globalThis, REGISTRY, { value: created });
  return created;
}

/** Attaches the authenticators to one LLM. When one refuses, those before it are let go again. */
export function attach(authenticators: readonly Authenticator[], host: AuthHost): void {
  const attached: Authenticator[] = [];
  try {
    for (const authenticator of authenticators) {
      authenticator.attach?.(host);
      counts().set(authenticator, (counts().get(authenticator) ?? 0) + 1);
      attached.push(authenticator);
    }
  } catch (thrown) {
    void detach(attached).catch(() => undefined);
    throw thrown;
  }
}

/** Lets the authenticators go and closes those that no other LLM uses. Rejects with the first failure, after all. */
export async function detach(authenticators: readonly Authenticator[]): Promise<void> {
  const unused = authenticators.filter(authenticator => {
    const left = (counts().get(authenticator) ?? 1) - 1;
    if (left > 0) counts().set(authenticator, left);
    else counts().delete(authenticator);
    return left <= 0;
  });
  const results = await Promise.allSettled(unused.map(async authenticator => authenticator.close?.()));
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}
