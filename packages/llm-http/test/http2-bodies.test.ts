import type { ServerHttp2Stream } from 'node:http2';
import { trackResources } from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM } from '../src/index.ts';
import { type NodeHttp2Server, startNodeHttp2Server } from './node-http2-server.ts';

const resources = trackResources();
afterAll(() => resources.check());

const MEGABYTE = 1_000_000;

function client({ url, ca }: NodeHttp2Server, auth?: Authenticator): HttpLLM {
  return new HttpLLM({ endpoint: url, ca, auth, allowH2: true, retry: { retries: 0 } });
}

function answerWith(stream: ServerHttp2Stream, text: string, status = 200): void {
  stream.respond({ ':status': status, 'content-type': 'application/json' });
  const choices = [{ message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
  stream.end(JSON.stringify(status === 200 ? { choices } : { error: { message: text } }));
}

/** Reads a request to its end and responds with the number of its bytes. */
function readAndAnswer(stream: ServerHttp2Stream): void {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  stream.on('end', () => answerWith(stream, String(bytes)));
}

describe('request bodies over one HTTP/2 connection', () => {
  it('sends 60 MB in 60 streams, and a small body, although the server starts to read late [X21]', async () => {
    const waiting: ServerHttp2Stream[] = [];
    await using server = await startNodeHttp2Server(stream => {
      waiting.push(stream);
      if (waiting.length < 61) return;
      // Only now, when every request has been started.
      for (const one of waiting) readAndAnswer(one);
    });
    await using llm = client(server);
    const large = Array.from({ length: 60 }, () => llm.call('x'.repeat(MEGABYTE)));
    const small = llm.call('x');
    for (const reply of await Promise.all(large)) expect(Number(reply)).toBeGreaterThan(MEGABYTE);
    expect(Number(await small)).toBeLessThan(1_000);
    expect(server.sessions()).toBe(1);
  });

  it('sends bodies completely and in order, whatever their length relative to that of a part', async () => {
    const bodies: string[] = [];
    await using server = await startNodeHttp2Server(stream => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        bodies.push(Buffer.concat(chunks).toString());
        answerWith(stream, 'Hello');
      });
    });
    await using llm = client(server);
    const overhead = await bodyLength(llm, '', bodies);
    for (const length of [32_767, 32_768, 32_769, 65_536, 65_537, 1_000_003]) {
      const prompt = Array.from({ length: length - overhead }, (_, index) => 'abcdefghij'[index % 10]).join('');
      expect(await bodyLength(llm, prompt, bodies)).toBe(length);
      expect(JSON.parse(bodies.at(-1) ?? '')).toMatchObject({ messages: [{ content: prompt }] });
    }
  });

  it('renews the credential and sends again when a 401 arrives before the body of 20 MB has been read [X21]', async () => {
    const credentials: unknown[] = [];
    await using server = await startNodeHttp2Server((stream, { authorization }) => {
      credentials.push(authorization);
      if (authorization === 'Bearer new') readAndAnswer(stream);
      else answerWith(stream, 'Expired.', 401);
    });
    let token = 'old';
    const auth: Authenticator = {
      name: 'token',
      authenticate: request => request.setHeader('authorization', `Bearer ${token}`),
      onRefusal: () => {
        token = 'new';
        return 'renewed';
      },
    };
    await using llm = client(server, auth);
    expect(Number(await llm.call('x'.repeat(20 * MEGABYTE)))).toBeGreaterThan(20 * MEGABYTE);
    expect(credentials).toEqual(['Bearer old', 'Bearer new']);
  });

  it.each([400, 413])('reports a %i that arrives before a body of 20 MB has been read [X21]', async status => {
    const closed: Promise<unknown>[] = [];
    await using server = await startNodeHttp2Server(stream => {
      closed.push(new Promise(done => stream.on('close', done)));
      answerWith(stream, 'Too large.', status);
    });
    await using llm = client(server);
    await expect(llm.call('x'.repeat(20 * MEGABYTE))).rejects.toMatchObject({ status, serverMessage: 'Too large.' });
    // The rest is not sent: the stream ends with its response.
    await Promise.all(closed);
    expect(server.sessions()).toBe(1);
  });

  it('stops sending a body when its call is aborted, and keeps the connection', async () => {
    const arrived = Promise.withResolvers<ServerHttp2Stream>();
    await using server = await startNodeHttp2Server((stream, headers) => {
      if (Number(headers['content-length']) < 1_000) readAndAnswer(stream);
      else arrived.resolve(stream);
    });
    await using llm = client(server);
    const caller = new AbortController();
    const outcome = expect(llm.call('x'.repeat(MEGABYTE), { signal: caller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const stream = await arrived.promise;
    const closed = new Promise(done => stream.on('close', done));
    caller.abort();
    await outcome;
    stream.resume();
    await closed;
    expect(Number(await llm.call('x'))).toBeGreaterThan(0);
    expect(server.sessions()).toBe(1);
  });
});

/** Sends a prompt and returns the length of the request's body. */
async function bodyLength(llm: HttpLLM, prompt: string, bodies: readonly string[]): Promise<number> {
  await llm.call([{ role: 'user', content: prompt }]);
  return bodies.at(-1)?.length ?? 0;
}
