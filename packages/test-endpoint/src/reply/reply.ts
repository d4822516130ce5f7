import type { Delivery } from '../wire/delivery.ts';
import type { Completion } from './completion.ts';
import type { SseFrame, StreamEdits } from './frames.ts';

/** Header fields by name; a list sends the field once per value, an empty one removes what would be sent. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

export type BodyPiece = string | Uint8Array;

/** A body: one piece, a list (each piece is one write), or a function that makes the pieces lazily, under back-pressure. */
export type Body = BodyPiece | readonly BodyPiece[] | (() => Iterable<BodyPiece> | AsyncIterable<BodyPiece>);

/** A chat completion, or a chunk of one, as JSON. */
export interface CompletionPayload {
  readonly [field: string]: unknown;
  readonly choices: readonly {
    readonly [field: string]: unknown;
    readonly message?: Readonly<Record<string, unknown>> | undefined;
    readonly delta?: Readonly<Record<string, unknown>> | undefined;
  }[];
}

export type PayloadEdit = (payload: CompletionPayload, position: number) => CompletionPayload;

/** A content coding of RFC 9110 section 8.4.1. */
export type ContentEncoding = 'gzip' | 'deflate' | 'br';

/**
 * What the endpoint answers: plain data, so that a test can also write one by hand. At most one of `completion`, `frames`, `json`
 * and `body` says what the body is; without any the body is empty.
 */
export interface Reply {
  /** Default 200. */
  readonly status?: number | undefined;
  /** Added to, and winning over, the fields that the body implies. */
  readonly headers?: ReplyHeaders | undefined;
  /** A model's turn: JSON, or server-sent events when the request says `stream: true`. */
  readonly completion?: Completion | undefined;
  /** Server-sent events, whatever the request asked for. */
  readonly frames?: readonly SseFrame[] | undefined;
  readonly json?: unknown;
  readonly body?: Body | undefined;
  /** Changes the JSON of `completion`: the body, or each chunk of the stream with its position. */
  readonly reshape?: PayloadEdit | undefined;
  /** Changes to the events of `completion` or `frames`. */
  readonly stream?: StreamEdits | undefined;
  /** Content codings, applied in this order. */
  readonly encodings?: readonly ContentEncoding[] | undefined;
  /** How and how far the answer is sent. */
  readonly delivery?: Delivery | undefined;
}
