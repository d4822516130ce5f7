import { detectPrototypePollution, json, startEndpoint, text } from '@crew/llm-testkit';
import { describe, expect, it } from 'vitest';
import { formLogin, jsonLogin, SessionLLM, session, totp } from '../src/index.ts';
import { OPTION_NAMES } from '../src/session-options.ts';

const LOGIN = ['url', 'page', 'usernameField', 'passwordField', 'otpField', 'otpUrl', 'fields', 'outcome'];
const OTHERS = ['from', 'digits', 'period', 'algorithm', 'cookie', 'header', 'json', 'field'];

describe('the options of a session', () => {
  it('options are never read from Object.prototype [X27]', async () => {
    const account = { username: 'ada', password: 'correct horse' };
    const form = '<form method="post" action="/in"><input name="user"><input type="password" name="pass"></form>';
    await using endpoint = await startEndpoint({
      path: '*',
      respond: ({ method, path }) => {
        if (method === 'GET') return { headers: { 'content-type': 'text/html' }, body: form };
        if (path.startsWith('/v1')) return text('Hello');
        return { ...json({ ok: true }), headers: { 'set-cookie': 'sid=1; Path=/', 'x-csrf-token': 'abc' } };
      },
    });
    const reads = await detectPrototypePollution(
      [...OPTION_NAMES, ...LOGIN, ...OTHERS],
      '/llm-session/src/',
      async () => {
        for (const options of [
          { ...account, login: jsonLogin({ url: '/in' }), csrf: { from: { header: 'x-csrf-token' } } },
          { ...account, login: formLogin({ page: '/page' }), otp: totp('JBSWY3DPEHPK3PXP') },
        ]) {
          session(options);
          await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/v1`, ...options });
          expect(await llm.call('Hello')).toBe('Hello');
        }
      },
    );
    expect(reads).toEqual([]);
  });
});
