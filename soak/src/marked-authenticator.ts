import { setTimeout as wait } from 'node:timers/promises';
import type { Authenticator } from '@crew/llm-http';
import { RenewingCredential } from '@crew/llm-http/adapter';
import type { Ledger } from './ledger.ts';

/** A credential that is obtained anew whenever it is refused. */
export interface RenewedCredential {
  readonly token: RenewingCredential<string>;
  /** How often it was obtained. */
  readonly count: number;
}

export function renewed(): RenewedCredential {
  let count = 0;
  const token = new RenewingCredential<string>({
    obtain: async () => {
      count += 1;
      await wait(1);
      return { value: `token-${count}`, expiresAt: Date.now() + 30_000 };
    },
  });
  return {
    token,
    get count() {
      return count;
    },
  };
}

/** Marks each attempt with the call it belongs to, and notes it. */
export function marking({ token }: RenewedCredential, ledger: Ledger): Authenticator {
  const sent = new WeakMap<object, string>();
  return {
    name: 'marked',
    async authenticate(request, context) {
      const value = token.fresh() ?? (await token.get(context.signal, context.emit));
      // Aborted meanwhile: nothing is sent.
      context.signal.throwIfAborted();
      const call = Number(context.authContext);
      sent.set(request, value);
      ledger.attempted(call, context.attempt);
      request.setHeader('authorization', `Bearer ${value}`);
      request.setHeader('x-attempt', `${call}.${context.attempt}`);
    },
    onRefusal(request) {
      token.refused(sent.get(request) ?? '');
      return 'renewed';
    },
  };
}
