import {
  AbortError,
  type AssistantTurn,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  CrewError,
  notify,
  type Prompt,
  runToolLoop,
  type StreamPart,
  type ToolFunction,
  type TurnRequest,
} from '@crew/core';
import { attach, detach } from './auth/attachments.ts';
import { foreignCause } from './foreign-error.ts';
import { checkOptions, type HttpLLMOptions, type HttpLLMSettings } from './http-llm-options.ts';
import { Connections } from './transport/connections.ts';
import { describe } from './transport/exchange.ts';
import { ExchangeFailure } from './transport/exchange-failure.ts';
import { proxyCredentials } from './transport/proxy.ts';
import { transportFetch } from './transport/transport-fetch.ts';
import type { Answer } from './turn/attempt.ts';
import type { Endpoint } from './turn/endpoint.ts';
import { lease } from './turn/lease.ts';
import { makeReady } from './turn/make-ready.ts';
import { requestIdOf } from './turn/response-failure.ts';
import { sendTurn } from './turn/send-turn.ts';
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
  readonly #turns = new Set<TurnState>();
  #serverTakesNoStop = false;
  #closing: Promise<void> | undefined;

  /** @throws {ConfigurationError} naming the option that is wrong. */
  constructor(options: HttpLLMOptions) {
    const settings = checkOptions(options);
    super(options);
    this.#settings = settings;
    this.#endpoint = this.#createEndpoint(settings);
    attach(settings.authenticators, {
      origin: settings.url.origin,
      fetch: transportFetch(settings, signal => lease(settings.authenticators, this.#endpoint.connections, signal)),
      emit: event => notify(this, event),
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
  async call(messages: Prompt, options: CallOptions = {}): Promise<string | AssistantTurn> {
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
    await makeReady(this.#endpoint, signal);
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    const turn = this.#begin(request, false);
    try {
      const answer = await this.#send(turn);
      answer.lease.release();
      const context = this.#responseContext(answer, turn);
      const text = new TextDecoder().decode(answer.reading.bytes);
      const decoded = this.#endpoint.protocol.decodeResponse(text, context);
      return { ...decoded, requestId: context.requestId ?? decoded.requestId };
    } catch (thrown) {
      throw this.#toError(thrown, turn);
    } finally {
      this.#end(turn);
    }
  }

  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const turn = this.#begin(request, true);
    let answer: Answer | undefined;
    try {
      answer = await this.#send(turn);
      const context = this.#responseContext(answer, turn);
      for await (const part of this.#endpoint.protocol.decodeEvents(chunksOf(answer), context)) {
        yield part.type === 'finish' ? withRequestId(part, context.requestId) : part;
      }
    } catch (thrown) {
      throw this.#toError(thrown, turn);
    } finally {
      answer?.reading.cancel();
      answer?.lease.release();
      this.#end(turn);
    }
  }

  /** Ends the calls under way, lets the authenticators go, and closes every connection. May be called again. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const turn of this.#turns) turn.scope.abort(new AbortError('The LLM was closed.'));
    try {
      // Some say goodbye to their server, over connections that must still be there.
      await detach(this.#settings.authenticators);
    } finally {
      await this.#endpoint.connections.close();
    }
  }

  #createEndpoint(settings: HttpLLMSettings): Endpoint {
    const { url, timeouts, headers, proxy } = settings;
    const connections = new Connections({ ...settings, connectTimeout: timeouts.connect });
    return {
      ...settings,
      server: describe(url),
      model: this.model,
      connections,
      secrets: [...Object.entries(headers), ...url.searchParams].flatMap(secretByName).concat(proxyCredentials(proxy)),
      fetchOn: leased => transportFetch(settings, () => ({ ...leased, release: () => undefined })),
    };
  }

  #begin(request: TurnRequest, stream: boolean): TurnState {
    this.#refuseClosed();
    const { authenticators } = this.#settings;
    if (authenticators.length > 0 && process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
      throw new ConfigurationError(
        'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: nothing is sent with credentials while certificates are not checked. ' +
          'Unset it, and give a private authority as `ca`.',
      );
    }
    const turn = new TurnState(this.#endpoint, request, { stream, withoutStop: this.#serverTakesNoStop });
    this.#turns.add(turn);
    return turn;
  }

  #end(turn: TurnState): void {
    turn.scope.dispose();
    this.#turns.delete(turn);
  }

  async #send(turn: TurnState): Promise<Answer> {
    const answer = await sendTurn(this.#endpoint, turn);
    this.#serverTakesNoStop ||= turn.withoutStop;
    return answer;
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new AbortError('This LLM is closed. Make another one.');
  }

  #responseContext(
    { headers }: Answer,
    { scrubber }: TurnState,
  ): { readonly server: string; readonly requestId: string | undefined } {
    const requestId = requestIdOf(headers);
    return { server: this.#endpoint.server, requestId: requestId && scrubber.text(requestId) };
  }

  #toError(thrown: unknown, turn: TurnState): unknown {
    const error = thrown instanceof ExchangeFailure ? thrown.error : thrown;
    // A protocol of one's own may quote the answer in what it throws, or hold it.
    return turn.scrubber.error(CrewError.isInstance(error) ? error : foreignCause(error));
  }
}

/** A stream's bytes; what breaks them is told as a `CrewError`, which the decoder lets pass. */
async function* chunksOf({ reading }: Answer): AsyncGenerator<Uint8Array> {
  try {
    yield* reading.chunks ?? [reading.bytes];
  } catch (thrown) {
    throw thrown instanceof ExchangeFailure ? thrown.error : thrown;
  }
}

function withRequestId(part: Extract<StreamPart, { type: 'finish' }>, requestId: string | undefined): StreamPart {
  if (requestId === undefined) return part;
  return { type: 'finish', generation: { ...part.generation, requestId } };
}

/** Headers of one's own, and parameters of the endpoint's query, that hold credentials after all, by the look of their names. */
function secretByName([name, value]: readonly [string, string]): readonly string[] {
  return /key|token|secret|auth|password|credential|signature/.test(name) ? [value] : [];
}
