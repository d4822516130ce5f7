import { createLeakHarness, type RecordedRequest, runFailingScenarios, startProxy } from '@crew/test-endpoint';
import { describe, expect, it, vi } from 'vitest';
import { type Authenticator, HttpLLM, type HttpLLMOptions } from '../src/index.ts';

describe('failing calls', () => {
  it('shows no secret of an authenticator, of headers or of the endpoint [T27, T28, T33, T34]', async () => {
    const harness = createLeakHarness();
    const header = harness.sentinel('header');
    const query = harness.sentinel('query parameter');
    const password = harness.sentinel('basic password');
    const own = harness.sentinel('header of the user');
    const inUrl = harness.sentinel('parameter of the endpoint');
    const auth: Authenticator = {
      name: 'planted',
      authenticate(request) {
        request.setHeader('x-token', header);
        request.setHeader('authorization', `Basic ${Buffer.from(`crew:${password}`).toString('base64')}`);
        request.setQuery('key', query);
      },
      // A new credential that is refused again.
      onRefusal: () => 'renewed',
    };
    const hasCredentials = ({ headers, path }: RecordedRequest): boolean =>
      headers['x-token'] === header && headers['x-api-key'] === own && path.includes(query) && path.includes(inUrl);
    await runFailingScenarios(harness, setting => {
      const llm = new HttpLLM({
        ...setting,
        endpoint: `${setting.endpoint}?access_token=${inUrl}`,
        retry: { retries: 1, baseDelay: 0 },
        auth,
        headers: { 'x-api-key': own },
      });
      llm.on('credential', harness.onEvent);
      return {
        calls: {
          call: ({ signal, onEvent }) => llm.call('Hello', { signal, callbacks: [onEvent] }),
          async stream({ signal, onEvent }) {
            for await (const _part of llm.stream('Hello', { signal, callbacks: [onEvent] }));
          },
        },
        objects: [llm],
        hasCredentials,
        async close() {
          await llm.close();
          harness.inspect('a call after close', await llm.call('Hello').catch((error: unknown) => error));
        },
      };
    });
    harness.assertClean();
  });

  it('shows no password of a proxy that refuses, breaks off or is unreachable', async () => {
    const harness = createLeakHarness();
    const password = harness.sentinel('proxy password');
    const withPassword = (url: string): string => url.replace('://', `://crew:${password}@`);
    const wanted = { username: 'crew', password: 'another' };
    for (const [label, options] of Object.entries({
      'another password': { auth: wanted },
      forbidden: { refuse: 403 },
      broken: { refuse: 502 },
      'its certificate is not trusted': { tls: true },
      'the target is away': { hosts: { 'llm.example:443': '127.0.0.1:1' } },
    })) {
      await using proxy = await startProxy(options);
      const given = withPassword(proxy.url);
      vi.stubEnv('HTTPS_PROXY', given);
      const ways: readonly HttpLLMOptions['proxy'][] = [
        given,
        new URL(given),
        { url: proxy.url, username: 'crew', password },
        { url: proxy.url, authorization: `Custom ${password}` },
        'environment',
      ];
      for (const way of ways) {
        const endpoint = 'https://llm.example/v1/chat/completions';
        await using llm = new HttpLLM({ endpoint, proxy: way, retry: { retries: 1, baseDelay: 0 } });
        const { error } = await harness.watch(() => llm.call('Hello', { callbacks: [harness.onEvent] }), label);
        expect(error, label).toMatchObject({ code: 'CONNECTION' });
        harness.inspect('the LLM', llm);
      }
    }
    harness.assertClean();
  });

  it('shows no secret of an option that is rejected at construction', async () => {
    const harness = createLeakHarness();
    const secret = harness.sentinel('secret');
    const wrong: Partial<HttpLLMOptions>[] = [
      { endpoint: `https://crew:${secret}@llm.example/` },
      { endpoint: `https://llm.example/#${secret}` },
      { endpoint: `not a URL ${secret}` },
      { endpoint: `ftp://llm.example/?key=${secret}` },
      { endpoint: `http://llm.example/?key=${secret}` },
      { headers: { authorization: `Bearer ${secret}` } },
      { headers: { cookie: secret } },
      { headers: { 'x-api-key': `${secret}\r\nx-evil: 1` } },
      { headers: { 'x-api-key': `${secret}\u0000` } },
      { headers: { 'x-api-key': ` ${secret}` } },
      { headers: { [`x ${secret}`]: 'value' } },
      { proxy: `http://crew:${secret}@127.0.0.1:99999` },
      { proxy: `http://cr%ew:${secret}@127.0.0.1` },
      { proxy: `socks5://crew:${secret}@127.0.0.1` },
      { proxy: { url: 'http://127.0.0.1', authorization: `${secret}\n` } },
      { proxy: { url: 'http://127.0.0.1', username: 'a:b', password: secret } },
      { proxy: { url: 'http://127.0.0.1', password: secret, authorization: secret } },
      { ca: `-----BEGIN CERTIFICATE-----\n${secret}\n-----END CERTIFICATE-----\n` },
    ];
    for (const options of wrong) {
      const make = (): HttpLLM => new HttpLLM({ endpoint: 'https://llm.example/', ...options });
      const { error } = await harness.watch(make, Object.keys(options).join());
      expect(error, JSON.stringify(options)).toMatchObject({ code: 'CONFIGURATION' });
    }
    harness.assertClean();
  });
});
