import { getEventListeners } from 'node:events';
import { AbortError, AuthenticationError, ConnectionError, CredentialError } from '@crew/core';
import { errorBody, manualClock, startEndpoint, startProxy, status, text, trackResources } from '@crew/test-endpoint';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  type AuthHost,
  type ObtainedCredential,
  type RefusalResult,
  RenewingCredential,
  RenewingCredentials,
} from '../src/adapter.ts';
import { type Authenticator, HttpLLM } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const forever = new AbortController().signal;
const none = { name: 'none', authenticate: () => undefined } satisfies Authenticator;

/** Lets what is already settled take effect. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

describe('repeated refusals', () => {
  it.each<[RefusalResult, number]>([
    ['renewed', 2],
    ['challenged', 2],
    [false, 1],
  ])('sends the request again once when the authenticator always returns %s', async (answer, sent) => {
    // A server that would give in: a client which goes on succeeds at last, instead of running into a time limit.
    await using endpoint = await startEndpoint({
      respond: () => (endpoint.requests.length < 6 ? errorBody(401, { message: 'No.' }) : text('Hello')),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: { ...none, onRefusal: () => answer } });
    await expect(llm.call('Hello')).rejects.toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(sent);
  });

  it('sends the request again once for each kind of result, even if they alternate', async () => {
    await using endpoint = await startEndpoint({
      respond: () => (endpoint.requests.length < 8 ? errorBody(401, { message: 'No.' }) : text('Hello')),
    });
    let asked = 0;
    const refused = (): RefusalResult => (asked++ % 2 === 0 ? 'challenged' : 'renewed');
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: { ...none, onRefusal: refused } });
    await expect(llm.call('Hello')).rejects.toBeInstanceOf(AuthenticationError);
    expect(endpoint.requests).toHaveLength(3);
  });
});

describe('a renewal that ends too late', () => {
  /** A credential whose first renewal ends when the test decides, whatever its signal does. */
  function slowFirst() {
    const clock = manualClock();
    const first = Promise.withResolvers<ObtainedCredential<string>>();
    let asked = 0;
    const obtain = async (): Promise<ObtainedCredential<string>> => {
      asked += 1;
      return asked === 1 ? first.promise : { value: `token-${asked}`, expiresAt: undefined };
    };
    const credential = new RenewingCredential({ obtain, clock, deadline: 5_000 });
    return { clock, credential, first, asked: () => asked };
  }
  type Late = ReturnType<typeof slowFirst>;

  const waysToEnd: readonly [string, (late: Late) => Promise<void>][] = [
    [
      'its callers left',
      async ({ credential }) => {
        const caller = new AbortController();
        const left = expect(credential.get(caller.signal)).rejects.toBeInstanceOf(AbortError);
        caller.abort();
        await left;
      },
    ],
    [
      'its deadline passed',
      async ({ credential, clock }) => {
        const late = expect(credential.get(forever)).rejects.toBeInstanceOf(CredentialError);
        await clock.advance(5_000);
        await late;
        // The pause after the failure.
        await clock.advance(60_000);
      },
    ],
    [
      'it was closed',
      async ({ credential }) => {
        const closed = expect(credential.get(forever)).rejects.toBeInstanceOf(AbortError);
        credential.close();
        await closed;
      },
    ],
  ];

  it.each(waysToEnd)('does not replace a newer credential when %s', async (_how, end) => {
    const late = slowFirst();
    await end(late);
    expect(await late.credential.get(forever)).toBe('token-2');
    late.first.resolve({ value: 'token-1', expiresAt: undefined });
    await settled();
    expect(late.credential.fresh()).toBe('token-2');
    expect(late.asked()).toBe(2);
  });

  it.each(waysToEnd)('does not end the current renewal when %s', async (_how, end) => {
    const late = slowFirst();
    await end(late);
    const newer = late.credential.get(forever);
    late.first.resolve({ value: 'token-1', expiresAt: undefined });
    expect(await newer).toBe('token-2');
    expect(late.credential.fresh()).toBe('token-2');
  });

  it.each(waysToEnd)('starts no delay when it fails and %s', async (_how, end) => {
    const late = slowFirst();
    await end(late);
    await late.credential.get(forever);
    late.first.reject(new CredentialError('Too late.', { terminal: true }));
    await settled();
    late.credential.refused('token-2');
    expect(await late.credential.get(forever)).toBe('token-3');
  });
});

describe('the delay after a failed renewal', () => {
  it.each([3_601, 86_400, 1e12, Number.POSITIVE_INFINITY])(
    'limits the delay to one hour when the source asks for %d seconds',
    async retryAfter => {
      const clock = manualClock();
      let asked = 0;
      const obtain = async (): Promise<ObtainedCredential<string>> => {
        asked += 1;
        if (asked === 1) throw new CredentialError('Slow down.', { retryAfter });
        return { value: 'token', expiresAt: undefined };
      };
      const credential = new RenewingCredential({ obtain, clock });
      await expect(credential.get(forever)).rejects.toBeInstanceOf(CredentialError);
      await clock.advance(3_599_999);
      await expect(credential.get(forever)).rejects.toThrow('The next one is possible in 1 s');
      await clock.advance(1);
      expect(await credential.get(forever)).toBe('token');
    },
  );
});

