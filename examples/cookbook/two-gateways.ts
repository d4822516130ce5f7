import { fromEnv } from '@crew/llm-http';
import { JwtLLM } from '@crew/llm-jwt';

/** Creates an LLM behind two gateways: a company proxy that requires a password, and a model gateway that requires a JWT. */
export function createTwoGatewayLLM(endpoint: string, proxy: string, ca: string): JwtLLM {
  return new JwtLLM({
    endpoint,
    ca,
    proxy: { url: proxy, username: 'crew', password: fromEnv('PROXY_PASSWORD')() },
    mint: { key: fromEnv('GATEWAY_SIGNING_KEY'), issuer: 'crew', audience: 'llm-gateway' },
  });
}
