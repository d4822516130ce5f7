import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLeakHarness, json, type Reply, startEndpoint, status, text } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { fileStore, jsonLogin, type Login, SessionLLM } from '../src/index.ts';

/** A server that quotes whatever it was sent. */
const echo = (code: number) => (request: { readonly body: string; readonly headers: object }) =>
  ({
    status: code,
    json: { error: { message: `${request.body} ${JSON.stringify(request.headers)}` } },
  }) satisfies Reply;

it('no failing login or call shows the password, the code, the cookie or the CSRF token (3.3, threats 26 and 27)', async () => {
  const harness = createLeakHarness();
  const password = harness.sentinel('password');
  const code = harness.sentinel('one-time code');
  const sid = harness.sentinel('session cookie');
  const csrf = harness.sentinel('CSRF token');
  const accepts: Reply = {
    headers: { 'set-cookie': `sid=${sid}; Path=/`, 'x-csrf-token': csrf },
    json: { ok: true },
  };
  const ownError: Login = async context => {
    const response = await context.fetch('/login', {
      method: 'POST',
      body: `${context.password} ${await context.otp?.()}`,
    });
    throw Object.assign(new Error(`Login failed: ${await response.text()}`, { cause: context }), { config: context });
  };
  const scenarios: readonly (readonly [string, Login, readonly ((request: never) => Reply)[]])[] = [
    ['the login is refused', jsonLogin({ url: '/login' }), [echo(401)]],
    ['the login fails', jsonLogin({ url: '/login' }), [echo(500)]],
    ['the login is no JSON', jsonLogin({ url: '/login' }), [() => status(400)]],
    ['a login of one’s own quotes', ownError, [echo(200)]],
    ['the call is refused', jsonLogin({ url: '/login' }), [() => accepts, echo(403), () => accepts, echo(403)]],
    ['the call fails', jsonLogin({ url: '/login' }), [() => accepts, echo(400)]],
    ['the answer is broken', jsonLogin({ url: '/login' }), [() => accepts, () => json({ echo: 'nothing' })]],
    ['all is well', jsonLogin({ url: '/login' }), [() => accepts, () => text('hello')]],
  ];
  for (const [label, login, replies] of scenarios) {
    const rest = [...replies];
    await using endpoint = await startEndpoint({
      path: '*',
      respond: request => Reflect.apply(rest.shift() ?? echo(500), undefined, [request]),
    });
    const options = { login, username: 'ada', password, otp: async () => code, retry: { retries: 0 } };
    await using llm = new SessionLLM({
      endpoint: `${endpoint.origin}/chat`,
      ...options,
      csrf: { from: { header: 'x-csrf-token' } },
    });
    llm.on('credential', harness.events);
    const outcome = await harness.watch(() => llm.call('hi', { callbacks: [harness.events] }), label);
    expect('value' in outcome, label).toBe(label === 'all is well');
    harness.inspect(`${label}: the LLM`, llm);
    harness.inspect(`${label}: its login`, login);
  }
  harness.assertClean();
});

it('a store holds the session, and not the password', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crew-session-'));
  try {
    const harness = createLeakHarness();
    const password = harness.sentinel('password');
    const replies = [{ headers: { 'set-cookie': 'sid=0123456789; Path=/' } }, text('hello')];
    await using endpoint = await startEndpoint({ path: '*', replies });
    const store = fileStore(join(folder, 'session.json'));
    const options = { login: jsonLogin({ url: '/login' }), username: 'ada', password, store };
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...options });
    await llm.call('hi');
    await llm.close();
    await harness.files(folder);
    harness.assertClean();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
