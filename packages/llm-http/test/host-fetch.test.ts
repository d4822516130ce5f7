import { AbortError, ConfigurationError, ConnectionError, ProtocolError, TimeoutError } from '@crew/core';
import {
  closesOnReuse,
  compressed,
  type Endpoint,
  huge,
  json,
  manualClock,
  neverAnswers,
  redirect,
  refusedPort,
  startEndpoint,
  startProxy,
  status,
  text,
  trackResources,
  withHeaders,
} from '@crew/test-endpoint';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthHost, TransportFetch } from '../src/adapter.ts';
import { type Authenticator, HttpLLM, type HttpLLMOptions } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

let server: Endpoint;
const open: HttpLLM[] = [];
beforeEach(async () => {
  server = await startEndpoint({ path: '*' });
});
afterEach(async () => {
  for (const llm of open.splice(0)) await llm.close();
  await server.close();
});

/** Returns the `fetch` that an authenticator of such an LLM receives. */
function hostFetch(
  options: Partial<HttpLLMOptions> = {},
  connection?: Authenticator['connection'] | undefined,
): TransportFetch {
  let host: AuthHost | undefined;
  const auth = {
    name: 'probe',
    attach: (attached: AuthHost) => {
      host = attached;
    },
    authenticate: (request: { setHeader(name: string, value: string): void }) =>
      request.setHeader('x-llm-key', 'never'),
    ...(connection && { connection }),
  };
  open.push(new HttpLLM({ endpoint: 'https://api.example/v1', auth, ...options }));
  if (host === undefined) throw new Error('attach was not called');
  return host.fetch;
}

