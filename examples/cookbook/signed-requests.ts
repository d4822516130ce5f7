import { createHash, createHmac } from 'node:crypto';
import { type Authenticator, HttpLLM } from '@crew/llm-http';

/** Signs each attempt: a method, a name, and that is all. */
export function signed(keyId: string, secret: string): Authenticator {
  return {
    name: 'signed',
    authenticate(request) {
      const date = new Date().toISOString();
      const digest = createHash('sha256').update(request.body).digest('base64');
      const text = [request.method, new URL(request.url).pathname, date, digest].join('\n');
      request.setHeader('x-date', date);
      request.setHeader('authorization', `HMAC ${keyId}:${createHmac('sha256', secret).update(text).digest('base64')}`);
    },
  };
}

export function signedLLM(endpoint: string, keyId: string, secret: string): HttpLLM {
  return new HttpLLM({ endpoint, auth: signed(keyId, secret) });
}
