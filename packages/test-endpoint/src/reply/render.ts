import { Readable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import type { HeaderField } from '../delivery/response-writer.ts';
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { completionBody, completionFrames, jsonField } from './completion.ts';
import type { BodyPiece, ContentEncoding, Reply, ReplyHeaders } from './reply.ts';
import { encodeFrames, framesOf } from './server-sent-events.ts';

/** A reply as status, header fields and body bytes. */
export interface Rendered {
  readonly status: number;
  readonly headers: readonly HeaderField[];
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Length of the body in bytes. Undefined if it is not known in advance. */
  readonly length: number | undefined;
}

/** Converts a reply to status, header fields and body bytes. A completion is streamed if the request asks for a stream. */
export function render(reply: Reply, request: RecordedRequest): Rendered {
  const bodies = [reply.completion, reply.frames, reply.json, reply.body].filter(part => part !== undefined);
  if (bodies.length > 1) {
    throw new TypeError('The reply has several bodies. Set only one of `completion`, `frames`, `json` and `body`.');
  }

  const { type, content, status = 200, streamed } = contentOf(reply, request);
  const encodings = reply.encodings ?? [];
  const fields = new Map<string, HeaderField[]>();
  if (type !== undefined) fields.set('content-type', [['content-type', type]]);
  if (streamed) fields.set('cache-control', [['cache-control', 'no-cache']]);
  if (encodings.length > 0) fields.set('content-encoding', [['content-encoding', encodings.join(', ')]]);
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    fields.set(name.toLowerCase(), headerFields({ [name]: value }));
  }
  const head = { status: reply.status ?? status, headers: [...fields.values()].flat() };

  if (encodings.length > 0)
    return { ...head, pieces: encode(bytesOf(content), encodings, streamed), length: undefined };
  if (typeof content === 'function' || streamed) return { ...head, pieces: bytesOf(content), length: undefined };
  const pieces = content.map(pieceBytes);
  // A response that has no body by definition must not announce a length either (RFC 9110 section 8.6).
  if (head.status === 204 || head.status === 304) return { ...head, pieces: [], length: undefined };
  return { ...head, pieces, length: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

interface Content {
  readonly type?: string;
  readonly status?: number;
  readonly streamed: boolean;
  readonly content: readonly BodyPiece[] | (() => Iterable<BodyPiece> | AsyncIterable<BodyPiece>);
}

function contentOf(reply: Reply, request: RecordedRequest): Content {
  const { completion, frames, json, body, stream } = reply;
  if (frames !== undefined) return events(encodeFrames(framesOf(frames), stream));
  if (completion !== undefined && jsonField(request, 'stream') === true) {
    return events(encodeFrames(completionFrames(completion, request, reply.reshape), stream));
  }
  if (completion !== undefined) {
    if (stream?.error !== undefined) return { ...jsonContent({ error: stream.error.error }), status: 500 };
    const payload = completionBody(completion, request);
    return jsonContent(reply.reshape?.(payload, 0) ?? payload);
  }
  if (json !== undefined) return jsonContent(json);
  if (body === undefined) return { streamed: false, content: [] };
  if (typeof body === 'function') return { streamed: false, content: body };
  return { streamed: false, content: typeof body === 'string' || body instanceof Uint8Array ? [body] : body };
}

function events(content: readonly string[]): Content {
  return { type: 'text/event-stream; charset=utf-8', streamed: true, content };
}

function jsonContent(value: unknown): Content {
  return { type: 'application/json', streamed: false, content: [JSON.stringify(value)] };
}

/** Returns the fields of a header record, one per value. */
export function headerFields(headers: ReplyHeaders): HeaderField[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : value.map(item => [name, item] as const),
  );
}

async function* bytesOf(content: Content['content']): AsyncGenerator<Uint8Array> {
  for await (const piece of typeof content === 'function' ? content() : content) yield pieceBytes(piece);
}

function pieceBytes(piece: BodyPiece): Uint8Array {
  return typeof piece === 'string' ? Buffer.from(piece) : piece;
}

type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Applies content codings in order. `flushEach` flushes after every piece, which streams require. */
export function encode(pieces: Pieces, encodings: readonly ContentEncoding[], flushEach: boolean): Pieces {
  return encodings.reduce((source, encoding) => encodeOnce(source, encoding, flushEach), pieces);
}

async function* encodeOnce(pieces: Pieces, encoding: ContentEncoding, flushEach: boolean): AsyncGenerator<Uint8Array> {
  const source = Readable.from(pieces);
  const encoder = createEncoder(encoding, flushEach);
  source.on('error', error => encoder.destroy(error));
  try {
    yield* source.pipe(encoder);
  } finally {
    source.destroy();
    encoder.destroy();
  }
}

/** Encoder options that keep the outputs of two events separate; as plain bytes they would be read as one. */
const PIECEWISE = { readableObjectMode: true };

function createEncoder(
  encoding: ContentEncoding,
  flushEach: boolean,
): NodeJS.ReadWriteStream & { destroy(error?: Error): unknown } & AsyncIterable<Uint8Array> {
  if (encoding === 'br') {
    const flush = flushEach ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_PROCESS;
    return createBrotliCompress({ ...PIECEWISE, flush, params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  }
  const flush = flushEach ? constants.Z_SYNC_FLUSH : constants.Z_NO_FLUSH;
  return encoding === 'gzip' ? createGzip({ ...PIECEWISE, flush }) : createDeflate({ ...PIECEWISE, flush });
}
