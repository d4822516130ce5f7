import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { AuthHost, TransportFetch } from '../../src/adapter.ts';
import { HttpLLM } from '../../src/index.ts';

/** Lengths of the bodies that were read, by the way in which they were read. */
export interface BodiesRead {
  readonly call: number;
  readonly stream: number;
  readonly gzip: number;
  readonly fetch: number;
  readonly error: string;
}

const LENGTH = 2 * 1024 * 1024;
/** Size for the other ways to read. As objects these chunks would not fit into the heap either. */
const SHORTER = 1024 * 1024;
const LETTERS = Buffer.alloc(LENGTH, 'x');
const answer = (text: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from('{"choices":[{"message":{"role":"assistant","content":"'),
    text,
    Buffer.from('"},"finish_reason":"stop"}]}'),
  ]);
/** Stored, not compressed: as many bytes come as are meant. */
const GZIP = gzipSync(answer(LETTERS.subarray(0, SHORTER)), { level: 0 });
const EVENTS = Buffer.from(
  `data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(1_000) } }] })}\n\n`.repeat(SHORTER / 1_000),
);
const DONE = Buffer.from('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');

const BODIES: Readonly<Record<string, readonly [head: string, body: Buffer]>> = {
  call: ['200 OK\r\ncontent-type: application/json', answer(LETTERS)],
  gzip: ['200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip', GZIP],
  stream: ['200 OK\r\ncontent-type: text/event-stream', Buffer.concat([EVENTS, DONE])],
  fetch: ['200 OK\r\ncontent-type: application/octet-stream', LETTERS.subarray(0, SHORTER)],
  error: ['400 Bad Request\r\ncontent-type: application/json', answer(LETTERS.subarray(0, SHORTER))],
};

/** Writes a body as chunks of one byte (RFC 9112, section 7.1), as fast as they are taken. */
function writeByteByByte(socket: Socket, body: Buffer): void {
  let at = 0;
  const writeOn = (): void => {
    for (let mayGoOn = true; mayGoOn && at < body.length; ) {
      const part = body.subarray(at, at + 10_000);
      at += part.length;
      const wire = Buffer.alloc(part.length * 6, '1\r\n_\r\n');
      for (const [index, byte] of part.entries()) wire[index * 6 + 3] = byte;
      mayGoOn = socket.write(wire);
    }
    if (at < body.length) socket.once('drain', writeOn);
    else socket.write('0\r\n\r\n');
  };
  writeOn();
}

async function listen(): Promise<[server: Server, port: number]> {
  const server = createServer(socket => {
    socket
      .on('error', () => undefined)
      .on('data', bytes => {
        const name = /^(?:POST|GET) \/(\w+)/.exec(bytes.toString('latin1'))?.[1];
        const [head, body] = BODIES[name ?? ''] ?? [];
        if (head === undefined || body === undefined) return;
        socket.write(`HTTP/1.1 ${head}\r\ntransfer-encoding: chunked\r\n\r\n`);
        writeByteByByte(socket, body);
      });
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return [server, typeof address === 'object' && address !== null ? address.port : 0];
}

const [server, port] = await listen();
const url = (name: string): string => `http://127.0.0.1:${port}/${name}`;
async function withLLM<T>(name: string, use: (llm: HttpLLM) => Promise<T>): Promise<T> {
  const llm = new HttpLLM({ endpoint: url(name), retry: { retries: 0 } });
  try {
    return await use(llm);
  } finally {
    await llm.close();
  }
}

async function streamed(llm: HttpLLM): Promise<number> {
  let length = 0;
  for await (const part of llm.stream('Hello')) if (part.type === 'text') length += part.text.length;
  return length;
}

async function fetched(): Promise<number> {
  let fetch: TransportFetch | undefined;
  const attach = (host: AuthHost): void => {
    fetch = host.fetch;
  };
  const auth = { name: 'probe', attach, authenticate: () => undefined };
  const llm = new HttpLLM({ endpoint: url('none'), auth });
  const response = await fetch?.(url('fetch'));
  const length = (await response?.arrayBuffer())?.byteLength ?? 0;
  await llm.close();
  return length;
}

const read: BodiesRead = {
  call: await withLLM('call', async llm => (await llm.call('Hello')).length),
  gzip: await withLLM('gzip', async llm => (await llm.call('Hello')).length),
  stream: await withLLM('stream', streamed),
  fetch: await fetched(),
  error: await withLLM('error', llm => llm.call('Hello').catch((thrown: Error) => thrown.name)),
};
server.close();
console.log(JSON.stringify(read));
