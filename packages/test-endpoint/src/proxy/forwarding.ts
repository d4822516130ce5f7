import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';

interface Tunnel {
  readonly client: Duplex;
  /** What the client sent right behind its CONNECT. */
  readonly head: Buffer;
  /** `host:port` to connect to. */
  readonly target: string;
  readonly upstream: Set<Duplex>;
  /** Called with the answer's status. */
  opened(status: number): void;
}

/** Connects the client with the target and passes bytes both ways until either side closes. */
export function tunnel({ client, head, target, upstream, opened }: Tunnel): void {
  const { hostname, port } = splitAuthority(target);
  const origin = connect({ host: hostname, port, allowHalfOpen: true });
  upstream.add(origin);
  let open = false;
  origin.once('connect', () => {
    open = true;
    opened(200);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    origin.write(head);
    client.pipe(origin);
    origin.pipe(client);
  });
  origin.on('error', () => {
    if (open) return void client.destroy();
    opened(502);
    client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  origin.once('close', () => upstream.delete(origin));
  client.on('error', () => origin.destroy());
  client.once('close', () => origin.destroy());
}

/** `host:port`, the host possibly an IPv6 address in brackets. */
export function splitAuthority(authority: string): { readonly hostname: string; readonly port: number } {
  const colon = authority.lastIndexOf(':');
  return { hostname: authority.slice(0, colon).replace(/^\[|\]$/gu, ''), port: Number(authority.slice(colon + 1)) };
}

interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** `host:port` to connect to. */
  readonly target: string;
  readonly upstream: Set<Duplex>;
  /** Called with the answer's status. */
  answered(status: number): void;
}

/** Sends a request in absolute form on to its origin, without the fields meant for the proxy, and the answer back. */
export function forward({ request, response, url, target, upstream, answered }: Forwarding): void {
  const { hostname, port } = splitAuthority(target);
  const headers = request.rawHeaders.filter((_, at) => !isForProxy(request.rawHeaders[at - (at % 2)] ?? ''));
  const path = url.pathname + url.search;
  const onward = httpRequest({ host: hostname, port, method: request.method, path, headers, agent: false });
  onward.on('socket', socket => {
    upstream.add(socket);
    socket.once('close', () => upstream.delete(socket));
  });
  onward.on('response', answer => {
    answered(answer.statusCode ?? 0);
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    pipeline(answer, response, () => undefined);
  });
  onward.on('error', () => {
    if (response.headersSent) return void response.destroy();
    answered(502);
    response.writeHead(502).end();
  });
  response.once('close', () => onward.destroy());
  pipeline(request, onward, () => undefined);
}

function isForProxy(name: string): boolean {
  return /^proxy-(authorization|connection)$/iu.test(name);
}
