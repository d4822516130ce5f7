import {
  type AssistantTurn,
  AuthenticationError,
  BaseLLM,
  type CallOptions,
  type Clock,
  ConnectionError,
  CrewError,
  type Prompt,
  ProtocolError,
  runToolLoop,
  type StreamPart,
  type TurnRequest,
} from '@crew/core';
import { decodeError, decodeEvents, decodeTurn, encodeRequest, toResponseError } from '@crew/core/chat-completions';
import { RenewingCredential } from '@crew/llm-http/adapter';

export interface HandWrittenOptions {
  readonly endpoint: string;
  readonly clock: Clock;
  readonly obtain: () => Promise<string>;
}

const MOST_BYTES = 16_777_216;

/**
 * An LLM that uses only `BaseLLM` and the runtime's fetch, as a third party would write it. Each step is a separate method, so
 * that a test can break one of them.
 */
export class HandWrittenLLM extends BaseLLM {
  readonly #endpoint: string;
  readonly #credential: RenewingCredential<string>;
  readonly #tokens = new Set<string>();

  constructor({ endpoint, clock, obtain }: HandWrittenOptions) {
    super({ clock });
    this.#endpoint = endpoint;
    this.#credential = new RenewingCredential({
      name: 'hand-written',
      clock,
      obtain: async () => ({ value: await obtain(), expiresAt: undefined }),
    });
  }

  async call(messages: Prompt, options: CallOptions = {}): Promise<string | AssistantTurn> {
    if (options.availableFunctions !== undefined) return this.runTools(messages, options);
    const body = this.encode(messages, options);
    const response = await this.send(body, options);
    return this.decode(this.hide(await this.read(response)));
  }

  override async *respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    const response = await this.send(this.encode(request.messages, request, true), request);
    yield* decodeEvents(this.hideStream(this.chunks(response)));
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
    return 8_192;
  }

  override async close(): Promise<void> {
    this.#credential.close();
  }

  async runTools(messages: Prompt, options: CallOptions): Promise<string> {
    return (await runToolLoop(this, { ...options, messages })).text;
  }

  encode(messages: Prompt, options: CallOptions, stream = false): string {
    const prompt = typeof messages === 'string' ? [{ role: 'user', content: messages } as const] : messages;
    return encodeRequest({ ...options, messages: prompt }, { stream });
  }

  decode(text: string): AssistantTurn {
    return decodeTurn(parse(text));
  }

  /** Returns the response to one turn, after a renewal and a retry if necessary. */
  async send(body: string, options: CallOptions): Promise<Response> {
    let renewed = false;
    for (let attempt = 1; ; ) {
      const token = await this.token(options);
      const response = await this.attempt(body, token, options).catch((error: unknown) => error);
      if (response instanceof Response && response.ok) return response;
      const status = response instanceof Response ? response.status : undefined;
      if (status === 401 && !renewed) {
        renewed = true;
        this.drop(token);
      } else if (this.mayRetry(status, attempt, response)) {
        attempt += 1;
      } else throw await this.failure(response);
    }
  }

  async token({ signal }: CallOptions): Promise<string> {
    const token = this.#credential.fresh() ?? (await this.#credential.get(signal ?? new AbortController().signal));
    return this.remember(token);
  }

  remember(token: string): string {
    this.#tokens.add(token);
    return token;
  }

  /** Redacts the tokens that the server may have repeated in its response. */
  hide(text: string): string {
    return [...this.#tokens].reduce((hidden, token) => hidden.replaceAll(token, '[token]'), text);
  }

  /** Redacts the tokens in a stream line by line, because an event may arrive in several chunks. */
  async *hideStream(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    let rest = '';
    for await (const chunk of chunks) {
      const text = rest + decoder.decode(chunk, { stream: true });
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      yield encoder.encode(this.hide(text.slice(0, end)));
    }
    yield encoder.encode(this.hide(rest + decoder.decode()));
  }

  drop(token: string): void {
    this.#credential.refused(token);
  }

  attempt(body: string, token: string, options: CallOptions): Promise<Response> {
    return fetch(this.#endpoint, this.init(body, token, options));
  }

  init(body: string, token: string, { signal }: CallOptions): RequestInit {
    const headers = { 'content-type': 'application/json', 'x-gateway-token': token };
    return { method: 'POST', redirect: 'manual', headers, body, signal: signal ?? null };
  }

  mayRetry(status: number | undefined, attempt: number, thrown: unknown): boolean {
    const aborted = thrown instanceof Error && (thrown.name === 'AbortError' || CrewError.isInstance(thrown));
    return attempt < 2 && !aborted && (status === undefined || status === 503);
  }

  async failure(outcome: unknown): Promise<Error> {
    if (!(outcome instanceof Response)) return lost(outcome);
    const text = this.hide(await outcome.text());
    const seconds = outcome.headers.get('retry-after');
    const retryAfter = seconds === null ? undefined : Number(seconds);
    const error = toResponseError(decodeError(parse(text), outcome.status), { retryAfter });
    return outcome.status === 401 ? new AuthenticationError(error.message, error) : error;
  }

  async read(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of this.chunks(response)) text += decoder.decode(chunk, { stream: true });
    return text;
  }

  async *chunks(response: Response): AsyncIterable<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length;
        if (bytes > this.mostBytes) throw new ProtocolError('The answer is too long.');
        yield chunk;
      }
    } catch (thrown) {
      throw lost(thrown);
    }
  }

  get mostBytes(): number {
    return MOST_BYTES;
  }
}

function lost(thrown: unknown): Error {
  if (CrewError.isInstance(thrown) || !(thrown instanceof TypeError)) return thrown as Error;
  return new ConnectionError('The connection to the gateway was lost.', { cause: thrown });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
