import { createServer, type Socket } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { AuthenticationError, ConnectionError, ProtocolError, ResponseError } from '@crew/core';
import {
  answersBeforeBody,
  bomb,
  chunked,
  compressed,
  createAuthority,
  delayed,
  errorBody,
  headerBomb,
  huge,
  manualClock,
  type Reply,
  rawHead,
  redirect,
  startEndpoint,
  status,
  text,
  trackResources,
  withHeaders,
} from '@crew/test-endpoint';
import { afterAll, describe, expect, it } from 'vitest';
import { type Authenticator, HttpLLM } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const once = { retry: { retries: 0 } };

describe('redirects', () => {
  const auth: Authenticator = {
    name: 'several',
    authenticate(request) {
      request.setHeader('authorization', 'Bearer some-token');
      request.setHeader('x-api-key', 'some-key');
    },
  };

  it.each([301, 302, 303, 307, 308] as const)(
    'rejects a redirect with status %i, and sends nothing to the second origin [T1, T2, T3]',
    async code => {
      await using elsewhere = await startEndpoint({ path: '*', respond: () => text('stolen') });
      const target = `${elsewhere.origin}/login?next=hidden`;
      await using endpoint = await startEndpoint({ path: '*', respond: () => redirect(code, target) });
      for (const location of [target, '/echo', '//evil.example/', 'ftp://evil.example/', ':', '']) {
        endpoint.reply(redirect(code, location));
        await using llm = new HttpLLM({ endpoint: endpoint.url, auth });
        const failed = llm.call('Hello');
        await expect(failed).rejects.toBeInstanceOf(ResponseError);
        await expect(failed).rejects.toMatchObject({ code: 'RESPONSE', status: code });
        await expect(failed).rejects.not.toThrow('hidden');
      }
      expect(elsewhere.connections.total).toBe(0);
      expect(endpoint.requests).toHaveLength(6);
    },
  );

  it('reports a redirect with the origin that it leads to', async () => {
    await using endpoint = await startEndpoint({ replies: [redirect(308, 'https://api.example/v2?key=hidden')] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    await expect(llm.call('Hello')).rejects.toThrow('redirects to https://api.example (status 308)');
  });
});

describe('responses', () => {
  const body = JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] });
  const coded = (coding: string, bytes: Uint8Array): Reply => ({
    headers: { 'content-type': 'application/json', 'content-encoding': coding },
    body: bytes,
  });

  it.each<[string, Reply]>([
    ['gzip', compressed(text('Hello'), 'gzip')],
    ['br', compressed(text('Hello'), 'br')],
    ['deflate', compressed(text('Hello'), 'deflate')],
    ['zstd', coded('zstd', zstdCompressSync(body))],
    ['X-GZip, in capitals', coded('X-GZip', gzipSync(body))],
    ['gzip over br', compressed(compressed(text('Hello'), 'br'), 'gzip')],
    ['identity', coded('identity', Buffer.from(body))],
  ])('decodes a response with content coding %s', async (_coding, reply) => {
    await using endpoint = await startEndpoint({ replies: [reply] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    expect(await llm.call('Hello')).toBe('Hello');
  });

  it.each<[string, Reply, string]>([
    ['of an unknown coding', coded('secret-sauce', Buffer.from(body)), 'content coding "secret-sauce"'],
    ['encoded four times', coded('gzip, gzip, gzip, gzip', Buffer.from(body)), 'encoded 4 times over'],
    ['that is not what it says', coded('gzip', Buffer.from(body)), 'is declared as gzip, but cannot be decoded'],
    [
      'whose encoding breaks off',
      coded('gzip', gzipSync(body).subarray(0, 20)),
      'is declared as gzip, but cannot be decoded',
    ],
    ['longer than the cap', huge(2_000_000), 'longer than maxResponseBytes allows (1000000 bytes)'],
    ['without end', huge(Number.POSITIVE_INFINITY), 'longer than maxResponseBytes'],
    ['that is a gzip bomb', bomb({ decodedBytes: 5_000_000_000, encoding: 'gzip' }), 'longer than maxResponseBytes'],
    ['that is a brotli bomb', bomb({ decodedBytes: 5_000_000_000, encoding: 'br' }), 'longer than maxResponseBytes'],
    [
      'that is a bomb in a bomb',
      compressed(bomb({ decodedBytes: 50_000_000, encoding: 'gzip' }), 'gzip'),
      'longer than maxResponseBytes',
    ],
    ['with headers without end', headerBomb(100_000), 'The header section of the response of'],
    ['that is no HTTP', { delivery: { rawHead: 'SSH-2.0-OpenSSH\r\n\r\n' } }, 'does not speak HTTP'],
    ['that is HTML', status(200, { headers: { 'content-type': 'text/html' }, body: '<html>Hi' }), '<html>Hi'],
    ['that is empty', status(200), 'is not a JSON object'],
    ['that is cut JSON', status(200, { body: body.slice(0, 40) }), 'It starts with: {"choices"'],
  ])('turns a response %s into a ProtocolError [T46, T47]', async (_what, reply, message) => {
    await using endpoint = await startEndpoint({ replies: [reply] });
    await using llm = new HttpLLM({ endpoint: endpoint.url, maxResponseBytes: 1_000_000 });
    const before = process.memoryUsage().rss;
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(ProtocolError);
    await expect(failed).rejects.toThrow(message);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('reads at most 64 KiB of an error', async () => {
    await using endpoint = await startEndpoint({ replies: [{ ...huge(Number.POSITIVE_INFINITY), status: 400 }] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'RESPONSE', status: 400 });
    await endpoint.whenIdle();
  });

  it('ends a response that arrives byte by byte at the total timeout [T48]', async () => {
    const clock = manualClock();
    await using endpoint = await startEndpoint({
      // A second of the client's clock passes before each byte.
      replies: [delayed(chunked(text('x'.repeat(5_000)), 1), { betweenChunks: () => clock.advance(1_000) })],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, clock, timeouts: { total: 10_000 }, ...once });
    await expect(llm.call('Hello')).rejects.toMatchObject({ code: 'TIMEOUT', deadline: 'total' });
    await endpoint.whenIdle();
  });

  it('accepts interim responses before the response', async () => {
    const reply: Reply = {
      ...text('Hello'),
      delivery: { interim: [{ status: 102 }, { status: 103, headers: { link: 'x' } }] },
    };
    await using endpoint = await startEndpoint({ replies: [reply] });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    expect(await llm.call('Hello')).toBe('Hello');
  });

  it.each(['100 Continue', '101 Switching Protocols'])(
    'rejects an interim %s that was not requested over HTTP/1.1, without a retry',
    async interim => {
      const head = `HTTP/1.1 ${interim}\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n`;
      await using endpoint = await startEndpoint({ respond: () => rawHead(text('Hello'), head) });
      await using llm = new HttpLLM({ endpoint: endpoint.url, retry: { retries: 2, baseDelay: 0 } });
      await expect(llm.call('Hello')).rejects.toMatchObject({
        code: 'PROTOCOL',
        message: expect.stringContaining('interim response (status 100 or 101)'),
      });
      expect(endpoint.requests).toHaveLength(1);
    },
  );

  it("returns the server's id of the request", async () => {
    await using endpoint = await startEndpoint({
      respond: () => withHeaders(text('Hello'), { 'x-request-id': 'req-7' }),
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    expect(await llm.generate('Hello')).toMatchObject({ requestId: 'req-7' });
    for await (const part of llm.stream('Hello')) {
      if (part.type === 'finish') expect(part.generation.requestId).toBe('req-7');
    }
  });
});

describe('TLS', () => {
  it('trusts a private authority from the options, and checks the host name', async () => {
    await using endpoint = await startEndpoint({ tls: true, respond: () => text('Hello') });
    for (const caMode of ['append', 'replace'] as const) {
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, caMode });
      expect(await llm.call('Hello')).toBe('Hello');
    }
  });

  it('does not trust an unknown authority, and advises what to do [T52]', async () => {
    await using endpoint = await startEndpoint({ tls: true });
    const { certificate: other } = await createAuthority();
    for (const ca of [undefined, other]) {
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca });
      const failed = llm.call('Hello');
      await expect(failed).rejects.toBeInstanceOf(ConnectionError);
      await expect(failed).rejects.toThrow("pass that authority's certificate as `ca`");
    }
    expect(endpoint.requests).toHaveLength(0);
  });

  it('rejects a certificate for another name', async () => {
    const authority = await createAuthority();
    const certificate = await authority.issue({ commonName: 'other', dns: ['other.example'] });
    await using endpoint = await startEndpoint({ tls: { authority, certificate } });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca });
    await expect(llm.call('Hello')).rejects.toThrow('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(endpoint.requests).toHaveLength(0);
  });

  it.each([
    ['bad_certificate', 42],
    ['unsupported_certificate', 43],
    ['certificate_revoked', 44],
    ['certificate_expired', 45],
    ['certificate_unknown', 46],
    ['unknown_ca', 48],
    ['access_denied', 49],
    ['certificate_required', 116],
  ])('turns the alert %s into an AuthenticationError (RFC 8446, section 6.2)', async (_name, alert) => {
    // An alert record in the clear, as a server sends it before it has keys.
    await using server = await rawServer(socket => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, alert])));
    await using llm = new HttpLLM({ endpoint: `https://127.0.0.1:${server.port}/v1` });
    const failed = llm.call('Hello');
    await expect(failed).rejects.toBeInstanceOf(AuthenticationError);
    await expect(failed).rejects.toThrow('refused the client certificate, or the lack of one, in the TLS handshake');
    expect(server.total).toBe(1);
  });

  it('mentions the client certificate when the server closes the connection of a client without one', async () => {
    for (const tls of [{ maxVersion: 'TLSv1.2' }, {}] as const) {
      await using endpoint = await startEndpoint({ tls, clientCertificate: 'require' });
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, ...once });
      const failed = llm.call('Hello');
      await expect(failed).rejects.toBeInstanceOf(ConnectionError);
      await expect(failed).rejects.toThrow('whether it requires a client certificate');
    }
  });

  it('reports that a plain server does not speak TLS', async () => {
    await using endpoint = await startEndpoint();
    await using llm = new HttpLLM({ endpoint: endpoint.url.replace('http:', 'https:') });
    await expect(llm.call('Hello')).rejects.toThrow('Check that it speaks TLS there');
  });

  it('turns a 401 before a large prompt was read into an AuthenticationError over TLS', async () => {
    for (const http2 of [false, true]) {
      await using endpoint = await startEndpoint({
        tls: true,
        http2,
        replies: [answersBeforeBody(errorBody(401, { message: 'No.' }))],
      });
      await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: http2, ...once });
      await expect(llm.call('x'.repeat(5_000_000))).rejects.toMatchObject({ code: 'AUTHENTICATION' });
    }
  });
});

