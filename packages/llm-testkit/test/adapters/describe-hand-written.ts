import type { AdapterDescription } from '@crew/llm-testkit';
import type { HandWrittenLLM, HandWrittenOptions } from './hand-written.ts';

/** Describes the hand-written LLM, or a broken class derived from it. */
export function describeHandWritten(
  name: string,
  llmClass: new (options: HandWrittenOptions) => HandWrittenLLM,
): AdapterDescription {
  return {
    name,
    create: ({ endpoint, clock, issuer }) => ({
      llm: new llmClass({ endpoint, clock, obtain: () => issuer.issue() }),
      credential: request => issuer.check(request.headers['x-gateway-token']),
    }),
    capabilities: { privateAuthority: false, ownConnections: false },
  };
}
