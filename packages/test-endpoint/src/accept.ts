import type { Server, Socket } from 'node:net';
import type { Connections } from './connections.ts';

/**
 * What becomes of a new TCP connection: `serve` it; `reset` it at once; `silence`: accept it and never say anything, so that not
 * even a TLS handshake gets an answer.
 */
export type Accept = 'serve' | 'reset' | 'silence';

export interface Gate {
  accept: Accept;
}

/** Stands between the server's socket and its protocol, and counts every connection. */
export function gateConnections(server: Server, accept: Accept, connections: Connections): Gate {
  const gate: Gate = { accept };
  const protocol = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    if (gate.accept === 'serve') for (const listener of protocol) Reflect.apply(listener, server, [socket]);
    else if (gate.accept === 'reset') socket.resetAndDestroy();
    // Read, so that the end of the client is noticed, and answered by ours.
    else socket.resume().once('end', () => socket.destroy());
  });
  return gate;
}
