import { fromEnv } from '@crew/llm-http';
import { JwtLLM } from '@crew/llm-jwt';

/** The company's proxy outside, with its own user; the model's gateway inside, which wants a signed token. */
export function throughTwoGateways(endpoint: string, proxy: string, ca: string): JwtLLM {
  return new JwtLLM({
    endpoint,
    ca,
    proxy: { url: proxy, username: 'crew', password: fromEnv('PROXY_PASSWORD')() },
    mint: { key: fromEnv('GATEWAY_SIGNING_KEY'), issuer: 'crew', audience: 'llm-gateway' },
  });
}
