import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConnectionGone, type HeaderField, type Wire, written } from './response-writer.ts';

/** Fields that belong to a connection and may not be sent in HTTP/2 (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** A response on an HTTP/2 stream. */
export class Http2Wire implements Wire {
  readonly #stream: ServerHttp2Stream;
  readonly #tcp: Socket;
  /** Bytes of the body until the connection is reset. */
  #budget: number;

  constructor(stream: ServerHttp2Stream, tcp: Socket, resetAfter: number) {
    this.#stream = stream;
    this.#tcp = tcp;
    this.#budget = resetAfter;
  }

  interim(status: number, headers: readonly HeaderField[]): void {
    this.#stream.additionalHeaders({ ':status': status, ...http2Headers(headers) });
  }

  async head(status: number, headers: readonly HeaderField[], bodyLength: number | undefined): Promise<void> {
    if (this.#budget === 0) await this.#reset();
    if (this.#stream.destroyed || this.#stream.headersSent) throw new ConnectionGone();
    const length = bodyLength === undefined ? {} : { 'content-length': String(bodyLength) };
    this.#stream.respond({ ':status': status, ...length, ...http2Headers(headers) });
  }

  async write(bytes: Uint8Array): Promise<void> {
    const part = bytes.subarray(0, this.#budget);
    this.#budget -= part.length;
    await written(done => {
      if (this.#stream.destroyed) done(new ConnectionGone());
      else this.#stream.write(part, done);
    });
    if (this.#budget === 0) await this.#reset();
  }

  end(): Promise<void> {
    return written(done => {
      if (this.#stream.destroyed) done(new ConnectionGone());
      else this.#stream.end(done);
    });
  }

  async cut(by: 'reset' | 'end' | 'stream'): Promise<void> {
    if (by === 'stream') return this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    // The session writes its frames a turn later than it takes the bytes.
    await nextTurn();
    await nextTurn();
    if (by === 'end') this.#tcp.destroy();
    else this.#tcp.resetAndDestroy();
  }

  async #reset(): Promise<never> {
    await this.cut('reset');
    throw new ConnectionGone();
  }
}

function http2Headers(fields: readonly HeaderField[]): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = {};
  for (const [field, value] of fields) {
    const name = field.toLowerCase();
    if (CONNECTION_FIELDS.has(name)) continue;
    headers[name] = [...(headers[name] ?? []), value];
  }
  return headers;
}
