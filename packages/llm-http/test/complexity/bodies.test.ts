import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { array, check, constantFrom, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatCompletions, HttpLLM, type Protocol } from '../../src/index.ts';
import { ByteQueue } from '../../src/transport/response-body.ts';
import type { BodiesRead } from './bodies-client.ts';

const client = fileURLToPath(new URL('bodies-client.ts', import.meta.url));

describe('bodies in chunks of one byte', () => {
  it('reads 2 MiB in one-byte chunks in a heap of 96 MB, also encoded, streamed, in errors and with host.fetch [X5]', async () => {
    // At 140 bytes per chunk object, 2 MiB would need almost 300 MB.
    const program = ['--max-old-space-size=96', '--conditions=@crew/source', client];
    const { stdout } = await promisify(execFile)(process.execPath, program);
    const read: BodiesRead = JSON.parse(stdout);
    const [longest, length] = [2 * 1024 * 1024, 1024 * 1024];
    const streamed = Math.floor(length / 1_000) * 1_000;
    expect(read).toEqual({ call: longest, gzip: length, fetch: length, stream: streamed, error: 'ResponseError' });
  });

  it('passes a one-byte stream to the decoder in chunks whose number grows with the reads, not with the bytes [X5]', async () => {
    const [few, many] = [await piecesOf(100_000), await piecesOf(800_000)];
    expect(few.bytes).toBe(100_000);
    expect(many.bytes).toBe(800_000);
    expect(few.pieces).toBeLessThan(few.bytes / 100);
    expect(many.pieces).toBeLessThan(many.bytes / 100);
  });
});

describe('ByteQueue', () => {
  it('returns bytes in order, however they were split and taken', () => {
    const action = constantFrom<'shift' | 'take all' | 'go on'>('shift', 'take all', 'go on', 'go on', 'go on');
    const sizes = constantFrom(1, 7, 100, 4_095, 4_096, 5_000, 70_000);
    const outcome = check(
      property(
        array(
          sizes.chain(size => uint8Array({ minLength: size, maxLength: size })),
          { maxLength: 30 },
        ),
        array(action),
        (pieces, actions) => {
          const queue = new ByteQueue();
          const out: Uint8Array[] = [];
          for (const [index, piece] of pieces.entries()) {
            queue.push(piece);
            if (actions[index] === 'shift') out.push(queue.shift() ?? new Uint8Array());
            if (actions[index] === 'take all') out.push(queue.takeAll());
          }
          for (let one = queue.shift(); one !== undefined; one = queue.shift()) out.push(one);
          return Buffer.concat(out).equals(Buffer.concat(pieces)) && queue.byteLength === 0;
        },
      ),
      { numRuns: 60, seed: 12 },
    );
    expect(outcome.counterexample).toBeNull();
  });

  it.each<[string, (index: number) => Uint8Array]>([
    ['of one byte', () => new Uint8Array(1)],
    ['of one byte, each of which is all that is used of 64 KiB', () => new Uint8Array(65_536).subarray(0, 1)],
    ['of one byte and of 4 KiB in turn', index => new Uint8Array(index % 2 === 0 ? 1 : 4_096)],
    ['of 4 KiB, each of which is all that is used of 64 KiB', () => new Uint8Array(65_536).subarray(0, 4_096)],
  ])('uses less than twice the memory of its bytes plus one block, for chunks %s [X5]', (_what, pieceAt) => {
    const held = (count: number): { readonly bytes: number; readonly memory: number; readonly pieces: number } => {
      const queue = new ByteQueue();
      for (let index = 0; index < count; index += 1) queue.push(pieceAt(index));
      const bytes = queue.byteLength;
      const pieces: Uint8Array[] = [];
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) pieces.push(one);
      const buffers = new Set(pieces.map(({ buffer }) => buffer));
      const memory = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
      return { bytes, memory, pieces: pieces.length };
    };
    for (const count of [1_000, 8_000]) {
      const { bytes, memory, pieces } = held(count);
      expect(memory).toBeLessThanOrEqual(2 * bytes + 65_536);
      expect(pieces).toBeLessThanOrEqual(bytes / 4_096 + 5);
    }
  });
});

/** Streams bytes in chunks of one byte, and counts the chunks that the protocol receives. */
async function piecesOf(length: number): Promise<{ readonly bytes: number; readonly pieces: number }> {
  const server = createServer(socket => {
    socket
      .on('error', () => undefined)
      .once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
        socket.write(`${'1\r\n:\r\n'.repeat(length)}0\r\n\r\n`);
      });
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const counted = { bytes: 0, pieces: 0 };
  const protocol: Protocol = {
    ...chatCompletions(),
    async *decodeEvents(chunks) {
      for await (const chunk of chunks) {
        counted.bytes += chunk.byteLength;
        counted.pieces += 1;
      }
      yield { type: 'text', text: 'Hello' };
      yield {
        type: 'finish',
        generation: {
          text: 'Hello',
          reasoning: undefined,
          toolCalls: [],
          finishReason: 'stop',
          usage: undefined,
          model: undefined,
          requestId: undefined,
        },
      };
    },
  };
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const llm = new HttpLLM({ endpoint: `http://127.0.0.1:${port}/`, protocol });
  for await (const _part of llm.stream('Hello'));
  await llm.close();
  await new Promise(closed => server.close(closed));
  return counted;
}
