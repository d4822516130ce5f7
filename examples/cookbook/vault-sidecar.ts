import { CredentialError } from '@crew/core';
import { ApiKeyLLM } from '@crew/llm-apikey';
import { RenewingCredential } from '@crew/llm-http/adapter';

interface VaultResponse {
  readonly lease_duration: number;
  readonly data: { readonly data: { readonly api_key: string } };
}

/** Creates an LLM whose API key is in Vault's key-value store. A local Vault Agent logs in to Vault and serves the key. */
export function createVaultLLM(endpoint: string, agent = 'http://127.0.0.1:8200'): ApiKeyLLM {
  const key = new RenewingCredential<string>({
    name: 'vault',
    obtain: async ({ signal }) => {
      const headers = { 'x-vault-request': 'true' };
      const response = await fetch(`${agent}/v1/secret/data/llm`, { headers, signal, redirect: 'error' });
      if (!response.ok) throw new CredentialError(`The Vault Agent returned status ${response.status}. See its log.`);
      const { data, lease_duration: seconds } = (await response.json()) as VaultResponse;
      // A static secret has no lease. It is read again every five minutes.
      return { value: data.data.api_key, expiresAt: Date.now() + (seconds || 300) * 1000 };
    },
  });
  return new ApiKeyLLM({
    endpoint,
    apiKey: ({ signal, refused }) => {
      if (refused !== undefined) key.refused(refused);
      return key.fresh() ?? key.get(signal);
    },
  });
}
