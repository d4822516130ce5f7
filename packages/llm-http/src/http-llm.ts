import {
  AbortError,
  type AssistantTurn,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  copyOptions,
  notifyListeners,
  type Prompt,
  ResponseError,
  runToolLoop,
  type StreamPart,
  type ToolFunction,
  type TurnRequest,
} from '@crew/core';
import { isAboutResponseFormat, type MaxTokensField } from '@crew/core/chat-completions';
import { refuseRecursion } from './credential/recursion-guard.ts';
import { checkOptions, type HttpLLMOptions, type HttpLLMSettings } from './http-llm-options.ts';
import { Endpoint } from './turn/endpoint.ts';
import { readTurn, streamTurn } from './turn/run-turn.ts';
import { Turn } from './turn/turn.ts';
import { TurnQueue } from './turn/turn-queue.ts';

/** Options of a `call` that resolves to text: without tools, or with the functions that run them. */
type TextCallOptions = CallOptions &
  ({ readonly tools?: undefined } | { readonly availableFunctions: Readonly<Record<string, ToolFunction>> });

/**
 * An LLM behind an HTTP endpoint, with any authentication. It combines a wire protocol, authenticators, retries and
 * connections. Close it when it is no longer needed.
 *
 * @example
 * ```ts no-run
 * import { HttpLLM } from '@crew/llm-http';
 *
 * await using llm = new HttpLLM({ endpoint: 'http://127.0.0.1:8080/v1/chat/completions', model: 'llama-3.3-70b' });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export class HttpLLM extends BaseLLM {
  readonly #settings: HttpLLMSettings;
  readonly #endpoint: Endpoint;
  readonly #queue: TurnQueue;
  readonly #turns = new Set<Turn>();
  /** Aborted by `close()`. */
  readonly #closeController = new AbortController();
  #omitsStop = false;
  #omitsFormat = false;
  /** The field in which the server accepts `maxTokens`, once it has refused that of the protocol. */
  #maxTokensField: MaxTokensField | undefined;
  /** True once the server has refused tool calls without its signature. */
  #marksUnsignedCalls = false;
  #closing: Promise<void> | undefined;

  /** @throws {ConfigurationError} naming the invalid option. */
  constructor(options: HttpLLMOptions) {
    const settings = checkOptions(options);
    super(options);
    this.#settings = settings;
    this.#endpoint = new Endpoint(settings, this.model);
    const { clock, allowH2, timeouts } = settings;
    this.#queue = new TurnQueue({ clock, allowH2, server: this.#endpoint.server, total: timeouts.total });
    this.#endpoint.authenticators.attach({
      origin: settings.url.origin,
      fetch: this.#endpoint.fetch(),
      emit: event => notifyListeners(this, event),
    });
  }

  /**
   * Sends the messages to the model. With `availableFunctions` it runs the tools itself and resolves to the final text.
   * With `tools` alone it resolves to an `AssistantTurn`, whose tool calls the caller runs. Otherwise it resolves to the text.
   *
   * @throws {CrewError} `AuthenticationError`, `CredentialError`, `RateLimitError`, `ContextWindowExceededError`,
   * `ResponseError`, `ConnectionError`, `TimeoutError`, `ProtocolError`, `AbortError`, and with functions the errors of
   * `runToolLoop`.
   */
  call(messages: Prompt, options?: TextCallOptions): Promise<string>;
  call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn>;
  async call(messages: Prompt, options: CallOptions = {}): Promise<string | AssistantTurn> {
    const copied = copyOptions(options, ['availableFunctions', 'tools']);
    if (copied.availableFunctions !== undefined) {
      const { text } = await runToolLoop(this, { ...copied, messages, clock: this.#settings.clock });
      return text;
    }
    const generation = await this.generate(messages, copied);
    return copied.tools === undefined ? generation.text : generation;
  }

  supportsFunctionCalling(): boolean {
    return this.#settings.functionCalling;
  }

  /** Returns the `stopWords` option; false once the server has rejected stop words. */
  supportsStopWords(): boolean {
    return this.#settings.stopWords && !this.#omitsStop;
  }

  /** Returns the `responseFormat` option; false once the server has rejected a response format. */
  override supportsResponseFormat(): boolean {
    return this.#settings.responseFormat && !this.#omitsFormat;
  }

  getContextWindowSize(): number {
    return this.#settings.contextWindow;
  }

  /**
   * Obtains the credentials of the connection and of the request ahead of the first call, so that errors in them surface
   * now. Sends nothing to the endpoint.
   *
   * @throws {ConfigurationError} if a credential cannot be used.
   * @throws {CredentialError} if a credential cannot be obtained.
   */
  async ready(signal?: AbortSignal): Promise<void> {
    this.#checkOpen();
    refuseRecursion(this.#endpoint, this.#endpoint.server);
    checkCertificateVerification(this.#settings);
    const closed = this.#closeController.signal;
    await this.#endpoint.prepare(signal === undefined ? closed : AbortSignal.any([signal, closed]));
  }

  override async respond(request: TurnRequest): Promise<AssistantTurn> {
    const queued = this.#enter(request);
    const turn = this.#startTurn(request, this.#settings.alwaysStream, queued === 0 ? 0 : await queued);
    try {
      return await readTurn(turn);
    } catch (thrown) {
      this.#omitsFormat ||= rejectsFormat(request, thrown);
      throw thrown;
    } finally {
      this.#endTurn(turn);
    }
  }

  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const queued = this.#enter(request);
    const turn = this.#startTurn(request, true, queued === 0 ? 0 : await queued);
    try {
      yield* streamTurn(turn);
    } catch (thrown) {
      this.#omitsFormat ||= rejectsFormat(request, thrown);
      throw thrown;
    } finally {
      this.#endTurn(turn);
    }
  }

  /** Aborts running calls, closes the authenticators that no other LLM uses, and closes all connections. Idempotent. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#queue.close();
    for (const turn of this.#turns) turn.deadlines.abort(new AbortError('The LLM was closed.'));
    this.#closeController.abort(new AbortError('The LLM was closed.'));
    try {
      // Some authenticators log out, and need the connections for it.
      await this.#endpoint.authenticators.detach();
    } finally {
      await this.#endpoint.close();
    }
  }

  /** Requests the start of a turn. Returns the milliseconds that it spent in the queue. */
  #enter(request: TurnRequest): 0 | Promise<number> {
    this.#checkOpen();
    refuseRecursion(this.#endpoint, this.#endpoint.server);
    return this.#queue.enter(request.signal);
  }

  /** Starts a turn that has left the queue. */
  #startTurn(request: TurnRequest, isStreamed: boolean, queued: number): Turn {
    try {
      this.#checkOpen();
      checkCertificateVerification(this.#settings);
      const turn = new Turn(this.#endpoint, request, {
        isStreamed,
        queued,
        omitsStop: this.#omitsStop,
        maxTokensField: this.#maxTokensField,
        marksUnsignedCalls: this.#marksUnsignedCalls,
      });
      this.#turns.add(turn);
      return turn;
    } catch (thrown) {
      this.#queue.leave();
      throw thrown;
    }
  }

  #endTurn(turn: Turn): void {
    turn.deadlines.dispose();
    this.#turns.delete(turn);
    this.#omitsStop ||= turn.omitsStop;
    if (turn.isAccepted) {
      this.#maxTokensField = turn.maxTokensField;
      this.#marksUnsignedCalls = turn.marksUnsignedCalls;
    }
    this.#queue.leave();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new AbortError('This LLM is closed. Create a new one.');
  }
}

/** Returns true if the error rejects the response format of the request itself, not its use beside tools. */
function rejectsFormat({ responseFormat, tools }: TurnRequest, thrown: unknown): boolean {
  if (responseFormat === undefined || tools !== undefined || !ResponseError.isInstance(thrown)) return false;
  const { message, serverMessage, serverCode, status } = thrown;
  return isAboutResponseFormat({ message: serverMessage ?? message, code: serverCode, type: undefined, status });
}

/** @throws {ConfigurationError} if Node does not verify certificates, and credentials would be sent. */
function checkCertificateVerification({ authenticators }: HttpLLMSettings): void {
  if (authenticators.length === 0 || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  throw new ConfigurationError(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: credentials are not sent while certificates are not verified. ' +
      'Unset the variable, and pass the certificate of a private authority as `ca`.',
  );
}
