import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  answersBeforeBody,
  bomb,
  chunked,
  closesIdleAfter,
  closesOnReuse,
  compressed,
  connectionClose,
  crlf,
  delayed,
  type Endpoint,
  headerBomb,
  huge,
  neverAnswers,
  noDone,
  rawHead,
  refusedPort,
  resetAfter,
  sendsGoAway,
  splitHead,
  sse,
  startEndpoint,
  status,
  streamResetAfter,
  text,
  throttled,
  trackResources,
  truncated,
  withComments,
  withContentType,
  withHeaders,
  withInterim,
} from '../src/index.ts';
import { eventsOf, open, post, post2 } from './client.ts';

const resources = trackResources();
let plain: Endpoint;
let secure: Endpoint;
let http2: Endpoint;
beforeAll(async () => {
  [plain, secure, http2] = await Promise.all([
    startEndpoint(),
    startEndpoint({ tls: true }),
    startEndpoint({ http2: true }),
  ]);
});
afterEach(() => {
  for (const endpoint of [plain, secure, http2]) endpoint.verify();
});
afterAll(async () => {
  await Promise.all([plain, secure, http2].map(endpoint => endpoint.close()));
  await resources.check();
});

const overHttp1 = [
  ['http', () => plain],
  ['https', () => secure],
] as const;
const everywhere = [
  ['http', () => plain, post],
  ['https', () => secure, post],
  ['http2', () => http2, post2],
] as const;
const stream = { stream: true };