describe('HTTP/2', () => {
  it('is used only when it is allowed', async () => {
    await using endpoint = await startEndpoint({ http2: true, respond: () => text('Hello') });
    await using one = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca });
    await using two = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: true });
    await one.call('Hello');
    await two.call('Hello');
    expect(endpoint.requests.map(({ http }) => http)).toEqual(['1.1', '2']);
  });

  it('carries concurrent calls and streams on one connection', async () => {
    await using endpoint = await startEndpoint({ http2: true, respond: () => text('Hello there') });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: true });
    const answers = await Promise.all(Array.from({ length: 32 }, () => llm.call('Hello')));
    expect(new Set(answers)).toEqual(new Set(['Hello there']));
    const parts = [];
    for await (const part of llm.stream('Hello')) parts.push(part.type);
    expect(parts.at(-1)).toBe('finish');
    expect(endpoint.connections.total).toBe(1);
  });

  it('ends only the stream of a call that is aborted', async () => {
    await using endpoint = await startEndpoint({
      http2: true,
      replies: [delayed(text('slow'), { headers: 60_000 }), text('Hello')],
    });
    await using llm = new HttpLLM({ endpoint: endpoint.url, ca: endpoint.ca, allowH2: true });
    const caller = new AbortController();
    const outcome = expect(llm.call('Hello', { signal: caller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const request = await endpoint.nextRequest();
    caller.abort();
    await outcome;
    await endpoint.whenClosed(request);
    expect(await llm.call('Hello')).toBe('Hello');
    expect(endpoint.connections.total).toBe(1);
  });
});

describe('connections', () => {
  it('are kept for the next call', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    for (let call = 0; call < 20; call += 1) await llm.call('Hello');
    expect(endpoint.connections.total).toBeLessThanOrEqual(2);
  });

  it('are limited to 256 however many calls there are', async () => {
    // A connection that the server closes while it is idle would be made anew, and count twice.
    const keepAliveTimeout = 600_000;
    await using endpoint = await startEndpoint({ keepAliveTimeout, respond: () => text('Hello') });
    await using llm = new HttpLLM({ endpoint: endpoint.url });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => llm.call('Hello')));
    expect(answers).toHaveLength(1_000);
    expect(endpoint.connections.total).toBeLessThanOrEqual(256);
  });

  it('are closed with the LLM', async () => {
    await using endpoint = await startEndpoint({ respond: () => text('Hello') });
    const llm = new HttpLLM({ endpoint: endpoint.url });
    await llm.call('Hello');
    await llm.close();
    await endpoint.whenIdle();
  });
});

/** A server of bare sockets, for what no TLS or HTTP server does on demand. */
async function rawServer(connected: (socket: Socket) => void) {
  const state = { total: 0 };
  const server = createServer(socket => {
    state.total += 1;
    socket.on('error', () => undefined).resume();
    connected(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return Object.assign(state, {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
  });
}
