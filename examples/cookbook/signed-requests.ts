import { createHash, createHmac } from 'node:crypto';
import { type Authenticator, HttpLLM } from '@crew/llm-http';

/** Returns an authenticator that signs the method, path, date and body of every attempt. */
export function hmac(keyId: string, secret: string): Authenticator {
  return {
    name: 'hmac',
    authenticate(request) {
      const date = new Date().toISOString();
      const digest = createHash('sha256').update(request.body).digest('base64');
      const signedText = [request.method, new URL(request.url).pathname, date, digest].join('\n');
      const signature = createHmac('sha256', secret).update(signedText).digest('base64');
      request.setHeader('x-date', date);
      request.setHeader('authorization', `HMAC ${keyId}:${signature}`);
    },
  };
}

/** Creates an LLM for a gateway that requires signed requests. */
export function createHmacLLM(endpoint: string, keyId: string, secret: string): HttpLLM {
  return new HttpLLM({ endpoint, auth: hmac(keyId, secret) });
}
