import { CrewError, type CrewEvent, emit, type TurnRequest } from '@crew/core';
import { registerLLM } from '../credential/recursion-guard.ts';
import type { EncodedRequest } from '../protocol.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { Deadlines } from '../transport/timeouts.ts';
import type { Endpoint } from './endpoint.ts';

/** What one turn knows over all its attempts. */
export class TurnState {
  readonly request: TurnRequest;
  readonly stream: boolean;
  readonly scope: Deadlines;
  readonly scrubber: Scrubber;
  /** From 1; each resend counts. */
  attempt = 0;
  /** Resends of each kind that are outside the retry budget. */
  renewed = false;
  challenged = false;
  withoutStop: boolean;
  readonly #endpoint: Endpoint;
  readonly #endsAt: number;
  #encoded: { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } | undefined;

  constructor(
    endpoint: Endpoint,
    request: TurnRequest,
    options: {
      readonly stream: boolean;
      readonly withoutStop: boolean;
      /** Milliseconds that it waited to be started. They count. */
      readonly waited: number;
    },
  ) {
    const { clock, server, timeouts, secrets } = endpoint;
    this.#endpoint = endpoint;
    this.request = request;
    this.stream = options.stream;
    this.withoutStop = options.withoutStop;
    this.scrubber = new Scrubber(secrets);
    this.#endsAt = clock.monotonic() - options.waited + (request.timeout ?? Number.POSITIVE_INFINITY);
    this.scope = new Deadlines({
      clock,
      server,
      total: timeouts.total,
      elapsed: options.waited,
      shortest: Math.min(timeouts.firstByte, timeouts.idle),
      parent: request.signal,
    });
    registerLLM(this.scope.signal, endpoint);
  }

  /** The request's headers and bytes: the same for every attempt. */
  get encoded(): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
    this.#encoded ??= this.#encode();
    return this.#encoded;
  }

  /** Sends no stop words from now on: the server takes none. */
  dropStop(): void {
    this.withoutStop = true;
    this.#encoded = undefined;
  }

  /** Milliseconds that are left, of the LLM's total and of the turn's own timeout. */
  get remaining(): number {
    return Math.min(this.scope.remaining, this.#endsAt - this.#endpoint.clock.monotonic());
  }

  readonly emit = (event: CrewEvent): void => emit(this.request.callbacks, this.#scrubbed(event));

  /** Authenticators write their events themselves. */
  #scrubbed(event: CrewEvent): CrewEvent {
    if (event.type !== 'credential' || event.error === undefined) return event;
    return { ...event, error: this.scrubber.error(CrewError.fromJSON(event.error)).toJSON() };
  }

  #encode(): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
    const { protocol, model, headers } = this.#endpoint;
    const turn = this.withoutStop ? { ...this.request, stop: [] } : this.request;
    const encoded: EncodedRequest = protocol.encodeRequest(turn, { model, stream: this.stream });
    const body = typeof encoded.body === 'string' ? Buffer.from(encoded.body) : encoded.body;
    return { headers: { 'user-agent': 'crew-llm-http', ...encoded.headers, ...headers }, body };
  }
}
