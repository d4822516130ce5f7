import { type Authenticator, HttpLLM } from '@crew/llm-http';
import { RenewingCredential } from '@crew/llm-http/adapter';
import type { AdapterSetting, AdapterUnderTest } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { bearer } from './adapters/bearer.ts';

/** Limit in bytes. The LLM without a credential uses the default limit, which takes longer to reach. */
const maxResponseBytes = 1_048_576;

describeAdapter({
  name: 'HttpLLM without a credential',
  create: ({ endpoint, ca, clock }) => ({ llm: new HttpLLM({ endpoint, ca, clock }) }),
  capabilities: { credential: 'none' },
});

describeAdapter({ name: 'HttpLLM with a renewing authenticator', create: renewing });

describeAdapter({ name: 'HttpLLM over HTTP/2', create: renewing, endpoint: { http2: true } });

function renewing({ endpoint, ca, clock, issuer }: AdapterSetting): AdapterUnderTest {
  const token = new RenewingCredential<string>({
    name: 'ticket',
    clock,
    obtain: async () => ({ value: await issuer.issue(), expiresAt: undefined }),
  });
  const auth: Authenticator = {
    name: 'ticket',
    authenticate(request, { signal }) {
      const put = (value: string): void => request.setHeader('authorization', `Bearer ${value}`);
      const fresh = token.fresh();
      return fresh === undefined ? token.get(signal).then(put) : put(fresh);
    },
    async onRefusal(request, _refusal, { signal }) {
      const sent = bearer(request);
      if (sent === undefined) return false;
      token.refused(sent);
      return (await token.get(signal)) !== sent && 'renewed';
    },
    close: async () => token.close(),
  };
  return {
    llm: new HttpLLM({ endpoint, ca, clock, auth, allowH2: true, maxResponseBytes }),
    credential: request => issuer.check(bearer(request)),
  };
}
