import { ApiKeyLLM } from '@crew/llm-apikey';
import { checkCredentialText, RenewingCredential } from '@crew/llm-http/adapter';

/** Asks the user for a key, in a dialog say. `again`: the server refused the one before. */
export type Ask = (context: { readonly again: boolean; readonly signal: AbortSignal }) => Promise<string>;

/** The user pastes the key when the first call needs it. It is kept in memory alone, and asked for once at a time. */
export function withPastedKey(endpoint: string, ask: Ask): ApiKeyLLM {
  const key = new RenewingCredential<string>({
    name: 'pasted key',
    deadline: 600_000,
    obtain: async ({ signal, refused }) => {
      const pasted = (await ask({ again: refused !== undefined, signal })).trim();
      checkCredentialText(pasted, 'The pasted key');
      return { value: pasted, expiresAt: undefined };
    },
  });
  return new ApiKeyLLM({
    endpoint,
    timeouts: { total: 900_000 },
    apiKey: ({ signal, refused }) => {
      if (refused !== undefined) key.refused(refused);
      return key.fresh() ?? key.get(signal);
    },
  });
}
