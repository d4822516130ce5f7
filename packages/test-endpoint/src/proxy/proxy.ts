import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Connections } from '../endpoint/connections.ts';
import { joinedHeaders } from '../endpoint/recorded-request.ts';
import { listen } from '../endpoint/server.ts';
import { type EndpointTls, keyPair, serverIdentity } from '../tls/endpoint-tls.ts';
import { forward, tunnel } from './forwarding.ts';

/** Options of `startProxy`. */
export interface ProxyOptions {
  /** Credentials to require by `proxy-authenticate: Basic`. Requests without them get 407 (RFC 9110 section 15.5.8). */
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** Serves TLS between the client and the proxy. Default: plain text. */
  readonly tls?: boolean | EndpointTls | undefined;
  /** Status to send to every request instead of connecting. */
  readonly refuse?: number | undefined;
  /**
   * Addresses of authorities (`host:port`), so that a test can use any host name: `{ 'api.example:443': '127.0.0.1:40123' }`. Other
   * authorities are resolved normally.
   */
  readonly hosts?: Readonly<Record<string, string>> | undefined;
}

/** A request to the proxy. Requests inside a tunnel are not visible to it. */
export interface ProxyRequest {
  /** `CONNECT`, or the method of a forwarded request. */
  readonly method: string;
  /** Target, as `host:port`. */
  readonly authority: string;
  /** Absolute URL of a forwarded request. */
  readonly url?: string | undefined;
  /** Header fields by lower-case name, including `proxy-authorization`, without a prototype. */
  readonly headers: Readonly<Record<string, string>>;
  /** Status that the proxy sent: 200 for an open tunnel; 0 for a forwarded request until the origin responds. */
  readonly status: number;
}

/** A running proxy. Create one with `startProxy`. */
export interface Proxy extends AsyncDisposable {
  /** URL for the client's proxy option, without credentials. */
  readonly url: string;
  readonly port: number;
  /** Certificate authority to trust, in PEM. Undefined without TLS. */
  readonly ca: string | undefined;
  /** The requests so far, refused ones included. */
  readonly requests: readonly ProxyRequest[];
  /** Numbers of client connections that are open and that were accepted in total. */
  readonly connections: { readonly open: number; readonly total: number };
  /** Closes the port, every connection and every tunnel. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP proxy on a free loopback port. It opens CONNECT tunnels (RFC 9110 section 9.3.6), forwards requests in absolute form
 * (RFC 9112 section 3.2.2) and records the requests.
 *
 * @example
 * ```ts
 * import { request } from 'node:http';
 * import { startEndpoint, startProxy, text } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({ replies: [text('Hello')] });
 * const proxy = await startProxy({ auth: { username: 'crew', password: 'secret' } });
 *
 * // A request in absolute form; pass `proxy.url` to the client under test instead.
 * const authorization = `Basic ${Buffer.from('crew:secret').toString('base64')}`;
 * const headers = { 'proxy-authorization': authorization };
 * const options = { host: '127.0.0.1', port: proxy.port, path: endpoint.url, method: 'POST', headers, agent: false };
 * await new Promise(resolve => request(options, response => response.resume().on('end', resolve)).end('{}'));
 * console.log(proxy.requests[0]?.status, endpoint.requests.length); // 200 1
 *
 * await proxy.close();
 * await endpoint.close();
 * ```
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
      onStatus: status => (entry.status = status),
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
        onStatus: status => (entry.status = status),
      });
    }
  });
}

const CHALLENGE = 'Basic realm="test proxy"';

/** Returns the status with which a request is refused, or undefined if it is accepted. */
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
