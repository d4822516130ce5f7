/// <reference path="./undici-modules.d.ts" />
import { AbortError, ProtocolError } from '@crew/core';
import type { Dispatcher } from 'undici';
import type { TrackedClient, TrackedHandler } from './client.ts';
import type { WireHeaders } from './headers.ts';
import type { StreamState } from './http2-streams.ts';
import { ResponseBody } from './response-body.ts';
import type { Deadlines, TimeoutSettings } from './timeouts.ts';
import {
  headTooLarge,
  MAX_FIELDS,
  MAX_HEAD_BYTES,
  type RequestFailure,
  toRequestFailure,
} from './transport-failure.ts';
import { describeUrl } from './url.ts';

/** Maximum number of interim responses (RFC 9110, section 15.2) to one request. */
const MAX_INTERIM = 32;

/** A request, ready to be sent. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** A response whose body has not been read yet. Reading it may throw a `RequestFailure`. */
export interface WireResponse {
  readonly status: number;
  readonly headers: WireHeaders;
  readonly body: ResponseBody;
}

/**
 * Sends a request and resolves when the header section of its response has arrived.
 *
 * @throws {RequestFailure} if there is no response, or an invalid one.
 */
export function sendRequest(
  dispatcher: Dispatcher,
  request: WireRequest,
  deadlines: Deadlines,
  timeouts: TimeoutSettings,
): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    const handler = new RequestHandler(describeUrl(request.url), deadlines, timeouts, resolve, reject);
    if (handler.isOver) return;
    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: request.headers,
        body: request.body === undefined ? null : asBuffer(request.body),
      },
      handler,
    );
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function presentHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): WireHeaders {
  const present: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) present[name] = value;
  }
  return present;
}

/** Returns true if the header section exceeds the limits of HTTP/1.1. Over HTTP/2 Node reads four times as much. */
function isHeadTooLarge(headers: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  let fields = 0;
  let bytes = 0;
  for (const [name, value = ''] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : value) {
      fields += 1;
      bytes += name.length + one.length;
    }
  }
  return fields > MAX_FIELDS || bytes >= MAX_HEAD_BYTES;
}

/** An undici handler of one request, which applies the deadlines. */
class RequestHandler implements TrackedHandler {
  readonly #deadlines: Deadlines;
  readonly #timeouts: TimeoutSettings;
  readonly #resolve: (response: WireResponse) => void;
  readonly #reject: (failure: RequestFailure) => void;
  readonly #progress: { readonly server: string; isSent: boolean; isReused: boolean; hasResponse: boolean };
  readonly #onAbort = (): void => this.#stop(this.#deadlines.signal.reason);
  #client: TrackedClient | undefined;
  #stream: StreamState | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #body: ResponseBody | undefined;
  #interim = 0;
  #isOver = false;

  constructor(
    server: string,
    deadlines: Deadlines,
    timeouts: TimeoutSettings,
    resolve: (response: WireResponse) => void,
    reject: (failure: RequestFailure) => void,
  ) {
    this.#progress = { server, isSent: false, isReused: false, hasResponse: false };
    this.#deadlines = deadlines;
    this.#timeouts = timeouts;
    this.#resolve = resolve;
    this.#reject = reject;
    if (deadlines.signal.aborted) this.#onAbort();
    else deadlines.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  onClient(client: TrackedClient): void {
    this.#client = client;
  }

  onStream(stream: StreamState): void {
    this.#stream = stream;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, not aborted, so that the connection remains for the next request.
    if (this.#isOver) throw new AbortError('The request is no longer needed.');
    this.#controller = controller;
    this.#progress.isSent = true;
    this.#progress.isReused = this.#client?.startRequest(this) ?? false;
    this.#deadlines.startWait('first-byte', this.#timeouts.firstByte);
  }

  onResponseStarted(): void {
    this.#progress.hasResponse = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  ): void {
    this.#progress.hasResponse = true;
    this.#client?.markResponse();
    const { server } = this.#progress;
    if (isHeadTooLarge(headers)) {
      this.#stop(headTooLarge(server));
      return;
    }
    if (status < 200) {
      // The final response follows.
      this.#interim += 1;
      if (this.#interim > MAX_INTERIM) {
        this.#stop(new ProtocolError(`${server} sent more than ${MAX_INTERIM} interim responses (status 1xx).`));
      }
      return;
    }
    this.#deadlines.startWait('idle', this.#timeouts.idle);
    this.#body = new ResponseBody({
      resume: () => {
        if (this.#isOver) return;
        this.#deadlines.startWait('idle', this.#timeouts.idle);
        controller.resume();
      },
      cancel: () => this.#stop(new AbortError('The rest of the response is not needed.')),
    });
    this.#resolve({ status, headers: presentHeaders(headers), body: this.#body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#body?.push(chunk)) {
      this.#deadlines.restartWait();
      return;
    }
    // The reader is slower than the server, so the server's deadline does not apply.
    this.#deadlines.endWait();
    controller.pause();
  }

  onResponseEnd(): void {
    if (this.#stream?.isReset) this.#fail(new Error('HTTP/2: stream reset before its end'));
    else {
      this.#finish();
      this.#body?.end();
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    this.#fail(error);
  }

  #stop(reason: Error): void {
    if (this.#isOver) return;
    // The caller or a deadline ended the request, so the unread bytes are discarded.
    this.#body?.abort(this.#failure(reason));
    this.#fail(reason);
    if (this.#controller !== undefined) this.#controller.abort(reason);
    else this.#client?.cancelConnecting(reason);
  }

  #fail(error: unknown): void {
    this.#finish();
    const failure = this.#failure(error);
    if (this.#body === undefined) this.#reject(failure);
    else this.#body.fail(failure);
  }

  #failure(error: unknown): RequestFailure {
    const isCertificateUnproven = this.#client?.isCertificateUnproven ?? false;
    return toRequestFailure(error, { ...this.#progress, isCertificateUnproven });
  }

  #finish(): void {
    this.#isOver = true;
    this.#deadlines.endWait();
    this.#deadlines.signal.removeEventListener('abort', this.#onAbort);
  }
}
