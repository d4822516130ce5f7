import { AbortError, ConnectionError, CrewError, ProtocolError, TimeoutError } from '@crew/core';
import { codeOf, firstOf, sanitiseCause } from '../errors/sanitise.ts';
import { toTlsFailure } from './tls-failure.ts';

/** Maximum size of the header section of a response, in bytes of names and values, for every version of HTTP. */
export const MAX_HEAD_BYTES = 16_384;
/** Maximum number of header fields of a response. Over HTTP/2 Node reads at most 128, including the status. */
export const MAX_FIELDS = 120;

/**
 * The time at which a failed request may be sent again: `at-once`, if a used connection died before the first byte of a
 * response; `later`, as the retry policy decides; or `never`.
 */
export type Resend = 'at-once' | 'later' | 'never';

/** A failed request. Internal to the package: callers get `error`. */
export class RequestFailure extends Error {
  readonly error: CrewError;
  readonly resend: Resend;
  /** Milliseconds to wait before a resend, if the server or an authenticator requires a delay. */
  readonly retryAfter: number | undefined;

  constructor(error: CrewError, resend: Resend, retryAfter?: number) {
    super(error.message);
    this.error = error;
    this.resend = resend;
    this.retryAfter = retryAfter;
  }
}

/** The progress of a request at the time of its failure. */
export interface RequestProgress {
  /** Origin and path of the URL. */
  readonly server: string;
  /** True if the request was written. */
  readonly isSent: boolean;
  /** True if the connection had carried a request before. */
  readonly isReused: boolean;
  /** True if a byte of the response had arrived. */
  readonly hasResponse: boolean;
  /** True if the connection presented a client certificate that the server has not accepted so far. */
  readonly isCertificateUnproven: boolean;
}

/** Returns the failure for an error of the transport: what happened, and when the request may be sent again. */
export function toRequestFailure(thrown: unknown, progress: RequestProgress): RequestFailure {
  if (thrown instanceof RequestFailure) return thrown;
  if (CrewError.isInstance(thrown)) {
    const late = TimeoutError.isInstance(thrown) && thrown.deadline === 'connect';
    return new RequestFailure(thrown, late || ConnectionError.isInstance(thrown) ? 'later' : 'never');
  }
  const { server, isSent, isReused, hasResponse } = progress;
  if (thrown instanceof TunnelFailure) {
    const { error, isTransient } = toProxyFailure(thrown, server);
    return new RequestFailure(error, isTransient ? 'later' : 'never');
  }
  const cause = sanitiseCause(firstOf(thrown));
  const code = codeOf(cause);
  const never = (error: CrewError): RequestFailure => new RequestFailure(error, 'never');

  const tls = toTlsFailure(code, cause, progress);
  if (tls !== undefined) return never(tls);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return never(headTooLarge(server, cause));
  }
  // A response that ends too early is a lost connection, not a protocol error.
  if (cause.name === 'HTTPParserError' && !cause.message.includes('EOF')) {
    return never(new ProtocolError(`${server} does not speak HTTP. Check the scheme and the port.`, { cause }));
  }
  // undici cannot read interim responses that the client must request.
  if (cause.message === 'bad response' || cause.message === 'bad upgrade') {
    const message = `${server} sent an interim response (status 100 or 101) that was not requested.`;
    return never(new ProtocolError(`${message} Over HTTP/1.1 the final response cannot be read.`, { cause }));
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return never(new AbortError('The LLM was closed, or its client certificate replaced.', { cause }));
  }
  const http2 = http2Hint(code, cause);
  if (!isSent) return new RequestFailure(unreachable(server, code, cause, http2), 'later');
  const when = hasResponse ? 'in the middle of its response' : 'before it responded';
  // In TLS 1.3 a client sends before the server has checked its certificate.
  const mayBeRefused = server.startsWith('https:') && !hasResponse && !isReused;
  const hint = http2 ?? (mayBeRefused ? ' If this persists, check whether it requires a client certificate.' : '');
  const error = new ConnectionError(`The connection to ${server} was lost ${when} (${code}).${hint}`, { cause });
  const died = isReused && !hasResponse && !isStreamReset(code, cause);
  return new RequestFailure(error, died ? 'at-once' : 'later');
}

