import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { createAuthority } from '@crew/test-endpoint';

const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, goAway: 7 } as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const PREFACE_LENGTH = 24;

/** Writes frames (RFC 9113, section 6) on one stream. */
export interface RawStream {
  /** A head of status 200 (RFC 7541, section 6.1). */
  head(options?: { readonly end: boolean }): void;
  data(text: string, options?: { readonly end: boolean }): void;
  /** Trailers without fields, which end the stream. */
  trailers(): void;
  reset(code: number): void;
  /** Ends the connection with that code; this stream is not worked on. */
  goAway(code: number): void;
  /** Writes a frame of settings that belongs to no connection (RFC 9113, section 6.5). */
  breakRules(): void;
}

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  readonly ca: string;
  /** Requests that arrived whole. */
  readonly requests: () => number;
}

/** A server that speaks HTTP/2 frame by frame: what no well-made server does on demand. */
export async function startRawServer(answer: (stream: RawStream, index: number) => void): Promise<RawServer> {
  const authority = await createAuthority();
  const { certificate, key } = await authority.issue({
    commonName: 'localhost',
    dns: ['localhost'],
    ip: ['127.0.0.1'],
  });
  const sockets = new Set<TLSSocket>();
  let requests = 0;
  const server = createServer({ cert: certificate, key, ALPNProtocols: ['h2'] }, socket => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.write(frame(TYPE.settings, 0, 0));
    let received = Buffer.alloc(0);
    let isPastPreface = false;
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (!isPastPreface) {
        if (received.length < PREFACE_LENGTH) return;
        received = received.subarray(PREFACE_LENGTH);
        isPastPreface = true;
      }
      for (let length = lengthOf(received); length !== undefined; length = lengthOf(received)) {
        const [type, flags = 0, id] = [received[3], received[4], received.readUInt32BE(5)];
        received = received.subarray(length);
        if (type === TYPE.settings && !(flags & 1)) socket.write(frame(TYPE.settings, 1, 0));
        const isWhole = (type === TYPE.headers || type === TYPE.data) && (flags & END_STREAM) !== 0;
        if (isWhole) answer(streamOn(socket, id), requests++);
      }
    });
  });
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ca: authority.certificate,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(closed => server.close(closed));
    },
  };
}

function streamOn(socket: TLSSocket, id: number): RawStream {
  return {
    head: ({ end } = { end: false }) =>
      socket.write(frame(TYPE.headers, END_HEADERS | (end ? END_STREAM : 0), id, Buffer.from([0x88]))),
    data: (text, { end } = { end: false }) =>
      socket.write(frame(TYPE.data, end ? END_STREAM : 0, id, Buffer.from(text))),
    trailers: () => socket.write(frame(TYPE.headers, END_HEADERS | END_STREAM, id)),
    reset(code) {
      const payload = Buffer.alloc(4);
      payload.writeUInt32BE(code);
      socket.write(frame(TYPE.reset, 0, id, payload));
    },
    goAway(code) {
      const payload = Buffer.alloc(8);
      payload.writeUInt32BE(code, 4);
      socket.end(frame(TYPE.goAway, 0, 0, payload));
    },
    breakRules: () => socket.write(frame(TYPE.settings, 0, id)),
  };
}

function frame(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

/** The length of the first frame with its head, once it is there as a whole. */
function lengthOf(received: Buffer): number | undefined {
  if (received.length < 9) return undefined;
  const length = 9 + received.readUIntBE(0, 3);
  return received.length < length ? undefined : length;
}
