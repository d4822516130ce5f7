import { setTimeout as wait } from 'node:timers/promises';
import type { Authenticator } from '@crew/llm-http';
import { RenewingCredential } from '@crew/llm-http/adapter';
import type { Ledger } from './ledger.ts';

/** A credential that is renewed whenever it is refused. */
export interface SoakCredential {
  readonly token: RenewingCredential<string>;
  /** Number of times that it was obtained. */
  readonly count: number;
}

/** Creates a credential whose tokens are numbered. */
export function createCredential(): SoakCredential {
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

/** Creates an authenticator that adds the number of the call to each attempt, and records the attempt. */
export function recordingAuthenticator({ token }: SoakCredential, ledger: Ledger): Authenticator {
  const sent = new WeakMap<object, string>();
  return {
    name: 'recording',
    async authenticate(request, context) {
      const value = token.fresh() ?? (await token.get(context.signal, context.emit));
      // Nothing is sent if the call was aborted in the meantime.
      context.signal.throwIfAborted();
      const call = Number(context.authContext);
      sent.set(request, value);
      ledger.onAttempt(call, context.attempt);
      request.setHeader('authorization', `Bearer ${value}`);
      request.setHeader('x-attempt', `${call}.${context.attempt}`);
    },
    onRefusal(request) {
      token.refused(sent.get(request) ?? '');
      return 'renewed';
    },
  };
}
