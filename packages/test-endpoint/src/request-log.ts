import type { RecordedRequest } from './recorded-request.ts';

/** How a request's exchange ended. */
export interface RequestEnd {
  /** Whether the whole response had been sent. */
  readonly answered: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The requests that arrived, and when each one's connection ended. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  readonly #ends: WeakMap<RecordedRequest, PromiseWithResolvers<RequestEnd>> = new WeakMap();
  readonly #closed: WeakSet<RecordedRequest> = new WeakSet();
  #waiting: PromiseWithResolvers<RecordedRequest>[] = [];

  add(request: RecordedRequest): void {
    this.requests.push(request);
    this.#ends.set(request, Promise.withResolvers());
    for (const { resolve } of this.#waiting.splice(0)) resolve(request);
  }

  next(): Promise<RecordedRequest> {
    const waiter = Promise.withResolvers<RecordedRequest>();
    this.#waiting.push(waiter);
    return waiter.promise;
  }

  markClosed(request: RecordedRequest, end: RequestEnd): void {
    this.#closed.add(request);
    this.#ends.get(request)?.resolve(end);
  }

  isClosed(request: RecordedRequest): boolean {
    return this.#closed.has(request);
  }

  whenClosed(request: RecordedRequest): Promise<RequestEnd> {
    const end = this.#ends.get(request);
    if (end === undefined) throw new TypeError('This request was not recorded by this endpoint.');
    return end.promise;
  }

  /** Rejects everyone who waits for a request that cannot come any more. */
  stop(): void {
    for (const { reject } of this.#waiting.splice(0))
      reject(new Error('The endpoint was closed before a request arrived.'));
  }
}
