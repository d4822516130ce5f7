import { EventEmitter } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startEndpoint, text, trackResources } from '../src/index.ts';

const soon = { within: 50 };

test('reports nothing for code that closes its resources', async () => {
  const resources = trackResources();
  const endpoint = await startEndpoint({ tls: true, http2: true, replies: [text('x')] });
  await endpoint.close();
  const timer = setTimeout(() => undefined, 60_000);
  clearTimeout(timer);
  await resources.check();
});

test('reports a timer with the line that set it, even if it is unreferenced', async () => {
  const resources = trackResources(soon);
  const timers = [setTimeout(() => undefined, 60_000), setInterval(() => undefined, 60_000).unref()];
  onTestFinished(() => timers.forEach(clearTimeout));
  await expect(resources.check()).rejects.toThrow(/- timer created at .*track-resources\.test\.ts:\d+.*\n- timer/u);
});

test('reports an open socket and a listening server', async () => {
  const resources = trackResources(soon);
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const client: Socket = connect({ host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  client.unref();
  await new Promise(resolve => client.once('connect', resolve));
  onTestFinished(async () => {
    client.destroy();
    await new Promise(resolve => server.close(resolve));
  });
  await expect(resources.check()).rejects.toThrow(/TCP server created .*\n- TCP socket created/u);
});

test('waits for resources that are being closed', async () => {
  const resources = trackResources();
  setTimeout(() => undefined, 30);
  await resources.check();
});

test('counts listeners left on a watched signal, a watched emitter and the process', async () => {
  const resources = trackResources(soon);
  const { signal } = new AbortController();
  const emitter = new EventEmitter();
  resources.watch(signal, 'the signal');
  resources.watch(emitter, 'the emitter');
  const listener = () => undefined;
  signal.addEventListener('abort', listener);
  emitter.on('data', listener);
  emitter.on('end', listener);
  process.on('SIGUSR2', listener);
  onTestFinished(() => void process.off('SIGUSR2', listener));
  await expect(resources.check()).rejects.toThrow(
    /1 listener\(s\) on process\n- 1 listener\(s\) on the signal\n- 2 listener\(s\) on the emitter/u,
  );
});

test('ignores timers of Node itself', async () => {
  const resources = trackResources({ within: 200 });
  const endpoint = await startEndpoint({ replies: [text('x')] });
  const { request } = await import('node:http');
  await new Promise<void>((resolve, reject) => {
    request(endpoint.url, { method: 'POST', agent: false }, response => response.resume().on('close', resolve))
      .on('error', reject)
      .end('{}');
  });
  await endpoint.close();
  await resources.check();
});
