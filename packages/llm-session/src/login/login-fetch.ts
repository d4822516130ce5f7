import { ConfigurationError, CredentialError, excerpt } from '@crew/core';
import type { TransportFetch } from '@crew/llm-http/adapter';
import type { SessionCookies } from '../session-cookies.ts';
import { printableUrl } from '../url.ts';
import type { LoginResponse } from './login.ts';

/** Most characters of a response that are kept and read. */
const MAX_TEXT_LENGTH = 1_048_576;
/** Longest response that is received, in bytes: the page after a login may be a large one. */
const MAX_BYTES = 4_194_304;
/** A login is a few requests. More of them than this is a loop. */
const MAX_REQUESTS = 30;
const MAX_REDIRECTS = 5;

/** A `fetch` that keeps one session's cookies, and remembers what it was answered. */
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
    /** What relative URLs belong to. */
    readonly origin: string;
    /** The further origins that may be asked. */
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
        `The login wanted to ask ${excerpt(origin)}, which is neither the endpoint's origin (${this.#origin}) nor one of the ` +
          "session's `origins`. Add it there if the login is to be trusted to it.",
      );
    }
    this.#requests += 1;
    if (this.#requests > MAX_REQUESTS) {
      throw new ConfigurationError(`The login made more than ${MAX_REQUESTS} requests. Is it a loop?`);
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

/** Asks with a login's `fetch`, and reads the answer. */
export async function fetchResponse(send: typeof fetch, url: URL, init: RequestInit): Promise<LoginResponse> {
  const response = await send(url, { redirect: 'manual', ...init });
  const text = (await response.text()).slice(0, MAX_TEXT_LENGTH);
  return { status: response.status, url: url.href, headers: response.headers, text };
}

/**
 * Follows redirects within the origin of `first`, as far as `ask` gets. A redirect to another origin is not followed.
 *
 * @throws {CredentialError} after 5 redirects.
 */
export async function followRedirects(
  first: LoginResponse,
  ask: (url: URL) => Promise<LoginResponse>,
): Promise<LoginResponse> {
  const { origin } = new URL(first.url);
  let answer = first;
  for (let count = 0; ; count += 1) {
    const target = redirectTarget(answer);
    if (target === undefined || target.origin !== origin) return answer;
    if (count === MAX_REDIRECTS) {
      throw new CredentialError(
        `The login was redirected more than ${MAX_REDIRECTS} times, last to ${printableUrl(target)}. Check that \`page\` ` +
          'is the login page.',
        { terminal: true },
      );
    }
    answer = await ask(target);
  }
}

/** Returns the target of a redirect, and `undefined` for any other response. */
function redirectTarget({ status, headers, url }: LoginResponse): URL | undefined {
  if (status < 300 || status > 399) return undefined;
  const location = headers.get('location');
  return location === null ? undefined : (URL.parse(location, url) ?? undefined);
}
