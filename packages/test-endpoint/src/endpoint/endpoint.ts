import type { Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Reply } from '../reply/reply.ts';
import type { IssuedCertificate } from '../tls/authority.ts';
import { keyPair, serverIdentity } from '../tls/endpoint-tls.ts';
import { type Accept, Connections, type Gate, gateConnections } from './connections.ts';
import { type CredentialCheck, checkOptions, type EndpointOptions } from './endpoint-options.ts';
import type { RecordedRequest } from './recorded-request.ts';
import { Exchanges } from './request-handler.ts';
import type { RequestEnd } from './request-log.ts';
import { createServer, listen } from './server.ts';

/**
 * Starts a programmable chat-completions endpoint on a free loopback port.
 *
 * @throws TypeError when the options contradict each other.
 * @example
 * await using endpoint = await startEndpoint({ replies: [text('Hello')] });
 * const response = await fetch(endpoint.url, { method: 'POST', body: JSON.stringify({ messages: [] }) });
 */
export async function startEndpoint(options: EndpointOptions = {}): Promise<Endpoint> {
  checkOptions(options);
  const secure = options.tls || options.http2;
  const identity = secure ? await serverIdentity(typeof options.tls === 'object' ? options.tls : {}) : undefined;
  const connections = new Connections();
  const exchanges = new Exchanges(options, connections);
  const server = createServer(options, identity, (request, response) => exchanges.run(request, response));
  const gate = gateConnections(server, options.accept ?? 'serve', connections);
  // Failed handshakes are the client's to report.
  server.on('tlsClientError', () => undefined);
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host);
  const origin = `${secure ? 'https' : 'http'}://${host === '::1' ? '[::1]' : host}:${port}`;
  exchanges.origin = origin;
  return new Endpoint({ server, gate, connections, exchanges, origin, port, path: options.path, ca: identity?.ca });
}

interface EndpointParts {
  readonly server: Server;
  readonly gate: Gate;
  readonly connections: Connections;
  readonly exchanges: Exchanges;
  readonly origin: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly ca: string | undefined;
}

/** A running endpoint. Made by `startEndpoint`. */
export class Endpoint implements AsyncDisposable {
  /** The full URL to post to. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** PEM of the authority to trust; undefined without TLS. */
  readonly ca: string | undefined;
  readonly #parts: EndpointParts;

  constructor(parts: EndpointParts) {
    this.#parts = parts;
    this.origin = parts.origin;
    this.port = parts.port;
    this.ca = parts.ca;
    this.url = parts.origin + (parts.path === '*' ? '/' : (parts.path ?? '/v1/chat/completions'));
  }

  /** Every request whose body has arrived, in that order. */
  get requests(): readonly RecordedRequest[] {
    return this.#parts.exchanges.log.requests;
  }

  /** Adds replies to the end of the queue. */
  reply(...replies: readonly Reply[]): void {
    this.#parts.exchanges.queue.push(...replies);
  }

  /** How many replies wait to be used. */
  get pending(): number {
    return this.#parts.exchanges.queue.length;
  }

  /**
   * Checks that the script was played to its end.
   *
   * @throws Error when replies are unused, a request found no reply, or a callback threw.
   */
  verify(): void {
    const complaints = [...this.#parts.exchanges.complaints];
    if (this.pending > 0) complaints.push(`${this.pending} of the scripted replies were never asked for`);
    if (complaints.length > 0)
      throw new Error(`The endpoint's script did not run as written: ${complaints.join('; ')}.`);
  }

  /** Connections open now, accepted so far, and dropped when they were used again (`closesOnReuse`). */
  get connections(): { readonly open: number; readonly total: number; readonly dropped: number } {
    return this.#parts.connections;
  }

  /** The requests (that satisfy the predicate) whose connection or HTTP/2 stream is closed. */
  closed(predicate: (request: RecordedRequest) => boolean = () => true): readonly RecordedRequest[] {
    return this.requests.filter(request => this.#parts.exchanges.log.isClosed(request) && predicate(request));
  }

  /** Resolves when the socket (HTTP/1.1) or stream (HTTP/2) of the request is closed. */
  whenClosed(request: RecordedRequest): Promise<RequestEnd> {
    return this.#parts.exchanges.log.whenClosed(request);
  }

  /** Resolves with the next request to arrive. Rejects when the endpoint closes first. */
  nextRequest(): Promise<RecordedRequest> {
    return this.#parts.exchanges.log.next();
  }

  /** Forgets the requests so far, for a run of so many that their bodies would fill the memory. */
  clear(): void {
    this.#parts.exchanges.log.clear();
    this.#parts.connections.forgetAnswered();
  }

  /** Resolves when no connection is open. */
  whenIdle(): Promise<void> {
    return this.#parts.connections.whenIdle();
  }

  /** Replaces the credential check from the next request on. */
  setCredential(check: CredentialCheck | undefined): void {
    this.#parts.exchanges.credential = check;
  }

  /** Changes what becomes of new connections, from the next one on. */
  setAccept(accept: Accept): void {
    this.#parts.gate.accept = accept;
  }

  /** Replaces the server's certificate from the next handshake on. */
  setCertificate(certificate: IssuedCertificate): void {
    const { server } = this.#parts;
    if (!(server instanceof TlsServer))
      throw new TypeError('This endpoint speaks plain http; start it with `tls: true`.');
    server.setSecureContext(keyPair(certificate));
  }

  /** Closes the port, every connection and every timer. May be called again. */
  async close(): Promise<void> {
    const { server, connections, exchanges } = this.#parts;
    exchanges.log.stop();
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    connections.destroyAll();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
