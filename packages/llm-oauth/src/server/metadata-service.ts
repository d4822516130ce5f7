import { ConfigurationError, CredentialError, excerpt } from '@crew/core';
import { abortReason } from '../cancellation.ts';
import { type ServerResponse, showUrl } from './endpoint.ts';

const MAX_RESPONSE_LENGTH = 1_048_576;
/** Loopback, the link-local addresses (RFC 3927), the IPv6 address of AWS, and the name that Google gives one of them. */
const LOCAL_HOST =
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|169\.254(?:\.\d{1,3}){2}|\[fd00:ec2::254\]|metadata\.google\.internal)$/;

/** A request to such a service. It has no body. */
export interface MetadataServiceRequest {
  /** Default GET. */
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Whether the URL is that of a service which only this machine can reach, over plain http. */
export function isMetadataService(url: URL): boolean {
  return url.protocol === 'http:' && LOCAL_HOST.test(url.hostname);
}

/**
 * Asks the identity service that a cloud puts beside a machine. It speaks plain http on a link-local address, where no
 * proxy and no private authority apply; anything else is refused, wherever the environment says that the service is.
 *
 * @throws {ConfigurationError} for an address that is not this machine's.
 * @throws {CredentialError} when the service could not be reached, or sends more than 1 MiB.
 */
export async function requestMetadataService(
  url: URL,
  { method = 'GET', headers, signal }: MetadataServiceRequest,
): Promise<ServerResponse> {
  if (!isMetadataService(url)) {
    throw new ConfigurationError(
      `The identity service is said to be at ${excerpt(url.origin)}, which is not on this machine. Check the environment.`,
    );
  }
  // Loaded when it is needed: it brings the runtime's whole fetch with it.
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
    response.on('error', () => fail('the answer broke off'));
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