describe('the key of RenewingCredentials', () => {
  it('copies the key, so that later changes of the array have no effect', async () => {
    const keys: unknown[] = [];
    const tokens = new RenewingCredentials<string>({
      obtain: async ({ key }) => {
        keys.push([...key]);
        return { value: `token of ${key.join(' ')}`, expiresAt: undefined };
      },
    });
    const key = ['acme', 'read'];
    const credential = tokens.of(key);
    key[0] = 'globex';
    key.push('write');
    expect(await credential.get(forever)).toBe('token of acme read');
    expect(keys).toEqual([['acme', 'read']]);
    expect(tokens.of(['acme', 'read'])).toBe(credential);
    tokens.close();
  });
});

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  it('sends no request to an endpoint whose certificate is not trusted, with or without credentials [T52]', async () => {
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('Hello') });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 0 } });
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(ConnectionError);
    await expect(failed).rejects.toThrow('is not trusted');
    expect(endpoint.requests).toHaveLength(0);
  });

  it('sends no request to an https proxy whose certificate is not trusted [T52]', async () => {
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('Hello') });
    await using proxy = await startProxy({ tls: true });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { url, ca } = endpoint;
    await using llm = new HttpLLM({ endpoint: url, ca, proxy: proxy.url, retry: { retries: 0 } });
    await expect(llm.call('Hello')).rejects.toThrow("pass that authority's certificate as `proxy.ca`");
    expect(proxy.requests).toHaveLength(0);
    expect(endpoint.connections.total).toBe(0);
  });

  it('obtains nothing in ready() and names the variable [T52]', async () => {
    let asked = 0;
    const auth: Authenticator = {
      ...none,
      connection: () => {
        asked += 1;
        return { id: '1' };
      },
      authenticate: () => {
        asked += 1;
      },
    };
    await using llm = new HttpLLM({ endpoint: 'https://127.0.0.1:9/v1', auth });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await expect(llm.ready()).rejects.toThrow('NODE_TLS_REJECT_UNAUTHORIZED=0 is set');
    expect(asked).toBe(0);
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', undefined);
    await llm.ready();
    expect(asked).toBe(2);
  });
});

describe('listeners of abort signals', () => {
  const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

  it('leaves no listener on the signal of a turn or of its authenticators', async () => {
    await using endpoint = await startEndpoint({
      replies: [text('Hello'), text('Hello there'), status(400), status(400)],
    });
    const seen: AbortSignal[] = [];
    const auth: Authenticator = {
      ...none,
      async authenticate(_request, { signal }) {
        seen.push(signal);
        await settled();
      },
    };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const { signal } = new AbortController();
    const request = { messages: [{ role: 'user' as const, content: 'Hello' }], stop: [], signal };
    await llm.respond(request);
    expect(listeners(signal)).toBe(0);
    for await (const _part of llm.respondStream(request)) expect(listeners(signal)).toBe(1);
    expect(listeners(signal)).toBe(0);
    await expect(llm.respond(request)).rejects.toMatchObject({ status: 400 });
    const failing = async (): Promise<void> => {
      for await (const _part of llm.respondStream(request));
    };
    await expect(failing()).rejects.toMatchObject({ status: 400 });
    expect(listeners(signal)).toBe(0);
    expect(seen.map(listeners)).toEqual(seen.map(() => 0));
  });

  it('leaves no listener on the signal of a caller that waited for a credential, however the wait ended', async () => {
    const clock = manualClock();
    const outcomes: (() => Promise<ObtainedCredential<string>>)[] = [
      async () => ({ value: 'token', expiresAt: undefined }),
      () => Promise.reject(new CredentialError('No.')),
      () => new Promise(() => undefined),
    ];
    for (const outcome of outcomes) {
      const credential = new RenewingCredential({ obtain: outcome, clock });
      const { signal } = new AbortController();
      const waiting = Promise.allSettled([credential.get(signal), credential.get(signal)]);
      expect(listeners(signal)).toBe(2);
      if (outcome === outcomes[2]) credential.close();
      await waiting;
      expect(listeners(signal)).toBe(0);
    }
    const waiter = new AbortController();
    const credential = new RenewingCredential<string>({ obtain: () => new Promise(() => undefined), clock });
    const left = credential.get(waiter.signal).catch(() => undefined);
    waiter.abort();
    await left;
    expect(listeners(waiter.signal)).toBe(0);
  });
});

describe('close()', () => {
  it('opens no connection for host.fetch and context.fetch after close()', async () => {
    await using endpoint = await startEndpoint({ path: '*', respond: () => text('Hello') });
    const fetches: AuthHost['fetch'][] = [];
    const auth: Authenticator = {
      ...none,
      attach: host => void fetches.push(host.fetch),
      authenticate: (_request, context) => void fetches.push(context.fetch),
    };
    const llm = new HttpLLM({ endpoint: endpoint.url.replace('*', 'v1'), auth });
    await llm.call('Hello');
    const before = endpoint.connections.total;
    await llm.close();
    expect(fetches).toHaveLength(2);
    for (const fetch of fetches) {
      await expect(fetch(`${endpoint.origin}/token`)).rejects.toBeInstanceOf(AbortError);
    }
    await endpoint.whenIdle();
    expect(endpoint.connections.total).toBe(before);
  });
});
