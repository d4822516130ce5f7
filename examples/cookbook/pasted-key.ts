import { ApiKeyLLM } from '@crew/llm-apikey';
import { checkCredentialText, RenewingCredential } from '@crew/llm-http/adapter';

/** A function that asks the user for a key, for example in a dialog. */
export type KeyPrompt = (context: {
  /** True if the server refused the previous key. */
  readonly wasRefused: boolean;
  readonly signal: AbortSignal;
}) => Promise<string>;

/** Creates an LLM that asks the user for its key at the first call, once for all waiting calls, and keeps it in memory. */
export function createPastedKeyLLM(endpoint: string, prompt: KeyPrompt): ApiKeyLLM {
  const key = new RenewingCredential<string>({
    name: 'pasted key',
    deadline: 600_000,
    obtain: async ({ signal, refused }) => {
      const pasted = (await prompt({ wasRefused: refused !== undefined, signal })).trim();
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
