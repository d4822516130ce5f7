import { ConnectionError, CrewError } from '@crew/core';
import { codeOf, firstOf, sanitiseCause } from '../foreign-error.ts';
import { tlsFailure } from './tls-failure.ts';

/** What went wrong before the tunnel stood: the proxy is at fault, not the server behind it. */
export class ProxyFault extends Error {
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
export function proxyFailure(
  { proxy, thrown }: ProxyFault,
  server: string,
): { readonly error: CrewError; readonly mayPass: boolean } {
  if (CrewError.isInstance(thrown)) return { error: thrown, mayPass: true };
  const cause = sanitiseCause(firstOf(thrown));
  const status = /Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status !== undefined) return { error: refused(status, server, cause), mayPass: status.startsWith('5') };
  // undici wraps a certificate for another name.
  const inner = cause.name === 'SecureProxyConnectionError' ? sanitiseCause(causeOf(thrown)) : cause;
  const code = codeOf(inner);
  const tls = tlsFailure(code, inner, {
    server: `the proxy ${proxy}`,
    ca: 'proxy.ca',
    unprovenCertificate: false,
    answered: false,
    reused: false,
    sent: false,
  });
  if (tls !== undefined) return { error: tls, mayPass: false };
  if (cause.name === 'HTTPParserError') {
    const message = `The proxy ${proxy} did not answer in HTTP. Check the scheme and the port in \`proxy\`.`;
    return { error: new ConnectionError(message, { cause }), mayPass: false };
  }
  const message = `The proxy ${proxy} made no way to ${server} (${code}). Check \`proxy\`, and that the proxy runs.`;
  return { error: new ConnectionError(message, { cause }), mayPass: true };
}

function refused(status: string, server: string, cause: Error): ConnectionError {
  const hint = status === '407' ? 'It wants other credentials than the ones in `proxy`.' : 'Check `proxy`.';
  return new ConnectionError(`The proxy refused the way to ${server} (${status}). ${hint}`, { cause });
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}
