/// <reference path="./undici-modules.d.ts" />

import { TLSSocket } from 'node:tls';
import { AbortError, type Clock, TimeoutError } from '@crew/core';
import type { buildConnector, Client as ClientTypes, Dispatcher } from 'undici';
import Client from 'undici/lib/dispatcher/client.js';
import { type StreamState, watchStreams } from './http2-streams.ts';
import { HANDSHAKE_ENDED } from './tls-failure.ts';
import { TunnelFailure } from './transport-failure.ts';

/** A handler that is notified of the client and the stream of its request. */
export interface TrackedHandler extends Dispatcher.DispatchHandler {
  /** Called with the client that the request is assigned to. */
  onClient(client: TrackedClient): void;
  /** Called with the HTTP/2 stream that the request is sent on. */
  onStream(stream: StreamState): void;
}

/** The state of a client certificate, shared by all clients that present it. */
export interface CertificateState {
  /** True once the server has responded on a connection that presented the certificate. */
  isAccepted: boolean;
}

const CLOSED = new AbortError('The LLM was closed.');

/** An undici client for one connection at a time. It knows whether the connection has been used before. */
export class TrackedClient extends Client {
  readonly #connector: CancellableConnector;
  readonly #certificate: CertificateState | undefined;
  #written = 0;
  #isMultiplexed = false;
  #writing: TrackedHandler | undefined;

