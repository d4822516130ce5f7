import { ConfigurationError, type CrewEvent } from '@crew/core';
import { createLeakHarness, type RecordedRequest, startEndpoint, status, text, withHeaders } from '@crew/test-endpoint';
import { describe, expect, it, vi } from 'vitest';
import { RenewingCredential, readSecret } from '../src/adapter.ts';
import { type Authenticator, chatCompletions, HttpLLM } from '../src/index.ts';

const once = { retry: { retries: 0 } };

describe('secrets in errors and events', () => {
  it('shows no secret in the request id of a successful response', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key');
    const auth: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-key', key) };
    const respond = () => withHeaders(text('Hello'), { 'x-request-id': `for ${key}` });
    await using endpoint = await startEndpoint({ respond });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const callbacks = [harness.onEvent];
    const generation = await llm.generate('Hello', { callbacks });
    harness.inspect('generation', generation);
    for await (const part of llm.stream('Hello', { callbacks })) harness.inspect('part', part);
    expect(generation.requestId).toBe('for [redacted]');
    harness.assertClean();
  });

  it("shows no secret in an error that quotes the endpoint's query, if the parameter has the name of a secret [T32]", async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key in the endpoint');
    const respond = ({ path }: RecordedRequest) => status(400, { body: `No such path: ${path}` });
    await using endpoint = await startEndpoint({ path: '*', respond });
    await using llm = new HttpLLM({ endpoint: `${endpoint.url}?region=eu&api-key=${key}` });
    const { error } = await harness.watch(() => llm.call('Hello', { callbacks: [harness.onEvent] }));
    expect(error).toMatchObject({ serverMessage: 'No such path: /?region=eu&api-key=[redacted]' });
    harness.assertClean();
  });

  it('shows no secret in the error of ready() when an authenticator fails after setting its credential', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key');
    const auth: Authenticator = {
      name: 'key',
      authenticate(request) {
        request.setHeader('x-key', key);
        throw new Error(`${key} is not good enough`);
      },
    };
    await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:9/', auth });
    const { error } = await harness.watch(() => llm.ready());
    expect(error).toMatchObject({ code: 'CREDENTIAL', message: expect.stringContaining('[redacted]') });
    harness.assertClean();
  });

  it('shows no secret in the error of a custom protocol that quotes the response', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key');
    const auth: Authenticator = { name: 'key', authenticate: request => request.setHeader('x-key', key) };
    const protocol = {
      ...chatCompletions(),
      decodeResponse(answer: string): never {
        throw Object.assign(new TypeError(`Cannot read ${answer}`), { answer });
      },
    };
    await using endpoint = await startEndpoint({
      respond: ({ headers }) => status(200, { body: `${headers['x-key']}` }),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth, protocol });
    const { error } = await harness.watch(() => llm.call('Hello', { callbacks: [harness.onEvent] }));
    expect(error).toMatchObject({ message: expect.stringContaining('Cannot read [redacted]') });
    harness.assertClean();
  });

  it('shows no secret of a source that quotes the refused value, in this call, its events or a later call', async () => {
    const harness = createLeakHarness();
    const [first, second] = [harness.sentinel('renewed value'), harness.sentinel('secret that is read')];
    const credential = new RenewingCredential<string>({
      obtain: async ({ refused }) => {
        if (refused !== undefined) throw new Error(`the vault revoked ${refused}`);
        return { value: first, expiresAt: Date.now() + 600_000 };
      },
    });
    let toldRefused: string | undefined;
    const source = ({ refused }: { readonly refused?: string | undefined }): string => {
      if (refused !== undefined) throw new Error(`the vault revoked ${refused}`);
      return second;
    };
    const renewing: Authenticator = {
      name: 'renewing',
      authenticate: async (request, context) =>
        request.setHeader('x-first', await credential.get(context.signal, context.emit)),
      onRefusal: () => {
        credential.refused(first);
        return 'renewed';
      },
    };
    const reading: Authenticator = {
      name: 'reading',
      async authenticate(request, { signal }) {
        request.setHeader('x-second', await readSecret(source, 'key', { signal, refused: toldRefused }));
      },
      onRefusal: () => {
        toldRefused = second;
        return 'renewed';
      },
    };
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    for (const auth of [renewing, reading]) {
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth, ...once });
      llm.on('credential', harness.onEvent);
      for (const label of ['the call', 'the call after it']) {
        const { error } = await harness.watch(() => llm.call('Hello', { callbacks: [harness.onEvent] }), label);
        expect(error).toMatchObject({ code: 'CREDENTIAL', message: expect.stringContaining('revoked [redacted]') });
      }
    }
    harness.assertClean();
  });

  it('shows no secret in an event of an authenticator', async () => {
    const harness = createLeakHarness();
    const key = harness.sentinel('key');
    const auth: Authenticator = {
      name: 'key',
      authenticate(request, context) {
        request.setHeader('x-key', key);
        const error = { name: 'CredentialError', code: 'CREDENTIAL', message: `${key} expires soon` };
        context.emit({ type: 'credential', action: 'failed', authenticator: 'key', at: 0, error });
      },
    };
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const events: CrewEvent[] = [];
    await llm.call('Hello', { callbacks: [harness.onEvent, event => events.push(event)] });
    expect(events).toContainEqual(
      expect.objectContaining({ error: expect.objectContaining({ message: '[redacted] expires soon' }) }),
    );
    harness.assertClean();
  });

  it.each(['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'])(
    'shows no secret of an invalid proxy in %s',
    async name => {
      const harness = createLeakHarness();
      const password = harness.sentinel('proxy password');
      for (const proxy of [
        `http://crew:${password}@127.0.0.1:99999`,
        `http://cr%ew:${password}@h`,
        `socks://:${password}@h`,
      ]) {
        vi.stubEnv(name, proxy);
        const { error } = await harness.watch(
          () => new HttpLLM({ endpoint: 'https://llm.example/', proxy: 'environment' }),
        );
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(error).toMatchObject({ message: expect.stringContaining(name) });
      }
      harness.assertClean();
    },
  );
});
