import type { Reply, ReplyHeaders } from './reply.ts';

/**
 * Format of an error response. `openai`: OpenAI's error object. `numeric-code`: the same with a number as `code` and without `param`.
 * `bare`: the object without the surrounding `error`. `text`: plain text. `html`: an HTML page.
 */
export type ErrorForm = 'openai' | 'numeric-code' | 'bare' | 'text' | 'html';

/** Options of `errorBody`. */
export interface ErrorBodyOptions {
  /** Format of the response. Default `openai`. */
  readonly form?: ErrorForm | undefined;
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly code?: string | number | undefined;
  readonly headers?: ReplyHeaders | undefined;
  /** Additional fields of the error object. */
  readonly details?: object | undefined;
}

/**
 * Responds with an error in one of the formats that real servers use.
 *
 * @example
 * ```ts
 * import { errorBody, startEndpoint } from '@crew/test-endpoint';
 *
 * const endpoint = await startEndpoint({
 *   replies: [errorBody(400, { message: 'No such model', code: 'model_not_found' }), errorBody(502, { form: 'html' })],
 * });
 * for (let request = 0; request < 2; request += 1) {
 *   const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 *   console.log(response.status, await response.text());
 * }
 * await endpoint.close();
 * ```
 */
export function errorBody(status: number, options: ErrorBodyOptions = {}): Reply {
  const { form = 'openai', message = `The test endpoint returned ${status}`, type = 'test_endpoint_error' } = options;
  const { details, headers } = options;
  if (form === 'text') return { status, headers: { 'content-type': 'text/plain', ...headers }, body: message };
  if (form === 'html') return html(message, { status, headers });
  const code = options.code ?? (form === 'openai' ? null : status);
  const error = { message, type, ...(form === 'openai' ? { param: null } : {}), code, ...details };
  return { status, headers, json: form === 'bare' ? error : { error } };
}

/** Responds with an HTML page, as gateways do. Default status 502. */
export function html(
  message: string,
  options: { readonly status?: number | undefined; readonly headers?: ReplyHeaders | undefined } = {},
): Reply {
  const body = `<!DOCTYPE html>\n<html><head><title>${message}</title></head><body><h1>${message}</h1></body></html>\n`;
  return {
    status: options.status ?? 502,
    headers: { 'content-type': 'text/html; charset=utf-8', ...options.headers },
    body,
  };
}

/** Responds with 400 `exceed_context_size_error`: the prompt exceeds the model's context window. */
export function contextOverflow(
  size: { readonly promptTokens?: number | undefined; readonly contextWindow?: number | undefined } = {},
): Reply {
  const { promptTokens = 9_000, contextWindow = 4_096 } = size;
  return errorBody(400, {
    form: 'numeric-code',
    message: `the request exceeds the available context size (${contextWindow} tokens)`,
    type: 'exceed_context_size_error',
    details: { n_prompt_tokens: promptTokens, n_ctx: contextWindow },
  });
}

/** Options of `rateLimited`. */
export interface RateLimitedOptions {
  /** Value of `retry-after`: seconds or an HTTP date (RFC 9110 section 10.2.3). Default: no such header. */
  readonly retryAfter?: number | string | undefined;
  readonly headers?: ReplyHeaders | undefined;
}

/**
 * Responds with 429: too many requests.
 *
 * @example
 * ```ts
 * import { rateLimited, startEndpoint, text } from '@crew/test-endpoint';
 *
 * // The client is expected to wait for 2 seconds and to try again.
 * const endpoint = await startEndpoint({ replies: [rateLimited({ retryAfter: 2 }), text('Hello')] });
 * const response = await fetch(endpoint.url, { method: 'POST', body: '{}' });
 * console.log(response.status, response.headers.get('retry-after')); // 429 2
 * await endpoint.close();
 * ```
 */
export function rateLimited({ retryAfter, headers }: RateLimitedOptions = {}): Reply {
  return errorBody(429, {
    message: 'Rate limit reached',
    type: 'requests',
    code: 'rate_limit_exceeded',
    headers: { ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }), ...headers },
  });
}

/** Responds with 429 `insufficient_quota`: the account has no quota left, so waiting does not help. */
export function quotaExhausted(options: { readonly headers?: ReplyHeaders | undefined } = {}): Reply {
  return errorBody(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    headers: options.headers,
  });
}

/**
 * Responds to `stream: true` with status 200 and a stream whose only event is the error, as some servers do, and with 500 to other
 * requests.
 */
export function errorEvent(error: unknown): Reply {
  return { completion: {}, stream: { error: { afterDeltas: -1, error } } };
}
