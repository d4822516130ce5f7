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

/** What a `GatewayTicketLLM` takes. */
export interface GatewayTicketLLMOptions extends BaseLLMOptions {
  /** The full URL to post to. */
  readonly endpoint: string | URL;
  /** Sent as `x-ticket`. */
  readonly ticket: string;
  /** Tokens that the model reads and writes together. Default 128,000. */
  readonly contextWindow?: number | undefined;
}

/**
 * A model behind a gateway that wants a ticket, asked with the runtime's own fetch. Retries, streaming and renewal are
 * what `HttpLLM` of `@crew/llm-http` adds.
 *
 * @example
 * const llm = new GatewayTicketLLM({ endpoint, ticket: process.env['GATEWAY_TICKET'] ?? '' });
 * console.log((await llm.generate('Say hello.')).text);
 */
export class GatewayTicketLLM extends BaseLLM {
  readonly #endpoint: URL;
  readonly #ticket: string;
  readonly #contextWindow: number;

  /** @throws {ConfigurationError} naming the option that is wrong, never its value. */
  constructor(options: GatewayTicketLLMOptions) {
    super(options);
    const { endpoint, ticket, contextWindow = 128_000 } = options;
    if (!URL.canParse(String(endpoint))) throw new ConfigurationError('endpoint must be a URL.');
    if (typeof ticket !== 'string' || !/^[\x21-\x7e]+$/.test(ticket)) {
      throw new ConfigurationError('ticket must be visible ASCII characters, and not empty.');
    }
    this.#endpoint = new URL(endpoint);
    this.#ticket = ticket;
    this.#contextWindow = contextWindow;
  }

  /**
   * Asks the model. Given `availableFunctions` it runs the tools itself and resolves to the final text; otherwise to the
   * turn, with its tool calls.
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
      // A server may repeat what it was sent, also in an answer.
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

  getContextWindowSize(): number {
    return this.#contextWindow;
  }

  #post(body: string, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'x-ticket': this.#ticket };
    // A redirect is an answer like any other: the ticket follows none.
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

/** Seconds that the server asks to wait (RFC 9110, section 10.2.3). */
function retryAfter({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}

/** The text itself where it is no JSON: the decoder shows its beginning. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
