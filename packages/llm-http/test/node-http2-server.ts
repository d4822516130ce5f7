import {
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '@crew/test-endpoint';

export interface NodeHttp2Server extends AsyncDisposable {
  readonly url: string;
  readonly ca: string;
  /** Connections that were made so far. */
  readonly sessions: () => number;
}

/** A node:http2 server whose streams the test controls: it decides when to read and when to respond. */
export async function startNodeHttp2Server(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Promise<NodeHttp2Server> {
  const authority = await createAuthority();
  const { certificate, key } = await authority.issue({
    commonName: 'localhost',
    dns: ['localhost'],
    ip: ['127.0.0.1'],
  });
  const open = new Set<ServerHttp2Session>();
  let sessions = 0;
  const server = createSecureServer({ cert: certificate, key });
  server.on('session', session => {
    sessions += 1;
    open.add(session.on('error', () => undefined).on('close', () => open.delete(session)));
  });
  server.on('stream', (stream, headers) =>
    answer(
      stream.on('error', () => undefined),
      headers,
    ),
  );
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ca: authority.certificate,
    sessions: () => sessions,
    async [Symbol.asyncDispose]() {
      for (const session of open) session.destroy();
      await new Promise(closed => server.close(closed));
    },
  };
}
