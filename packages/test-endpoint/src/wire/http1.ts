import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ConnectionGone, type HeaderField, type Wire, written } from './wire.ts';

/** A response through node:http. */
export class Http1Wire implements Wire {
  readonly #response: ServerResponse;
  readonly #tcp: Socket;

  constructor(response: ServerResponse, tcp: Socket) {
    this.#response = response;
    this.#tcp = tcp;
  }

  interim(status: number, headers: readonly HeaderField[]): void {
    this.#response.socket?.write(headSection(status, headers));
  }

  async head(status: number, headers: readonly HeaderField[], bodyLength: number | undefined): Promise<void> {
    for (const [name, value] of headers) this.#response.appendHeader(name, value);
    if (bodyLength !== undefined && !this.#response.hasHeader('content-length')) {
      this.#response.setHeader('content-length', bodyLength);
    }
    this.#response.writeHead(status);
    this.#response.flushHeaders();
  }

  write(bytes: Uint8Array): Promise<void> {
    return written(done => {
      if (this.#response.destroyed) done(new ConnectionGone());
      else this.#response.write(bytes, done);
    });
  }

  end(): Promise<void> {
    return written(done => {
      if (this.#response.destroyed) done(new ConnectionGone());
      else this.#response.end(done);
    });
  }

  async cut(by: 'reset' | 'end' | 'stream'): Promise<void> {
    if (by === 'end') this.#response.socket?.end();
    else this.#tcp.resetAndDestroy();
  }
}

export function headSection(status: number, headers: readonly HeaderField[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
}
