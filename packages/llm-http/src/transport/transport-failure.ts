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
  /** Milliseconds to wait before a resend, if the server or an authenticator says so. */
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

const CERTIFICATE_HINT = 'whether it wants a client certificate.';

/** What the transport threw, as an error that says what happened, and when the request may be sent again. */
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
  // An answer that ends too early is a lost connection, not a broken rule.
  if (cause.name === 'HTTPParserError' && !cause.message.includes('EOF')) {
    return never(new ProtocolError(`${server} did not answer in HTTP. Check scheme and port.`, { cause }));
  }
  // undici cannot read the interim responses that a client has to ask for.
  if (cause.message === 'bad response' || cause.message === 'bad upgrade') {
    const what = `${server} answered with an interim response (status 100 or 101) that was not asked for.`;
    return never(new ProtocolError(`${what} Over HTTP/1.1 the answer behind it cannot be read.`, { cause }));
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return never(new AbortError('The LLM was closed, or its client certificate replaced.', { cause }));
  }
  const http2 = http2Hint(code, cause);
  if (!isSent) return new RequestFailure(unreachable(server, code, cause, http2), 'later');
  const when = hasResponse ? 'in the middle of its answer' : 'before it answered';
  // TLS 1.3 lets a client speak before the server has judged its certificate.
  const mayBeRefused = server.startsWith('https:') && !hasResponse && !isReused;
  const hint = http2 ?? (mayBeRefused ? ` If that lasts, see ${CERTIFICATE_HINT}` : '');
  const error = new ConnectionError(`The connection to ${server} was lost ${when} (${code}).${hint}`, { cause });
  const died = isReused && !hasResponse && !isStreamReset(code, cause);
  return new RequestFailure(error, died ? 'at-once' : 'later');
}

/** The response has more header fields, or longer ones, than are read. */
export function headTooLarge(server: string, cause?: Error): ProtocolError {
  const limits = `at most ${MAX_HEAD_BYTES} bytes and ${MAX_FIELDS} fields are read`;
  const message = `The header section of the answer of ${server} is too large: ${limits}.`;
  return new ProtocolError(message, cause === undefined ? {} : { cause });
}

/** Returns the advice for an error of HTTP/2 itself, which no certificate helps; undefined for any other error. */
function http2Hint(code: string, { message }: Error): string | undefined {
  if (!code.startsWith('ERR_HTTP2_') && !message.startsWith('HTTP/2:')) return undefined;
  if (message.includes('NGHTTP2_ENHANCE_YOUR_CALM')) {
    return ` Either the server wants fewer requests, or its response has more than ${MAX_FIELDS} header fields.`;
  }
  // Streams that the server resets, or a connection that it closes in good order, say nothing about the protocol.
  const isBroken = code === 'ERR_HTTP2_ERROR' || code === 'ERR_HTTP2_SESSION_ERROR' || DISAGREEMENT.test(message);
  return isBroken ? ' Client and server disagree about HTTP/2. If that lasts, set `allowH2` to false.' : '';
}

/** Error codes of HTTP/2 (RFC 9113, section 7) that speak of the protocol, by name and in a GOAWAY by number. */
const DISAGREEMENT =
  /NGHTTP2_(?:PROTOCOL_ERROR|FLOW_CONTROL_ERROR|SETTINGS_TIMEOUT|FRAME_SIZE_ERROR|COMPRESSION_ERROR|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED)|"GOAWAY" frame received with code (?:1|3|4|6|9|12|13)$/;

/** HTTP/2: one stream was ended. Its connection lives, and the request may well have been worked on. */
function isStreamReset(code: string, { message }: Error): boolean {
  return code === 'ERR_HTTP2_STREAM_ERROR' || message.startsWith('HTTP/2: stream');
}

function unreachable(server: string, code: string, cause: Error, http2: string | undefined): ConnectionError {
  if (http2) return new ConnectionError(`${server} cannot be reached (${code}).${http2}`, { cause });
  const hint =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? 'Its name cannot be resolved: check the address and the network.'
      : 'Check the address, and that the server runs.';
  return new ConnectionError(`${server} cannot be reached (${code}). ${hint}`, { cause });
}

/** What went wrong before the tunnel stood: the proxy is at fault, not the server behind it. */
export class TunnelFailure extends Error {
  /** The proxy, without user and password. */
  readonly proxy: string;
  readonly thrown: unknown;

  constructor(proxy: string, thrown: unknown) {
    super('The proxy made no tunnel.');
    this.proxy = proxy;
    this.thrown = thrown;
  }
}

/** The error of it, and whether it may pass. */
export function toProxyFailure(
  { proxy, thrown }: TunnelFailure,
  server: string,
): { readonly error: CrewError; readonly isTransient: boolean } {
  if (CrewError.isInstance(thrown)) return { error: thrown, isTransient: true };
  const cause = sanitiseCause(firstOf(thrown));
  const status = /Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status !== undefined) return { error: refused(status, server, cause), isTransient: status.startsWith('5') };
  // undici wraps a certificate for another name.
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
    const message = `The proxy ${proxy} did not answer in HTTP. Check the scheme and the port in \`proxy\`.`;
    return { error: new ConnectionError(message, { cause }), isTransient: false };
  }
  const message = `The proxy ${proxy} made no way to ${server} (${code}). Check \`proxy\`, and that the proxy runs.`;
  return { error: new ConnectionError(message, { cause }), isTransient: true };
}

function refused(status: string, server: string, cause: Error): ConnectionError {
  const hint = status === '407' ? 'It wants other credentials than the ones in `proxy`.' : 'Check `proxy`.';
  return new ConnectionError(`The proxy refused the way to ${server} (${status}). ${hint}`, { cause });
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}
