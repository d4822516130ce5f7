import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { awaitWrite, ConnectionClosedError, type HeaderField, type ResponseWriter } from './response-writer.ts';

/** A response written through node:http. */
export class Http1Writer implements ResponseWriter {
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
    return awaitWrite(done => {
      if (this.#response.destroyed) done(new ConnectionClosedError());
      else this.#response.write(bytes, done);
    });
  }

  end(): Promise<void> {
    return awaitWrite(done => {
      if (this.#response.destroyed) done(new ConnectionClosedError());
      else this.#response.end(done);
    });
  }

  async cut(by: 'reset' | 'end' | 'stream'): Promise<void> {
    if (by === 'end') this.#response.socket?.end();
    else this.#tcp.resetAndDestroy();
  }
}

/** Returns the status line and header section, including the empty line. */
function headSection(status: number, headers: readonly HeaderField[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
}

interface RawOptions {
  /** Socket to write to: the TLS socket, or the TCP socket itself. */
  readonly socket: Socket;
  readonly tcp: Socket;
  /** Number of bytes of the response after which the connection is reset. */
  readonly resetAfter: number;
  readonly headSplits: readonly number[] | 'every-byte';
  readonly rawHead: string | undefined;
}

/** A response written directly to the socket, which controls each byte, including the header section. */
export class RawHttp1Writer implements ResponseWriter {
  readonly #options: RawOptions;
  #budget: number;
  #chunked = false;

  constructor(options: RawOptions) {
    this.#options = options;
    this.#budget = options.resetAfter;
  }

  interim(status: number, headers: readonly HeaderField[]): void {
    this.#options.socket.write(headSection(status, headers));
  }

  async head(status: number, headers: readonly HeaderField[], bodyLength: number | undefined): Promise<void> {
    const names = new Set(headers.map(([name]) => name.toLowerCase()));
    this.#chunked = bodyLength === undefined && !names.has('content-length');
    const framing: HeaderField[] = names.has('content-length')
      ? []
      : [this.#chunked ? ['transfer-encoding', 'chunked'] : ['content-length', String(bodyLength)]];
    const head = this.#options.rawHead ?? headSection(status, [...headers, ...framing, ['connection', 'close']]);
    const bytes = Buffer.from(head, 'latin1');
    const { headSplits } = this.#options;
    const splits = headSplits === 'every-byte' ? Array.from(bytes.keys()) : headSplits.filter(at => at < bytes.length);
    let from = 0;
    for (const to of [...splits, bytes.length]) {
      await this.#send(bytes.subarray(from, to));
      await nextTurn();
      from = to;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const framed = this.#chunked
      ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
      : bytes;
    await this.#send(framed);
  }

  async end(): Promise<void> {
    if (this.#chunked) await this.#send(Buffer.from('0\r\n\r\n'));
    this.#options.socket.destroySoon();
  }

  async cut(by: 'reset' | 'end' | 'stream'): Promise<void> {
    if (by === 'end') this.#options.socket.end();
    else this.#options.tcp.resetAndDestroy();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { socket } = this.#options;
    if (!socket.writable) throw new ConnectionClosedError();
    const part = bytes.subarray(0, this.#budget);
    if (part.length > 0) await awaitWrite(done => socket.write(part, done));
    this.#budget -= part.length;
    if (this.#budget > 0) return;
    // After one turn the peer's kernel has the written bytes; a reset sent together with data may discard them.
    await nextTurn();
    await this.cut('reset');
    throw new ConnectionClosedError();
  }
}
