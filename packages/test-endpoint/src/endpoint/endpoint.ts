import type { Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Reply } from '../reply/reply.ts';
import type { IssuedCertificate } from '../tls/authority.ts';
import { keyPair, serverIdentity } from '../tls/endpoint-tls.ts';
import { type ConnectionGate, type ConnectionPolicy, Connections, gateConnections } from './connections.ts';
import { type CredentialCheck, checkOptions, type EndpointOptions } from './endpoint-options.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { RequestHandler } from './request-handler.ts';
import type { RequestEnd } from './request-log.ts';
import { createServer, listen } from './server.ts';

/**
 * Starts a programmable chat-completions endpoint on a free loopback port. It speaks HTTP/1.1 or HTTP/2, in plain text or over TLS,
 * sends scripted replies and records every request.
 *
 * @throws TypeError if the options contradict each other.
 * @example
 * ```ts
 * import { startEndpoint, text, toolCalls } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [toolCalls([{ name: 'look_up', arguments: { word: 'tide' } }]), text('The tide turns at noon.')],
 * });
 * const ask = async (): Promise<string> => {
 *   const body = JSON.stringify({ messages: [{ role: 'user', content: 'When does the tide turn?' }] });
 *   return (await fetch(endpoint.url, { method: 'POST', body })).text();
 * };
 *
 * console.log(await ask()); // a completion with one tool call
 * console.log(await ask()); // a completion with the text
 * console.log(endpoint.requests.length); // 2
 *
 * endpoint.verify();
 * await endpoint.close();
 * ```
 * @example
 * ```ts
 * import { startEndpoint, text } from '@crew/test-endpoint';
 *
 * // A reply is streamed whenever the request sets `stream: true`.
 * const endpoint = await startEndpoint({ replies: [text('Hello', { deltas: ['Hel', 'lo'] })] });
 * const body = JSON.stringify({ stream: true, messages: [] });
 * const response = await fetch(endpoint.url, { method: 'POST', body });
 *
 * console.log(response.headers.get('content-type')); // text/event-stream; charset=utf-8
 * console.log(await response.text()); // data: {"id":"chatcmpl-0", ... data: [DONE]
 *
 * await endpoint.close();
 * ```
 * @example
 * ```ts
 * import { rateLimited, resetAfter, startEndpoint, text, truncated } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [rateLimited({ retryAfter: 1 }), resetAfter(text('Lost'), 0), truncated(text('Half'), 20)],
 * });
 * for (let attempt = 1; attempt <= 3; attempt += 1) {
 *   const outcome = await fetch(endpoint.url, { method: 'POST', body: '{}' })
 *     .then(async response => `${response.status} ${await response.text()}`)
 *     .catch((error: unknown) => String(error));
 *   console.log(outcome); // 429 with an error body, then a reset connection, then a broken body
 * }
 *
 * await endpoint.close();
 * ```
 */
export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  checkOptions(options);
  const secure = options.tls || options.http2;
  const identity = secure ? await serverIdentity(typeof options.tls === 'object' ? options.tls : {}) : undefined;
  const connections = new Connections();
  const handler = new RequestHandler(options, connections);
  const server = createServer(options, identity, (request, response) => handler.handle(request, response));
  const gate = gateConnections(server, options.connectionPolicy ?? 'serve', connections);
  // The client reports failed handshakes.
  server.on('tlsClientError', () => undefined);
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host);
  const origin = `${secure ? 'https' : 'http'}://${host === '::1' ? '[::1]' : host}:${port}`;
  handler.origin = origin;
  return new Endpoint({ server, gate, connections, handler, origin, port, path: options.path, ca: identity?.ca });
}

interface EndpointParts {
  readonly server: Server;
  readonly gate: ConnectionGate;
  readonly connections: Connections;
  readonly handler: RequestHandler;
  readonly origin: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly ca: string | undefined;
}

/** A running endpoint. Create one with `startEndpoint`. */
export class Endpoint implements AsyncDisposable {
  /** URL to post requests to. */
  readonly url: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly port: number;
  /** Certificate authority to trust, in PEM. Undefined without TLS. */
  readonly ca: string | undefined;
  readonly #parts: EndpointParts;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.origin = parts.origin;
    this.port = parts.port;
    this.ca = parts.ca;
    this.url = parts.origin + (parts.path === '*' ? '/' : (parts.path ?? '/v1/chat/completions'));
  }

  /** The recorded requests, in the order in which their bodies arrived. */
  get requests(): readonly RecordedRequest[] {
    return this.#parts.handler.log.requests;
  }

  /** Appends replies to the queue. */
  reply(...replies: readonly Reply[]): void {
    this.#parts.handler.queue.push(...replies);
  }

  /** Number of replies left in the queue. */
  get pending(): number {
    return this.#parts.handler.queue.length;
  }

  /**
   * Verifies that the endpoint ran as scripted.
   *
   * @throws Error if replies are unused, a request found no reply, or a callback threw.
   */
  verify(): void {
    const problems = [...this.#parts.handler.problems];
    if (this.pending > 0) problems.push(`${this.pending} of the scripted replies were never used`);
    if (problems.length > 0) throw new Error(`The endpoint did not run as scripted: ${problems.join('; ')}.`);
  }

  /** Numbers of connections that are open, were accepted in total, and were dropped on reuse (`closesOnReuse`). */
  get connections(): { readonly open: number; readonly total: number; readonly dropped: number } {
    return this.#parts.connections;
  }

  /** Returns the requests that satisfy the predicate and whose connection or HTTP/2 stream is closed. */
  closed(predicate: (request: RecordedRequest) => boolean = () => true): readonly RecordedRequest[] {
    return this.requests.filter(request => this.#parts.handler.log.isClosed(request) && predicate(request));
  }

  /** Resolves when the connection (HTTP/1.1) or stream (HTTP/2) of the request is closed. */
  whenClosed(request: RecordedRequest): Promise<RequestEnd> {
    return this.#parts.handler.log.whenClosed(request);
  }

  /** Resolves to the next request to arrive. Rejects if the endpoint is closed first. */
  nextRequest(): Promise<RecordedRequest> {
    return this.#parts.handler.log.next();
  }

  /** Discards the recorded requests. Use it in long runs, in which their bodies would fill the memory. */
  clear(): void {
    this.#parts.handler.log.clear();
    this.#parts.connections.forgetAnswered();
  }

  /** Resolves when no connection is open. */
  whenIdle(): Promise<void> {
    return this.#parts.connections.whenIdle();
  }

  /** Replaces the credential check, starting with the next request. */
  setCredential(check: CredentialCheck | undefined): void {
    this.#parts.handler.credential = check;
  }

  /** Changes the treatment of new connections, starting with the next one. */
  setConnectionPolicy(policy: ConnectionPolicy): void {
    this.#parts.gate.policy = policy;
  }

  /** Replaces the server's certificate, starting with the next handshake. */
  setCertificate(certificate: IssuedCertificate): void {
    const { server } = this.#parts;
    if (!(server instanceof TlsServer)) {
      throw new TypeError('The endpoint serves plain http. Start it with `tls: true` to set a certificate.');
    }
    server.setSecureContext(keyPair(certificate));
  }

  /** Closes the port and every connection and clears every timer. Further calls have no effect. */
  async close(): Promise<void> {
    const { server, connections, handler } = this.#parts;
    handler.log.stop();
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    connections.destroyAll();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
