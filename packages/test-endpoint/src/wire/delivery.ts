import type { ReplyHeaders } from '../reply/reply.ts';

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
