import { createServer } from 'node:net';
import { listen } from '../server.ts';

/** A loopback port where nothing listens: a connection to it is refused. */
export async function refusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, '127.0.0.1');
  await new Promise(resolve => server.close(resolve));
  return port;
}
