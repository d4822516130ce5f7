import type { Server, Socket } from 'node:net';

/** One TCP connection of a client. */
export interface Connection {
  readonly id: number;
  /** The TCP socket, under TLS too. */
  readonly tcp: Socket;
  /**
   * Called when it is closed: by requests that are being answered, and by those that were. One listener on the socket serves all,
   * however many requests share it.
   */
  readonly answering: Set<() => void>;
  readonly answered: Set<() => void>;
  /** Requests that came on it. */
  requests: number;
  /** The next request on it is met by a closed socket. */
  closeOnReuse: boolean;
  idleTimer: NodeJS.Timeout | undefined;
}

/** Every TCP connection that a server accepted. */
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
    // A reset by the client is an ordinary event here; without a listener it would end the process.
    tcp.on('error', () => undefined);
    const answering = new Set<() => void>();
    const answered = new Set<() => void>();
    const id = this.#total++;
    const connection: Connection = {
      id,
      tcp,
      answering,
      answered,
      requests: 0,
      closeOnReuse: false,
      idleTimer: undefined,
    };
    this.#byPort.set(port, connection);
    tcp.once('close', () => {
      clearTimeout(connection.idleTimer);
      this.#byPort.delete(port);
      for (const callback of [...answering, ...answered]) callback();
      if (this.open === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve();
    });
  }

  /** The connection on which a socket (the TLS one, or the stand-in that HTTP/2 gives) lives. */
  of(socket: { readonly remotePort?: number | undefined }): Connection | undefined {
    return socket.remotePort === undefined ? undefined : this.#byPort.get(socket.remotePort);
  }

  /** Closes a connection that a client tried to use again. */
  drop(connection: Connection): void {
    this.#dropped += 1;
    connection.tcp.destroy();
  }

  /** Closes a connection unless a request arrives on it within so many milliseconds. */
  closeWhenIdle(connection: Connection, milliseconds: number): void {
    connection.idleTimer = setTimeout(() => connection.tcp.destroy(), milliseconds);
  }

  /** Lets go of what waits for the end of connections on behalf of answered requests. */
  forgetAnswered(): void {
    for (const { answered } of this.#byPort.values()) answered.clear();
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
