import { runInNewContext } from 'node:vm';
import {
  AuthenticationError,
  ConfigurationError,
  CredentialError,
  type CrewEvent,
  type EventCallback,
} from '@crew/core';
import {
  chunked,
  delayed,
  html,
  type RecordedRequest,
  rateLimited,
  redirect,
  startEndpoint,
  status,
  text,
  withHeaders,
} from '@crew/test-endpoint';
import { describe, expect, it } from 'vitest';
import { RenewingCredential } from '../src/adapter.ts';
import { type Authenticator, HttpLLM } from '../src/index.ts';

/** A bearer token that a server can refuse, renewed when it does. */
function bearer(tokens: RenewingCredential<string>, name = 'bearer'): Authenticator {
  const sent = new WeakMap<object, string>();
  return {
    name,
    authenticate(request, context) {
      const put = (token: string): void => {
        sent.set(request, token);
        request.setHeader('authorization', `Bearer ${token}`);
      };
      const token = tokens.fresh();
      if (token !== undefined) return put(token);
      return tokens.get(context.signal, context.emit).then(put);
    },
    async onRefusal(request, _refusal, context) {
      const token = sent.get(request);
      if (token === undefined) return false;
      tokens.refused(token);
      if (context.renewed) return false;
      return (await tokens.get(context.signal, context.emit)) !== token && 'renewed';
    },
  };
}

function counted() {
  const state = { obtained: 0 };
  const tokens = new RenewingCredential<string>({
    name: 'bearer',
    obtain: async () => {
      state.obtained += 1;
      return { value: `token-${state.obtained}`, expiresAt: Date.now() + 3_600_000 };
    },
  });
  return Object.assign(state, { tokens });
}

const accepts =
  (token: string) =>
  (request: RecordedRequest): true | { status: number } =>
    request.headers['authorization'] === `Bearer ${token}` || { status: 401 };

