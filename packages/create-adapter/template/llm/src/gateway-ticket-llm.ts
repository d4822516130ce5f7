import {
  AbortError,
  type AssistantTurn,
  BaseLLM,
  type BaseLLMOptions,
  type CallOptions,
  ConfigurationError,
  ConnectionError,
  CrewError,
  type Prompt,
  runToolLoop,
} from '@crew/core';
import { decodeError, decodeTurn, encodeRequest, toResponseError } from '@crew/core/chat-completions';
import { readText } from './read-text.ts';

/** Options of a `GatewayTicketLLM`. */
export interface GatewayTicketLLMOptions extends BaseLLMOptions {
  /** Full URL that requests are posted to. */
  readonly endpoint: string | URL;
  /** Ticket that is sent as `x-ticket`. */
  readonly ticket: string;
  /** Size of the context window, in tokens. Default 128,000. */
  readonly contextWindow?: number | undefined;
}

/**
 * An LLM behind a gateway that requires a ticket. It sends its requests with the global `fetch`. For retries, streaming and
 * renewal of credentials, extend `HttpLLM` of `@crew/llm-http` instead.
 *
 * @example
 * ```ts no-run
 * import { GatewayTicketLLM } from '@someone/gateway-ticket';
 *
 * const llm = new GatewayTicketLLM({
 *   endpoint: 'https://gateway.example/v1/chat/completions',
 *   ticket: process.env['GATEWAY_TICKET'] ?? '',
 * });
 * console.log((await llm.generate('Say hello.')).text);
 * ```
 */
export class GatewayTicketLLM extends BaseLLM {
  readonly #endpoint: URL;
  readonly #ticket: string;
  readonly #contextWindow: number;

  /** @throws {ConfigurationError} for an invalid option. The message names the option, never its value. */
  constructor(options: GatewayTicketLLMOptions) {
    super(options);
    const { endpoint, ticket, contextWindow = 128_000 } = options;
    if (!URL.canParse(String(endpoint))) throw new ConfigurationError('endpoint must be a URL.');
    if (typeof ticket !== 'string' || !/^[\x21-\x7e]+$/.test(ticket)) {
      throw new ConfigurationError('ticket must consist of visible ASCII characters.');
    }
    this.#endpoint = new URL(endpoint);
    this.#ticket = ticket;
    this.#contextWindow = contextWindow;
  }

  /**
   * Sends a prompt to the model. With `availableFunctions` it runs the tools and resolves to the final text; otherwise it
   * resolves to the turn, with its tool calls.
   *
   * @throws {CrewError} `AuthenticationError`, `RateLimitError`, `ContextWindowExceededError`, `ResponseError`,
   * `ConnectionError`, `ProtocolError`, `AbortError`.
   */
  async call(messages: Prompt, options: CallOptions = {}): Promise<string | AssistantTurn> {
    if (options.availableFunctions !== undefined) return (await runToolLoop(this, { ...options, messages })).text;
    const prompt = typeof messages === 'string' ? [{ role: 'user', content: messages } as const] : messages;
    const { temperature = this.temperature } = options;
    const body = encodeRequest({ ...options, temperature, messages: prompt }, { model: this.model });
    try {
      const response = await this.#post(body, options.signal);
      // A server may repeat the ticket in its response.
      const text = (await readText(response)).replaceAll(this.#ticket, '[ticket]');
      const context = { server: this.#endpoint.origin + this.#endpoint.pathname, retryAfter: retryAfter(response) };
      if (response.ok) return decodeTurn(parse(text), context);
      throw toResponseError(decodeError(parse(text), response.status), context);
    } catch (thrown) {
      throw this.#toError(thrown, options.signal);
    }
  }

  supportsFunctionCalling(): boolean {
    return true;
  }

  supportsStopWords(): boolean {
    return true;
  }

  override supportsResponseFormat(): boolean {
    return true;
  }

  getContextWindowSize(): number {
    return this.#contextWindow;
  }

  #post(body: string, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'x-ticket': this.#ticket };
    // Redirects are not followed, because they would send the ticket to another URL.
    return fetch(this.#endpoint, { method: 'POST', redirect: 'manual', headers, body, signal: signal ?? null });
  }

  #toError(thrown: unknown, signal: AbortSignal | undefined): CrewError {
    if (CrewError.isInstance(thrown)) return thrown;
    if (signal?.aborted) return new AbortError('The request was cancelled.', { cause: signal.reason });
    return new ConnectionError(
      `The connection to ${this.#endpoint.origin} failed. Check the address and the network.`,
      {
        cause: thrown,
      },
    );
  }
}

/** Returns the seconds that the server asks to wait (RFC 9110, section 10.2.3). */
function retryAfter({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** Parses JSON. Returns any other text unchanged: the decoder quotes its beginning in the error. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
