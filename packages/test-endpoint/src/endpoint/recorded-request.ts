import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { TLSSocket } from 'node:tls';

/** A request as it arrived. */
export interface RecordedRequest {
  /** Position of the request, counted from 0. */
  readonly index: number;
  readonly method: string;
  /** Request target as it was sent, including the query. */
  readonly path: string;
  /** Request target resolved against the endpoint's origin. */
  readonly url: string;
  /**
   * Header fields by lower-case name, without a prototype. Repeated fields are joined by `, ` (cookies by `; `). `:authority` of
   * HTTP/2 becomes `host`; its other pseudo-header fields are omitted.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Alternating field names and values as they arrived, as in node:http. */
  readonly rawHeaders: readonly string[];
  /** Body decoded as UTF-8. Empty if the endpoint responded before it read the body. */
  readonly body: string;
  /** Parsed body. Undefined if the body is not JSON. */
  readonly json: unknown;
  readonly bytes: Uint8Array;
  /** True if the whole body arrived. */
  readonly complete: boolean;
  readonly http: '1.0' | '1.1' | '2';
  /** Number of the connection that carried the request, counted from 0. */
  readonly connection: number;
  /** Number of earlier requests on that connection. */
  readonly priorRequests: number;
  readonly tls?: RecordedTls | undefined;
  /** Arrival time of the last byte, in milliseconds since the epoch. */
  readonly at: number;
}

/** The client's side of the TLS connection that carried a request. */
export interface RecordedTls {
  /** True if the client's certificate was verified against `clientAuthorities`. */
  readonly authorized: boolean;
  /** Node's error code for a certificate that was not verified. */
  readonly authorizationError?: string | undefined;
  /** Server name that the client requested (SNI, RFC 6066 section 3). */
  readonly servername?: string | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  readonly alpnProtocol?: string | undefined;
  readonly sessionReused: boolean;
  readonly peer?: RecordedPeer | undefined;
}

/** A client certificate. */
export interface RecordedPeer {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltName?: string | undefined;
  readonly serialNumber: string;
  /** SHA-256 fingerprint of the DER form, in upper-case hex with colons. */
  readonly fingerprint256: string;
  /** The DER form. */
  readonly raw: Uint8Array;
}

export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type AnyServerResponse = ServerResponse | Http2ServerResponse;

/** The part of a request body that arrived. */
interface ReceivedBody {
  readonly bytes: Uint8Array;
  readonly complete: boolean;
}

/** Reads the request body until it ends or breaks off. */
export async function readBody(request: ServerRequest): Promise<ReceivedBody> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), complete: request.complete };
  } catch {
    return { bytes: Buffer.concat(chunks), complete: false };
  }
}

/** Creates the record of a request. */
export function recordRequest(
  request: ServerRequest,
  { bytes, complete }: ReceivedBody,
  context: {
    readonly index: number;
    readonly connection: number;
    readonly priorRequests: number;
    readonly origin: string;
    readonly tls: RecordedTls | undefined;
  },
): RecordedRequest {
  const body = Buffer.from(bytes).toString('utf8');
  const path = request.url ?? '/';
  return {
    index: context.index,
    method: request.method ?? 'GET',
    path,
    url: URL.canParse(path, context.origin) ? new URL(path, context.origin).href : path,
    headers: joinedHeaders(request.rawHeaders),
    rawHeaders: [...request.rawHeaders],
    body,
    json: parseJson(body),
    bytes,
    complete,
    http: request.httpVersionMajor === 2 ? '2' : request.httpVersion === '1.0' ? '1.0' : '1.1',
    connection: context.connection,
    priorRequests: context.priorRequests,
    ...(context.tls === undefined ? {} : { tls: context.tls }),
    at: Date.now(),
  };
}

/** Returns the TLS properties of a request. Call it when the request arrives: a closed socket no longer has them. */
export function recordTls(request: ServerRequest): RecordedTls | undefined {
  const socket = request instanceof Http2ServerRequest ? request.stream.session?.socket : request.socket;
  if (!(socket instanceof TLSSocket)) return undefined;
  const peer = peerCertificate(socket);
  return {
    authorized: socket.authorized,
    ...(socket.authorizationError ? { authorizationError: String(socket.authorizationError) } : {}),
    ...(typeof socket.servername === 'string' ? { servername: socket.servername } : {}),
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    ...(socket.alpnProtocol ? { alpnProtocol: socket.alpnProtocol } : {}),
    sessionReused: socket.isSessionReused(),
    ...(peer === undefined ? {} : { peer }),
  };
}

function peerCertificate(socket: TLSSocket): RecordedPeer | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subject, issuer, subjectAltName, serialNumber, fingerprint256, raw } = certificate;
  return {
    subject,
    issuer,
    ...(subjectAltName === undefined ? {} : { subjectAltName }),
    serialNumber,
    fingerprint256,
    raw,
  };
}

/**
 * Returns header fields by lower-case name, with repeated fields joined. Pseudo-header fields of HTTP/2 are omitted, except
 * `:authority`, which becomes `host` (RFC 9113 section 8.3.1).
 */
export function joinedHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase().replace(/^:authority$/u, 'host');
    const value = raw[at + 1] ?? '';
    if (name.startsWith(':')) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