describe('host.fetch', () => {
  it('uses the transport of the LLM without its authenticators', async () => {
    server.reply(json({ access_token: 'abc' }));
    const response = await hostFetch()(`${server.origin}/token?tenant=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Basic abc' },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.ok, response.redirected, response.url]).toEqual([
      200,
      true,
      false,
      `${server.origin}/token?tenant=1`,
    ]);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual({ access_token: 'abc' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/token?tenant=1', body: 'grant_type=client_credentials' });
    expect(request?.headers).toMatchObject({ authorization: 'Basic abc' });
    expect(request?.headers).not.toHaveProperty('x-llm-key');
  });

  it('accepts the arguments of fetch: a URL, a Request, a GET', async () => {
    server.reply(json({ keys: [] }), json({ keys: [] }), status(204));
    const fetch = hostFetch();
    await fetch(new URL(`${server.origin}/keys`));
    await fetch(new Request(`${server.origin}/keys`, { method: 'PUT', body: 'x' }));
    expect((await fetch(`${server.origin}/keys`, { method: 'DELETE' })).body).toBeNull();
    expect(server.requests.map(({ method, body }) => [method, body])).toEqual([
      ['GET', ''],
      ['PUT', 'x'],
      ['DELETE', ''],
    ]);
  });

  it('returns redirects and never follows them', async () => {
    server.reply(redirect(302, 'https://evil.example/'));
    const response = await hostFetch()(`${server.origin}/token`, { method: 'POST', body: 'secret' });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://evil.example/']);
    expect(server.requests).toHaveLength(1);
  });

  it('returns several cookies separately', async () => {
    server.reply(withHeaders(status(200), { 'set-cookie': ['a=1; Path=/', 'b=2, 3'] }));
    const response = await hostFetch()(`${server.origin}/login`);
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2, 3']);
  });

  it('decodes responses up to maxResponseBytes', async () => {
    server.reply(compressed(text('Hello'), 'gzip'), huge(Number.POSITIVE_INFINITY));
    const fetch = hostFetch({ maxResponseBytes: 1_000_000 });
    const response = await fetch(`${server.origin}/a`, { method: 'POST' });
    expect(await response.json()).toHaveProperty('choices');
    expect(response.headers.has('content-encoding')).toBe(false);
    await expect(fetch(`${server.origin}/b`)).rejects.toBeInstanceOf(ProtocolError);
  });

  it('stops reading a response at the maxResponseBytes of its request and closes the connection [X16]', async () => {
    const megabyte = 1_048_576;
    server.reply(huge(64 * megabyte), huge(2_000), compressed(huge(2 * megabyte), 'gzip'), huge(2_000));
    const fetch = hostFetch();
    const request = server.nextRequest();
    await expect(fetch(`${server.origin}/token`, { maxResponseBytes: megabyte })).rejects.toThrow(
      `The response of ${server.origin}/token is longer than maxResponseBytes allows (${megabyte} bytes).`,
    );
    // The unread rest is not sent: the server sees the connection close in the middle of its response.
    await server.whenClosed(await request);
    expect((await fetch(`${server.origin}/a`, { maxResponseBytes: 2_000 })).status).toBe(200);
    await expect(fetch(`${server.origin}/b`, { maxResponseBytes: megabyte })).rejects.toBeInstanceOf(ProtocolError);
    const bounded = hostFetch({ maxResponseBytes: 1_000 });
    await expect(bounded(`${server.origin}/c`, { maxResponseBytes: megabyte })).rejects.toThrow('(1000 bytes)');
  });

  it.each([0, -1, Number.NaN])('rejects a maxResponseBytes of %d', async maxResponseBytes => {
    await expect(hostFetch()(`${server.origin}/a`, { maxResponseBytes })).rejects.toBeInstanceOf(ConfigurationError);
    expect(server.requests).toHaveLength(0);
  });

  it('sends the request again when a used connection dies before it responds', async () => {
    server.reply(closesOnReuse(json(1)), json(2));
    const fetch = hostFetch();
    await fetch(`${server.origin}/a`);
    for (let turns = 0; turns < 3; turns += 1) await new Promise(resolve => setImmediate(resolve));
    expect(await (await fetch(`${server.origin}/a`, { method: 'POST', body: 'x' })).json()).toBe(2);
  });

  it('rejects plain http to other machines', async () => {
    await expect(hostFetch()('http://169.254.169.254/token')).rejects.toBeInstanceOf(ConfigurationError);
    await expect(hostFetch()('data:,hello')).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('rejects a URL with user and password without quoting them', async () => {
    const failed = hostFetch()('http://client:planted@127.0.0.1/token');
    await expect(failed).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failed).rejects.not.toThrow('planted');
  });

  const never = (): Promise<never> => new Promise(() => undefined);
  it.each<[string, Authenticator['connection'], object]>([
    ['the body it is given', undefined, { method: 'POST', duplex: 'half', body: new ReadableStream({ pull: never }) }],
    ['a client certificate', never, {}],
  ])('ends at its deadline while it waits for %s', async (_what, connection, init) => {
    const clock = manualClock();
    const late = hostFetch({ clock, timeouts: { total: 5_000 } }, connection)(`${server.origin}/token`, init);
    const outcome = expect(late).rejects.toBeInstanceOf(TimeoutError);
    await clock.whenSleeping();
    await clock.advance(5_000);
    await outcome;
  });

  it('fails with a ConnectionError that does not contain the query', async () => {
    const failed = hostFetch()(`http://127.0.0.1:${await refusedPort()}/token?key=hidden`);
    await expect(failed).rejects.toBeInstanceOf(ConnectionError);
    await expect(failed).rejects.not.toThrow('hidden');
  });

  it('applies the deadlines of the LLM', async () => {
    const clock = manualClock();
    server.reply(neverAnswers());
    const failed = hostFetch({ clock, timeouts: { firstByte: 5_000 } })(`${server.origin}/token`);
    const outcome = expect(failed).rejects.toBeInstanceOf(TimeoutError);
    await server.nextRequest();
    await clock.advance(5_000);
    await outcome;
    expect(clock.sleepers).toBe(0);
  });

  it('closes its socket when it is aborted', async () => {
    server.reply(neverAnswers());
    const caller = new AbortController();
    const failed = hostFetch()(`${server.origin}/token`, { signal: caller.signal });
    const outcome = expect(failed).rejects.toBeInstanceOf(AbortError);
    const request = await server.nextRequest();
    caller.abort();
    await outcome;
    await server.whenClosed(request);
  });

  it('uses the proxy of the LLM', async () => {
    await using proxy = await startProxy();
    server.reply(json(1));
    await hostFetch({ proxy: proxy.url })(`${server.origin}/token`);
    expect(proxy.requests).toHaveLength(1);
  });
});
