import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { awaitWrite, ConnectionClosedError, type HeaderField, type ResponseWriter } from './response-writer.ts';

/** Connection-specific fields, which HTTP/2 forbids (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** A response written to an HTTP/2 stream. */
export class Http2Writer implements ResponseWriter {
  readonly #stream: ServerHttp2Stream;
  readonly #tcp: Socket;
  /** Number of body bytes left until the connection is reset. */
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
    if (this.#stream.destroyed || this.#stream.headersSent) throw new ConnectionClosedError();
    const length = bodyLength === undefined ? {} : { 'content-length': String(bodyLength) };
    this.#stream.respond({ ':status': status, ...length, ...http2Headers(headers) });
  }

  async write(bytes: Uint8Array): Promise<void> {
    const part = bytes.subarray(0, this.#budget);
    this.#budget -= part.length;
    await awaitWrite(done => {
      if (this.#stream.destroyed) done(new ConnectionClosedError());
      else this.#stream.write(part, done);
    });
    if (this.#budget === 0) await this.#reset();
  }

  end(): Promise<void> {
    return awaitWrite(done => {
      if (this.#stream.destroyed) done(new ConnectionClosedError());
      else this.#stream.end(done);
    });
  }

  async cut(by: 'reset' | 'end' | 'stream'): Promise<void> {
    if (by === 'stream') return this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    // The session writes its frames one turn after it takes the bytes.
    await nextTurn();
    await nextTurn();
    if (by === 'end') this.#tcp.destroy();
    else this.#tcp.resetAndDestroy();
  }

  async #reset(): Promise<never> {
    await this.cut('reset');
    throw new ConnectionClosedError();
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
