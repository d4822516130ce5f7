import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { neverAnswers, startEndpoint, status, text, trackResources } from '../src/index.ts';
import { open, post } from './client.ts';

const resources = trackResources();
afterAll(() => resources.check());

describe('request recorder', () => {
  test('records method, path, headers, body and connection of each request', async () => {
    await using endpoint = await startEndpoint({ replies: [text('a'), text('b')] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const headers = { 'X-Api-Key': 'k1', Cookie: ['a=1', 'b=2'], 'X-List': ['1', '2'] };
    await post({ url: `${endpoint.url}?q=1`, ca: undefined }, { model: 'm', messages: ['ä'] }, { headers, agent });
    await post(endpoint, 'no json', { method: 'PUT', agent });
    agent.destroy();
    const [first, second] = endpoint.requests;
    expect(first).toMatchObject({
      index: 0,
      method: 'POST',
      path: '/v1/chat/completions?q=1',
      url: `${endpoint.url}?q=1`,
      body: '{"model":"m","messages":["ä"]}',
      json: { model: 'm', messages: ['ä'] },
      complete: true,
      http: '1.1',
      connection: 0,
      priorRequests: 0,
    });
    expect(first?.headers).toMatchObject({ 'x-api-key': 'k1', cookie: 'a=1; b=2', 'x-list': '1, 2' });
    expect(first?.rawHeaders.join('\n')).toContain('X-Api-Key\nk1');
    expect(Buffer.from(first?.bytes ?? []).toString()).toBe(first?.body);
    expect(first?.at).toBeGreaterThan(Date.now() - 10_000);
    expect(first?.tls).toBeUndefined();
    expect(second).toMatchObject({
      index: 1,
      method: 'PUT',
      body: 'no json',
      json: undefined,
      connection: 0,
      priorRequests: 1,
    });
    expect(endpoint.connections.total).toBe(1);
  });

  test('records a header named __proto__ as a plain entry', async () => {
    await using endpoint = await startEndpoint({ replies: [text('a')] });
    const socket = connect(endpoint.port, '127.0.0.1');
    socket.end('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n__proto__: x\r\nContent-Length: 0\r\n\r\n');
    await new Promise(resolve => socket.resume().once('close', resolve));
    expect(Object.entries(endpoint.requests[0]?.headers ?? {})).toContainEqual(['__proto__', 'x']);
  });

  test('records a request whose body breaks off as incomplete without consuming a reply', async () => {
    await using endpoint = await startEndpoint({ replies: [text('kept')] });
    const request = open(endpoint, { headers: { 'content-length': '1000' } });
    const arrived = endpoint.nextRequest();
    await new Promise(resolve => request.write('{"start":', resolve));
    // The endpoint runs in this process and reads the available bytes in these turns of the event loop.
    for (let turn = 0; turn < 50; turn += 1) await new Promise(resolve => setImmediate(resolve));
    request.destroy();
    expect(await arrived).toMatchObject({ complete: false, body: '{"start":' });
    expect(endpoint.pending).toBe(1);
  });

  test('clear() discards the requests and continues the numbering', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('x') });
    await post(endpoint);
    endpoint.clear();
    expect(endpoint.requests).toEqual([]);
    await post(endpoint);
    expect(endpoint.requests.map(({ index }) => index)).toEqual([1]);
  });
});

