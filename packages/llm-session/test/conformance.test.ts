import { json, type RecordedRequest, status } from '@crew/llm-testkit';
import { describeAdapter } from '@crew/llm-testkit/vitest';
import { jsonLogin, SessionLLM } from '../src/index.ts';

describeAdapter({
  name: 'SessionLLM with a JSON login',
  create: ({ endpoint, ca, clock, issuer, secret }) => {
    const password = secret('password');
    return {
      llm: new SessionLLM({
        endpoint,
        ca,
        clock,
        login: jsonLogin({ url: '/login' }),
        username: 'ada',
        password,
      }),
      credential: request => issuer.check(cookie(request, 'session')),
      routes: {
        '/login': async request => {
          if (Reflect.get(Object(request.json), 'password') !== password) return status(401);
          try {
            const value = await issuer.issue();
            return { ...json({ ok: true }), headers: { 'set-cookie': `session=${value}; HttpOnly; Path=/` } };
          } catch {
            return status(503);
          }
        },
      },
    };
  },
});

function cookie({ headers }: RecordedRequest, name: string): string | undefined {
  return new RegExp(`(?:^|; )${name}=([^;]*)`).exec(headers['cookie'] ?? '')?.[1];
}
