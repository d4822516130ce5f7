/** Where one response is written: HTTP/1.1, HTTP/1.1 byte by byte, or an HTTP/2 stream. */
export interface Wire {
  /** An interim response. */
  interim(status: number, headers: readonly HeaderField[]): void;
  /** Sends the header section. `bodyLength` is undefined when it is not known. */
  head(status: number, headers: readonly HeaderField[], bodyLength: number | undefined): Promise<void>;
  /** Resolves when the bytes are with the operating system, which is the back-pressure. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  /** Ends the response as a broken connection does. */
  cut(by: 'reset' | 'end' | 'stream'): Promise<void>;
}

export type HeaderField = readonly [name: string, value: string];

/** The response cannot go on because its connection is gone. Never leaves this package. */
export class ConnectionGone extends Error {
  constructor() {
    super('the connection is closed');
    this.name = 'ConnectionGone';
  }
}

/** Calls a Node-style write and turns its callback into a promise. */
export function written(write: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    write(error => (error ? reject(new ConnectionGone()) : resolve()));
  });
}
