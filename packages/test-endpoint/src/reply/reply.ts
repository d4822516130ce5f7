/**
 * A response of the endpoint. It is plain data, so a test can also write one by hand. Set at most one of `completion`, `frames`, `json`
 * and `body`; without any of them the body is empty.
 */
export interface Reply {
  /** Status code. Default 200. */
  readonly status?: number | undefined;
  /** Header fields, added to those that the body implies. They replace fields of the same name. */
  readonly headers?: ReplyHeaders | undefined;
  /** A model turn, sent as JSON or, if the request sets `stream: true`, as server-sent events. */
  readonly completion?: Completion | undefined;
  /** Server-sent events, sent whether or not the request asks for a stream. */
  readonly frames?: readonly SseFrame[] | undefined;
  /** A value to send as JSON. */
  readonly json?: unknown;
  /** A body to send unchanged. */
  readonly body?: Body | undefined;
  /** Edit of the JSON of `completion`, called with the body, or with each chunk of the stream and its position. */
  readonly reshape?: PayloadEdit | undefined;
  /** Changes to the events of `completion` or `frames`. */
  readonly stream?: StreamEdits | undefined;
  /** Content codings, applied in this order. */
  readonly encodings?: readonly ContentEncoding[] | undefined;
  /** Timing, splitting and truncation of the response. */
  readonly delivery?: Delivery | undefined;
}

/** Header fields by name. A list sends the field once per value; an empty list removes an implied field. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A piece of a body. A string is sent as UTF-8. */
export type BodyPiece = string | Uint8Array;

/** A body: one piece, a list of pieces (one write each), or a function that generates them under back-pressure. */
export type Body = BodyPiece | readonly BodyPiece[] | (() => Iterable<BodyPiece> | AsyncIterable<BodyPiece>);

/** A content coding of RFC 9110 section 8.4.1. */
export type ContentEncoding = 'gzip' | 'deflate' | 'br';

/** A turn of the model, independent of whether the request asks for a stream. */
export interface Completion {
  readonly text?: string | undefined;
  /** Fragments of `text` in a stream. Default: one per word. */
  readonly deltas?: readonly string[] | undefined;
  /** Reasoning text, sent as `reasoning_content`. */
  readonly reasoning?: string | undefined;
  readonly toolCalls?: readonly CompletionToolCall[] | undefined;
  /** Finish reason. `null` omits the field. Default `tool_calls` if there are tool calls, otherwise `stop`. */
  readonly finishReason?: string | null | undefined;
  /** Token counts. `null` omits the field. Default: an estimate of one token per four characters. */
  readonly usage?: CompletionUsage | null | undefined;
  /** Model name. Default: the requested model, or `test-model`. */
  readonly model?: string | undefined;
  /** Completion ID. Default `chatcmpl-<request index>`. */
  readonly id?: string | undefined;
}

/** A tool call of a completion. */
export interface CompletionToolCall {
  readonly name: string;
  /** Arguments. An object is sent as JSON; a string is sent unchanged, so that it can be malformed. */
  readonly arguments: object | string;
  /** Call ID. Default `call_<position>_<request index>`. */
  readonly id?: string | undefined;
  /** Fragments of the arguments in a stream. Default: pieces of 12 characters. */
  readonly fragments?: readonly string[] | undefined;
  /** In a stream, sends the first fragment in the same delta as the name. Default false. */
  readonly joined?: boolean | undefined;
}

/** Token counts in the wire format. `total_tokens` defaults to the sum. */
export interface CompletionUsage {
  readonly prompt_tokens?: number | undefined;
  readonly completion_tokens?: number | undefined;
  readonly total_tokens?: number | undefined;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | undefined;
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number | undefined } | undefined;
}

/** A chat completion, or a chunk of one, as JSON. */
export interface CompletionPayload {
  readonly [field: string]: unknown;
  readonly choices: readonly {
    readonly [field: string]: unknown;
    readonly message?: Readonly<Record<string, unknown>> | undefined;
    readonly delta?: Readonly<Record<string, unknown>> | undefined;
  }[];
}

/** Callback that returns a changed completion, or a changed chunk of one. */
export type PayloadEdit = (payload: CompletionPayload, position: number) => CompletionPayload;

/** An event: its lines (`data: ...`, without the blank line at the end), or an object that is sent as `data: <JSON>`. */
export type SseFrame = string | object;

/** Changes to the events of a reply. */
export interface StreamEdits {
  /** Final `data: [DONE]`. `false` omits it. Default true. */
  readonly done?: boolean | undefined;
  /** Line ending (WHATWG server-sent events allow all three). Default `\n`. */
  readonly lineEnd?: '\n' | '\r\n' | '\r' | undefined;
  /** Comment lines, sent in turn, one before each event. */
  readonly comments?: readonly string[] | undefined;
  /**
   * Error that ends the stream after `afterDeltas` deltas, as `data: {"error": ...}` without a finish reason and `[DONE]`. The delta
   * that contains only the role is not counted; -1 sends the error before it.
   */
  readonly error?: { readonly afterDeltas: number; readonly error: unknown } | undefined;
}

/** Timing, splitting and truncation of a response. All members are independent of each other. */
export interface Delivery {
  readonly delays?: Delays | undefined;
  /** Sizes of the successive writes of the body, with the remainder in one write. A number applies to every write. */
  readonly sizes?: readonly number[] | number | 'every-byte' | undefined;
  /** Positions at which the header section is split into separate writes. HTTP/1.1 only. */
  readonly headSplits?: readonly number[] | 'every-byte' | undefined;
  /** Replacement of the whole header section, including the empty line. HTTP/1.1 only. */
  readonly rawHead?: string | undefined;
  /** Interim responses (RFC 9110 section 15.2) before the final one. */
  readonly interim?: readonly { readonly status: number; readonly headers?: ReplyHeaders | undefined }[] | undefined;
  readonly cut?: Cut | undefined;
  /** Reads the request and sends no response. */
  readonly silent?: boolean | undefined;
  /** Responds as soon as the header section of the request has arrived, then closes the connection. */
  readonly beforeBody?: boolean | undefined;
  /**
   * Treatment of the connection after the response. `closeIdle`: close it without notice after an idle time in milliseconds.
   * `close-on-reuse`: close it when the next request arrives, which is not recorded. `go-away`: send HTTP/2 GOAWAY with the response
   * (RFC 9113 section 6.8).
   */
  readonly afterwards?: { readonly closeIdle: number } | 'close-on-reuse' | 'go-away' | undefined;
}

/** Delays of a response. They end as soon as the client disconnects or the endpoint closes. */
export interface Delays {
  /** Delay before the status line. */
  readonly headers?: Delay | undefined;
  /** Delay between the header section and the body. */
  readonly body?: Delay | undefined;
  /** Delay between two writes of the body. */
  readonly betweenChunks?: Delay | undefined;
}

/**
 * A delay: a time in milliseconds, or a function that is called when the delay begins and whose promise ends it. With a function the
 * test decides when the reply continues, without a timer.
 */
export type Delay = number | (() => Promise<unknown>);

/** Truncation of a response. */
export interface Cut {
  /** Number of bytes to send first, of the whole response or of the body after its content coding. */
  readonly after: number;
  readonly of: 'response' | 'body';
  /** `reset`: TCP RST. `end`: FIN, as from a server that considers the response complete. `stream`: HTTP/2 RST_STREAM. */
  readonly by: 'reset' | 'end' | 'stream';
}
