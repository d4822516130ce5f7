import { Http2ServerRequest } from 'node:http2';
import type { Connection, Connections } from './connections.ts';
import type { CredentialCheck, EndpointOptions } from './endpoint-options.ts';
import { type AnyServerResponse, readBody, recordRequest, recordTls, type ServerRequest } from './incoming.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { render } from './reply/render.ts';
import type { Reply } from './reply/reply.ts';
import { RequestLog } from './request-log.ts';
import { deliver } from './wire/deliver.ts';
import { openWire } from './wire/open-wire.ts';
import { ConnectionGone } from './wire/wire.ts';

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

    const gone = watch(request, connection);
    const tls = recordTls(request);
    const early =
      this.#serves(request.url ?? '/') && this.queue[0]?.delivery?.beforeBody ? this.queue.shift() : undefined;
    const body = early === undefined ? await readBody(request) : { bytes: new Uint8Array(), complete: false };
    const index = this.#count++;
    const record = recordRequest(request, body, { index, connection: connection.id, origin: this.origin, tls });
    this.log.add(record);
    const closed = () => this.log.markClosed(record, { answered: response.writableFinished, at: Date.now() });
    if (gone.aborted) closed();
    else gone.addEventListener('abort', closed, { once: true });
    if (!body.complete && early === undefined) return;
    const reply = await this.#choose(record, early);
    await this.#send(reply, record, response, connection, gone);
  }

  async #choose(request: RecordedRequest, early: Reply | undefined): Promise<Reply> {
    if (!this.#serves(request.path)) return notServed(request);
    try {
      const verdict = (await this.credential?.(request)) ?? true;
      if (verdict !== true) {
        const { status, headers, body } = verdict;
        return { status, headers, ...(typeof body === 'object' ? { json: body } : { body }) };
      }
      const reply = early ?? this.queue.shift() ?? (await this.#options.respond?.(request));
      return reply ?? this.#complain(`request ${describe(request)} found no reply`);
    } catch (error) {
      return this.#complain(`a callback threw at request ${describe(request)}: ${String(error)}`);
    }
  }

  async #send(
    reply: Reply,
    record: RecordedRequest,
    response: AnyServerResponse,
    connection: Connection,
    gone: AbortSignal,
  ): Promise<void> {
    const { delivery = {} } = reply;
    if (delivery.silent || gone.aborted) return;
    const wire = openWire(response, connection.tcp, delivery);
    if (wire === undefined) return;
    const { afterwards } = delivery;
    // Set first: the client may use the connection again before the end of this response is noticed here.
    if (afterwards === 'close-on-reuse') connection.closeOnReuse = true;
    try {
      await deliver(render(reply, record), delivery, wire, gone);
      if (typeof afterwards === 'object') this.#connections.closeWhenIdle(connection, afterwards.closeIdle);
    } catch (error) {
      if (error instanceof ConnectionGone || gone.aborted) return;
      this.#complain(`the reply to request ${describe(record)} could not be sent: ${String(error)}`);
      wire.cut('reset');
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

/** A signal that fires when the request's socket (HTTP/1.1) or stream (HTTP/2) is closed. */
function watch(request: ServerRequest, connection: Connection): AbortSignal {
  const gone = new AbortController();
  const abort = () => gone.abort();
  if (request instanceof Http2ServerRequest) request.stream.once('close', abort);
  else connection.onClose.add(abort);
  return gone.signal;
}

function notServed(request: RecordedRequest): Reply {
  const error = { message: `No route for ${request.method} ${request.path}`, type: 'not_found_error', code: 404 };
  return { status: 404, json: { error } };
}

function describe(request: RecordedRequest): string {
  return `${request.index} (${request.method} ${request.path.split('?', 1)[0]})`;
}
