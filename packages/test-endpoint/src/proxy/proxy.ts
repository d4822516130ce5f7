import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Connections } from '../endpoint/connections.ts';
import { joinedHeaders } from '../endpoint/recorded-request.ts';
import { listen } from '../endpoint/server.ts';
import { type EndpointTls, keyPair, serverIdentity } from '../tls/endpoint-tls.ts';
import { forward, tunnel } from './forwarding.ts';

export interface ProxyOptions {
  /** Asked for by `proxy-authenticate: Basic`; requests without it are answered 407 (RFC 9110 section 15.5.8). */
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** Whether the client speaks TLS to the proxy itself. Default: plain. */
  readonly tls?: boolean | EndpointTls | undefined;
  /** Answer every request with this status and reach nothing. */
  readonly refuse?: number | undefined;
  /**
   * Where an authority (`host:port`) really is, so that a test can use any host name: `{ 'api.example:443': '127.0.0.1:40123' }`.
   * Others are connected to as they are.
   */
  readonly hosts?: Readonly<Record<string, string>> | undefined;
}

/** One request that reached the proxy itself. What went through a tunnel is not seen. */
export interface ProxyRequest {
  /** `CONNECT`, or the method of a forwarded request. */
  readonly method: string;
  /** The target, `host:port`. */
  readonly authority: string;
  /** Of a forwarded request: its absolute URL. */
  readonly url?: string | undefined;
  /** By lower-case name, `proxy-authorization` included. No prototype. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the proxy answered: 200 for an open tunnel; of a forwarded request, 0 until the origin answered. */
  readonly status: number;
}

/** A running proxy. Made by `startProxy`. */
export interface Proxy extends AsyncDisposable {
  /** For a client's proxy option, without credentials. */
  readonly url: string;
  readonly port: number;
  /** PEM of the authority to trust; undefined without TLS. */
  readonly ca: string | undefined;
  readonly requests: readonly ProxyRequest[];
  /** Clients' connections to the proxy, open now and accepted so far. */
  readonly connections: { readonly open: number; readonly total: number };
  /** Closes the port, every connection and every tunnel. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP proxy on a free loopback port, for clients under test: CONNECT tunnels (RFC 9110 section 9.3.6) and requests in
 * absolute form (RFC 9112 section 3.2.2), both for real.
 *
 * @example
 * await using proxy = await startProxy({ auth: { username: 'crew', password: 'secret' } });
 */
export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const identity = options.tls ? await serverIdentity(options.tls === true ? {} : options.tls) : undefined;
  const server = identity === undefined ? createHttpServer() : createHttpsServer(keyPair(identity.certificate));
  const requests: ProxyRequest[] = [];
  const connections = new Connections();
  const upstream = new Set<Duplex>();
  server.on('connection', socket => connections.add(socket));
  server.on('tlsClientError', () => undefined);
  serve(server, options, requests, upstream);
  const port = await listen(server, '127.0.0.1');

  const close = async () => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    connections.destroyAll();
    for (const socket of upstream) socket.destroy();
    await closed;
  };
  const url = `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return { url, port, ca: identity?.ca, requests, connections, close, [Symbol.asyncDispose]: close };
}

function serve(server: HttpServer, options: ProxyOptions, requests: ProxyRequest[], upstream: Set<Duplex>): void {
  const record = (request: IncomingMessage, authority: string, url?: string): { status: number } => {
    const entry = {
      method: request.method ?? '',
      authority,
      ...(url === undefined ? {} : { url }),
      headers: joinedHeaders(request.rawHeaders),
      status: refusalOf(request, options) ?? 0,
    };
    requests.push(entry);
    return entry;
  };

  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    const authority = request.url ?? '';
    const entry = record(request, authority);
    if (entry.status !== 0) return void client.end(refusalHead(entry.status));
    tunnel({
      client,
      head,
      target: options.hosts?.[authority] ?? authority,
      upstream,
      opened: status => (entry.status = status),
    });
  });

  server.on('request', (request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const authority = url === undefined ? '' : `${url.hostname}:${url.port || 80}`;
    const entry = record(request, authority, request.url);
    if (entry.status === 0 && url?.protocol !== 'http:') entry.status = 400;
    if (entry.status !== 0) {
      if (entry.status === 407) response.setHeader('proxy-authenticate', CHALLENGE);
      response.writeHead(entry.status).end();
    } else if (url !== undefined) {
      forward({
        request,
        response,
        url,
        target: options.hosts?.[authority] ?? authority,
        upstream,
        answered: status => (entry.status = status),
      });
    }
  });
}

const CHALLENGE = 'Basic realm="test proxy"';

/** The status with which a request is turned away; undefined when it may pass. */
function refusalOf(request: IncomingMessage, { auth, refuse }: ProxyOptions): number | undefined {
  if (refuse !== undefined) return refuse;
  if (auth === undefined) return undefined;
  const expected = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  return request.headers['proxy-authorization'] === expected ? undefined : 407;
}

function refusalHead(status: number): string {
  const challenge = status === 407 ? `proxy-authenticate: ${CHALLENGE}\r\n` : '';
  return `HTTP/1.1 ${status} Refused\r\n${challenge}content-length: 0\r\nconnection: close\r\n\r\n`;
}