describe('reply queue', () => {
  test('sends replies in order, and verify() reports unused ones', async () => {
    await using endpoint = await startEndpoint({ replies: [text('one')] });
    endpoint.reply(text('two'), text('three'));
    expect(endpoint.pending).toBe(3);
    expect((await post(endpoint)).body).toContain('one');
    expect((await post(endpoint)).body).toContain('two');
    expect(() => endpoint.verify()).toThrow('1 of the scripted replies were never used');
    expect((await post(endpoint)).body).toContain('three');
    endpoint.verify();
  });

  test('sends a 501 that clients do not retry when no reply is left, and verify() reports it', async () => {
    await using endpoint = await startEndpoint();
    const answer = await post(endpoint);
    expect(answer.status).toBe(501);
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(() => endpoint.verify()).toThrow('request 0 (POST /v1/chat/completions) found no reply');
  });

  test('calls respond when the queue is empty', async () => {
    await using endpoint = await startEndpoint({
      replies: [text('scripted')],
      respond: async request => text(`you sent ${request.body}`),
    });
    expect((await post(endpoint, 'a')).body).toContain('scripted');
    expect((await post(endpoint, 'b')).body).toContain('you sent b');
    endpoint.verify();
  });

  test('sends a 501 when a callback throws, and verify() reports it', async () => {
    await using endpoint = await startEndpoint({
      respond: () => {
        throw new Error('broken script');
      },
    });
    expect((await post(endpoint)).status).toBe(501);
    expect(() => endpoint.verify()).toThrow(
      'a callback threw for request 0 (POST /v1/chat/completions): Error: broken script',
    );
  });

  test('reports an invalid reply in verify()', async () => {
    await using endpoint = await startEndpoint({
      replies: [{ json: {}, body: 'x' }, { headers: { 'x-bad': 'a\r\nb' } }],
    });
    expect((await post(endpoint)).status).toBe(501);
    expect(await post(endpoint)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    expect(() => endpoint.verify()).toThrow(/has several bodies.*could not be sent/u);
  });

  test('sends a 404 for other paths, records the request and consumes no reply', async () => {
    await using endpoint = await startEndpoint({ replies: [text('x')], path: '/api/chat' });
    expect(endpoint.url).toBe(`${endpoint.origin}/api/chat`);
    const answer = await post({ url: `${endpoint.origin}/v1/chat/completions`, ca: undefined });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 404 } });
    expect(endpoint.requests[0]?.path).toBe('/v1/chat/completions');
    expect((await post({ url: `${endpoint.url}?key=1`, ca: undefined })).status).toBe(200);
  });

  test('serves every path when the path is *', async () => {
    await using endpoint = await startEndpoint({ replies: [text('x')], path: '*' });
    expect((await post({ url: `${endpoint.origin}/any/where`, ca: undefined })).status).toBe(200);
  });
});

describe('credential check', () => {
  test('refuses a request with status, headers and body without consuming a reply', async () => {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    await using endpoint = await startEndpoint({
      replies: [text('in')],
      credential: request =>
        request.headers['authorization'] === 'Bearer good' || {
          status: 401,
          headers,
          body: { error: { message: 'bad key' } },
        },
    });
    const refused = await post(endpoint);
    expect(refused).toMatchObject({ status: 401, headers: { ...headers, 'content-type': 'application/json' } });
    expect(JSON.parse(refused.body)).toEqual({ error: { message: 'bad key' } });
    expect(endpoint.pending).toBe(1);
    expect((await post(endpoint, {}, { headers: { authorization: 'Bearer good' } })).status).toBe(200);
  });

  test('accepts an asynchronous check and its replacement while the endpoint runs', async () => {
    await using endpoint = await startEndpoint({
      respond: () => text('in'),
      credential: async () => ({ status: 403, body: 'no' }),
    });
    expect(await post(endpoint)).toMatchObject({ status: 403, body: 'no' });
    endpoint.setCredential(() => true);
    expect((await post(endpoint)).status).toBe(200);
    endpoint.setCredential(undefined);
    expect((await post(endpoint)).status).toBe(200);
  });

  test('reports a check that returns nothing instead of accepting the request', async () => {
    await using endpoint = await startEndpoint({ replies: [text('in')], credential: (() => undefined) as never });
    expect((await post(endpoint)).status).toBe(501);
    expect(() => endpoint.verify()).toThrow('a callback threw');
  });
});

