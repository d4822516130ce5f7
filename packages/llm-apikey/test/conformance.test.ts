import { RenewingCredential } from '@crew/llm-http/adapter';
import type { RecordedRequest } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { ApiKeyLLM } from '../src/index.ts';

describeAdapter({
  name: 'ApiKeyLLM with one key',
  create: async ({ endpoint, ca, clock, issuer }) => ({
    llm: new ApiKeyLLM({ endpoint, ca, clock, apiKey: await issuer.issue(), header: 'x-api-key' }),
    credential: request => issuer.check(request.headers['x-api-key']),
  }),
  capabilities: { credential: 'fixed' },
});

describeAdapter({
  name: 'ApiKeyLLM with a key in the query',
  create: async ({ endpoint, ca, clock, issuer }) => ({
    llm: new ApiKeyLLM({ endpoint, ca, clock, apiKey: await issuer.issue(), query: 'key' }),
    credential: request => issuer.check(new URL(request.url).searchParams.get('key') ?? undefined),
  }),
  capabilities: { credential: 'fixed' },
});

describeAdapter({
  name: 'ApiKeyLLM with keys from a vault',
  create: ({ endpoint, ca, clock, issuer }) => {
    const key = new RenewingCredential<string>({
      name: 'vault',
      clock,
      obtain: async () => ({ value: await issuer.issue(), expiresAt: undefined }),
    });
    return {
      llm: new ApiKeyLLM({
        endpoint,
        ca,
        clock,
        maxResponseBytes: 1_048_576,
        apiKey: ({ signal, refused }) => {
          if (refused !== undefined) key.refused(refused);
          return key.fresh() ?? key.get(signal);
        },
      }),
      credential: request => issuer.check(bearer(request)),
      close: () => key.close(),
    };
  },
});

function bearer({ headers }: RecordedRequest): string | undefined {
  return headers['authorization']?.replace('Bearer ', '');
}
