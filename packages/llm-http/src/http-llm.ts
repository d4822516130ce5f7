import {
  AbortError,
  type AssistantTurn,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  copyOptions,
  notifyListeners,
  type Prompt,
  runToolLoop,
  type StreamPart,
  type ToolFunction,
  type TurnRequest,
} from '@crew/core';
import { attach, detach } from './auth/authenticators.ts';
import { refuseRecursion } from './credential/recursion-guard.ts';
import { checkOptions, type HttpLLMOptions, type HttpLLMSettings } from './http-llm-options.ts';
import { transportFetch } from './transport/transport-fetch.ts';
import { createEndpoint, type Endpoint } from './turn/endpoint.ts';
import { lease } from './turn/lease.ts';
import { makeReady } from './turn/make-ready.ts';
import { readTurn, streamTurn } from './turn/read-turn.ts';
import { TurnQueue } from './turn/turn-queue.ts';
import { TurnState } from './turn/turn-state.ts';

/** A `call` that resolves to text: without tools, or with the functions that run them. */
type TextCallOptions = CallOptions &
  ({ readonly tools?: undefined } | { readonly availableFunctions: Readonly<Record<string, ToolFunction>> });

/**
 * A model behind an HTTP endpoint: a protocol, authenticators and a transport. Close it when it is no longer used.
 *
 * @example
 * await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:8080/v1/chat/completions' });
 * console.log(await llm.call('Say hello.'));
 */
export class HttpLLM extends BaseLLM {
  readonly #settings: HttpLLMSettings;
  readonly #endpoint: Endpoint;
  readonly #queue: TurnQueue;
  readonly #turns = new Set<TurnState>();
  /** Aborted by `close()`. */
  readonly #ended = new AbortController();
  #serverTakesNoStop = false;
  #closing: Promise<void> | undefined;

  /** @throws {ConfigurationError} naming the option that is wrong. */
  constructor(options: HttpLLMOptions) {
    const settings = checkOptions(options);
    super(options);
    this.#settings = settings;
    this.#endpoint = createEndpoint(settings, this.model);
    const { clock, allowH2, timeouts } = settings;
    this.#queue = new TurnQueue({ clock, allowH2, server: this.#endpoint.server, total: timeouts.total });
    attach(settings.authenticators, {
      origin: settings.url.origin,
      fetch: transportFetch(settings, signal => lease(settings.authenticators, this.#endpoint.connections, signal)),
      emit: event => notifyListeners(this, event),
    });
  }

  /**
   * Asks the model. Given `availableFunctions` it runs the tools itself and resolves to the final text; with `tools`
   * alone it resolves to an `AssistantTurn`, whose tool calls are the caller's to run; otherwise to the text.
   *
   * @throws {CrewError} `AuthenticationError`, `CredentialError`, `RateLimitError`, `ContextWindowExceededError`,
   * `ResponseError`, `ConnectionError`, `TimeoutError`, `ProtocolError`, `AbortError`, and with functions what
   * `runToolLoop` throws.
   */
  call(messages: Prompt, options?: TextCallOptions): Promise<string>;
  call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
  async call(messages: Prompt, given: CallOptions = {}): Promise<string | AssistantTurn> {
    const options = copyOptions(given, ['availableFunctions', 'tools']);
    if (options.availableFunctions !== undefined) {
      const { text } = await runToolLoop(this, { ...options, messages, clock: this.#settings.clock });
      return text;
    }
    const generation = await this.generate(messages, options);
    return options.tools === undefined ? generation.text : generation;
  }

  supportsFunctionCalling(): boolean {
    return this.#settings.functionCalling;
  }

  /** False too once the server has refused stop words. */
  supportsStopWords(): boolean {
    return this.#settings.stopWords && !this.#serverTakesNoStop;
  }

  getContextWindowSize(): number {
    return this.#settings.contextWindow;
  }

  /**
   * Obtains the connection's credentials and the request's ahead of the first call, so that what is wrong with them is
   * known now. Sends nothing to the endpoint.
   *
   * @throws {ConfigurationError} for material that cannot be used, and `CredentialError` when it cannot be obtained.
   */
  async ready(signal?: AbortSignal): Promise<void> {
    this.#refuseClosed();
    refuseRecursion(this.#endpoint, this.#endpoint.server);
    refuseUncheckedCertificates(this.#settings);
    const ended = this.#ended.signal;
    await makeReady(this.#endpoint, signal === undefined ? ended : AbortSignal.any([signal, ended]));
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    this.#refuseClosed();
    refuseRecursion(this.#endpoint, this.#endpoint.server);
    const waited = this.#queue.enter(request.signal);
    const turn = this.#begin(request, false, waited === 0 ? 0 : await waited);
    try {
      return await readTurn(this.#endpoint, turn);
    } finally {
      this.#end(turn);
    }
  }

  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    this.#refuseClosed();
    refuseRecursion(this.#endpoint, this.#endpoint.server);
    const waited = this.#queue.enter(request.signal);
    const turn = this.#begin(request, true, waited === 0 ? 0 : await waited);
    try {
      yield* streamTurn(this.#endpoint, turn);
    } finally {
      this.#end(turn);
    }
  }

  /** Ends the calls under way, lets the authenticators go, and closes every connection. May be called again. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#queue.close();
    for (const turn of this.#turns) turn.scope.abort(new AbortError('The LLM was closed.'));
    this.#ended.abort(new AbortError('The LLM was closed.'));
    try {
      // Some say goodbye to their server, over connections that must still be there.
      await detach(this.#settings.authenticators);
    } finally {
      await this.#endpoint.connections.close();
    }
  }

  /** Begins a turn that was admitted. One that cannot begin leaves at once. */
  #begin(request: TurnRequest, stream: boolean, waited: number): TurnState {
    try {
      this.#refuseClosed();
      refuseUncheckedCertificates(this.#settings);
      const turn = new TurnState(this.#endpoint, request, { stream, waited, withoutStop: this.#serverTakesNoStop });
      this.#turns.add(turn);
      return turn;
    } catch (thrown) {
      this.#queue.leave();
      throw thrown;
    }
  }

  #end(turn: TurnState): void {
    turn.scope.dispose();
    this.#turns.delete(turn);
    this.#serverTakesNoStop ||= turn.withoutStop;
    this.#queue.leave();
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new AbortError('This LLM is closed. Make another one.');
  }
}

function refuseUncheckedCertificates({ authenticators }: HttpLLMSettings): void {
  if (authenticators.length === 0 || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  throw new ConfigurationError(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: nothing is sent with credentials while certificates are not checked. ' +
      'Unset it, and give a private authority as `ca`.',
  );
}
