import {
  type AssistantTurn,
  type Clock,
  ConfigurationError,
  copyOptions,
  type StreamPart,
  type TurnRequest,
} from '@crew/core';
import { decodeEvents, decodeTurn, encodeRequest, type MaxTokensField } from '@crew/core/chat-completions';
import { checkOptionNames } from './option-checks.ts';

/** Settings of the LLM that a protocol encodes into a request. */
export interface ProtocolSettings {
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Returns true for ids of tool calls that the server has sent itself, and therefore accepts. Default: for none. */
  readonly keepsCallId?: ((id: string) => boolean) | undefined;
  /** True once the server has refused tool calls without its signature: those of other models are to be marked. */
  readonly marksUnsignedCalls?: boolean | undefined;
  /** The field for `maxTokens` that the server has demanded instead of the protocol's `maxTokensField`. */
  readonly maxTokensField?: MaxTokensField | undefined;
}

/** Context of a response, for errors. */
export interface ResponseContext {
  /** Origin and path of the endpoint. */
  readonly server: string;
  readonly requestId: string | undefined;
  /** The clock of the LLM, for the time in which a finished stream may end. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** An encoded request. */
export interface EncodedRequest {
  /** The header fields by lower-case name, including `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * A wire protocol: encodes a turn as a request and decodes the response. Its methods are pure functions. Connections,
 * retries and errors of HTTP are handled by `HttpLLM`.
 *
 * @example
 * ```ts no-run
 * import { chatCompletions, HttpLLM, type Protocol } from '@crew/llm-http';
 *
 * const chat = chatCompletions();
 *
 * // Chat completions for a gateway that requires its own content type.
 * const gatewayProtocol: Protocol = {
 *   ...chat,
 *   name: 'gateway-chat',
 *   encodeRequest(turn, settings) {
 *     const { headers, body } = chat.encodeRequest(turn, settings);
 *     return { headers: { ...headers, 'content-type': 'application/vnd.gateway.chat+json' }, body };
 *   },
 * };
 *
 * await using llm = new HttpLLM({ endpoint: 'https://gateway.example/chat', protocol: gatewayProtocol });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export interface Protocol {
  /** Name for errors. */
  readonly name: string;
  /**
   * The field in which the protocol sends `maxTokens`. When a server refuses this field, the request is sent once more with
   * the other one in `settings.maxTokensField`, and so are all later requests. Default: such a refusal is an error.
   */
  readonly maxTokensField?: MaxTokensField | undefined;
  /** Encodes a turn. */
  encodeRequest(turn: TurnRequest, settings: ProtocolSettings): EncodedRequest;
  /**
   * Decodes the body of a response with status 2xx.
   *
   * @throws {ProtocolError} if the body does not follow the protocol.
   * @throws {ResponseError} if the body contains an error.
   */
  decodeResponse(body: string, context: ResponseContext): AssistantTurn;
  /** Decodes a streamed response. Closes `chunks` when the consumer stops. */
  decodeEvents(chunks: AsyncIterable<Uint8Array>, context: ResponseContext): AsyncIterable<StreamPart>;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const STREAM_HEADERS = { 'content-type': 'application/json', accept: 'text/event-stream' };

/** Options of `chatCompletions`. */
export interface ChatCompletionsOptions {
  /**
   * The fields that a server puts on its turns beside the standard ones, such as `reasoning_content`, `reasoning_details` and
   * the signatures of tool calls. Many servers reject the next request of a tool loop without them.
   *
   * - `received` sends back what this model's turns had.
   * - `always` also sends `reasoning_content: ""` with every other turn, as DeepSeek V4 demands.
   * - `never` sends none, for a server that rejects its own fields, such as DeepSeek R1.
   *
   * Default `received`.
   */
  readonly replay?: 'received' | 'always' | 'never' | undefined;
  /**
   * The field in which `maxTokens` is sent. The other one is used once a server has refused this one, so that setting it only
   * saves the first request of each LLM. Default `max_tokens`.
   */
  readonly maxTokensField?: MaxTokensField | undefined;
}

const REPLAYS: readonly unknown[] = [undefined, 'received', 'always', 'never'];

/**
 * Returns the chat-completions protocol, which most servers support. It is the default of `HttpLLM`.
 *
 * @throws {ConfigurationError} if an option is unknown or invalid.
 *
 * @example
 * ```ts no-run
 * import { chatCompletions, HttpLLM } from '@crew/llm-http';
 *
 * await using llm = new HttpLLM({
 *   endpoint: 'https://api.example.com/v1/chat/completions',
 *   protocol: chatCompletions({ maxTokensField: 'max_completion_tokens' }),
 *   maxTokens: 2_000,
 * });
 * console.log(await llm.call('Say good morning.'));
 * ```
 */
export function chatCompletions(options: ChatCompletionsOptions = {}): Protocol {
  const own = copyOptions(options, ['replay', 'maxTokensField']);
  if (typeof own !== 'object' || own === null) {
    throw new ConfigurationError('The options of chatCompletions() must be one object.');
  }
  checkOptionNames(own, ['replay', 'maxTokensField'], 'chatCompletions()');
  const { replay, maxTokensField: ownField = 'max_tokens' } = own;
  if (!REPLAYS.includes(replay)) {
    throw new ConfigurationError('replay of chatCompletions must be "received", "always" or "never", or be omitted.');
  }
  if (ownField !== 'max_tokens' && ownField !== 'max_completion_tokens') {
    throw new ConfigurationError("maxTokensField must be 'max_tokens' or 'max_completion_tokens'.");
  }
  return {
    name: 'chat-completions',
    maxTokensField: ownField,
    encodeRequest: (turn, { model, stream, keepsCallId, marksUnsignedCalls, maxTokensField = ownField }) => ({
      headers: stream ? STREAM_HEADERS : HEADERS,
      body: encodeRequest(turn, { model, stream, replay, keepsCallId, marksUnsignedCalls, maxTokensField }),
    }),
    decodeResponse: (body, context) => decodeTurn(parseJson(body), context),
    decodeEvents: (chunks, context) => decodeEvents(chunks, context),
  };
}

/** Parses JSON. Returns the text unchanged if it is not JSON: the error of the decoder quotes its start. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
