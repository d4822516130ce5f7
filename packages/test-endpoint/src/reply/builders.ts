import type { Body, Completion, CompletionToolCall, Reply, ReplyHeaders, SseFrame, StreamEdits } from './reply.ts';

export interface TextOptions extends Omit<Completion, 'text'> {
  readonly headers?: ReplyHeaders | undefined;
}

/** The model says this text: JSON, or the equivalent stream when the request asks for one. */
export function text(content: string, options: TextOptions = {}): Reply {
  const { headers, ...completion } = options;
  return { headers, completion: { ...completion, text: content } };
}

export interface ToolCallsOptions extends Omit<Completion, 'toolCalls'> {
  readonly headers?: ReplyHeaders | undefined;
}

/** The model calls tools: JSON, or the equivalent stream when the request asks for one. */
export function toolCalls(calls: readonly CompletionToolCall[], options: ToolCallsOptions = {}): Reply {
  const { headers, ...completion } = options;
  return { headers, completion: { ...completion, toolCalls: calls } };
}

export interface StatusOptions {
  readonly headers?: ReplyHeaders | undefined;
  /** Text, bytes or pieces as they are; any other object as JSON. Default: an OpenAI error object that names the status. */
  readonly body?: Body | object | undefined;
}

/** A status with a body of any kind. */
export function status(code: number, options: StatusOptions = {}): Reply {
  const { headers, body = code >= 400 ? statusError(code) : undefined } = options;
  return { status: code, headers, ...(isBody(body) ? { body } : { json: body }) };
}

function statusError(code: number): object {
  return {
    error: { message: `The test endpoint answers ${code}`, type: 'test_endpoint_error', param: null, code: null },
  };
}

function isBody(body: Body | object | undefined): body is Body | undefined {
  if (Array.isArray(body)) return body.every(piece => typeof piece === 'string' || piece instanceof Uint8Array);
  return body === undefined || typeof body === 'string' || typeof body === 'function' || body instanceof Uint8Array;
}

/** Any JSON value as the body. */
export function json(
  value: unknown,
  options: { readonly status?: number | undefined; readonly headers?: ReplyHeaders | undefined } = {},
): Reply {
  return { ...options, json: value };
}

/** A redirect (RFC 9110 section 15.4), with an empty body. */
export function redirect(status: 301 | 302 | 303 | 307 | 308, location: string): Reply {
  return { status, headers: { location } };
}

export interface SseOptions extends StreamEdits {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * Server-sent events as given, also to a request that asked for none. A list is sent event by event, each ended by a blank line;
 * text or bytes are sent as they are. Nothing is added, so a list wants its own `data: [DONE]`.
 */
export function sse(events: readonly SseFrame[] | string | Uint8Array, options: SseOptions = {}): Reply {
  const { status, headers, ...stream } = options;
  if (typeof events !== 'string' && !(events instanceof Uint8Array)) return { status, headers, frames: events, stream };
  return { status, headers: { 'content-type': 'text/event-stream; charset=utf-8', ...headers }, body: events };
}