describe.each(overHttp1)('resetAfter over %s', (_, endpoint) => {
  test.each([0, 5, 40])('resets the connection after %d bytes, before any response', async bytes => {
    endpoint().reply(resetAfter(text('Hello'), bytes));
    expect(await post(endpoint(), stream)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
  });

  test('counts every byte of the response, including the header section', async () => {
    const { socket, answer } = rawPost(plain);
    plain.reply(resetAfter(text('Hello'), 321));
    await new Promise(resolve => socket.once('close', resolve));
    expect(Buffer.concat(answer)).toHaveLength(321);
  });

  test('sends the body up to the given byte and resets the connection', async () => {
    endpoint().reply(resetAfter(text('Hello', { deltas: ['Hel', 'lo'] }), 500));
    const received = await post(endpoint(), stream);
    expect(received).toMatchObject({ status: 200, error: 'ECONNRESET', ended: false });
    expect(received.body.length).toBeGreaterThan(0);
    const seen = endpoint().requests.at(-1);
    expect(seen && (await endpoint().whenClosed(seen))).toMatchObject({ answered: false });
  });

  test('sends the whole response when the number exceeds its length', async () => {
    endpoint().reply(resetAfter(text('Hello'), 1_000_000));
    expect(await post(endpoint(), stream)).toMatchObject({ status: 200, error: undefined, ended: true });
  });
});

describe('resetAfter over http2', () => {
  test('resets the connection before the headers for 0 bytes', async () => {
    http2.reply(resetAfter(text('Hello'), 0));
    expect(await post2(http2)).toMatchObject({ status: undefined, error: 'ECONNRESET' });
  });

  test('resets the connection within the body', async () => {
    http2.reply(resetAfter(text('Hello'), 30));
    const received = await post2(http2);
    expect(received).toMatchObject({ status: 200, ended: false, error: 'ECONNRESET' });
    expect(received.body).toHaveLength(30);
  });

  test('streamResetAfter resets only the stream', async () => {
    http2.reply(streamResetAfter(text('Hello'), 30));
    expect(await post2(http2)).toMatchObject({ status: 200, error: 'ERR_HTTP2_STREAM_ERROR' });
    http2.reply(streamResetAfter(text('Hello'), 0));
    expect(await post2(http2)).toMatchObject({ body: '', error: 'ERR_HTTP2_STREAM_ERROR' });
  });
});

describe.each(overHttp1)('truncated over %s', (_, endpoint) => {
  test('ends the connection in the middle of the promised length', async () => {
    endpoint().reply(truncated(text('Hello'), 20));
    const received = await post(endpoint());
    expect(received).toMatchObject({ status: 200, ended: false });
    expect(received.body).toHaveLength(20);
    expect(Number(received.headers['content-length'])).toBeGreaterThan(200);
  });

  test('ends the connection without the terminating chunk', async () => {
    endpoint().reply(truncated(text('Hello'), Number.POSITIVE_INFINITY));
    const received = await post(endpoint(), stream);
    expect(received).toMatchObject({ status: 200, ended: false });
    expect(eventsOf(received.body).at(-1)).toBe('[DONE]');
  });
});

test('truncated over http2 closes the connection in the middle of a stream', async () => {
  http2.reply(truncated(text('Hello'), 20));
  const received = await post2(http2);
  // The client of node:http2 treats this as the end. Only the announced length shows that bytes are missing.
  expect(received.status).toBe(200);
  expect(received.body).toHaveLength(20);
  expect(Number(received.headers['content-length'])).toBeGreaterThan(200);
});

describe.each(everywhere)('chunked over %s', (_, endpoint, send) => {
  test('sends the body in the given sizes, with the remainder in one write', async () => {
    endpoint().reply(chunked(text('Hello'), [3, 1, 5]));
    const { chunks, body } = await send(endpoint());
    expect(chunks.map(chunk => chunk.length)).toEqual([3, 1, 5, body.length - 9]);
    expect(JSON.parse(body)).toHaveProperty('choices');
  });

  test('splits a stream byte by byte or into pieces of one size', async () => {
    endpoint().reply(chunked(sse(['data: ä€😀', 'data: [DONE]']), 'every-byte'), chunked(sse(['data: abcdef']), 4));
    const bytes = await send(endpoint());
    expect(bytes.chunks.every(chunk => chunk.length === 1)).toBe(true);
    expect(eventsOf(bytes.body)).toEqual(['ä€😀', '[DONE]']);
    expect((await send(endpoint())).chunks.map(String)).toEqual(['data', ': ab', 'cdef', '\n\n']);
  });
});

describe('delays', () => {
  test('delays the headers, the body and the writes of the body', async () => {
    const waits = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    let begun = 0;
    const wait = () => waits[begun++]?.promise ?? Promise.resolve();
    const reply = delayed(status(200, { body: ['a', 'b', 'c'] }), { headers: wait });
    plain.reply(delayed(reply, { body: wait, betweenChunks: wait }));
    // Each delay ends after the previous part has arrived.
    const arrivals: string[] = [];
    const arrive = (what: string): void => {
      waits[arrivals.length]?.resolve();
      arrivals.push(`${what} after ${arrivals.length} waits`);
    };
    const request = open(plain);
    const over = new Promise<void>(resolve => {
      request.on('response', response => {
        arrive('headers');
        response.setEncoding('utf8').on('data', arrive).on('end', resolve);
      });
    });
    const received = plain.nextRequest();
    request.end('{}');
    await received;
    arrive('request');
    await over;
    const expected = ['request', 'headers', 'a', 'b', 'c'].map((what, index) => `${what} after ${index} waits`);
    expect(arrivals).toEqual(expected);
    expect(begun).toBe(4);
  });

  test('delays one response by milliseconds without delaying others', async () => {
    const endpoint = await startEndpoint({ replies: [delayed(text('late'), { headers: 600_000 }), text('soon')] });
    const request = open(endpoint);
    let isAnswered = false;
    request.on('response', () => {
      isAnswered = true;
    });
    const arrived = endpoint.nextRequest();
    request.end('{}');
    await arrived;
    expect((await post(endpoint)).body).toContain('soon');
    expect(isAnswered).toBe(false);
    request.destroy();
    await endpoint.close();
  });

  test('ends a delay when the client disconnects or the endpoint closes', async () => {
    const endpoint = await startEndpoint({ respond: () => delayed(text('late'), { headers: 600_000 }) });
    const request = open(endpoint);
    request.end('{}');
    const seen = await endpoint.nextRequest();
    request.destroy();
    await endpoint.whenClosed(seen);
    open(endpoint).end('{}');
    await endpoint.nextRequest();
    await endpoint.close();
  });

  test('throttled sends a few bytes at a time', async () => {
    plain.reply(throttled(status(200, { body: 'abcde' }), { bytesPerTick: 2, everyMs: 10 }));
    expect((await post(plain)).chunks.map(String)).toEqual(['ab', 'cd', 'e']);
  });

  test('neverAnswers reads the request and sends no response', async () => {
    plain.reply(neverAnswers());
    const request = open(plain);
    const arrived = plain.nextRequest();
    request.end('{"a":1}');
    expect((await arrived).json).toEqual({ a: 1 });
    let isAnswered = false;
    request.once('response', () => {
      isAnswered = true;
    });
    // A later request gets a response, so the first one would have had its response by now.
    plain.reply(text('next'));
    expect((await post(plain)).status).toBe(200);
    expect(isAnswered).toBe(false);
    request.destroy();
  });
});

describe('large and compressed bodies', () => {
  test('huge sends a valid completion of exactly the given size', async () => {
    plain.reply(huge(300_000));
    const { body } = await post(plain);
    expect(body).toHaveLength(300_000);
    expect(JSON.parse(body).choices[0].message.content).toMatch(/^a+$/u);
  });

  test('huge generates no more of its body while the client does not read', async () => {
    const endless = huge(Number.POSITIVE_INFINITY);
    let pieces = 0;
    plain.reply({
      ...endless,
      async *body() {
        for await (const piece of typeof endless.body === 'function' ? endless.body() : []) {
          pieces += 1;
          yield piece;
        }
      },
    });
    const { socket } = rawPost(plain, false);
    // A server that does not stop generates at least one chunk of half a megabyte in each of these turns.
    for (let turn = 0; turn < 2_000 || pieces === 0; turn += 1) await new Promise(resolve => setImmediate(resolve));
    expect(pieces).toBeLessThan(100);
    socket.destroy();
  });

  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['br', brotliDecompressSync],
  ] as const)('compresses a body with %s', async (encoding, decode) => {
    plain.reply(compressed(text('Hello'), encoding));
    const { headers, chunks } = await post(plain);
    expect(headers['content-encoding']).toBe(encoding);
    expect(JSON.parse(decode(Buffer.concat(chunks)).toString())).toHaveProperty('choices');
  });

  test('flushes a compressed stream after each event', async () => {
    plain.reply(delayed(compressed(text('a b c'), 'gzip'), { betweenChunks: 5 }));
    const { chunks } = await post(plain, stream);
    expect(chunks.length).toBeGreaterThan(5);
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toContain('data: [DONE]');
  });

  test('applies content codings in order', async () => {
    plain.reply(compressed(compressed(status(200, { body: 'x' }), 'deflate'), 'gzip'));
    const { headers, chunks } = await post(plain);
    expect(headers['content-encoding']).toBe('deflate, gzip');
    expect(inflateSync(gunzipSync(Buffer.concat(chunks))).toString()).toBe('x');
  });

  test('bomb sends a small body that decodes to a large one, each time', async () => {
    for (const decodedBytes of [20_000_000, 20_000_000, 20_000_001]) {
      plain.reply(bomb({ decodedBytes, encoding: 'gzip' }));
      const wire = Buffer.concat((await post(plain)).chunks);
      expect(wire.length).toBeLessThan(100_000);
      // gunzipSync verifies the checksum at the end.
      expect(gunzipSync(wire)).toHaveLength(decodedBytes);
    }
  });

  test('headerBomb sends a header section of at least the given size', async () => {
    plain.reply(headerBomb(10_000));
    expect(JSON.stringify((await post(plain)).headers).length).toBeGreaterThan(10_000);
    plain.reply(headerBomb(100_000));
    expect((await post(plain)).error).toBe('HPE_HEADER_OVERFLOW');
  });
});

