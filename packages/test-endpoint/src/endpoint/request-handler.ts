import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { deliver, openResponseWriter } from '../delivery/delivery.ts';
import { ConnectionClosedError } from '../delivery/response-writer.ts';
import { type Rendered, render } from '../reply/render.ts';
import type { Reply } from '../reply/reply.ts';
import type { Connection, Connections } from './connections.ts';
import type { CredentialCheck, EndpointOptions } from './endpoint-options.ts';
import {
  type AnyServerResponse,
  type RecordedRequest,
  readBody,
  recordRequest,
  recordTls,
  type ServerRequest,
} from './recorded-request.ts';
import { RequestLog } from './request-log.ts';

/** Handles each request: records it, checks its credential, chooses a reply and sends it. */
export class RequestHandler {
  readonly log: RequestLog = new RequestLog();
  readonly queue: Reply[];
  /** Deviations from the script that `verify` reports. */
  readonly problems: string[] = [];
  credential: CredentialCheck | undefined;
  origin = '';
  readonly #options: EndpointOptions;
  readonly #connections: Connections;
  #count = 0;

  constructor(options: EndpointOptions, connections: Connections) {
    this.#options = options;
    this.#connections = connections;
    this.queue = [...(options.replies ?? [])];
    this.credential = options.credential;
  }

  async handle(request: ServerRequest, response: AnyServerResponse): Promise<void> {
    const connection = this.#connections.find(socketOf(request));
    if (connection === undefined) return;
    if (connection.closeOnReuse) return this.#connections.drop(connection);
    clearTimeout(connection.idleTimer);

    const http2 = request instanceof Http2ServerRequest ? request.stream : undefined;
    const connectionClosed = new AbortController();
    const abort = () => connectionClosed.abort();
    if (http2 === undefined) connection.pendingCallbacks.add(abort);
    else http2.once('close', abort);

    const tls = recordTls(request);
    const early = this.#takeEarlyReply(request);
    const body = early === undefined ? await readBody(request) : { bytes: new Uint8Array(), complete: false };
    const index = this.#count++;
    const record = recordRequest(request, body, {
      index,
      connection: connection.id,
      priorRequests: connection.requests++,
      origin: this.origin,
      tls,
    });
    this.log.add(record);
    const { signal } = connectionClosed;
    const markClosed = () => this.log.markClosed(record);
    if (signal.aborted) return markClosed();
    signal.addEventListener('abort', markClosed, { once: true });
    const reply = await this.#chooseReply(record, early);
    const isAnswered = await this.#send(reply, record, response, connection, signal);
    if (isAnswered && http2 === undefined && connection.pendingCallbacks.delete(abort)) {
      connection.answeredCallbacks.add(markClosed);
    }
  }

  /** Takes the next reply from the queue if it is to be sent before the request body is read. */
  #takeEarlyReply(request: ServerRequest): Reply | undefined {
    const early = this.queue[0]?.delivery?.beforeBody && this.#serves(request.url ?? '/');
    return early ? this.queue.shift() : undefined;
  }

  async #chooseReply(request: RecordedRequest, early: Reply | undefined): Promise<Reply> {
    if (!this.#serves(request.path)) return notServed(request);
    try {
      const refusal = this.credential === undefined ? true : await this.credential(request);
      if (refusal !== true) {
        if (early !== undefined) this.queue.unshift(early);
        const { status, headers, body } = refusal;
        return { status, headers, ...(typeof body === 'object' ? { json: body } : { body }) };
      }
      const reply = early ?? this.queue.shift() ?? (await this.#options.respond?.(request));
      return reply ?? this.#reportProblem(`request ${describe(request)} found no reply`);
    } catch (error) {
      return this.#reportProblem(`a callback threw for request ${describe(request)}: ${String(error)}`);
    }
  }

  /** Sends the reply and resolves to true if all of it was sent. */
  async #send(
    reply: Reply,
    record: RecordedRequest,
    response: AnyServerResponse,
    connection: Connection,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { delivery = {} } = reply;
    if (delivery.silent || signal.aborted) return false;
    const writer = openResponseWriter(response, connection.tcp, delivery);
    if (writer === undefined) return false;
    const { afterwards } = delivery;
    // Set before sending: the client may reuse the connection before the end of this response is noticed here.
    if (afterwards === 'close-on-reuse') connection.closeOnReuse = true;
    if (afterwards === 'go-away' && response instanceof Http2ServerResponse) response.stream.session?.close();
    try {
      const isComplete = await deliver(this.#render(reply, record), delivery, writer, signal);
      if (isComplete) this.log.markAnswered(record);
      if (typeof afterwards === 'object') this.#connections.closeWhenIdle(connection, afterwards.closeIdle);
      return isComplete;
    } catch (error) {
      if (error instanceof ConnectionClosedError || signal.aborted) return false;
      this.#reportProblem(`the reply to request ${describe(record)} could not be sent: ${String(error)}`);
      await writer.cut('reset');
      return false;
    }
  }

  #render(reply: Reply, record: RecordedRequest): Rendered {
    try {
      return render(reply, record);
    } catch (error) {
      const problem = `the reply to request ${describe(record)} is invalid: ${String(error)}`;
      return render(this.#reportProblem(problem), record);
    }
  }

  #serves(path: string): boolean {
    const served = this.#options.path ?? '/v1/chat/completions';
    return served === '*' || path.split('?', 1)[0] === served;
  }

  /** Records a deviation from the script and returns a reply that clients do not retry. */
  #reportProblem(problem: string): Reply {
    this.problems.push(problem);
    const error = { message: `Test endpoint: ${problem}.`, type: 'test_endpoint_error' };
    return { status: 501, headers: { 'x-should-retry': 'false' }, json: { error } };
  }
}

function socketOf(request: ServerRequest): { readonly remotePort?: number | undefined } {
  return request instanceof Http2ServerRequest ? (request.stream.session?.socket ?? {}) : request.socket;
}

function notServed(request: RecordedRequest): Reply {
  const error = { message: `No route for ${request.method} ${request.path}`, type: 'not_found_error', code: 404 };
  return { status: 404, json: { error } };
}

function describe(request: RecordedRequest): string {
  return `${request.index} (${request.method} ${request.path.split('?', 1)[0]})`;
}
