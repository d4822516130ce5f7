import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { TLSSocket } from 'node:tls';

/** The client's side of the TLS connection that a request came on. */
export interface RecordedTls {
  /** Whether the client's certificate was verified against `clientAuthorities`. */
  readonly authorized: boolean;
  /** Why it was not, as Node names it. */
  readonly authorizationError?: string | undefined;
  /** The name the client asked for (SNI, RFC 6066 section 3). */
  readonly servername?: string | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  readonly alpnProtocol?: string | undefined;
  readonly sessionReused: boolean;
  readonly peer?: RecordedPeer | undefined;
}

/** The client's certificate. */
export interface RecordedPeer {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltName?: string | undefined;
  readonly serialNumber: string;
  /** SHA-256 of the DER form, upper-case hex with colons. */
  readonly fingerprint256: string;
  /** The DER form. */
  readonly raw: Uint8Array;
}

/** One request as it arrived. */
export interface RecordedRequest {
  /** Position in `endpoint.requests`. */
  readonly index: number;
  readonly method: string;
  /** As it was sent, with the query. */
  readonly path: string;
  /** `path` resolved against the endpoint's origin. */
  readonly url: string;
  /**
   * By lower-case name; a field that came more than once is joined by `, ` (`; ` for cookies). HTTP/2's `:authority` is `host`, its other
   * pseudo-header fields are left out. No prototype.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn, in order and case of arrival, as in node:http. */
  readonly rawHeaders: readonly string[];
  /** UTF-8. Empty when the endpoint answered before it read the body. */
  readonly body: string;
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown;
  readonly bytes: Uint8Array;
  /** Whether the whole body arrived (or did not have to). */
  readonly complete: boolean;
  readonly http: '1.0' | '1.1' | '2';
  /** Which connection of the endpoint it came on, counted from 0. */
  readonly connection: number;
  /** How many requests that connection had carried before: 0 on a new one. */
  readonly priorRequests: number;
  readonly tls?: RecordedTls | undefined;
  /** When the last byte arrived, in milliseconds since the epoch. */
  readonly at: number;
}

export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type AnyServerResponse = ServerResponse | Http2ServerResponse;

/** The request's body as far as it arrived. */
export interface ReadBody {
  readonly bytes: Uint8Array;
  readonly complete: boolean;
}

export async function readBody(request: ServerRequest): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), complete: request.complete };
  } catch {
    return { bytes: Buffer.concat(chunks), complete: false };
  }
}

export function recordRequest(
  request: ServerRequest,
  { bytes, complete }: ReadBody,
  place: {
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
    index: place.index,
    method: request.method ?? 'GET',
    path,
    url: URL.canParse(path, place.origin) ? new URL(path, place.origin).href : path,
    headers: joinedHeaders(request.rawHeaders),
    rawHeaders: [...request.rawHeaders],
    body,
    json: parsed(body),
    bytes,
    complete,
    http: request.httpVersionMajor === 2 ? '2' : request.httpVersion === '1.0' ? '1.0' : '1.1',
    connection: place.connection,
    priorRequests: place.priorRequests,
    ...(place.tls === undefined ? {} : { tls: place.tls }),
    at: Date.now(),
  };
}

/** What is known of the client's TLS. Taken when the request arrives: a closed socket no longer tells. */
export function recordTls(request: ServerRequest): RecordedTls | undefined {
  const socket = request instanceof Http2ServerRequest ? request.stream.session?.socket : request.socket;
  if (!(socket instanceof TLSSocket)) return undefined;
  const peer = peerOf(socket);
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

function peerOf(socket: TLSSocket): RecordedPeer | undefined {
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
 * Fields by lower-case name; repeated ones joined. The pseudo-header fields of HTTP/2 are left out, but for `:authority`, which
 * stands for `host` (RFC 9113 section 8.3.1).
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

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