describe('stream events and headers', () => {
  test('noDone omits [DONE]', async () => {
    plain.reply(noDone(text('x')), noDone(sse(['data: 1', 'data: [DONE]'])));
    expect(eventsOf((await post(plain, stream)).body)).not.toContain('[DONE]');
    expect((await post(plain)).body).toBe('data: 1\n\n');
  });

  test('crlf and withComments change the framing but not the events', async () => {
    plain.reply(crlf(withComments(sse(['event: a\ndata: 1', 'data: 2', 'data: 3']))));
    expect((await post(plain)).body).toBe(
      ': keep-alive\r\n\r\nevent: a\r\ndata: 1\r\n\r\n: \r\n\r\ndata: 2\r\n\r\n: keep-alive\r\n\r\ndata: 3\r\n\r\n',
    );
  });

  test('withContentType and withHeaders replace, add and remove fields', async () => {
    plain.reply(withContentType(text('x'), 'text/plain'), withHeaders(text('x'), { 'content-type': [], 'x-a': '1' }));
    expect((await post(plain, stream)).headers['content-type']).toBe('text/plain');
    const { headers } = await post(plain, stream);
    expect(headers['x-a']).toBe('1');
    expect(headers).not.toHaveProperty('content-type');
  });
});

describe('header section', () => {
  test.each(overHttp1)('sends interim responses first over %s', async (_, endpoint) => {
    endpoint().reply(withInterim(withInterim(text('x'), 102), 103, { link: '</a>; rel=preload' }));
    expect(await post(endpoint())).toMatchObject({ interim: [102, 103], status: 200 });
  });

  test('sends interim responses first over http2', async () => {
    http2.reply(withInterim(text('x'), 103));
    expect(await post2(http2)).toMatchObject({ interim: [103], status: 200, ended: true });
  });

  test.each([[[1, 10, 20]], ['every-byte']] as const)('splitHead at %j yields one header section', async positions => {
    plain.reply(splitHead(text('Hello'), positions));
    expect(await post(plain, stream)).toMatchObject({ status: 200, ended: true });
  });

  test('rawHead sends the string unchanged', async () => {
    plain.reply(rawHead(text('x'), 'HTTP/1.1 200 OK\r\ncontent length 5\r\n\r\n'));
    expect((await post(plain)).error).toMatch(/^HPE_/u);
  });
});

