import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { HttpLLM } from '../src/index.ts';

const FINISH = `data: ${JSON.stringify({ choices: [{ delta: { content: 'High tide.' }, finish_reason: 'stop' }] })}\n\n`;

test.each([
  ['is silent', 0],
  ['sends heartbeats', 50],
])('ends a turn whose server %s after the finish reason, and closes the connection [W17]', async (_what, interval) => {
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let closed: Promise<unknown> = Promise.resolve();
  const server = createServer((_request, response) => {
    closed = once(response, 'close');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(FINISH);
    if (interval > 0) heartbeat = setInterval(() => response.write(': alive\n\n'), interval);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await using llm = new HttpLLM({ endpoint: `http://127.0.0.1:${port}/v1/chat/completions` });
  try {
    let text = '';
    for await (const part of llm.stream('When is high tide?')) {
      if (part.type === 'finish') text = part.generation.text;
    }
    expect(text).toBe('High tide.');
    await closed;
  } finally {
    clearInterval(heartbeat);
    server.closeAllConnections();
    server.close();
  }
});
