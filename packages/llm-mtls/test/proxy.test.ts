import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createAuthority, findSystemProgram, startEndpoint, startProxy, text } from '@crew/llm-testkit';
import { describe, expect, it, vi } from 'vitest';
import { MtlsLLM } from '../src/index.ts';
import { temporaryFolder } from './fixtures/folder.ts';
import { createPki, pemOf } from './fixtures/pki.ts';

const { authority, client } = await createPki();
const ca = authority.certificate;
const issued = await client();
const start = (http2 = false) =>
  startEndpoint({ http2, tls: { authority }, clientCertificate: 'require', respond: () => text('Hello') });

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('a client certificate through a CONNECT proxy, over %s', (_, allowH2) => {
  it.each([
    ['plain', false],
    ['reached over TLS itself', true],
  ])('is presented to the server but not to the proxy, which requires authentication and is %s', async (_name, tls) => {
    await using endpoint = await start(allowH2);
    const proxyAuthority = await createAuthority({ commonName: 'Proxy Root' });
    const auth = { username: 'crew', password: 'pr0xy-s3cret' };
    await using proxy = await startProxy({ auth, tls: tls ? { authority: proxyAuthority } : false });
    const through = { url: proxy.url, ...auth, ...(tls ? { ca: proxyAuthority.certificate } : {}) };
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ca, allowH2, ...pemOf(issued), proxy: through });
    expect(await llm.call('Hi')).toBe('Hello');
    const [request] = endpoint.requests;
    expect(request?.tls).toMatchObject({ authorized: true, peer: { fingerprint256: issued.fingerprint256 } });
    expect(request?.http).toBe(allowH2 ? '2' : '1.1');
    expect(request?.headers['proxy-authorization']).toBeUndefined();
    expect(proxy.requests).toEqual([expect.objectContaining({ method: 'CONNECT', status: 200 })]);
  });
});

describe('the proxy of an LLM with a client certificate', () => {
  it('is read from the environment', async () => {
    await using endpoint = await start();
    await using proxy = await startProxy();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', '');
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ca, ...pemOf(issued), proxy: 'environment' });
    expect(await llm.call('Hi')).toBe('Hello');
    expect(endpoint.requests[0]?.tls?.peer?.fingerprint256).toBe(issued.fingerprint256);
    expect(proxy.requests).toHaveLength(1);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    await using direct = new MtlsLLM({ endpoint: endpoint.url, ca, ...pemOf(issued), proxy: 'environment' });
    expect(await direct.call('Hi')).toBe('Hello');
    expect(proxy.requests).toHaveLength(1);
  });

  it('is not checked against the server’s pins or SPIFFE ID, and does not receive the certificate', async () => {
    await using endpoint = await start();
    const proxyAuthority = await createAuthority({ commonName: 'Proxy Root' });
    await using proxy = await startProxy({ tls: { authority: proxyAuthority } });
    const options = {
      endpoint: endpoint.url,
      ca,
      ...pemOf(issued),
      proxy: { url: proxy.url, ca: proxyAuthority.certificate },
    };
    await using llm = new MtlsLLM({ ...options, serverSpiffeId: 'spiffe://example.org/llm' });
    await expect(llm.call('Hi')).rejects.toThrow(/The certificate of the server .* has no URI name/u);
    expect(proxy.requests[0]).toMatchObject({ method: 'CONNECT', status: 200 });
  });

  it('causes a ConnectionError of its own if it refuses the tunnel', async () => {
    await using endpoint = await start();
    await using proxy = await startProxy({ auth: { username: 'crew', password: 'right' } });
    const options = { endpoint: endpoint.url, ca, ...pemOf(issued) };
    await using llm = new MtlsLLM({ ...options, proxy: { url: proxy.url, username: 'crew', password: 'wrong' } });
    await expect(llm.call('Hi')).rejects.toMatchObject({
      name: 'ConnectionError',
      message: expect.stringMatching(/proxy refused the tunnel .*\(407\)/u),
    });
    expect(endpoint.connections.total).toBe(0);
  });

  it('is not blamed if the server refuses the certificate', async () => {
    await using endpoint = await start();
    await using proxy = await startProxy();
    const elsewhere = await createPki();
    const options = { endpoint: endpoint.url, ca, ...pemOf(await elsewhere.client()), proxy: proxy.url };
    await using llm = new MtlsLLM(options);
    await expect(llm.call('Hi')).rejects.toMatchObject({ name: 'AuthenticationError' });
    expect(endpoint.connections.total).toBe(1);
  });

  it('opens a new tunnel for a new certificate', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    await using proxy = await startProxy();
    const paths = folder.write({ certFile: issued.chain, keyFile: issued.key });
    await using llm = new MtlsLLM({ endpoint: endpoint.url, ca, ...paths, proxy: proxy.url });
    await llm.call('Hi');
    const next = await client({ commonName: 'next' });
    folder.write({ certFile: next.chain, keyFile: next.key });
    const newest = async () => {
      await llm.call('Hi');
      return endpoint.requests.at(-1)?.tls?.peer?.subject;
    };
    await expect.poll(newest, { interval: 200 }).toBe('CN=next');
    await expect.poll(() => proxy.connections.open).toBe(1);
  });
});

const tinyproxy = findSystemProgram('tinyproxy');
if (tinyproxy !== undefined) {
  it('a client certificate works through tinyproxy, whose log shows neither the prompt nor the password [T12]', async () => {
    using folder = temporaryFolder();
    await using endpoint = await start();
    const free = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => free.once('listening', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise(resolve => free.close(resolve));
    const log = join(folder.path, 'tinyproxy.log');
    const { conf } = folder.write({
      conf: [
        `Port ${port}`,
        'Listen 127.0.0.1',
        'Timeout 60',
        `LogFile "${log}"`,
        'LogLevel Info',
        'MaxClients 20',
        'BasicAuth crew pr0xys3cret',
        `ConnectPort ${endpoint.port}`,
      ].join('\n'),
    });
    const child = spawn(tinyproxy, ['-d', '-c', conf], { stdio: 'ignore' });
    const gone = new Promise(resolve => child.once('exit', resolve));
    try {
      for (let attempt = 0; !(await accepts(port)); attempt += 1) {
        if (attempt > 2_000) throw new Error('tinyproxy did not start.');
        await wait(30);
      }
      const proxy = `http://crew:pr0xys3cret@127.0.0.1:${port}`;
      await using llm = new MtlsLLM({ endpoint: endpoint.url, ca, ...pemOf(issued), proxy });
      expect(await llm.call('My prompt')).toBe('Hello');
      expect(endpoint.requests[0]?.tls?.peer?.fingerprint256).toBe(issued.fingerprint256);
      const logged = readFileSync(log, 'utf8');
      expect(logged).toContain(`CONNECT 127.0.0.1:${endpoint.port}`);
      expect(logged).not.toMatch(/My prompt|pr0xys3cret/u);
    } finally {
      child.kill('SIGTERM');
      await gone;
    }
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
