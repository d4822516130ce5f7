import { ApiKeyLLM, fromEnv } from '@crew/llm-apikey';

/** A model behind Cloudflare Access: a service token opens the door, the API key is the model's own. */
export function behindCloudflareAccess(endpoint: string): ApiKeyLLM {
  return new ApiKeyLLM({
    endpoint,
    apiKey: fromEnv('LLM_API_KEY'),
    authHeaders: {
      'cf-access-client-id': fromEnv('CF_ACCESS_CLIENT_ID'),
      'cf-access-client-secret': fromEnv('CF_ACCESS_CLIENT_SECRET'),
    },
    // Access answers a token that it does not know with 403, or with the way to its login page.
    isRefusal: ({ status }) => status === 403 || status === 302,
  });
}
