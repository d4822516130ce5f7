import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';

/** Creates an LLM behind Cloudflare Access. Access checks the service token, the model checks the API key. */
export function createCloudflareAccessLLM(endpoint: string): ApiKeyLLM {
  return new ApiKeyLLM({
    endpoint,
    apiKey: fromEnv('LLM_API_KEY'),
    authHeaders: {
      'cf-access-client-id': fromEnv('CF_ACCESS_CLIENT_ID'),
      'cf-access-client-secret': fromEnv('CF_ACCESS_CLIENT_SECRET'),
    },
    // Access rejects an unknown token with 403, or redirects to its login page.
    isRefusal: ({ status }) => status === 403 || status === 302,
  });
}
