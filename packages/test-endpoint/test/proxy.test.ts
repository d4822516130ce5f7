import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { neverAnswers, refusedPort, startEndpoint, startProxy, text, trackResources } from '../src/index.ts';

const resources = trackResources();
afterAll(() => resources.check());

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Sends a CONNECT to the proxy and returns the status and the tunnel. */
function connectThrough(proxy: { url: string; ca: string | undefined }, authority: string, headers = {}) {
  const { hostname, port, protocol } = new URL(proxy.url);
  const send = protocol === 'https:' ? secureRequest : request;
  return new Promise<{ status: number; challenge: string | undefined; socket: Duplex }>((resolve, reject) => {
    send({ host: hostname, port, method: 'CONNECT', path: authority, headers, ca: proxy.ca, agent: false })
      .on('connect', (response, socket) => {
        socket.on('error', () => undefined);
        const challenge = response.headers['proxy-authenticate'];
        resolve({ status: response.statusCode ?? 0, challenge, socket });
      })
      .on('error', reject)
      .end();
  });
}

function post(options: object): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ method: 'POST', agent: false, ...options }, async response => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    })
      .on('error', reject)
      .end('{}');
  });
}

test('opens a tunnel for CONNECT through which TLS reaches the endpoint', async () => {
  await using endpoint = await startEndpoint({ tls: true, replies: [text('through')] });
  await using proxy = await startProxy();
  const { status, socket } = await connectThrough(proxy, `127.0.0.1:${endpoint.port}`);
  expect(status).toBe(200);
  const secure = connectTls({ socket, ca: endpoint.ca, servername: 'localhost' });
  secure.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}`,
  );
  const answer = Buffer.concat(await secure.toArray()).toString();
  expect(answer).toContain('"content":"through"');
  expect(proxy.requests).toMatchObject([{ method: 'CONNECT', authority: `127.0.0.1:${endpoint.port}`, status: 200 }]);
  expect(endpoint.requests[0]?.tls?.servername).toBe('localhost');
});

test('sends a 407 with a challenge for CONNECT without the right credentials and does not connect', async () => {
  await using endpoint = await startEndpoint();
  await using proxy = await startProxy({ auth: { username: 'crew', password: 's:cret' } });
  const authority = `127.0.0.1:${endpoint.port}`;
  const anonymous = await connectThrough(proxy, authority);
  expect(anonymous).toMatchObject({ status: 407, challenge: 'Basic realm="test proxy"' });
  const wrong = await connectThrough(proxy, authority, { 'proxy-authorization': basic('crew', 'wrong') });
  expect(wrong.status).toBe(407);
  expect(endpoint.connections.total).toBe(0);
  const right = await connectThrough(proxy, authority, { 'proxy-authorization': basic('crew', 's:cret') });
  expect(right.status).toBe(200);
  right.socket.destroy();
  expect(proxy.requests.map(({ status }) => status)).toEqual([407, 407, 200]);
});

test('forwards a request in absolute form without the fields for the proxy', async () => {
  await using endpoint = await startEndpoint({ replies: [text('forwarded')] });
  await using proxy = await startProxy({ auth: { username: 'u', password: 'p' } });
  const headers = {
    'proxy-authorization': basic('u', 'p'),
    authorization: 'Bearer k',
    host: `127.0.0.1:${endpoint.port}`,
  };
  const answer = await post({ port: proxy.port, path: `${endpoint.url}?a=b`, headers });
  expect(answer.body).toContain('forwarded');
  expect(proxy.requests).toMatchObject([{ method: 'POST', url: `${endpoint.url}?a=b`, status: 200 }]);
  const [seen] = endpoint.requests;
  expect(seen?.path).toBe('/v1/chat/completions?a=b');
  expect(seen?.headers['authorization']).toBe('Bearer k');
  expect(seen?.headers['proxy-authorization']).toBeUndefined();
});

test('serves TLS when the tls option is set', async () => {
  await using endpoint = await startEndpoint();
  await using proxy = await startProxy({ tls: true });
  const { status, socket } = await connectThrough(proxy, `127.0.0.1:${endpoint.port}`);
  expect(status).toBe(200);
  socket.destroy();
});

test('sends the refuse status for CONNECT and for requests in absolute form', async () => {
  await using proxy = await startProxy({ refuse: 503 });
  expect((await connectThrough(proxy, '127.0.0.1:9')).status).toBe(503);
  expect((await post({ port: proxy.port, path: 'http://127.0.0.1:9/' })).status).toBe(503);
});

test('sends a 502 when the target refuses the connection', async () => {
  await using proxy = await startProxy();
  const port = await refusedPort();
  expect((await connectThrough(proxy, `127.0.0.1:${port}`)).status).toBe(502);
  expect((await post({ port: proxy.port, path: `http://127.0.0.1:${port}/` })).status).toBe(502);
});

test('sends a 400 for a request that is neither CONNECT nor in absolute form', async () => {
  await using proxy = await startProxy();
  expect((await post({ port: proxy.port, path: '/v1' })).status).toBe(400);
});

test('resolves a name to a loopback port by the hosts option', async () => {
  await using endpoint = await startEndpoint({ replies: [text('named')] });
  const hosts = { 'api.example.test:80': `127.0.0.1:${endpoint.port}` };
  await using proxy = await startProxy({ hosts });
  const answer = await post({ port: proxy.port, path: 'http://api.example.test/v1/chat/completions' });
  expect(answer.body).toContain('named');
  expect(proxy.requests[0]?.authority).toBe('api.example.test:80');
});

test('closes the connection to the endpoint when the client leaves the tunnel', async () => {
  await using endpoint = await startEndpoint({ replies: [neverAnswers()] });
  await using proxy = await startProxy();
  const { socket } = await connectThrough(proxy, `127.0.0.1:${endpoint.port}`);
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
  const seen = await endpoint.nextRequest();
  socket.destroy();
  expect(await endpoint.whenClosed(seen)).toMatchObject({ answered: false });
});

test('close() ends open tunnels', async () => {
  await using endpoint = await startEndpoint();
  const proxy = await startProxy();
  const { socket } = await connectThrough(proxy, `127.0.0.1:${endpoint.port}`);
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.resume();
  await proxy.close();
  await closed;
  await endpoint.whenIdle();
});
