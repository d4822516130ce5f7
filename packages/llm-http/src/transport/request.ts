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

/** Interim responses (RFC 9110, section 15.2) that one request may get. */
const MAX_INTERIM = 32;

/** A request's bytes. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** A response whose body is still to be read. Reading it may throw an `RequestFailure`. */
export interface WireResponse {
  readonly status: number;
  readonly headers: WireHeaders;
  readonly body: ResponseBody;
}

/**
 * Sends a request and resolves with the head of its response.
 *
 * @throws {RequestFailure}
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

/** Returns true for a head that is larger than HTTP/1.1 reads. Over HTTP/2 Node reads four times as much. */
function isTooLarge(headers: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
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

/** undici's handler of one request, with the deadlines of its deadlines. */
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

  assigned(client: TrackedClient): void {
    this.#client = client;
  }

  streamOpened(end: StreamState): void {
    this.#stream = end;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, not aborted: the connection is left for the next request.
    if (this.#isOver) throw new AbortError('The request is no longer wanted.');
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
    if (isTooLarge(headers)) {
      this.#stop(headTooLarge(server));
      return;
    }
    if (status < 200) {
      // The answer is still to come.
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
      cancel: () => this.#stop(new AbortError('The rest of the answer was not wanted.')),
    });
    this.#resolve({ status, headers: presentHeaders(headers), body: this.#body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#body?.push(chunk)) {
      this.#deadlines.restartWait();
      return;
    }
    // The reader is behind: it is not the server that is waited for.
    this.#deadlines.endWait();
    controller.pause();
  }

  onResponseEnd(): void {
    if (this.#stream?.isCut) this.#fail(new Error('HTTP/2: stream reset before its end'));
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
    // The caller or a deadline ended it: the bytes that wait to be read are not wanted either.
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