  constructor(
    origin: URL,
    options: ClientTypes.Options,
    connector: Connector,
    limits: { readonly clock: Clock; readonly timeout: number },
    certificate?: CertificateState,
  ) {
    const cancellable = new CancellableConnector(connector, limits.clock, limits.timeout);
    super(origin, { ...options, connect: (connect, callback) => cancellable.connect(connect, callback) });
    this.#connector = cancellable;
    this.#certificate = certificate;
    this.on('connect', () => {
      this.#written = 0;
      this.#isMultiplexed = watchStreams(this, stream => {
        this.#writing?.onStream(stream);
        this.#writing = undefined;
      });
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isTracked(handler)) handler.onClient(this);
    return super.dispatch(options, handler);
  }

  override destroy(): Promise<void>;
  override destroy(error: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(...args: readonly unknown[]): Promise<void> | void {
    this.cancelConnecting(CLOSED);
    return Reflect.apply(super.destroy, this, args);
  }

  /** Records that this request is being written. Returns true if the connection has carried another request before. */
  startRequest(handler: TrackedHandler): boolean {
    if (this.#isMultiplexed) this.#writing = handler;
    this.#written += 1;
    return this.#written > 1;
  }

  /** Records that the server has responded. */
  markResponse(): void {
    if (this.#certificate !== undefined) this.#certificate.isAccepted = true;
  }

  /** True if the client presents a certificate to which the server has never responded. */
  get isCertificateUnproven(): boolean {
    return this.#certificate?.isAccepted === false;
  }

  /** Cancels the connection that is being established, for a request that is no longer needed. */
  cancelConnecting(error: Error): void {
    this.#connector.cancel(error);
  }
}

function isTracked(handler: Dispatcher.DispatchHandler): handler is TrackedHandler {
  return 'onClient' in handler;
}

/** A function that undici calls to connect. */
export type Connector = (options: ConnectOptions, callback: buildConnector.Callback) => unknown;

/** The options that `CancellableConnector` adds to those of undici: the signal of the attempt, and callbacks for its steps. */
export type ConnectOptions = buildConnector.Options & {
  readonly signal?: AbortSignal | undefined;
  /** Called with each socket, so that it can be destroyed. */
  readonly onSocket?: ((socket: unknown) => void) | undefined;
  /** Called with the proxy that is waited for, and with `undefined` once its tunnel is open. */
  readonly onProxyWait?: ((proxy: string | undefined) => void) | undefined;
};

/** A shared abort reason: an abort without a reason creates an error with a stack, which is slow. */
const SETTLED = new AbortError('Connecting has ended.');

/** Establishes the connections of one client, one after the other, within the connect timeout. An attempt can be cancelled. */
export class CancellableConnector {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #timeout: number;
  #cancel: ((error: Error) => void) | undefined;

  constructor(connector: Connector, clock: Clock, timeout: number) {
    this.#connector = connector;
    this.#clock = clock;
    this.#timeout = timeout;
  }

  connect(options: buildConnector.Options, callback: buildConnector.Callback): void {
    const settled = new AbortController();
    let socket: unknown;
    let isEndedByServer = false;
    let proxy: string | undefined;
    const onProxyWait = (waitedFor: string | undefined): void => {
      proxy = waitedFor;
    };
    const settle = (...[error, connected]: Parameters<typeof callback>): void => {
      if (settled.signal.aborted) {
        connected?.destroy();
        return;
      }
      settled.abort(SETTLED);
      this.#cancel = undefined;
      if (error) callback(isEndedByServer ? handshakeEnded(error) : error, null);
      else callback(null, connected);
    };
    this.#cancel = error => {
      settle(error, null);
      if (isDestroyable(socket)) socket.destroy();
    };
    this.#clock.sleep(this.#timeout, settled.signal).then(
      () => this.#cancel?.(connectTimeout(options, this.#timeout, proxy)),
      () => undefined,
    );
    const onSocket = (connecting: unknown): void => {
      if (isDestroyable(connecting)) socket = connecting;
      if (!(connecting instanceof TLSSocket)) return;
      connecting.prependOnceListener('end', () => {
        isEndedByServer = !settled.signal.aborted && connecting.getPeerX509Certificate() !== undefined;
      });
    };
    onSocket(this.#connector({ ...options, signal: settled.signal, onSocket, onProxyWait }, settle));
  }

  /** Cancels the current attempt. */
  cancel(error: Error): void {
    this.#cancel?.(error);
  }
}

/** Returns the error of a server that closed the connection after presenting its certificate. */
function handshakeEnded(cause: Error): Error {
  return Object.assign(new Error('The server ended the TLS handshake.', { cause }), { code: HANDSHAKE_ENDED });
}

function isDestroyable(value: unknown): value is { destroy(): void } {
  return typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function';
}

function connectTimeout(
  { protocol, hostname, port }: buildConnector.Options,
  timeout: number,
  proxy: string | undefined,
): TimeoutError {
  const server = `${protocol}//${hostname}${port ? `:${port}` : ''}`;
  const hint =
    proxy === undefined ? 'Check the address and the network' : `The proxy ${proxy} does not respond: check \`proxy\``;
  return new TimeoutError(`No connection to ${server} within ${timeout} ms. ${hint}, or raise timeouts.connect.`, {
    deadline: 'connect',
    milliseconds: timeout,
  });
}

/**
 * Returns a connector that connects through a tunnel of a proxy, which is named `proxy` in errors. undici's agent opens the
 * tunnel. The TLS handshake takes place here, so that the attempt can be cancelled at any time: the agent's own handshake
 * cannot be cancelled and would stay open with a silent server.
 */
export function tunnelConnector(tunnel: Connector, direct: Connector, proxy: string): Connector {
  return (options, callback) => {
    const { servername: _fromHostHeader, ...rest } = options;
    // The agent uses TLS for https: origins only.
    const plain = options.protocol === 'https:' ? withPort({ ...options, protocol: 'http:' }) : options;
    options.onProxyWait?.(proxy);
    return tunnel(plain, (...[error, socket]) => {
      options.onProxyWait?.(undefined);
      if (error) callback(new TunnelFailure(proxy, error), null);
      else if (options.signal?.aborted) socket?.destroy();
      else if (options.protocol !== 'https:') callback(null, socket);
      else options.onSocket?.(direct({ ...rest, ...(socket && { httpSocket: socket }) }, callback));
    });
  };
}

/** Adds the default port, which the authority of a CONNECT request must include (RFC 9110, section 9.3.6). */
function withPort(options: ConnectOptions): ConnectOptions {
  return options.port ? options : { ...options, port: '443', host: `${options.host ?? options.hostname}:443` };
}
