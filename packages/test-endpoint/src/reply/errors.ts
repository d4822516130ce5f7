import type { Reply, ReplyHeaders } from './reply.ts';

/**
 * How a server writes its errors: OpenAI's object; the same with a number for `code` and without `param`; the bare object without
 * `error`; plain text; an HTML page.
 */
export type ErrorForm = 'openai' | 'numeric-code' | 'bare' | 'text' | 'html';

export interface ErrorBodyOptions {
  /** Default `openai`. */
  readonly form?: ErrorForm | undefined;
  readonly message?: string | undefined;
  readonly type?: string | undefined;
  readonly code?: string | number | undefined;
  readonly headers?: ReplyHeaders | undefined;
  /** More fields of the error object. */
  readonly details?: object | undefined;
}

/** An error in one of the forms that real servers use. */
export function errorBody(status: number, options: ErrorBodyOptions = {}): Reply {
  const { form = 'openai', message = `The test endpoint answers ${status}`, type = 'test_endpoint_error' } = options;
  const { details, headers } = options;
  if (form === 'text') return { status, headers: { 'content-type': 'text/plain', ...headers }, body: message };
  if (form === 'html') return html(message, { status, headers });
  const code = options.code ?? (form === 'openai' ? null : status);
  const error = { message, type, ...(form === 'openai' ? { param: null } : {}), code, ...details };
  return { status, headers, json: form === 'bare' ? error : { error } };
}

/** An HTML page, as a gateway in between sends it. Status 502 unless given. */
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

/** The prompt is longer than the model's window: 400 `exceed_context_size_error`. */
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

export interface RateLimitedOptions {
  /** Sent as `retry-after`: seconds, or an HTTP date (RFC 9110 section 10.2.3). */
  readonly retryAfter?: number | string | undefined;
  readonly headers?: ReplyHeaders | undefined;
}

/** 429: too many requests. */
export function rateLimited({ retryAfter, headers }: RateLimitedOptions = {}): Reply {
  return errorBody(429, {
    message: 'Rate limit reached',
    type: 'requests',
    code: 'rate_limit_exceeded',
    headers: { ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }), ...headers },
  });
}

/** 429 that waiting does not cure: the account has no quota left. */
export function quotaExhausted(options: { readonly headers?: ReplyHeaders | undefined } = {}): Reply {
  return errorBody(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    headers: options.headers,
  });
}

/** An error as the one event of a 200 stream, as some servers answer every error under `stream: true`; otherwise a plain 500. */
export function errorEvent(error: unknown): Reply {
  return { completion: {}, stream: { error: { afterDeltas: -1, error } } };
}
