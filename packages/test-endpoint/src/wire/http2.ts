import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { ConnectionGone, type HeaderField, type Wire, written } from './wire.ts';

/** Fields that belong to a connection and may not be sent in HTTP/2 (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** A response on an HTTP/2 stream. */
export class Http2Wire implements Wire {
  readonly #stream: ServerHttp2Stream;
  readonly #tcp: Socket;

  constructor(stream: ServerHttp2Stream, tcp: Socket) {
    this.#stream = stream;
    this.#tcp = tcp;
  }

  interim(status: number, headers: readonly HeaderField[]): void {
    this.#stream.additionalHeaders({ ':status': status, ...http2Headers(headers) });
  }

  async head(status: number, headers: readonly HeaderField[], bodyLength: number | undefined): Promise<void> {
    if (this.#stream.destroyed || this.#stream.headersSent) throw new ConnectionGone();
    const length = bodyLength === undefined ? {} : { 'content-length': String(bodyLength) };
    this.#stream.respond({ ':status': status, ...length, ...http2Headers(headers) });
  }

  write(bytes: Uint8Array): Promise<void> {
    return written(done => {
      if (this.#stream.destroyed) done(new ConnectionGone());
      else this.#stream.write(bytes, done);
    });
  }

  end(): Promise<void> {
    return written(done => {
      if (this.#stream.destroyed) done(new ConnectionGone());
      else this.#stream.end(done);
    });
  }

  cut(by: 'reset' | 'end' | 'stream'): void {
    if (by === 'stream') this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else if (by === 'end') this.#tcp.destroy();
    else this.#tcp.resetAndDestroy();
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
