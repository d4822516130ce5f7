import type { Body, Completion, CompletionToolCall, Reply, ReplyHeaders, SseFrame, StreamEdits } from './reply.ts';

/** Options of `text`. */
export interface TextOptions extends Omit<Completion, 'text'> {
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * Responds with a text completion, as JSON or, if the request sets `stream: true`, as a stream of events.
 *
 * @example
 * ```ts
 * import { startEndpoint, text } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [text('Hello', { model: 'small', usage: { prompt_tokens: 11, completion_tokens: 2 } })],
 * });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{"messages":[]}' });
 * console.log(await response.json());
 * await endpoint.close();
 * ```
 */
export function text(content: string, options: TextOptions = {}): Reply {
  const { headers, ...completion } = options;
  return { headers, completion: { ...completion, text: content } };
}

/** Options of `toolCalls`. */
export interface ToolCallsOptions extends Omit<Completion, 'toolCalls'> {
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * Responds with tool calls, as JSON or, if the request sets `stream: true`, as a stream of events.
 *
 * @example
 * ```ts
 * import { startEndpoint, toolCalls } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [
 *     toolCalls([
 *       { name: 'add', arguments: { a: 2, b: 3 } },
 *       { name: 'add', arguments: '{"a":2,', id: 'call_broken' }, // malformed on purpose
 *     ]),
 *   ],
 * });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{"messages":[]}' });
 * console.log(await response.json());
 * await endpoint.close();
 * ```
 */
export function toolCalls(calls: readonly CompletionToolCall[], options: ToolCallsOptions = {}): Reply {
  const { headers, ...completion } = options;
  return { headers, completion: { ...completion, toolCalls: calls } };
}

/** Options of `status`. */
export interface StatusOptions {
  readonly headers?: ReplyHeaders | undefined;
  /**
   * Response body. Strings, bytes and lists of them are sent unchanged, any other object as JSON. Default: an OpenAI error object
   * for a status from 400, otherwise empty.
   */
  readonly body?: Body | object | undefined;
}

/** Responds with a status and any body. */
export function status(code: number, options: StatusOptions = {}): Reply {
  const { headers, body = code >= 400 ? statusError(code) : undefined } = options;
  return { status: code, headers, ...(isBody(body) ? { body } : { json: body }) };
}

function statusError(code: number): object {
  return {
    error: { message: `The test endpoint returned ${code}`, type: 'test_endpoint_error', param: null, code: null },
  };
}

function isBody(body: Body | object | undefined): body is Body | undefined {
  if (Array.isArray(body)) return body.every(piece => typeof piece === 'string' || piece instanceof Uint8Array);
  return body === undefined || typeof body === 'string' || typeof body === 'function' || body instanceof Uint8Array;
}

/** Responds with a JSON value. */
export function json(
  value: unknown,
  options: { readonly status?: number | undefined; readonly headers?: ReplyHeaders | undefined } = {},
): Reply {
  return { ...options, json: value };
}

/** Redirects to another location (RFC 9110 section 15.4), with an empty body. */
export function redirect(status: 301 | 302 | 303 | 307 | 308, location: string): Reply {
  return { status, headers: { location } };
}

/** Options of `sse`. */
export interface SseOptions extends StreamEdits {
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * Responds with the given server-sent events, whether or not the request asks for a stream. The events of a list are each followed by
 * a blank line; a string or bytes are sent unchanged. Nothing is added: include `data: [DONE]` in the list if it is needed.
 */
export function sse(events: readonly SseFrame[] | string | Uint8Array, options: SseOptions = {}): Reply {
  const { status, headers, ...stream } = options;
  if (typeof events !== 'string' && !(events instanceof Uint8Array)) return { status, headers, frames: events, stream };
  return { status, headers: { 'content-type': 'text/event-stream; charset=utf-8', ...headers }, body: events };
}
