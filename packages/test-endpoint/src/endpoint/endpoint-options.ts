import type { Reply, ReplyHeaders } from '../reply/reply.ts';
import type { EndpointTls } from '../tls/endpoint-tls.ts';
import type { Accept } from './connections.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** What a credential check answers when it turns a request away. */
export interface Refusal {
  readonly status: number;
  readonly headers?: ReplyHeaders | undefined;
  /** An object is sent as JSON. */
  readonly body?: string | object | undefined;
}

/** Decides about a request's credential: `true`, or the refusal to answer. */
export type CredentialCheck = (request: RecordedRequest) => true | Refusal | Promise<true | Refusal>;

export interface EndpointOptions {
  /** https with a certificate made now, for `localhost`, `127.0.0.1` and `::1`, unless others are given. Default: plain http. */
  readonly tls?: boolean | EndpointTls | undefined;
  /** Offer HTTP/2 and HTTP/1.1 by ALPN. Implies `tls`. Default: HTTP/1.1 alone. */
  readonly http2?: boolean | undefined;
  /** Whether the client is asked for a certificate, and refused in the handshake without a valid one. Default `ignore`. */
  readonly clientCertificate?: 'ignore' | 'request' | 'require' | undefined;
  /** PEM certificates that client certificates must chain to. Default: the endpoint's own authority. */
  readonly clientAuthorities?: readonly string[] | undefined;
  /** Called for each request before a reply is chosen; a refused request uses up no reply. Default: all are let in. */
  readonly credential?: CredentialCheck | undefined;
  /** The first replies of the queue. */
  readonly replies?: readonly Reply[] | undefined;
  /** Asked when the queue is empty. Without it such a request is answered 501 and `verify()` throws. */
  readonly respond?: ((request: RecordedRequest) => Reply | Promise<Reply>) | undefined;
  /** The path that is served, without query; others are answered 404. `*` serves every path. Default `/v1/chat/completions`. */
  readonly path?: string | undefined;
  /** The loopback address to listen on. Default `127.0.0.1`. */
  readonly host?: '127.0.0.1' | '::1' | 'localhost' | undefined;
  /** What becomes of new connections. Default `serve`; `setAccept` changes it. */
  readonly accept?: Accept | undefined;
  /** Idle milliseconds after which a kept-alive connection is closed, announced in `keep-alive`. Default 5,000. */
  readonly keepAliveTimeout?: number | undefined;
}

/** @throws TypeError for options that cannot be meant. */
export function checkOptions({ tls, http2, clientCertificate = 'ignore', path = '*' }: EndpointOptions): void {
  if (tls === false && http2) throw new TypeError('`http2` is offered over TLS alone: leave out `tls: false`.');
  if (clientCertificate !== 'ignore' && !tls && !http2) {
    throw new TypeError(`\`clientCertificate: '${clientCertificate}'\` needs TLS: add \`tls: true\`.`);
  }
  if (path !== '*' && !/^\/[^?#]*$/u.test(path)) {
    throw new TypeError(`\`path\` is an absolute path without query, or \`*\`; it is ${JSON.stringify(path)}.`);
  }
}
