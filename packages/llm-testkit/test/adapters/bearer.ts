import type { RecordedRequest } from '@crew/llm-testkit';

/** Returns the token of `authorization: Bearer`. */
export function bearer({ headers }: Pick<RecordedRequest, 'headers'>): string | undefined {
  return /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
}