describe('connections', () => {
  test('whenClosed() reports that the client disconnected before the response', async () => {
    await using endpoint = await startEndpoint({ replies: [neverAnswers()] });
    const request = open(endpoint);
    const arrived = endpoint.nextRequest();
    request.end('{}');
    const seen = await arrived;
    expect(endpoint.closed()).toEqual([]);
    request.destroy();
    expect(await endpoint.whenClosed(seen)).toMatchObject({ answered: false });
    expect(endpoint.closed()).toEqual([seen]);
    expect(endpoint.closed(({ index }) => index > 0)).toEqual([]);
  });

  test('whenClosed() reports that the whole response was sent', async () => {
    await using endpoint = await startEndpoint({ replies: [text('x')] });
    const arrived = endpoint.nextRequest();
    await post(endpoint);
    expect(await endpoint.whenClosed(await arrived)).toMatchObject({ answered: true });
  });

  test('counts connections, and whenIdle() waits until the last one closes', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('x') });
    await endpoint.whenIdle();
    const agent = new Agent({ keepAlive: true });
    await Promise.all([post(endpoint, {}, { agent }), post(endpoint, {}, { agent })]);
    expect(endpoint.connections).toMatchObject({ open: 2, total: 2, dropped: 0 });
    agent.destroy();
    await endpoint.whenIdle();
    expect(endpoint.connections).toMatchObject({ open: 0, total: 2 });
  });

  test('adds no listeners for further requests on one connection', async () => {
    await using endpoint = await startEndpoint({ respond: () => status(200) });
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let call = 0; call < 30; call += 1) await post(endpoint, {}, { agent });
    agent.destroy();
    await endpoint.whenIdle();
    process.off('warning', onWarning);
    expect(endpoint.closed()).toHaveLength(30);
    expect(endpoint.connections.total).toBe(1);
    expect(warnings).toEqual([]);
  });

  test('resets, ignores or serves new connections as the connection policy requires', async () => {
    await using endpoint = await startEndpoint({ connectionPolicy: 'reset', respond: () => text('x') });
    expect(await post(endpoint)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    endpoint.setConnectionPolicy('silence');
    const request = open(endpoint);
    request.end('{}');
    await new Promise(resolve => request.once('finish', resolve));
    request.destroy();
    await endpoint.whenIdle();
    expect(endpoint.requests).toEqual([]);
    endpoint.setConnectionPolicy('serve');
    expect((await post(endpoint)).status).toBe(200);
    expect(endpoint.connections.total).toBe(3);
  });

  test('listens on ::1', async () => {
    await using endpoint = await startEndpoint({ host: '::1', replies: [text('six')] });
    expect(endpoint.origin).toBe(`http://[::1]:${endpoint.port}`);
    expect((await post(endpoint)).status).toBe(200);
  });
});

describe('contradictory options', () => {
  test.each([
    [{ http2: true, tls: false }, '`http2: true` requires TLS'],
    [{ clientCertificate: 'require' }, "`clientCertificate: 'require'` requires TLS"],
    [{ path: 'v1/chat' }, '`path` is "v1/chat"'],
    [{ path: '/v1?x=1' }, '`path` is "/v1?x=1"'],
  ] as const)('rejects %j', async (options, message) => {
    await expect(startEndpoint(options)).rejects.toThrow(message);
  });
});

describe('closed endpoint', () => {
  test('has destroyed open connections and pending delays and can be closed again', async () => {
    const endpoint = await startEndpoint({ replies: [neverAnswers()] });
    const arrived = endpoint.nextRequest();
    const answer = post(endpoint);
    const seen = await arrived;
    const next = endpoint.nextRequest();
    next.catch(() => undefined);
    await endpoint.close();
    expect(await answer).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    await expect(next).rejects.toThrow('closed before a request arrived');
    expect(await endpoint.whenClosed(seen)).toMatchObject({ answered: false });
    await endpoint.close();
    expect(await post(endpoint)).toMatchObject({ error: 'ECONNREFUSED' });
  });

  test('whenClosed() throws for a request of another endpoint', async () => {
    await using one = await startEndpoint({ replies: [text('x')] });
    await using other = await startEndpoint();
    const arrived = one.nextRequest();
    await post(one);
    const seen = await arrived;
    expect(() => other.whenClosed(seen)).toThrow(TypeError);
  });
});
