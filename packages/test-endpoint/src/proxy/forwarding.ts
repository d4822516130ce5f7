import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';

interface Tunnel {
  readonly client: Duplex;
  /** Bytes that the client sent directly after its CONNECT. */
  readonly head: Buffer;
  /** `host:port` to connect to. */
  readonly target: string;
  readonly upstream: Set<Duplex>;
  /** Called with the status of the response. */
  onStatus(status: number): void;
}

/** Connects the client to the target and forwards bytes both ways until either side closes. */
export function tunnel({ client, head, target, upstream, onStatus }: Tunnel): void {
  const { hostname, port } = splitAuthority(target);
  const origin = connect({ host: hostname, port, allowHalfOpen: true });
  upstream.add(origin);
  let open = false;
  origin.once('connect', () => {
    open = true;
    onStatus(200);
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    origin.write(head);
    client.pipe(origin);
    origin.pipe(client);
  });
  origin.on('error', () => {
    if (open) return void client.destroy();
    onStatus(502);
    client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  origin.once('close', () => upstream.delete(origin));
  client.on('error', () => origin.destroy());
  client.once('close', () => origin.destroy());
}

/** Splits `host:port`. The host may be an IPv6 address in brackets. */
function splitAuthority(authority: string): { readonly hostname: string; readonly port: number } {
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
  /** Called with the status of the response. */
  onStatus(status: number): void;
}

/** Forwards a request in absolute form to its origin, without the fields meant for the proxy, and returns the response. */
export function forward({ request, response, url, target, upstream, onStatus }: Forwarding): void {
  const { hostname, port } = splitAuthority(target);
  const headers = request.rawHeaders.filter((_, at) => !isForProxy(request.rawHeaders[at - (at % 2)] ?? ''));
  const path = url.pathname + url.search;
  const outgoing = httpRequest({ host: hostname, port, method: request.method, path, headers, agent: false });
  outgoing.on('socket', socket => {
    upstream.add(socket);
    socket.once('close', () => upstream.delete(socket));
  });
  outgoing.on('response', incoming => {
    onStatus(incoming.statusCode ?? 0);
    response.writeHead(incoming.statusCode ?? 502, incoming.rawHeaders);
    pipeline(incoming, response, () => undefined);
  });
  outgoing.on('error', () => {
    if (response.headersSent) return void response.destroy();
    onStatus(502);
    response.writeHead(502).end();
  });
  response.once('close', () => outgoing.destroy());
  pipeline(request, outgoing, () => undefined);
}

function isForProxy(name: string): boolean {
  return /^proxy-(authorization|connection)$/iu.test(name);
}
