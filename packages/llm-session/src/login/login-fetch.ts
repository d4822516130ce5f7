import { ConfigurationError, CredentialError, excerpt } from '@crew/core';
import type { TransportFetch } from '@crew/llm-http/adapter';
import type { SessionCookies } from '../session-cookies.ts';
import { printableUrl } from '../url.ts';
import type { LoginResponse } from './login.ts';

/** Maximum length of a response body that is read, in characters. */
const MAX_TEXT_LENGTH = 1_048_576;
/** Maximum size of a response that is received, in bytes: the page after a login can be large. */
const MAX_BYTES = 4_194_304;
/** Maximum number of requests of one login. A login is a few requests; more of them indicate a loop. */
const MAX_REQUESTS = 30;
const MAX_REDIRECTS = 5;

/** A `fetch` that stores the cookies of one session and records the responses. */
export class LoginFetch {
  /** The responses, in the order of their arrival. */
  readonly responses: LoginResponse[] = [];
  readonly #origin: string;
  readonly #origins: ReadonlySet<string>;
  readonly #cookies: SessionCookies;
  readonly #send: TransportFetch;
  readonly #signal: AbortSignal;
  #requests = 0;

  constructor(options: {
    /** Base of relative URLs. */
    readonly origin: string;
    /** Further origins that requests may go to. */
    readonly origins: ReadonlySet<string>;
    readonly cookies: SessionCookies;
    readonly send: TransportFetch;
    readonly signal: AbortSignal;
  }) {
    this.#origin = options.origin;
    this.#origins = options.origins;
    this.#cookies = options.cookies;
    this.#send = options.send;
    this.#signal = options.signal;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input instanceof Request ? input : new URL(input, this.#origin), init);
    const { origin } = new URL(request.url);
    if (origin !== this.#origin && !this.#origins.has(origin)) {
      throw new ConfigurationError(
        `The login tried to send a request to ${excerpt(origin)}, which is neither the endpoint's origin (${this.#origin}) ` +
          "nor one of the session's `origins`. If you trust that origin with the password, add it to `origins`.",
      );
    }
    this.#requests += 1;
    if (this.#requests > MAX_REQUESTS) {
      throw new ConfigurationError(`The login made more than ${MAX_REQUESTS} requests. Check it for a loop.`);
    }
    const cookies = this.#cookies.header(request.url);
    if (cookies !== '') request.headers.set('cookie', cookies);
    const signal = AbortSignal.any([request.signal, this.#signal]);
    const response = await this.#send(request, { signal, maxResponseBytes: MAX_BYTES });
    this.#cookies.set(response.headers.getSetCookie(), request.url);
    const text = (await response.clone().text()).slice(0, MAX_TEXT_LENGTH);
    this.responses.push({ status: response.status, url: request.url, headers: response.headers, text });
    return response;
  };
}

/** Sends a request with the `fetch` of a login, and reads the response. */
export async function fetchResponse(send: typeof fetch, url: URL, init: RequestInit): Promise<LoginResponse> {
  const response = await send(url, { redirect: 'manual', ...init });
  const text = (await response.text()).slice(0, MAX_TEXT_LENGTH);
  return { status: response.status, url: url.href, headers: response.headers, text };
}

/**
 * Follows redirects within the origin of `first`, and returns the last response. A redirect to another origin is not followed.
 *
 * @throws {CredentialError} after 5 redirects.
 */
export async function followRedirects(
  first: LoginResponse,
  get: (url: URL) => Promise<LoginResponse>,
): Promise<LoginResponse> {
  const { origin } = new URL(first.url);
  let response = first;
  for (let count = 0; ; count += 1) {
    const target = redirectTarget(response);
    if (target === undefined || target.origin !== origin) return response;
    if (count === MAX_REDIRECTS) {
      throw new CredentialError(
        `The login was redirected more than ${MAX_REDIRECTS} times, last to ${printableUrl(target)}. Check that \`page\` ` +
          'is the login page.',
        { terminal: true },
      );
    }
    response = await get(target);
  }
}

/** Returns the target of a redirect, or `undefined` for any other response. */
function redirectTarget({ status, headers, url }: LoginResponse): URL | undefined {
  if (status < 300 || status > 399) return undefined;
  const location = headers.get('location');
  return location === null ? undefined : (URL.parse(location, url) ?? undefined);
}
