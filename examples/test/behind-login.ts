import { randomBytes } from 'node:crypto';
import { type Reply, simulatedModel, startEndpoint } from '@crew/test-endpoint';
import type { Setting } from './documentation-settings.ts';

const FORM = `<form method="post" action="/login"><input name="username"><input name="password" type="password"></form>`;

/** A gateway with a login form, for the README of @crew/llm-session. */
export async function behindLogin(): Promise<Setting> {
  const password = randomBytes(16).toString('base64url');
  const sid = randomBytes(16).toString('base64url');
  const answer = simulatedModel();
  const endpoint = await startEndpoint({
    path: '*',
    respond: request => {
      const { path, method, body, headers } = request;
      if (path === '/login' && method === 'GET') return page(FORM);
      if (path === '/login') {
        const filledIn = new URLSearchParams(body);
        if (filledIn.get('username') !== 'ada' || filledIn.get('password') !== password) return { status: 401 };
        return { status: 303, headers: { location: '/', 'set-cookie': `sid=${sid}; Path=/; HttpOnly` } };
      }
      if (path === '/') return page('<p>Welcome.</p>');
      return headers['cookie'] === `sid=${sid}` ? answer(request) : { status: 401 };
    },
  });
  return {
    replace: { 'https://gateway.example': endpoint.origin },
    environment: { LLM_USER: 'ada', LLM_PASSWORD: password },
    prints: /\S/,
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

function page(body: string): Reply {
  return { headers: { 'content-type': 'text/html' }, body };
}
