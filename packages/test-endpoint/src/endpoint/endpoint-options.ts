import type { Reply, ReplyHeaders } from '../reply/reply.ts';
import type { EndpointTls } from '../tls/endpoint-tls.ts';
import type { ConnectionPolicy } from './connections.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** Response to a request whose credential is refused. */
export interface Refusal {
  readonly status: number;
  readonly headers?: ReplyHeaders | undefined;
  /** Response body. An object is sent as JSON. */
  readonly body?: string | object | undefined;
}

/** Callback that accepts the credential of a request with `true` or returns the refusal to send. */
export type CredentialCheck = (request: RecordedRequest) => true | Refusal | Promise<true | Refusal>;

/** Options of `startEndpoint`. */
export interface EndpointOptions {
  /** Serves https. `true` issues a certificate for `localhost`, `127.0.0.1` and `::1` at run time. Default: plain http. */
  readonly tls?: boolean | EndpointTls | undefined;
  /** Offers HTTP/2 and HTTP/1.1 by ALPN. Implies `tls`. Default: HTTP/1.1 only. */
  readonly http2?: boolean | undefined;
  /**
   * Client certificates. `request` asks for one; `require` also fails the handshake unless a valid one is sent.
   * Default `ignore`.
   */
  readonly clientCertificate?: 'ignore' | 'request' | 'require' | undefined;
  /** Authorities, in PEM, that client certificates must chain to. Default: the endpoint's own authority. */
  readonly clientAuthorities?: readonly string[] | undefined;
  /** Credential check, called for each request before a reply is chosen. A refused request consumes no reply. Default: none. */
  readonly credential?: CredentialCheck | undefined;
  /** Initial replies of the queue. */
  readonly replies?: readonly Reply[] | undefined;
  /** Callback that supplies the reply when the queue is empty. Without it the endpoint responds with 501 and `verify()` throws. */
  readonly respond?: ((request: RecordedRequest) => Reply | Promise<Reply>) | undefined;
  /** Path to serve, without a query; other paths get 404. `*` serves every path. Default `/v1/chat/completions`. */
  readonly path?: string | undefined;
  /** Loopback address to listen on. Default `127.0.0.1`. */
  readonly host?: '127.0.0.1' | '::1' | 'localhost' | undefined;
  /** Treatment of new connections; `setConnectionPolicy` changes it later. Default `serve`. */
  readonly connectionPolicy?: ConnectionPolicy | undefined;
  /** Idle time, in milliseconds, after which a kept-alive connection is closed; sent in `keep-alive`. Default 5,000. */
  readonly keepAliveTimeout?: number | undefined;
}

/** Validates the options and throws a `TypeError` if they contradict each other. */
export function checkOptions({ tls, http2, clientCertificate = 'ignore', path = '*' }: EndpointOptions): void {
  if (tls === false && http2) throw new TypeError('`http2: true` requires TLS. Remove `tls: false`.');
  if (clientCertificate !== 'ignore' && !tls && !http2) {
    throw new TypeError(`\`clientCertificate: '${clientCertificate}'\` requires TLS. Add \`tls: true\`.`);
  }
  if (path !== '*' && !/^\/[^?#]*$/u.test(path)) {
    throw new TypeError(
      `\`path\` is ${JSON.stringify(path)}. Set it to an absolute path without a query, or to \`*\`.`,
    );
  }
}
