import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { deliver, openWire } from '../delivery/delivery.ts';
import { ConnectionGone } from '../delivery/response-writer.ts';
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

/** Receives requests and answers each: record, check the credential, choose a reply, send it. */
export class Exchanges {
  readonly log: RequestLog = new RequestLog();
  readonly queue: Reply[];
  /** What `verify` reports beside unused replies. */
  readonly complaints: string[] = [];
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

  async run(request: ServerRequest, response: AnyServerResponse): Promise<void> {
    const connection = this.#connections.of(socketOf(request));
    if (connection === undefined) return;
    if (connection.closeOnReuse) return this.#connections.drop(connection);
    clearTimeout(connection.idleTimer);

    const http2 = request instanceof Http2ServerRequest ? request.stream : undefined;
    const gone = new AbortController();
    const abort = () => gone.abort();
    if (http2 === undefined) connection.answering.add(abort);
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
    const closed = () => this.log.markClosed(record);
    if (gone.signal.aborted) return closed();
    gone.signal.addEventListener('abort', closed, { once: true });
    const reply = await this.#choose(record, early);
    const answered = await this.#send(reply, record, response, connection, gone.signal);
    if (answered && http2 === undefined && connection.answering.delete(abort)) connection.answered.add(closed);
  }

  /** The next reply, when it wants to be sent before the body of the request is read. */
  #takeEarlyReply(request: ServerRequest): Reply | undefined {
    const early = this.queue[0]?.delivery?.beforeBody && this.#serves(request.url ?? '/');
    return early ? this.queue.shift() : undefined;
  }

  async #choose(request: RecordedRequest, early: Reply | undefined): Promise<Reply> {
    if (!this.#serves(request.path)) return notServed(request);
    try {
      const verdict = this.credential === undefined ? true : await this.credential(request);
      if (verdict !== true) {
        if (early !== undefined) this.queue.unshift(early);
        const { status, headers, body } = verdict;
        return { status, headers, ...(typeof body === 'object' ? { json: body } : { body }) };
      }
      const reply = early ?? this.queue.shift() ?? (await this.#options.respond?.(request));
      return reply ?? this.#complain(`request ${describe(request)} found no reply`);
    } catch (error) {
      return this.#complain(`a callback threw at request ${describe(request)}: ${String(error)}`);
    }
  }

  /** Resolves to whether the whole reply was sent. */
  async #send(
    reply: Reply,
    record: RecordedRequest,
    response: AnyServerResponse,
    connection: Connection,
    gone: AbortSignal,
  ): Promise<boolean> {
    const { delivery = {} } = reply;
    if (delivery.silent || gone.aborted) return false;
    const wire = openWire(response, connection.tcp, delivery);
    if (wire === undefined) return false;
    const { afterwards } = delivery;
    // Set first: the client may use the connection again before the end of this response is noticed here.
    if (afterwards === 'close-on-reuse') connection.closeOnReuse = true;
    if (afterwards === 'go-away' && response instanceof Http2ServerResponse) response.stream.session?.close();
    try {
      const whole = await deliver(this.#render(reply, record), delivery, wire, gone);
      if (whole) this.log.markAnswered(record);
      if (typeof afterwards === 'object') this.#connections.closeWhenIdle(connection, afterwards.closeIdle);
      return whole;
    } catch (error) {
      if (error instanceof ConnectionGone || gone.aborted) return false;
      this.#complain(`the reply to request ${describe(record)} could not be sent: ${String(error)}`);
      await wire.cut('reset');
      return false;
    }
  }

  #render(reply: Reply, record: RecordedRequest): Rendered {
    try {
      return render(reply, record);
    } catch (error) {
      return render(this.#complain(`the reply to request ${describe(record)} is none: ${String(error)}`), record);
    }
  }

  #serves(path: string): boolean {
    const served = this.#options.path ?? '/v1/chat/completions';
    return served === '*' || path.split('?', 1)[0] === served;
  }

  /** Remembers what went wrong with the script, and answers so that nobody retries. */
  #complain(complaint: string): Reply {
    this.complaints.push(complaint);
    const error = { message: `Test endpoint: ${complaint}.`, type: 'test_endpoint_error' };
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
