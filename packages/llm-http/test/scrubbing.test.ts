import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { ResponseError } from '@crew/core';
import {
  createLeakHarness,
  html,
  json,
  noDone,
  type RecordedRequest,
  type Reply,
  sse,
  startEndpoint,
  status,
  text,
} from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM } from '../src/index.ts';

/** Encodings in which a server may repeat a credential (threat 34). */
const ECHOES: readonly [string, (sent: string) => string][] = [
  ['plain', sent => sent],
  ['in base64', sent => Buffer.from(sent).toString('base64')],
  ['in base64 inside a longer text', sent => Buffer.from(`x${sent}yy`).toString('base64')],
  ['in base64url', sent => Buffer.from(`xy${sent}`).toString('base64url')],
  ['percent-encoded', sent => encodeURIComponent(sent)],
  ['form-encoded', sent => new URLSearchParams({ sent }).toString()],
  ['percent-encoded but for slashes', sent => encodeURIComponent(sent).replaceAll('%2F', '/')],
  ['in JSON with escaped slashes', sent => JSON.stringify(sent).replaceAll('/', '\\/')],
  ['in hex', sent => Buffer.from(sent).toString('hex')],
  ['in upper-case hex', sent => Buffer.from(sent).toString('hex').toUpperCase()],
  ['in JSON', sent => JSON.stringify({ sent })],
];

const ANSWERS: readonly [string, (echo: string) => Reply][] = [
  ['a 401', echo => status(401, { body: { error: { message: `Bad key ${echo}`, code: echo } } })],
  ['a 500 in plain text', echo => status(500, { body: echo })],
  ['a long 400', echo => status(400, { body: { error: { message: 'x'.repeat(990) + echo } } })],
  ['a request id', echo => status(400, { headers: { 'x-request-id': echo.slice(0, 200) } })],
  ['a 200 that is no completion', echo => status(200, { body: 'y'.repeat(180) + echo })],
  ['an error in a 200', echo => status(200, { body: { error: { message: echo } } })],
  ['an event that is an error', echo => sse([{ error: { message: echo } }])],
  ['an event that is no JSON', echo => sse(`data: {"${echo}\n\n`)],
  ['a redirect', echo => status(302, { headers: { location: `http://127.0.0.1:1/?k=${encodeURIComponent(echo)}` } })],
];

describe('scrubbing', () => {
  it.each([8, 16, 30, 39])('leaves no first %i characters of a secret in an error of the server [X9]', async kept => {
    const key = `sk-${randomUUID()}`;
    const auth: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-key', key) };
    // The limits of code and parameter, of the text in the message, and of `serverMessage`.
    for (const limit of [100, 300, 1_000]) {
      const echo = `${'x '.repeat(limit).slice(0, limit - kept)}${key} more`;
      const error = { message: echo, code: echo, type: echo, param: echo };
      const event = `data: ${JSON.stringify({ error })}\n\n`;
      const replies = [
        json({ error }, { status: 400 }),
        json({ error }),
        json({ choices: [{ message: { content: 'Half' }, finish_reason: 'error', error }] }),
        { headers: { 'content-type': 'text/event-stream' }, body: event },
      ];
      for (const reply of replies) {
        await using endpoint = await startEndpoint({ respond: () => reply });
        await using llm = new HttpLLM({ endpoint: endpoint.url, auth, retry: { retries: 0 } });
        const thrown = await llm.call('Hello').catch((failed: unknown) => failed);
        expect(thrown).toBeInstanceOf(ResponseError);
        expect(inspect(thrown) + JSON.stringify(thrown)).not.toContain(key.slice(0, 8));
      }
    }
  });

  it.each(ECHOES)(
    'removes a secret that the server repeats %s from errors, events and output [T34]',
    async (_form, echo) => {
      const harness = createLeakHarness();
      const key = harness.plant('key', `sk-"planted"+/\\${randomUUID()}`);
      const auth: Authenticator = {
        name: 'echoed',
        authenticate: request => request.setHeader('authorization', `Bearer ${key}`),
      };
      for (const [answer, reply] of ANSWERS) {
        await using endpoint = await startEndpoint({
          respond: ({ headers }) => reply(echo(headers['authorization'] ?? '')),
        });
        await using llm = new HttpLLM({ endpoint: endpoint.url, auth, retry: { retries: 1, baseDelay: 1 } });
        const callbacks = [harness.onEvent];
        const called = await harness.watch(() => llm.call('Hello', { callbacks }), answer);
        const streamed = await harness.watch(async () => {
          for await (const _part of llm.stream('Hello', { callbacks }));
        }, `${answer}, streamed`);
        expect([called.error, streamed.error].some(error => error !== undefined)).toBe(true);
        harness.inspect('the LLM', llm);
      }
      harness.assertClean();
    },
  );

  it('removes a secret with several consecutive spaces from excerpts, which have one', async () => {
    const auth: Authenticator = {
      name: 'key',
      authenticate: request => request.setHeader('x-key', 'alpha  bravo  charlie'),
    };
    await using endpoint = await startEndpoint({
      respond: ({ headers }) => html(`You sent ${headers['x-key']}`, { status: 200 }),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    await expect(llm.call('Hello')).rejects.not.toThrow(/alpha\s+bravo/);
  });

  it('removes a secret that a response repeats as its id or model from events and the turn', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key');
    const auth: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-key', key) };
    await using endpoint = await startEndpoint({
      respond: () => text('Hello', { id: `req-${key}`, model: `m-${key}` }),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    harness.inspect('turn', await llm.generate('Hello', { callbacks: [harness.onEvent] }));
    for await (const part of llm.stream('Hello', { callbacks: [harness.onEvent] })) harness.inspect('part', part);
    harness.assertClean();
  });

  it('removes a secret in the partial text of a broken stream from the error', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key');
    const auth: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-key', key) };
    await using endpoint = await startEndpoint({ replies: [noDone(text(`${key} `, { finishReason: null }))] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const { error } = await harness.watch(async () => {
      for await (const _part of llm.stream('Hello'));
    });
    expect(error).toMatchObject({ code: 'CONNECTION', partialText: '[redacted] ' });
    harness.assertClean();
  });

  it('removes secrets in the query, in a basic credential and of addSecret()', async () => {
    const harness = createLeakHarness();
    const [query, password, named] = [
      harness.sentinel('query'),
      harness.sentinel('password'),
      harness.sentinel('named'),
    ];
    const auth: Authenticator = {
      name: 'several',
      authenticate(request) {
        request.setQuery('key', query);
        request.setHeader('authorization', `Basic ${Buffer.from(`user:${password}`).toString('base64')}`);
        request.addSecret(named);
      },
    };
    const body = `${query} user:${password} ${named}`;
    await using endpoint = await startEndpoint({ path: '*', respond: () => status(400, { body }) });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const { error } = await harness.watch(() => llm.call('Hello'));
    expect(inspect(error)).toContain('[redacted]');
    harness.assertClean();
  });

  it("removes a user's header whose name suggests a secret, and keeps other headers", async () => {
    const harness = createLeakHarness();
    const headers = { 'x-api-key': harness.sentinel('api key'), 'x-region': 'europe' };
    const respond = (request: RecordedRequest): Reply =>
      status(400, { body: `${request.headers['x-api-key']} in ${request.headers['x-region']}` });
    await using endpoint = await startEndpoint({ respond });
    await using llm = new HttpLLM({ endpoint: endpoint.url, headers });
    const { error } = await harness.watch(() => llm.call('Hello'));
    expect(error).toMatchObject({ serverMessage: '[redacted] in europe' });
    harness.assertClean();
  });
});
