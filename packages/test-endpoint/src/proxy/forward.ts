import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { splitAuthority } from './tunnel.ts';

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