describe('authentication', () => {
  it('accepts any object with a name and one method as authenticator', async () => {
    await using endpoint = await startEndpoint({ replies: [text('yes')] });
    const auth: Authenticator = { name: 'gateway', authenticate: request => request.setHeader('X-Gateway', 'open') };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    await llm.call('Hello');
    expect(endpoint.requests[0]?.headers).toMatchObject({ 'x-gateway': 'open' });
  });

  it('accepts any return value of authenticate and waits for promises of any kind', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('yes') });
    const order: string[] = [];
    const auth: Authenticator[] = [
      { name: 'number', authenticate: () => order.push('number') as unknown as undefined },
      { name: "another realm's promise", authenticate: () => runInNewContext('Promise.resolve()') },
      { name: 'last', authenticate: () => void order.push('last') },
    ];
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    expect(await llm.call('Hello')).toBe('yes');
    expect(order).toEqual(['number', 'last']);
  });

  it('runs authenticators in order, synchronously until the first that waits', async () => {
    await using endpoint = await startEndpoint({ replies: [text('yes')] });
    const order: string[] = [];
    const one = (name: string, wait: boolean): Authenticator => ({
      name,
      authenticate(request) {
        order.push(name);
        request.setHeader(`x-${name}`, name);
        if (name === 'last') expect(Object.keys(request.headers)).toContain('x-first');
        return wait ? Promise.resolve() : undefined;
      },
    });
    await using llm = new HttpLLM({
      endpoint: endpoint.url,
      auth: [one('first', false), one('middle', true), one('last', false)],
    });
    const call = llm.call('Hello');
    expect(order).toEqual(['first', 'middle']);
    await call;
    expect(order).toEqual(['first', 'middle', 'last']);
  });

  it('obtains one credential for 64 concurrent calls', async () => {
    const source = counted();
    await using endpoint = await startEndpoint({ credential: accepts('token-1'), respond: () => text('yes') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: bearer(source.tokens) });
    await Promise.all(Array.from({ length: 64 }, () => llm.call('Hello')));
    expect(source.obtained).toBe(1);
  });

  it('renews the token once when 64 concurrent calls are refused, and every call succeeds [T44]', async () => {
    const source = counted();
    await using endpoint = await startEndpoint({ respond: () => text('yes') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: bearer(source.tokens) });
    await llm.call('Hello');
    endpoint.setCredential(accepts('token-2'));
    const answers = await Promise.all(Array.from({ length: 64 }, () => llm.call('Hello')));
    expect(answers).toEqual(Array.from({ length: 64 }, () => 'yes'));
    expect(source.obtained).toBe(2);
  });

  it('turns a second 401 into an AuthenticationError, outside the retry budget [S31]', async () => {
    const source = counted();
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401, body: { error: 'no' } }) });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: bearer(source.tokens) });
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(AuthenticationError);
    await expect(failed).rejects.toMatchObject({ status: 401, serverMessage: 'no' });
    expect(endpoint.requests).toHaveLength(2);
    expect(source.obtained).toBe(2);
  });

  it('does not send the request again after a 403 or a 400 [S31]', async () => {
    for (const refusal of [403, 400]) {
      const source = counted();
      await using endpoint = await startEndpoint({ credential: () => ({ status: refusal }) });
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth: bearer(source.tokens) });
      await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RESPONSE', status: refusal });
      expect(endpoint.requests).toHaveLength(1);
    }
  });

  it('reports that no credential is set when the server requires one', async () => {
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    await expect(llm.call('Hello')).rejects.toThrow('refused a request without a credential: set `auth`');
  });

  it('sends the request again once after a challenge and once after a renewal', async () => {
    const answers = ['challenged', 'renewed', 'challenged', 'renewed'] as const;
    const attempts: number[] = [];
    await using endpoint = await startEndpoint({ credential: () => ({ status: 401 }) });
    const auth: Authenticator = {
      name: 'nonce',
      authenticate(_request, context) {
        attempts.push(context.attempt);
      },
      onRefusal: () => answers[attempts.length - 1] ?? false,
    };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    await expect(llm.call('Hello')).rejects.toBeInstanceOf(AuthenticationError);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('calls onRefusal of every authenticator after a 401, which does not say whose credential it was', async () => {
    const asked: string[] = [];
    const one = (name: string): Authenticator => ({
      name,
      authenticate: () => undefined,
      onRefusal: () => {
        asked.push(name);
        return name === 'second' && 'renewed';
      },
    });
    await using endpoint = await startEndpoint({ replies: [status(401), text('yes')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: [one('first'), one('second'), one('third')] });
    expect(await llm.call('Hello')).toBe('yes');
    expect(asked).toEqual(['first', 'second', 'third']);
  });

  it.each([
    ['a redirect to a login page', redirect(302, '/login')],
    ['a login page with status 200', status(200, { headers: { 'content-type': 'text/html' }, body: '<html>Log in' })],
    ['a 503 that means the session ended', status(503, { body: '<html>Log in' })],
  ])('lets an authenticator recognise %s as a refusal, before redirect and retry', async (_what, refusal) => {
    const renewals: string[] = [];
    const auth: Authenticator = {
      name: 'session',
      authenticate: () => undefined,
      isRefusal: response => response.status === 302 || response.bodyStart.includes('Log in'),
      onRefusal: (_request, refused) => {
        renewals.push(refused.bodyStart);
        return 'renewed';
      },
    };
    await using endpoint = await startEndpoint({ replies: [refusal, text('yes'), refusal, text('yes')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth, retry: { retries: 0 } });
    expect(await llm.call('Hello')).toBe('yes');
    const streamed = [];
    for await (const part of llm.stream('Hello')) streamed.push(part.type);
    expect(streamed.at(-1)).toBe('finish');
    expect(renewals).toHaveLength(2);
    endpoint.verify();
  });

  it('does not treat a 429 as a refusal', async () => {
    const auth: Authenticator = { name: 'session', authenticate: () => undefined, isRefusal: () => true };
    await using endpoint = await startEndpoint({ replies: [rateLimited()] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth, retry: { retries: 0 } });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RATE_LIMIT' });
  });

  it('notifies authenticators of every response, including redirects', async () => {
    const seen: [number, unknown][] = [];
    const auth: Authenticator = {
      name: 'cookies',
      authenticate: () => undefined,
      onResponse: response => seen.push([response.status, response.headers['set-cookie']]),
    };
    const replies = [withHeaders(redirect(307, '/elsewhere'), { 'set-cookie': ['a=1', 'b=2'] }), text('yes')];
    await using endpoint = await startEndpoint({ replies });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RESPONSE', status: 307 });
    await llm.call('Hello');
    expect(seen).toEqual([
      [307, ['a=1', 'b=2']],
      [200, undefined],
    ]);
  });

  it('passes authContext to authenticators unchanged, one per call', async () => {
    const auth: Authenticator = {
      name: 'tenants',
      authenticate: (request, { authContext }) => request.setHeader('x-tenant', String(authContext)),
    };
    await using endpoint = await startEndpoint({ respond: request => text(request.headers['x-tenant'] ?? 'none') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const tenants = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);
    const answers = await Promise.all(tenants.map(authContext => llm.call('Who am I?', { authContext })));
    expect(answers).toEqual(tenants);
  });

  it('passes the same context and request to all calls of an attempt, and new ones to the next', async () => {
    const requests = new Set<unknown>();
    const contexts = new Set<unknown>();
    const auth: Authenticator = {
      name: 'probe',
      authenticate(request, context) {
        expect(request.headers).not.toHaveProperty('x-probe');
        request.setHeader('x-probe', 'here');
        requests.add(request);
        contexts.add(context);
      },
      onResponse: (_response, context) => contexts.add(context),
      onRefusal: (request, _refusal, context) => {
        requests.add(request);
        contexts.add(context);
        return 'renewed';
      },
    };
    await using endpoint = await startEndpoint({ replies: [status(401), text('yes')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    await llm.call('Hello');
    expect([requests.size, contexts.size]).toEqual([2, 2]);
  });

  it('adds a query parameter without changing the others [T17]', async () => {
    await using endpoint = await startEndpoint({ path: '*', replies: [text('yes')] });
    const auth: Authenticator = { name: 'query', authenticate: request => request.setQuery('key', 'a&model=b#?%') };
    await using llm = new HttpLLM({ endpoint: `${endpoint.origin}/chat?version=2026%2D01&x=a%20b`, auth });
    await llm.call('Hello');
    expect(endpoint.requests[0]?.path).toBe('/chat?version=2026%2D01&x=a%20b&key=a%26model%3Db%23%3F%25');
  });

  it.each<[string, (request: { setHeader(name: string, value: string): void }) => void]>([
    ['a name that is no token', request => request.setHeader('x y', 'v')],
    ['a header of the transport', request => request.setHeader('Host', 'evil.example')],
    ['__proto__ (threat 16)', request => request.setHeader('__proto__', 'v')],
    ['content-length', request => request.setHeader('content-length', '0')],
    ['a line break in the value (threat 15)', request => request.setHeader('x-key', 'a\r\nx-evil: 1')],
    ['a value that is no string', request => request.setHeader('x-key', 5 as unknown as string)],
    ["a header of the user's", request => request.setHeader('X-Mine', 'v')],
    ["a header of the protocol's", request => request.setHeader('content-type', 'text/plain')],
  ])('rejects an authenticator that sets %s', async (_what, set) => {
    await using endpoint = await startEndpoint();
    const auth: Authenticator = { name: 'careless', authenticate: request => set(request) };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth, headers: { 'x-mine': 'value' } });
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failed).rejects.toThrow('careless');
    expect(endpoint.requests).toHaveLength(0);
  });

  it.each(['onResponse', 'isRefusal'] as const)(
    'ends the call and the response when %s throws, and leaves no connection waiting',
    async method => {
      const endless = {
        headers: { 'content-type': 'text/event-stream' },
        body: Buffer.from('data: x\n\n'.repeat(60_000)),
      };
      await using endpoint = await startEndpoint({ respond: () => endless });
      const auth: Authenticator = {
        name: 'careless',
        authenticate: () => undefined,
        [method]: () => {
          throw new SyntaxError('no JSON');
        },
      };
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
      const stream = async (): Promise<void> => {
        for await (const _part of llm.stream('Hello'));
      };
      for (let call = 0; call < 3; call += 1) {
        await expect(stream()).rejects.toThrow('careless: the request could not be authenticated: no JSON');
      }
      await endpoint.whenIdle();
    },
  );

  it('passes a page that arrives in chunks to isRefusal in a stream too', async () => {
    const page = chunked(html(`<!doctype html>${' '.repeat(2_000)}Log in`, { status: 200 }), [15, 1_000]);
    for (const ask of [
      (llm: HttpLLM) => llm.call('Hello'),
      async (llm: HttpLLM) => {
        let said = '';
        for await (const part of llm.stream('Hello')) if (part.type === 'text') said += part.text;
        return said;
      },
    ]) {
      await using endpoint = await startEndpoint({ replies: [delayed(page, { betweenChunks: 10 }), text('Hello')] });
      const auth: Authenticator = {
        name: 'session',
        authenticate: () => undefined,
        isRefusal: response => response.bodyStart.includes('Log in'),
        onRefusal: () => 'renewed',
      };
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
      expect(await ask(llm)).toBe('Hello');
      expect(endpoint.requests).toHaveLength(2);
    }
  });

  it.each([undefined, 'text/plain', 'application/octet-stream', 'application/x-ndjson'])(
    'does not hold up a stream of content type %s for isRefusal',
    async type => {
      const events = ['Hello', ' there', ' again'].map(content => ({ choices: [{ delta: { content } }] }));
      const frames = [...events.map(event => JSON.stringify(event)), '[DONE]'].map(data => `data: ${data}\n\n`);
      const isSeen = Promise.withResolvers<void>();
      const body = async function* (): AsyncGenerator<string> {
        yield frames[0] ?? '';
        // A client that waits for more data before it yields this event waits forever.
        await isSeen.promise;
        yield* frames.slice(1);
      };
      const reply = { headers: type === undefined ? {} : { 'content-type': type }, body };
      await using endpoint = await startEndpoint({ respond: () => reply });
      const auth: Authenticator = { name: 'session', authenticate: () => undefined, isRefusal: () => false };
      await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
      const texts: string[] = [];
      for await (const part of llm.stream('Hello')) {
        if (part.type !== 'text') continue;
        texts.push(part.text);
        isSeen.resolve();
      }
      expect(texts.join('')).toBe('Hello there again');
    },
  );

  it('rejects two authenticators with the same name that set the same header [S30]', async () => {
    await using endpoint = await startEndpoint();
    const one = (): Authenticator => ({ name: 'key', authenticate: request => request.setHeader('x-key', 'value') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: [one(), one()] });
    await expect(llm.call('Hello')).rejects.toThrow('set by two authenticators: key and key');
  });

  it('rejects two authenticators that set the same header [S30]', async () => {
    await using endpoint = await startEndpoint();
    const one = (name: string): Authenticator => ({
      name,
      authenticate: request => request.setHeader('authorization', `Bearer of-${name}`),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: [one('first'), one('second')] });
    await expect(llm.call('Hello')).rejects.toThrow('set by two authenticators: first and second');
  });

  it('wraps an exception of an authenticator as a CredentialError', async () => {
    await using endpoint = await startEndpoint();
    const auth: Authenticator = { name: 'broken', authenticate: () => Promise.reject(new TypeError('no key')) };
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(CredentialError);
    await expect(failed).rejects.toThrow('broken: the request could not be authenticated: no key');
  });

  it('reports credential events to the callbacks of the turn that waited', async () => {
    const source = counted();
    await using endpoint = await startEndpoint({ credential: accepts('token-2'), respond: () => text('yes') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, auth: bearer(source.tokens) });
    const events: CrewEvent[] = [];
    const callbacks: EventCallback[] = [event => events.push(event)];
    await llm.call('Hello', { callbacks });
    const seen = events.filter(event => event.type === 'credential').map(({ action }) => action);
    expect(seen).toEqual(['obtained', 'refused', 'renewed']);
    expect(events.every(({ runId }) => runId !== undefined)).toBe(true);
  });
});
