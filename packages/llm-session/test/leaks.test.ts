import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, ConnectionError, CredentialError } from '@crew/core';
import { createLeakHarness, json, type Reply, startEndpoint, status, text } from '@crew/llm-testkit';
import { expect, it } from 'vitest';
import { fileSessionStore, jsonLogin, type Login, SessionLLM } from '../src/index.ts';

/** Returns a reply that quotes the request. */
const echo = (code: number) => (request: { readonly body: string; readonly headers: object }) =>
  ({
    status: code,
    json: { error: { message: `${request.body} ${JSON.stringify(request.headers)}` } },
  }) satisfies Reply;

const says = (message: string) => () => ({ status: 400, json: { error: { message } } }) satisfies Reply;

it('no failing login or call reveals the password, the code, the cookie or the CSRF token [T26, T27]', async () => {
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
    ['the login response is not JSON', jsonLogin({ url: '/login' }), [() => status(400)]],
    ['a custom login quotes a secret', ownError, [echo(200)]],
    ['the call is refused', jsonLogin({ url: '/login' }), [() => accepts, echo(403), () => accepts, echo(403)]],
    ['the call fails', jsonLogin({ url: '/login' }), [() => accepts, echo(400)]],
    ['the call fails for the cookie', jsonLogin({ url: '/login' }), [() => accepts, says(`No session ${sid}.`)]],
    ['the call fails for the token', jsonLogin({ url: '/login' }), [() => accepts, says(`No form ${csrf}.`)]],
    ['the response is broken', jsonLogin({ url: '/login' }), [() => accepts, () => json({ echo: 'nothing' })]],
    ['everything succeeds', jsonLogin({ url: '/login' }), [() => accepts, () => text('hello')]],
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
    llm.on('credential', harness.onEvent);
    const outcome = await harness.watch(() => llm.call('hi', { callbacks: [harness.onEvent] }), label);
    expect('value' in outcome, label).toBe(label === 'everything succeeds');
    harness.inspect(`${label}: the LLM`, llm);
    harness.inspect(`${label}: its login`, login);
  }
  harness.assertClean();
});

it('an error of a custom login reveals no password, code or cookie, wherever it contains them [T27]', async () => {
  const harness = createLeakHarness();
  const password = harness.sentinel('password');
  const code = harness.sentinel('one-time code');
  const sid = harness.sentinel('session cookie');
  const plain = (): Error => Object.assign(new Error('401'), { config: { data: JSON.stringify({ password }) } });
  const failed = (cause?: unknown): CredentialError => new CredentialError('No.', { terminal: true, cause });
  const errors: readonly (readonly [string, () => unknown])[] = [
    ['the code in the message', () => new Error(`The code was ${code}.`)],
    ['the cookie in the message', () => new Error(`The cookie was ${sid}.`)],
    ['the password in the message of a cause', () => failed(new Error(`It was ${password}.`))],
    ['the password in a property of a cause', () => failed(plain())],
    ['the password in a cause of a cause', () => failed(new Error('It failed.', { cause: plain() }))],
    ['the password in a cause that is not an error', () => failed({ request: { body: password } })],
    ['the password in one of many causes', () => failed(new AggregateError([plain()], 'It failed.'))],
    ['the password in a property of a CrewError', () => Object.assign(failed(), { request: { body: [password] } })],
    ['the password in a property of a CrewError that is a cause', () => failed(Object.assign(failed(), plain()))],
    [
      'the password in the cause of a CrewError that is a cause',
      () => failed(new ConnectionError('', { cause: plain() })),
    ],
    ['the password in a frozen error', () => Object.freeze(failed(plain()))],
    ['the password in a configuration error', () => new ConfigurationError('No.', { cause: plain() })],
  ];
  for (const [label, error] of errors) {
    await using endpoint = await startEndpoint({
      path: '*',
      respond: () => ({ headers: { 'set-cookie': `sid=${sid}; Path=/` } }),
    });
    const login: Login = async ({ fetch, otp }) => {
      await fetch('/login');
      await otp?.();
      throw error();
    };
    const options = { login, username: 'ada', password, otp: async () => code, retry: { retries: 0 } };
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...options });
    llm.on('credential', harness.onEvent);
    const outcome = await harness.watch(() => llm.call('hi', { callbacks: [harness.onEvent] }), label);
    expect('error' in outcome, label).toBe(true);
    // Later calls get the cached error.
    await harness.watch(() => llm.call('hi'), `${label}, again`);
  }
  harness.assertClean();
});

it('an error of a custom login keeps its class and message, and the code and stack of its causes', async () => {
  const login: Login = async () => {
    const cause = Object.assign(new Error('away', { cause: new Error('far away') }), { code: 'EAWAY', request: {} });
    throw new CredentialError('The directory is down.', { retryAfter: 7, cause });
  };
  await using endpoint = await startEndpoint({ path: '*' });
  await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, login, password: 'a password' });
  const thrown = await llm.call('hi').catch(error => error);
  expect(thrown).toMatchObject({ name: 'CredentialError', message: 'The directory is down.', retryAfter: 7 });
  expect(thrown.cause).toMatchObject({ name: 'Error', message: 'away', code: 'EAWAY' });
  expect(thrown.cause.stack).toContain('leaks.test.ts');
  expect(thrown.cause).not.toHaveProperty('request');
});

it('a store contains the session, but not the password', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crew-session-'));
  try {
    const harness = createLeakHarness();
    const password = harness.sentinel('password');
    const replies = [{ headers: { 'set-cookie': 'sid=0123456789; Path=/' } }, text('hello')];
    await using endpoint = await startEndpoint({ path: '*', replies });
    const store = fileSessionStore(join(folder, 'session.json'));
    const options = { login: jsonLogin({ url: '/login' }), username: 'ada', password, store };
    await using llm = new SessionLLM({ endpoint: `${endpoint.origin}/chat`, ...options });
    await llm.call('hi');
    await llm.close();
    await harness.inspectFiles(folder);
    harness.assertClean();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