describe('connection faults', () => {
  test('connectionClose announces that the connection closes', async () => {
    plain.reply(connectionClose(text('x')));
    expect(await post(plain)).toMatchObject({ headers: { connection: 'close' }, ended: true });
  });

  test('closesOnReuse sends its reply and closes the connection at the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    plain.reply(closesOnReuse(text('x')), text('y'));
    const before = plain.requests.length;
    expect((await post(plain, {}, { agent })).status).toBe(200);
    expect(await post(plain, {}, { agent })).toMatchObject({ status: undefined, error: 'ECONNRESET' });
    expect(plain.connections.dropped).toBe(1);
    expect(plain.requests.length - before).toBe(1);
    expect((await post(plain, {}, { agent })).body).toContain('"y"');
    agent.destroy();
  });

  test('closesIdleAfter closes an idle connection without notice unless it is used before', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const total = plain.connections.total;
    plain.reply(closesIdleAfter(text('x'), 60_000), closesIdleAfter(text('y'), 0));
    const { headers } = await post(plain, {}, { agent });
    expect(headers['connection']).toBe('keep-alive');
    await post(plain, {}, { agent });
    await plain.whenIdle();
    expect(plain.connections.total - total).toBe(1);
    agent.destroy();
  });

  test('sendsGoAway sends GOAWAY with the response', async () => {
    http2.reply(sendsGoAway(text('x')));
    expect(await post2(http2)).toMatchObject({ status: 200, ended: true, goAway: 0 });
  });

  test.each(everywhere)(
    'answersBeforeBody responds to the headers of a large request over %s',
    async (_, endpoint, send) => {
      endpoint().reply(answersBeforeBody(status(401, { body: { error: 'key' } })));
      const received = await send(endpoint(), 'x'.repeat(3_000_000));
      // A client that only writes may get the broken pipe first; one that reads receives the response.
      if (received.status !== undefined) expect(received).toMatchObject({ status: 401, body: '{"error":"key"}' });
      else expect(received.error).toMatch(/^(EPIPE|ECONNRESET)$/u);
      expect(endpoint().requests.at(-1)).toMatchObject({ body: '', complete: false });
    },
  );

  test('answersBeforeBody closes the connection while the client still sends', async () => {
    plain.reply(answersBeforeBody(status(401)));
    const { socket, answer } = rawPost(plain, true, 'content-length: 100000000\r\n\r\nstart');
    await new Promise(resolve => socket.once('close', resolve));
    expect(Buffer.concat(answer).toString()).toMatch(/^HTTP\/1\.1 401 /u);
  });

  test('answersBeforeBody responds only after the credential check', async () => {
    await using endpoint = await startEndpoint({
      replies: [answersBeforeBody(status(200))],
      credential: () => ({ status: 403 }),
    });
    expect((await post(endpoint)).status).toBe(403);
    expect(endpoint.pending).toBe(1);
  });

  test('refusedPort returns a port that refuses connections', async () => {
    const url = `http://127.0.0.1:${await refusedPort()}/`;
    expect(await post({ url, ca: undefined })).toMatchObject({ error: 'ECONNREFUSED' });
  });
});

describe('composed faults', () => {
  test('sends a compressed stream with CR LF byte by byte and truncates it', async () => {
    plain.reply(truncated(chunked(compressed(crlf(text('Hello')), 'br'), 'every-byte'), 15));
    const received = await post(plain, stream);
    expect(received).toMatchObject({ headers: { 'content-encoding': 'br' }, ended: false });
    expect(received.chunks).toHaveLength(15);
  });

  test('sends an interim response before a split header section and resets the connection', async () => {
    plain.reply(resetAfter(splitHead(withInterim(text('x'), 103), 'every-byte'), 30));
    expect(await post(plain)).toMatchObject({ interim: [103], status: undefined, error: 'ECONNRESET' });
  });

  test('leaves the wrapped reply unchanged', () => {
    const reply = text('x');
    const copy = structuredClone(reply);
    resetAfter(crlf(compressed(withHeaders(delayed(reply, { body: 1 }), { a: 'b' }), 'gzip')), 3);
    expect(reply).toEqual(copy);
  });
});

/** Sends a hand-written POST and collects the raw bytes of the response. */
function rawPost(
  endpoint: Endpoint,
  read = true,
  rest = 'content-length: 2\r\n\r\n{}',
): { socket: Socket; answer: Buffer[] } {
  const answer: Buffer[] = [];
  const socket = connect(endpoint.port, '127.0.0.1');
  socket.on('error', () => undefined);
  if (read) socket.on('data', chunk => answer.push(chunk));
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${rest}`);
  return { socket, answer };
}
