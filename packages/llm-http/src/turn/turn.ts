import { CrewError, type CrewEvent, emit, type TurnRequest } from '@crew/core';
import type { MaxTokensField } from '@crew/core/chat-completions';
import { registerLLM } from '../credential/recursion-guard.ts';
import { Scrubber } from '../scrubber/scrubber.ts';
import { Deadlines } from '../transport/timeouts.ts';
import type { Endpoint } from './endpoint.ts';

/** A request as it is sent in every attempt of a turn, before it is authenticated. */
interface EncodedTurn {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The state of one turn across all its attempts. */
export class Turn {
  readonly endpoint: Endpoint;
  readonly request: TurnRequest;
  readonly isStreamed: boolean;
  readonly deadlines: Deadlines;
  readonly scrubber: Scrubber;
  /** Number of the current attempt, from 1. Each resend counts. */
  attempt = 0;
  /** True if the request was sent again with a renewed credential. */
  isRenewed = false;
  /** True if the request was sent again to answer a challenge. */
  isChallenged = false;
  /** True once the server has answered with a status of success. */
  isAccepted = false;
  readonly #endsAt: number;
  #omitsStop: boolean;
  /** True while stop words are left out although the server has not said that they are the reason of its refusal. */
  #isTrial = false;
  #marksUnsignedCalls: boolean;
  #maxTokensField: MaxTokensField | undefined;
  #hasChangedMaxTokens = false;
  #encoded: EncodedTurn | undefined;

  constructor(
    endpoint: Endpoint,
    request: TurnRequest,
    options: {
      readonly isStreamed: boolean;
      /** Selects whether stop words are left out of the request. */
      readonly omitsStop: boolean;
      /** True if the server has refused tool calls without its signature. */
      readonly marksUnsignedCalls: boolean;
      /** The field for `maxTokens` that the server has demanded, if it has. */
      readonly maxTokensField: MaxTokensField | undefined;
      /** Milliseconds that the turn spent in the queue. They count as part of its time. */
      readonly queued: number;
    },
  ) {
    const { clock, server, timeouts, secrets } = endpoint;
    this.endpoint = endpoint;
    this.request = request;
    this.isStreamed = options.isStreamed;
    this.#omitsStop = options.omitsStop;
    this.#marksUnsignedCalls = options.marksUnsignedCalls;
    this.#maxTokensField = options.maxTokensField;
    this.scrubber = new Scrubber(secrets);
    this.#endsAt = clock.monotonic() - options.queued + (request.timeout ?? Number.POSITIVE_INFINITY);
    this.deadlines = new Deadlines({
      clock,
      server,
      total: timeouts.total,
      elapsed: options.queued,
      shortest: Math.min(timeouts.firstByte, timeouts.idle),
      parent: request.signal,
    });
    registerLLM(this.deadlines.signal, endpoint);
  }

  /** The headers and bytes of the request: the same for every attempt. */
  get encoded(): EncodedTurn {
    this.#encoded ??= this.#encode();
    return this.#encoded;
  }

  /** True once the server has rejected stop words, or has accepted the request only without them. */
  get omitsStop(): boolean {
    return this.#omitsStop && !this.#isTrial;
  }

  /** True if the request contains stop words. */
  get sendsStop(): boolean {
    return !this.#omitsStop && this.request.stop.length > 0;
  }

  /** Leaves stop words out of all further attempts: because the server rejects them, or else as a trial. */
  omitStop(isRejected: boolean): void {
    this.#omitsStop = true;
    this.#isTrial = !isRejected;
    this.#encoded = undefined;
  }

  /** Records that the server has accepted the request: a trial has succeeded. */
  accepted(): void {
    this.#isTrial = false;
  }

  /** True if tool calls without a signature of the server are marked as such. */
  get marksUnsignedCalls(): boolean {
    return this.#marksUnsignedCalls;
  }

  /** Marks tool calls without a signature of the server in all further attempts. */
  markUnsignedCalls(): void {
    this.#marksUnsignedCalls = true;
    this.#encoded = undefined;
  }

  /** The field for `maxTokens` in place of the protocol's. Undefined until the server refuses that. */
  get maxTokensField(): MaxTokensField | undefined {
    return this.#maxTokensField;
  }

  /** The field of the request that contains `maxTokens`, if the server may demand the other one. */
  get replaceableMaxTokensField(): MaxTokensField | undefined {
    if (this.request.maxTokens === undefined || this.#hasChangedMaxTokens) return undefined;
    const { maxTokensField } = this.endpoint.protocol;
    return maxTokensField && (this.#maxTokensField ?? maxTokensField);
  }

  /** Sends `maxTokens` in the other field in all further attempts. */
  replaceMaxTokensField(): void {
    this.#maxTokensField = this.replaceableMaxTokensField === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
    this.#hasChangedMaxTokens = true;
    this.#encoded = undefined;
  }

  /** Milliseconds until the total timeout of the LLM or the timeout of the turn, whichever is first. */
  get remaining(): number {
    return Math.min(this.deadlines.remaining, this.#endsAt - this.endpoint.clock.monotonic());
  }

  /** Emits an event to the callbacks of the turn. */
  readonly emit = (event: CrewEvent): void => emit(this.request.callbacks, this.#scrubbed(event));

  /** Returns the event without secrets. Authenticators create `credential` events themselves. */
  #scrubbed(event: CrewEvent): CrewEvent {
    if (event.type !== 'credential' || event.error === undefined) return event;
    return { ...event, error: this.scrubber.error(CrewError.fromJSON(event.error)).toJSON() };
  }

  #encode(): EncodedTurn {
    const { protocol, model, headers, callIds } = this.endpoint;
    const turn = this.#omitsStop ? { ...this.request, stop: [] } : this.request;
    const keepsCallId = (id: string): boolean => callIds.get(id) === true;
    const encoded = protocol.encodeRequest(turn, {
      model,
      stream: this.isStreamed,
      keepsCallId,
      marksUnsignedCalls: this.#marksUnsignedCalls,
      maxTokensField: this.#maxTokensField,
    });
    const body = typeof encoded.body === 'string' ? Buffer.from(encoded.body) : encoded.body;
    return { headers: { 'user-agent': 'crew-llm-http', ...encoded.headers, ...headers }, body };
  }
}
