import type { RecordedRequest } from './recorded-request.ts';

/** The end of a request: its connection or HTTP/2 stream is closed. */
export interface RequestEnd {
  /** True if the whole response had been sent. */
  readonly answered: boolean;
  /** Time at which it was closed, in milliseconds since the epoch. */
  readonly at: number;
}

interface Progress {
  readonly end: PromiseWithResolvers<RequestEnd>;
  answered: boolean;
  closed: boolean;
}

/** The requests that arrived, with their progress. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  readonly #progress: WeakMap<RecordedRequest, Progress> = new WeakMap();
  #waiting: PromiseWithResolvers<RecordedRequest>[] = [];

  add(request: RecordedRequest): void {
    this.requests.push(request);
    this.#progress.set(request, { end: Promise.withResolvers(), answered: false, closed: false });
    for (const { resolve } of this.#waiting.splice(0)) resolve(request);
  }

  next(): Promise<RecordedRequest> {
    const waiter = Promise.withResolvers<RecordedRequest>();
    this.#waiting.push(waiter);
    return waiter.promise;
  }

  markAnswered(request: RecordedRequest): void {
    this.#of(request).answered = true;
  }

  markClosed(request: RecordedRequest): void {
    const progress = this.#of(request);
    progress.closed = true;
    progress.end.resolve({ answered: progress.answered, at: Date.now() });
  }

  isClosed(request: RecordedRequest): boolean {
    return this.#of(request).closed;
  }

  whenClosed(request: RecordedRequest): Promise<RequestEnd> {
    return this.#of(request).end.promise;
  }

  clear(): void {
    this.requests.length = 0;
  }

  /** Rejects the promises that wait for a further request. */
  stop(): void {
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new Error('The endpoint was closed before a request arrived.'));
    }
  }

  #of(request: RecordedRequest): Progress {
    const progress = this.#progress.get(request);
    if (progress === undefined)
      throw new TypeError('The request was not recorded by this endpoint. Pass one of `endpoint.requests`.');
    return progress;
  }
}
