/** Token counts as the wire names them. `total_tokens` is the sum unless it is given. */
export interface CompletionUsage {
  readonly prompt_tokens?: number | undefined;
  readonly completion_tokens?: number | undefined;
  readonly total_tokens?: number | undefined;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | undefined;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | undefined } | undefined;
}

export interface CompletionToolCall {
  readonly name: string;
  /** An object is sent as JSON text; a string as it is, so that it may be broken. */
  readonly arguments: object | string;
  /** Default `call_<position>_<request index>`. */
  readonly id?: string | undefined;
  /** The fragments of the arguments' text in a stream. Default: pieces of 12 characters. */
  readonly fragments?: readonly string[] | undefined;
  /** In a stream: whether the delta with the name already holds the first fragment. Default: it holds none. */
  readonly joined?: boolean | undefined;
}

/** One turn of the model, before it is known whether the request asks for a stream. */
export interface Completion {
  readonly text?: string | undefined;
  /** The fragments of `text` in a stream. Default: word by word. */
  readonly deltas?: readonly string[] | undefined;
  /** Sent as `reasoning_content`. */
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly CompletionToolCall[] | undefined;
  /** Default `tool_calls` when there are tool calls, otherwise `stop`. `null` leaves the field out. */
  readonly finishReason?: string | null | undefined;
  /** Default: an estimate of one token per four characters. `null` leaves the field out. */
  readonly usage?: CompletionUsage | null | undefined;
  /** Default: the requested model, or `test-model`. */
  readonly model?: string | undefined;
  /** Default `chatcmpl-<request index>`. */
  readonly id?: string | undefined;
}

/** An event as it is written (`data: ...`, without the blank line that ends it), or an object that is sent as `data: <JSON>`. */
export type SseFrame = string | object;

/** Changes to the events of a reply. */
export interface StreamEdits {
  /** `false` leaves out `data: [DONE]`. */
  readonly done?: boolean | undefined;
  /** The line ending (WHATWG server-sent events allow all three). Default `\n`. */
  readonly lineEnd?: '\n' | '\r\n' | '\r' | undefined;
  /** Comment lines to interleave, one before each event, in turn. */
  readonly comments?: readonly string[] | undefined;
  /** After so many deltas (the opening one not counted; -1: before that one too) `data: {"error": ...}` and the end: no finish reason, no `[DONE]`. */
  readonly error?: { readonly afterDeltas: number; readonly error: unknown } | undefined;
}

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

/**
 * A wait of the server: milliseconds, or a function that is called when the wait begins, and whose promise ends it. With a
 * function a test decides when the reply goes on, and depends on no timer.
 */
export type Delay = number | (() => Promise<unknown>);

/** Waits of the server. They end at once when the client goes away or the endpoint closes. */
export interface Delays {
  /** Before the status line. */
  readonly headers?: Delay | undefined;
  /** Between the header section, which is sent, and the body. */
  readonly body?: Delay | undefined;
  /** Between two writes of the body. */
  readonly betweenChunks?: Delay | undefined;
}

/** A response that ends before its time. */
export interface Cut {
  /** How many bytes go out first: of the whole response on the wire, or of the body after its content coding. */
  readonly after: number;
  readonly of: 'response' | 'body';
  /** `reset`: TCP RST. `end`: FIN, as from a server that believes it is done. `stream`: HTTP/2 RST_STREAM alone. */
  readonly by: 'reset' | 'end' | 'stream';
}

/** How a reply is sent. Every member is independent of the others. */
export interface Delivery {
  readonly delays?: Delays | undefined;
  /** Sizes of the successive writes of the body, the rest in one; one number for all; `every-byte` for 1. */
  readonly sizes?: readonly number[] | number | 'every-byte' | undefined;
  /** Positions in the header section (HTTP/1.1) at which it is split into separate writes. */
  readonly headSplits?: readonly number[] | 'every-byte' | undefined;
  /** Replaces the whole header section (HTTP/1.1), the empty line included. */
  readonly rawHead?: string | undefined;
  /** Interim responses (RFC 9110 section 15.2) before the final one. */
  readonly interim?: readonly { readonly status: number; readonly headers?: ReplyHeaders | undefined }[] | undefined;
  readonly cut?: Cut | undefined;
  /** The request is read and never answered. */
  readonly silent?: boolean | undefined;
  /** Answer as soon as the header section of the request has arrived, then close. */
  readonly beforeBody?: boolean | undefined;
  /**
   * What happens to the connection afterwards: closed without warning after so many idle milliseconds, or as soon as the next request
   * arrives on it (which is then neither recorded nor answered); `go-away`: HTTP/2 GOAWAY (RFC 9113 section 6.8), sent with the answer.
   */
  readonly afterwards?: { readonly closeIdle: number } | 'close-on-reuse' | 'go-away' | undefined;
}
