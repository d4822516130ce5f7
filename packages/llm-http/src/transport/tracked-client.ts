/// <reference path="./undici-modules.d.ts" />
import { AbortError, type Clock } from '@crew/core';
import type { Client as ClientTypes, Dispatcher } from 'undici';
import Client from 'undici/lib/dispatcher/client.js';
import { Connecting, type Connector } from './connecting.ts';
import { type StreamEnd, watchStreams } from './http2-streams.ts';

/** A handler that wants to know which client its request went to. */
export interface TrackedHandler extends Dispatcher.DispatchHandler {
  assigned(client: TrackedClient): void;
  /** The HTTP/2 stream that it is sent on. */
  streamOpened(end: StreamEnd): void;
}

/** The client certificate of all clients of one generation. */
export interface ShownCertificate {
  /** Whether the server has answered on any connection that showed it. */
  isAccepted: boolean;
}

const CLOSED = new AbortError('The LLM was closed.');

/** undici's client for one connection at a time, which knows whether that one has been used before. */
export class TrackedClient extends Client {
  readonly #connecting: Connecting;
  readonly #certificate: ShownCertificate | undefined;
  #written = 0;
  #isMultiplexed = false;
  #writing: TrackedHandler | undefined;

  constructor(
    origin: URL,
    options: ClientTypes.Options,
    connector: Connector,
    limits: { readonly clock: Clock; readonly timeout: number },
    certificate?: ShownCertificate,
  ) {
    const connecting = new Connecting(connector, limits.clock, limits.timeout);
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
    this.giveUpConnecting(CLOSED);
    return Reflect.apply(super.destroy, this, given);
  }

  /** Notes that this request is written now. Whether the connection has carried another one before. */
  noteRequest(handler: TrackedHandler): boolean {
    if (this.#isMultiplexed) this.#writing = handler;
    this.#written += 1;
    return this.#written > 1;
  }

  /** Notes that the server answers. */
  noteAnswer(): void {
    if (this.#certificate !== undefined) this.#certificate.isAccepted = true;
  }

  /** Whether a client certificate is shown that the server has never answered to. */
  get hasUnprovenCertificate(): boolean {
    return this.#certificate?.isAccepted === false;
  }

  /** Gives up the connection that is being made for a request that is no longer wanted. */
  giveUpConnecting(error: Error): void {
    this.#connecting.giveUp(error);
  }
}

function isTracked(handler: Dispatcher.DispatchHandler): handler is TrackedHandler {
  return 'assigned' in handler;
}
