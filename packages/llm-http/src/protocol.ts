import type { AssistantTurn, StreamPart, TurnRequest } from '@crew/core';
import { decodeEvents, decodeTurn, encodeRequest } from '@crew/core/chat-completions';

/** What a protocol is told of the LLM. */
export interface ProtocolSettings {
  readonly model: string | undefined;
  readonly stream: boolean;
}

/** What is known of a response besides its body, for errors. */
export interface ResponseContext {
  /** Who answered: origin and path. */
  readonly server: string;
  readonly requestId: string | undefined;
}

/** A request as bytes. */
export interface EncodedRequest {
  /** By lower-case name; `content-type` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** How a turn is written for a server, and its answer read: pure functions, which know nothing of HTTP's faults. */
export interface Protocol {
  /** For errors. */
  readonly name: string;
  encodeRequest(turn: TurnRequest, settings: ProtocolSettings): EncodedRequest;
  /** The turn in the body of a 2xx answer. Throws a `ProtocolError`, or a `ResponseError` for an error in it. */
  decodeResponse(body: string, context: ResponseContext): AssistantTurn;
  /** The same as a stream, which closes `chunks` when its consumer stops. */
  decodeEvents(chunks: AsyncIterable<Uint8Array>, context: ResponseContext): AsyncIterable<StreamPart>;
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };
const STREAM_HEADERS = { 'content-type': 'application/json', accept: 'text/event-stream' };

/** The chat-completions protocol, which most servers speak. The default of `HttpLLM`. */
export function chatCompletions(): Protocol {
  return {
    name: 'chat-completions',
    encodeRequest: (turn, { model, stream }) => ({
      headers: stream ? STREAM_HEADERS : HEADERS,
      body: encodeRequest(turn, { model, stream }),
    }),
    decodeResponse: (body, context) => decodeTurn(parseJson(body), context),
    decodeEvents: (chunks, context) => decodeEvents(chunks, context),
  };
}

/** The text itself where it is no JSON: the decoder shows its beginning. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
