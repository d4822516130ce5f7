/** Writer of one response, over HTTP/1.1, raw HTTP/1.1 or an HTTP/2 stream. */
export interface ResponseWriter {
  /** Sends an interim response. */
  interim(status: number, headers: readonly HeaderField[]): void;
  /** Sends the header section. `bodyLength` is undefined if the length is not known. */
  head(status: number, headers: readonly HeaderField[], bodyLength: number | undefined): Promise<void>;
  /** Writes a part of the body. Resolves when the operating system has taken the bytes, which provides back-pressure. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Breaks the response off in the given way. */
  cut(by: 'reset' | 'end' | 'stream'): Promise<void>;
}

export type HeaderField = readonly [name: string, value: string];

/** Error that ends a response whose connection is closed. It is handled inside this package. */
export class ConnectionClosedError extends Error {
  constructor() {
    super('the connection is closed');
    this.name = 'ConnectionClosedError';
  }
}

/** Runs a callback-style write and returns a promise for its completion. */
export function awaitWrite(write: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    write(error => (error ? reject(new ConnectionClosedError()) : resolve()));
  });
}
