import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { Server } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { keyPair, type ServerIdentity } from '../tls/endpoint-tls.ts';
import type { EndpointOptions } from './endpoint-options.ts';
import type { AnyServerResponse, ServerRequest } from './recorded-request.ts';

type Listener = (request: ServerRequest, response: AnyServerResponse) => void;

/** Creates a server of node:http, node:https or node:http2, as the options require. */
export function createServer(
  options: EndpointOptions,
  identity: ServerIdentity | undefined,
  listener: Listener,
): Server {
  const http = {
    keepAliveTimeout: options.keepAliveTimeout ?? 5_000,
    // A test may have a client that is arbitrarily slow.
    headersTimeout: 0,
    requestTimeout: 0,
  };
  const onRequest: RequestListener = listener;
  if (identity === undefined) return createHttpServer(http, onRequest);
  const tls = tlsOptions(options, identity);
  if (!options.http2) return createHttpsServer({ ...http, ...tls }, onRequest);
  const server = createSecureServer({ ...tls, allowHTTP1: true, ...http }, listener);
  server.on('sessionError', () => undefined);
  return server;
}

function tlsOptions(options: EndpointOptions, identity: ServerIdentity): TlsOptions {
  const { minVersion, maxVersion } = typeof options.tls === 'object' ? options.tls : {};
  const clientCertificate = options.clientCertificate ?? 'ignore';
  return {
    ...keyPair(identity.certificate),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(clientCertificate === 'ignore'
      ? {}
      : {
          requestCert: true,
          rejectUnauthorized: clientCertificate === 'require',
          ca: [...(options.clientAuthorities ?? [identity.ca])],
        }),
  };
}

/** Length of the queue of pending connections, enough for thousands of simultaneous clients. The system may allow fewer. */
const BACKLOG = 8_192;

/** Starts listening on a free port of a loopback address and resolves to the port. */
export function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('The server is not listening on a port.'));
    });
  });
}
