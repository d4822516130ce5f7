/// <reference path="./undici-modules.d.ts" />
import { TLSSocket } from 'node:tls';
import { AbortError, type Clock, TimeoutError } from '@crew/core';
import type { buildConnector } from 'undici';
import { HANDSHAKE_ENDED } from './tls-failure.ts';

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
export class Connecting {
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #timeout: number;
  #giveUp: ((error: Error) => void) | undefined;

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
      this.#giveUp = undefined;
      if (error) callback(hungUp ? handshakeEnded(error) : error, null);
      else callback(null, connected);
    };
    this.#giveUp = error => {
      settle(error, null);
      if (isDestroyable(socket)) socket.destroy();
    };
    this.#clock.sleep(this.#timeout, over.signal).then(
      () => this.#giveUp?.(tooSlow(options, this.#timeout, proxy)),
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
  giveUp(error: Error): void {
    this.#giveUp?.(error);
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
