import { ConfigurationError, CredentialError, excerpt } from '@crew/core';
import { abortReason } from '../cancellation.ts';
import { type ServerResponse, showUrl } from './endpoint.ts';

const MAX_RESPONSE_LENGTH = 1_048_576;
/** Loopback, link-local addresses (RFC 3927), the IPv6 address of AWS, and Google's host name. */
const LOCAL_HOST =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|169\.254(?:\.\d{1,3}){2}|\[fd00:ec2::254\]|metadata\.google\.internal)$/;

/** A request to a metadata service. It has no body. */
export interface MetadataServiceRequest {
  /** HTTP method. Default GET. */
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Returns true for a plain http URL that only this machine can reach. */
export function isMetadataService(url: URL): boolean {
  return url.protocol === 'http:' && LOCAL_HOST.test(url.hostname);
}

/**
 * Sends a request to the metadata or identity service that a cloud provides on each machine. The service uses plain http
 * on a link-local address, so no proxy applies. Other addresses are refused, even if the environment names them.
 *
 * @throws {ConfigurationError} for an address that other machines can have.
 * @throws {CredentialError} if the service cannot be reached, or sends more than 1 MiB.
 */
export async function requestMetadataService(
  url: URL,
  { method = 'GET', headers, signal }: MetadataServiceRequest,
): Promise<ServerResponse> {
  if (!isMetadataService(url)) {
    throw new ConfigurationError(
      `The environment names ${excerpt(url.origin)} as the identity service, which is not on this machine. Check the environment variables.`,
    );
  }
  // Loaded on demand, because node:http loads the runtime's whole fetch implementation.
  const { request } = await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<ServerResponse>();
  const fail = (why: string): void =>
    reject(new CredentialError(`The identity service ${showUrl(url)} could not be reached: ${why}.`));
  const sent = request(url, { method, headers, agent: false, signal });
  sent.on('error', error => {
    if (signal.aborted) reject(abortReason(signal));
    else fail(excerpt(String(Reflect.get(error, 'code') ?? error.name), 100));
  });
  sent.on('response', response => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length <= MAX_RESPONSE_LENGTH) return;
      fail('it sent more than 1 MiB');
      sent.destroy();
    });
    response.on('error', () => fail('the connection was lost before the response was complete'));
    response.on('end', () => {
      const received = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      resolve({ status: response.statusCode ?? 0, headers: new Headers(received), text });
    });
  });
  sent.end();
  return promise;
}
