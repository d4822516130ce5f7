// A function that gives the credential of an LLM must not wait for a call of that LLM. In all adapters, over real sockets.
import { generateKeyPairSync } from 'node:crypto';
import { ConfigurationError } from '@crew/core';
import { ApiKeyLLM } from '@crew/llm-apikey';
import type { HttpLLM } from '@crew/llm-http';
import { RenewingCredential } from '@crew/llm-http/adapter';
import { JwtLLM } from '@crew/llm-jwt';
import { MtlsLLM } from '@crew/llm-mtls';
import { OAuthLLM } from '@crew/llm-oauth';
import { SessionLLM } from '@crew/llm-session';
import { startEndpoint, text } from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';

/** Asks the LLM whose credential is wanted. */
type Ask = () => Promise<string>;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const oauth = { tokenEndpoint: 'http://127.0.0.1:9/token', clientId: 'crew' };

const makers: Readonly<Record<string, (endpoint: string, ask: Ask) => HttpLLM>> = {
  'an API key': (endpoint, ask) => new ApiKeyLLM({ endpoint, apiKey: () => ask() }),
  'a pool of API keys': (endpoint, ask) => new ApiKeyLLM({ endpoint, apiKey: [() => ask(), () => ask()] }),
  'a header that authenticates': (endpoint, ask) => new ApiKeyLLM({ endpoint, authHeaders: { 'x-key': () => ask() } }),
  'a key that is kept': (endpoint, ask) => {
    const key = new RenewingCredential<string>({
      obtain: async () => ({ value: await ask(), expiresAt: undefined }),
    });
    return new ApiKeyLLM({ endpoint, apiKey: ({ signal }) => key.get(signal) });
  },
  'a JWT': (endpoint, ask) => new JwtLLM({ endpoint, token: () => ask() }),
  'a JWT that a remote service signs': (endpoint, ask) =>
    new JwtLLM({
      endpoint,
      mint: { issuer: 'crew', audience: 'llm', algorithm: 'ES256', sign: async () => Buffer.from(await ask()) },
    }),
  'the claims of a JWT for each request': (endpoint, ask) =>
    new JwtLLM({
      endpoint,
      mint: { key: privateKey, issuer: 'crew', audience: 'llm', claims: async () => ({ said: await ask() }) },
    }),
  'the secret of an OAuth client': (endpoint, ask) => new OAuthLLM({ endpoint, ...oauth, clientSecret: () => ask() }),
  'a login': (endpoint, ask) =>
    new SessionLLM({ endpoint, username: 'ada', password: () => ask(), login: async () => ({}) }),
  "a login of one's own": (endpoint, ask) => new SessionLLM({ endpoint, login: async () => void (await ask()) }),
};

describe('the function that gives an LLM its credential', () => {
  it.each(Object.entries(makers))('gets a clear error when it uses that LLM: %s [X32]', async (_what, make) => {
    await using endpoint = await startEndpoint({ respond: () => text('Never.') });
    let calls = 0;
    const llm: HttpLLM = make(endpoint.url, () => {
      calls += 1;
      return llm.call('What is your key?');
    });
    await expect(llm.call('Hello')).rejects.toThrow('cannot use that LLM');
    await expect(collect(llm)).rejects.toThrow('cannot use that LLM');
    expect(calls).toBeLessThanOrEqual(4);
    expect(endpoint.requests).toEqual([]);
    await llm.close();
  });

  it('may use another LLM [X32]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('key') });
    const other = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: async () => 'first' });
    const llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: () => other.call('What is the key?') });
    expect(await llm.call('Hello')).toBe('key');
    expect(endpoint.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer first', 'Bearer key']);
    await Promise.all([llm.close(), other.close()]);
  });

  it('gets the error as well when another LLM stands between [X32]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('key') });
    const llm: HttpLLM = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: () => other.call('And yours?') });
    const other: HttpLLM = new JwtLLM({ endpoint: endpoint.url, opaque: true, token: () => llm.call('And yours?') });
    await expect(llm.call('Hello')).rejects.toThrow('cannot use that LLM');
    await expect(other.call('Hello')).rejects.toThrow('cannot use that LLM');
    await Promise.all([llm.close(), other.close()]);
  });

  it('may catch the error and give a key all the same [X32]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Yes.') });
    let error: unknown;
    const llm: HttpLLM = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: () =>
        llm.call('What is your key?').catch((thrown: unknown) => {
          error = thrown;
          return 'fallback';
        }),
    });
    expect(await llm.call('Hello')).toBe('Yes.');
    expect(ConfigurationError.isInstance(error)).toBe(true);
    await llm.close();
  });

  it('may leave work behind that uses the LLM later [X32]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Yes.') });
    const started = Promise.withResolvers<void>();
    let later: Promise<string> | undefined;
    const llm: HttpLLM = new ApiKeyLLM({
      endpoint: endpoint.url,
      apiKey: async () => {
        later ??= started.promise.then(() => llm.call('Later'));
        return 'key';
      },
    });
    await llm.call('Hello');
    started.resolve();
    expect(await later).toBe('Yes.');
    await llm.close();
  });

  it('gets the error from ready() too, and for a client certificate [X32]', async () => {
    const llm: HttpLLM = new MtlsLLM({
      endpoint: 'https://127.0.0.1:9/v1',
      load: async () => {
        await llm.call('What is your certificate?');
        return { cert: '', key: '' };
      },
    });
    await expect(llm.ready()).rejects.toThrow('cannot use that LLM');
    await expect(llm.call('Hello')).rejects.toThrow('cannot use that LLM');
    await llm.close();
  });
});

async function collect(llm: HttpLLM): Promise<void> {
  for await (const _part of llm.stream('Hello'));
}
