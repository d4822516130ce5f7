// A function that returns the credential of an LLM must not call that LLM, because each would wait for the other. The tests
// cover all adapters.
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

/** A function that calls the LLM whose credential is being obtained. */
type OwnCall = () => Promise<string>;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const oauth = { tokenEndpoint: 'http://127.0.0.1:9/token', clientId: 'crew' };

const factories: Readonly<Record<string, (endpoint: string, callOwn: OwnCall) => HttpLLM>> = {
  'an API key': (endpoint, callOwn) => new ApiKeyLLM({ endpoint, apiKey: () => callOwn() }),
  'a pool of API keys': (endpoint, callOwn) => new ApiKeyLLM({ endpoint, apiKey: [() => callOwn(), () => callOwn()] }),
  'an authentication header': (endpoint, callOwn) =>
    new ApiKeyLLM({ endpoint, authHeaders: { 'x-key': () => callOwn() } }),
  'a cached API key': (endpoint, callOwn) => {
    const key = new RenewingCredential<string>({
      obtain: async () => ({ value: await callOwn(), expiresAt: undefined }),
    });
    return new ApiKeyLLM({ endpoint, apiKey: ({ signal }) => key.get(signal) });
  },
  'a JWT': (endpoint, callOwn) => new JwtLLM({ endpoint, token: () => callOwn() }),
  'a JWT signed by a remote service': (endpoint, callOwn) =>
    new JwtLLM({
      endpoint,
      mint: { issuer: 'crew', audience: 'llm', algorithm: 'ES256', sign: async () => Buffer.from(await callOwn()) },
    }),
  'the claims of a JWT': (endpoint, callOwn) =>
    new JwtLLM({
      endpoint,
      mint: { key: privateKey, issuer: 'crew', audience: 'llm', claims: async () => ({ answer: await callOwn() }) },
    }),
  'the secret of an OAuth client': (endpoint, callOwn) =>
    new OAuthLLM({ endpoint, ...oauth, clientSecret: () => callOwn() }),
  'a login': (endpoint, callOwn) =>
    new SessionLLM({ endpoint, username: 'ada', password: () => callOwn(), login: async () => ({}) }),
  'a custom login': (endpoint, callOwn) => new SessionLLM({ endpoint, login: async () => void (await callOwn()) }),
};

describe('credential functions', () => {
  it.each(Object.entries(factories))(
    'a credential function that calls its own LLM gets a ConfigurationError: %s [X32]',
    async (_credential, createLLM) => {
      await using endpoint = await startEndpoint({ respond: () => text('Never.') });
      let calls = 0;
      const llm: HttpLLM = createLLM(endpoint.url, () => {
        calls += 1;
        return llm.call('What is your key?');
      });
      await expect(llm.call('Hello')).rejects.toThrow('cannot use that LLM');
      await expect(collect(llm)).rejects.toThrow('cannot use that LLM');
      expect(calls).toBeLessThanOrEqual(4);
      expect(endpoint.requests).toEqual([]);
      await llm.close();
    },
  );

  it('a credential function may call another LLM [X32]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('key') });
    const other = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: async () => 'first' });
    const llm = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: () => other.call('What is the key?') });
    expect(await llm.call('Hello')).toBe('key');
    expect(endpoint.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer first', 'Bearer key']);
    await Promise.all([llm.close(), other.close()]);
  });

  it('a credential function that calls its own LLM through another one gets the same error [X32]', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('key') });
    const llm: HttpLLM = new ApiKeyLLM({ endpoint: endpoint.url, apiKey: () => other.call('And yours?') });
    const other: HttpLLM = new JwtLLM({ endpoint: endpoint.url, opaque: true, token: () => llm.call('And yours?') });
    await expect(llm.call('Hello')).rejects.toThrow('cannot use that LLM');
    await expect(other.call('Hello')).rejects.toThrow('cannot use that LLM');
    await Promise.all([llm.close(), other.close()]);
  });

  it('a credential function may catch that error and return a key [X32]', async () => {
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

  it('a credential function may start work that calls its LLM later [X32]', async () => {
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

  it('ready() and call() report a client certificate function that calls its own LLM [X32]', async () => {
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
