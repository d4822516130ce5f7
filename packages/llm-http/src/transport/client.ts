/// <reference path="./undici-modules.d.ts" />

import { TLSSocket } from 'node:tls';
import { AbortError, type Clock, TimeoutError } from '@crew/core';
import type { buildConnector, Client as ClientTypes, Dispatcher } from 'undici';
import Client from 'undici/lib/dispatcher/client.js';
import { type StreamState, watchStreams } from './http2-streams.ts';
import { HANDSHAKE_ENDED } from './tls-failure.ts';
import { TunnelFailure } from './transport-failure.ts';

/** A handler that wants to know which client its request went to. */
export interface TrackedHandler extends Dispatcher.DispatchHandler {
  assigned(client: TrackedClient): void;
  /** The HTTP/2 stream that it is sent on. */
  streamOpened(end: StreamState): void;
}

/** The client certificate of all clients of one generation. */
export interface CertificateState {
  /** Whether the server has answered on any connection that showed it. */
  isAccepted: boolean;
}

const CLOSED = new AbortError('The LLM was closed.');

/** undici's client for one connection at a time, which knows whether that one has been used before. */
export class TrackedClient extends Client {
  readonly #connecting: CancellableConnector;
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
    const connecting = new CancellableConnector(connector, limits.clock, limits.timeout);
    super(origin, { ...options, connect: (connect, callback) => connecting.connect(connect, callback) });
    this.#connecting = connecting;
    this.#certificate = certificate;
    this.on('connect', () => {
      this.#written = 0;
      this.#isMultiplexed = watchStreams(this, end => {
        this.#writing?.streamOpened(end);
        this.#writing = undefined;
      });
    });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isTracked(handler)) handler.assigned(this);
    return super.dispatch(options, handler);
  }

  override destroy(): Promise<void>;
  override destroy(error: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(...given: readonly unknown[]): Promise<void> | void {
    this.cancelConnecting(CLOSED);
    return Reflect.apply(super.destroy, this, given);
  }

  /** Notes that this request is written now. Whether the connection has carried another one before. */
  startRequest(handler: TrackedHandler): boolean {
    if (this.#isMultiplexed) this.#writing = handler;
    this.#written += 1;
    return this.#written > 1;
  }

  /** Notes that the server answers. */
  markResponse(): void {
    if (this.#certificate !== undefined) this.#certificate.isAccepted = true;
  }

  /** Whether a client certificate is shown that the server has never answered to. */
  get isCertificateUnproven(): boolean {
    return this.#certificate?.isAccepted === false;
  }

  /** Gives up the connection that is being made for a request that is no longer wanted. */
  cancelConnecting(error: Error): void {
    this.#connecting.cancel(error);
  }
}

function isTracked(handler: Dispatcher.DispatchHandler): handler is TrackedHandler {
  return 'assigned' in handler;
}

/** What undici calls to connect. */
export type Connector = (options: ConnectOptions, callback: buildConnector.Callback) => unknown;

/** What `Connecting` adds to undici's own: the signal that ends the attempt, and whom to tell what is done in it. */
export type ConnectOptions = buildConnector.Options & {
  readonly signal?: AbortSignal | undefined;
  /** A socket is made, which can be destroyed. */
  readonly made?: ((socket: unknown) => void) | undefined;
  /** This proxy is waited for; `undefined` when it has made its tunnel. */
  readonly waitsForProxy?: ((proxy: string | undefined) => void) | undefined;
};

/** Made once: an abort without a reason makes an error with a stack, which is slow. */
const OVER = new AbortError('Connecting is over.');

/** Makes the connections of one client, one after the other, each within the connect timeout; can give one up. */
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
    const over = new AbortController();
    let socket: unknown;
    let hungUp = false;
    let proxy: string | undefined;
    const waitsForProxy = (waitedFor: string | undefined): void => {
      proxy = waitedFor;
    };
    const settle = (...[error, connected]: Parameters<typeof callback>): void => {
      if (over.signal.aborted) {
        connected?.destroy();
        return;
      }
      over.abort(OVER);
      this.#cancel = undefined;
      if (error) callback(hungUp ? handshakeEnded(error) : error, null);
      else callback(null, connected);
    };
    this.#cancel = error => {
      settle(error, null);
      if (isDestroyable(socket)) socket.destroy();
    };
    this.#clock.sleep(this.#timeout, over.signal).then(
      () => this.#cancel?.(tooSlow(options, this.#timeout, proxy)),
      () => undefined,
    );
    const made = (connecting: unknown): void => {
      if (isDestroyable(connecting)) socket = connecting;
      if (!(connecting instanceof TLSSocket)) return;
      connecting.prependOnceListener('end', () => {
        hungUp = !over.signal.aborted && connecting.getPeerX509Certificate() !== undefined;
      });
    };
    made(this.#connector({ ...options, signal: over.signal, made, waitsForProxy }, settle));
  }

  /** Ends the attempt that is under way: nobody waits for it any more. */
  cancel(error: Error): void {
    this.#cancel?.(error);
  }
}

/** Unlike one that is not there, the server had shown its certificate when it closed. */
function handshakeEnded(cause: Error): Error {
  return Object.assign(new Error('The server ended the TLS handshake.', { cause }), { code: HANDSHAKE_ENDED });
}

function isDestroyable(value: unknown): value is { destroy(): void } {
  return typeof value === 'object' && value !== null && 'destroy' in value && typeof value.destroy === 'function';
}

function tooSlow(
  { protocol, hostname, port }: buildConnector.Options,
  timeout: number,
  proxy: string | undefined,
): TimeoutError {
  const server = `${protocol}//${hostname}${port ? `:${port}` : ''}`;
  const hint =
    proxy === undefined ? 'Check the address and the network' : `The proxy ${proxy} does not answer: check \`proxy\``;
  return new TimeoutError(`No connection to ${server} within ${timeout} ms. ${hint}, or raise timeouts.connect.`, {
    deadline: 'connect',
    milliseconds: timeout,
  });
}

/**
 * Connects through a proxy's tunnel; `proxy` names it in errors. undici's agent asks the proxy for it, and TLS is spoken here, so that the attempt can
 * be given up at any moment. The agent's own handshake could not be reached, and would stay open with a silent server.
 */
export function tunnelConnector(tunnel: Connector, direct: Connector, proxy: string): Connector {
  return (options, callback) => {
    const { servername: _ofTheHeader, ...rest } = options;
    // The agent speaks TLS only to an origin of https.
    const plain = options.protocol === 'https:' ? withPort({ ...options, protocol: 'http:' }) : options;
    options.waitsForProxy?.(proxy);
    return tunnel(plain, (...[error, socket]) => {
      options.waitsForProxy?.(undefined);
      if (error) callback(new TunnelFailure(proxy, error), null);
      else if (options.signal?.aborted) socket?.destroy();
      else if (options.protocol !== 'https:') callback(null, socket);
      else options.made?.(direct({ ...rest, ...(socket && { httpSocket: socket }) }, callback));
    });
  };
}

/** The authority that is asked for (RFC 9110, section 9.3.6) names the port. */
function withPort(options: ConnectOptions): ConnectOptions {
  return options.port ? options : { ...options, port: '443', host: `${options.host ?? options.hostname}:443` };
}