/** Returns the error of a header section that exceeds the limits. */
export function headTooLarge(server: string, cause?: Error): ProtocolError {
  const limits = `at most ${MAX_HEAD_BYTES} bytes and ${MAX_FIELDS} fields are read`;
  const message = `The header section of the response of ${server} is too large: ${limits}.`;
  return new ProtocolError(message, cause === undefined ? {} : { cause });
}

/** Returns the advice for an error of HTTP/2 itself; undefined for any other error. */
function http2Hint(code: string, { message }: Error): string | undefined {
  if (!code.startsWith('ERR_HTTP2_') && !message.startsWith('HTTP/2:')) return undefined;
  if (message.includes('NGHTTP2_ENHANCE_YOUR_CALM')) {
    return ` Either the server requires fewer requests, or its response has more than ${MAX_FIELDS} header fields.`;
  }
  // Reset streams, and connections that are closed in good order, do not indicate a protocol error.
  const isBroken = code === 'ERR_HTTP2_ERROR' || code === 'ERR_HTTP2_SESSION_ERROR' || DISAGREEMENT.test(message);
  return isBroken ? ' Client and server disagree about HTTP/2. If this persists, set `allowH2` to false.' : '';
}

/** HTTP/2 error codes (RFC 9113, section 7) that indicate a protocol error, by name, and in a GOAWAY by number. */
const DISAGREEMENT =
  /NGHTTP2_(?:PROTOCOL_ERROR|FLOW_CONTROL_ERROR|SETTINGS_TIMEOUT|FRAME_SIZE_ERROR|COMPRESSION_ERROR|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED)|"GOAWAY" frame received with code (?:1|3|4|6|9|12|13)$/;

/** Returns true if only the HTTP/2 stream was reset. The connection is alive, and the request may have been processed. */
function isStreamReset(code: string, { message }: Error): boolean {
  return code === 'ERR_HTTP2_STREAM_ERROR' || message.startsWith('HTTP/2: stream');
}

function unreachable(server: string, code: string, cause: Error, http2: string | undefined): ConnectionError {
  if (http2) return new ConnectionError(`${server} cannot be reached (${code}).${http2}`, { cause });
  const hint =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? 'Its name cannot be resolved: check the address and the network.'
      : 'Check the address, and that the server is running.';
  return new ConnectionError(`${server} cannot be reached (${code}). ${hint}`, { cause });
}

/** An error while a proxy was opening a tunnel. It is caused by the proxy, not by the server behind it. */
export class TunnelFailure extends Error {
  /** The proxy, without user and password. */
  readonly proxy: string;
  readonly thrown: unknown;

  constructor(proxy: string, thrown: unknown) {
    super('The proxy did not open a tunnel.');
    this.proxy = proxy;
    this.thrown = thrown;
  }
}

/** Returns the error of a tunnel that was not opened, and whether a retry may succeed. */
function toProxyFailure(
  { proxy, thrown }: TunnelFailure,
  server: string,
): { readonly error: CrewError; readonly isTransient: boolean } {
  if (CrewError.isInstance(thrown)) return { error: thrown, isTransient: true };
  const cause = sanitiseCause(firstOf(thrown));
  const status = /Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status !== undefined) return { error: tunnelRefused(status, server, cause), isTransient: status.startsWith('5') };
  // undici wraps the error of a certificate for another name.
  const inner = cause.name === 'SecureProxyConnectionError' ? sanitiseCause(causeOf(thrown)) : cause;
  const code = codeOf(inner);
  const tls = toTlsFailure(code, inner, {
    server: `the proxy ${proxy}`,
    ca: 'proxy.ca',
    isCertificateUnproven: false,
    hasResponse: false,
    isReused: false,
    isSent: false,
  });
  if (tls !== undefined) return { error: tls, isTransient: false };
  if (cause.name === 'HTTPParserError') {
    const message = `The proxy ${proxy} does not speak HTTP. Check the scheme and the port in \`proxy\`.`;
    return { error: new ConnectionError(message, { cause }), isTransient: false };
  }
  const message = `The proxy ${proxy} did not open a tunnel to ${server} (${code}). Check \`proxy\`, and that the proxy is running.`;
  return { error: new ConnectionError(message, { cause }), isTransient: true };
}

function tunnelRefused(status: string, server: string, cause: Error): ConnectionError {
  const hint = status === '407' ? 'It requires credentials other than those in `proxy`.' : 'Check `proxy`.';
  return new ConnectionError(`The proxy refused the tunnel to ${server} (${status}). ${hint}`, { cause });
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}
