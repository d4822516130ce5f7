import type { Server, Socket } from 'node:net';

/** A TCP connection of a client. */
export interface Connection {
  readonly id: number;
  /** The TCP socket, under TLS too. */
  readonly tcp: Socket;
  /**
   * Callbacks of the requests whose responses are still being sent, called when the connection closes. The socket has one
   * `close` listener, however many requests share it.
   */
  readonly pendingCallbacks: Set<() => void>;
  /** Callbacks of the requests whose responses were sent, called when the connection closes. */
  readonly answeredCallbacks: Set<() => void>;
  /** Number of requests received on the connection. */
  requests: number;
  /** Closes the connection as soon as the next request arrives on it. */
  closeOnReuse: boolean;
  idleTimer: NodeJS.Timeout | undefined;
}

/** The TCP connections that a server has accepted. */
export class Connections {
  readonly #byPort: Map<number, Connection> = new Map();
  #total = 0;
  #dropped = 0;
  #idleWaiters: (() => void)[] = [];

  get open(): number {
    return this.#byPort.size;
  }

  get total(): number {
    return this.#total;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(tcp: Socket): void {
    const port = tcp.remotePort;
    if (port === undefined) return;
    tcp.setNoDelay(true);
    // A reset by the client is expected; without a listener it would end the process.
    tcp.on('error', () => undefined);
    const pendingCallbacks = new Set<() => void>();
    const answeredCallbacks = new Set<() => void>();
    const id = this.#total++;
    const connection: Connection = {
      id,
      tcp,
      pendingCallbacks,
      answeredCallbacks,
      requests: 0,
      closeOnReuse: false,
      idleTimer: undefined,
    };
    this.#byPort.set(port, connection);
    tcp.once('close', () => {
      clearTimeout(connection.idleTimer);
      this.#byPort.delete(port);
      for (const callback of [...pendingCallbacks, ...answeredCallbacks]) callback();
      if (this.open === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    });
  }

  /** Returns the connection that carries a socket: the TLS socket, or the proxy object that HTTP/2 hands out. */
  find(socket: { readonly remotePort?: number | undefined }): Connection | undefined {
    return socket.remotePort === undefined ? undefined : this.#byPort.get(socket.remotePort);
  }

  /** Closes a connection that a client tried to reuse. */
  drop(connection: Connection): void {
    this.#dropped += 1;
    connection.tcp.destroy();
  }

  /** Closes a connection unless a request arrives on it within the given time, in milliseconds. */
  closeWhenIdle(connection: Connection, milliseconds: number): void {
    connection.idleTimer = setTimeout(() => connection.tcp.destroy(), milliseconds);
  }

  /** Removes the callbacks of answered requests. */
  forgetAnswered(): void {
    for (const { answeredCallbacks } of this.#byPort.values()) answeredCallbacks.clear();
  }

  destroyAll(): void {
    for (const { tcp } of this.#byPort.values()) tcp.destroy();
  }

  /** Resolves when no connection is open. */
  whenIdle(): Promise<void> {
    if (this.open === 0) return Promise.resolve();
    return new Promise(resolve => this.#idleWaiters.push(resolve));
  }
}

/**
 * Treatment of new TCP connections. `serve`: handle them normally. `reset`: reset them immediately. `silence`: accept them and never
 * send a byte, so that even a TLS handshake gets no response.
 */
export type ConnectionPolicy = 'serve' | 'reset' | 'silence';

/** The connection policy of a running server. */
export interface ConnectionGate {
  policy: ConnectionPolicy;
}

/** Applies a connection policy to a server and records every connection. */
export function gateConnections(server: Server, policy: ConnectionPolicy, connections: Connections): ConnectionGate {
  const gate: ConnectionGate = { policy };
  const protocol = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    if (gate.policy === 'serve') for (const listener of protocol) Reflect.apply(listener, server, [socket]);
    else if (gate.policy === 'reset') socket.resetAndDestroy();
    // The socket is read, so that the client's FIN is noticed and answered.
    else socket.resume().once('end', () => socket.destroy());
  });
  return gate;
}
