import type { EndpointOptions } from '../endpoint/endpoint-options.ts';
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { resetAfter, truncated } from '../fault/connection.ts';
import { errorMidStream, noDone, withContentType, withHeaders } from '../fault/content.ts';
import { delayed, neverAnswers, rawHead } from '../fault/delivery.ts';
import { compressed, headerBomb } from '../fault/size.ts';
import { json, redirect, sse, status, text } from '../reply/builders.ts';
import { contextOverflow, errorBody, html, quotaExhausted, rateLimited } from '../reply/errors.ts';
import type { Reply } from '../reply/reply.ts';

/** Timeouts of a client, in milliseconds. A timeout that is not set is left to the client. */
export interface ScenarioTimeouts {
  /** Timeout for the connection. */
  readonly connect?: number | undefined;
  /** Timeout between sending the request and the first byte of the response. */
  readonly firstByte?: number | undefined;
  /** Timeout between two chunks of the response. */
  readonly idle?: number | undefined;
  /** Timeout for the whole call. */
  readonly total?: number | undefined;
}

/** A way in which a call fails while or after its credential is sent. */
export interface FailingScenario {
  readonly name: string;
  /**
   * Returns the reply of the server. Most replies echo the whole request in every form. `elsewhere` is the origin of a server that must
   * not receive any request. Not set if no request arrives.
   */
  respond?(request: RecordedRequest, elsewhere: string): Reply;
  /** Options of the endpoint. */
  readonly endpoint?: Pick<EndpointOptions, 'connectionPolicy' | 'tls'> | undefined;
  /** Timeouts that the client must have to fail in time. */
  readonly timeouts?: ScenarioTimeouts | undefined;
  /** Maximum size of a response, in bytes, that the client must enforce. */
  readonly maxResponseBytes?: number | undefined;
  /** True if the client must not trust the endpoint's authority. */
  readonly isUntrusted?: boolean | undefined;
  /** True if the caller aborts as soon as the server has the request. */
  readonly isAborted?: boolean | undefined;
}

type ReplyFactory = (echo: Echo, elsewhere: string) => Reply;

const scenario = (name: string, reply: ReplyFactory, rest: Partial<FailingScenario> = {}): FailingScenario => ({
  name,
  respond: (request, elsewhere) => reply(echoOf(request), elsewhere),
  ...rest,
});

const echoHeaders = (echo: Echo): Record<string, string> => ({
  'retry-after-ms': '1',
  'x-request-id': echo.plain,
  'www-authenticate': `Bearer error="invalid_token", error_description="${echo.base64}"`,
  server: echo.hex,
});

const refusals = [400, 401, 403, 404, 407, 408, 409, 413, 422, 429, 500, 502, 503, 529].map(code =>
  scenario(`status ${code}`, echo =>
    errorBody(code, { message: echo.all, code: echo.plain, headers: echoHeaders(echo) }),
  ),
);

const redirects = ([301, 302, 303, 307, 308] as const).map(code =>
  scenario(`redirect ${code} to another endpoint`, (echo, elsewhere) =>
    redirect(code, `${elsewhere}/?from=${encodeURIComponent(echo.plain)}`),
  ),
);

const bodies: readonly FailingScenario[] = [
  scenario('an error as text', echo => errorBody(500, { form: 'text', message: echo.all })),
  scenario('an error as an HTML page', echo => html(echo.all, { headers: echoHeaders(echo) })),
  scenario('a bare error', echo => errorBody(400, { form: 'bare', message: echo.all })),
  scenario('a long error', echo => status(400, { body: 'x'.repeat(990) + echo.all })),
  scenario('an exceeded context window', echo => withHeaders(contextOverflow(), echoHeaders(echo))),
  scenario('an exhausted quota', echo => withHeaders(quotaExhausted(), echoHeaders(echo))),
  scenario('a rate limit with a long wait', echo =>
    withHeaders(rateLimited(), { ...echoHeaders(echo), 'retry-after-ms': '9999999' }),
  ),
  scenario('an HTML page with status 200', echo => html(echo.all, { status: 200 })),
  scenario('an error with status 200', echo => json({ error: { message: echo.all } })),
  scenario('JSON that is not a completion', echo => json({ choices: echo.all })),
  scenario('a body that is not JSON', echo => withContentType(status(200, { body: echo.all }), 'application/json')),
  scenario('a wrong content coding', echo => status(200, { body: echo.all, headers: { 'content-encoding': 'gzip' } })),
  scenario('an unknown content coding', echo =>
    status(200, { body: 'x', headers: { 'content-encoding': echo.plain } }),
  ),
  scenario('a response that is too large', echo => compressed(status(200, { body: echo.all.repeat(50) }), 'gzip'), {
    maxResponseBytes: 1_000,
  }),
];

const streams: readonly FailingScenario[] = [
  scenario('an event that is an error', echo => sse([{ error: { message: echo.all, code: echo.plain } }])),
  scenario('an event that is not JSON', echo => sse(`data: {"${echo.all}\n\n`)),
  scenario('an error in the middle of a stream', echo => errorMidStream(text('Hello there'), 1, { message: echo.all })),
];

const connections: readonly FailingScenario[] = [
  scenario('a reset before the response', () => resetAfter(text('Hello'), 0)),
  scenario('a reset in the middle of the response', echo => resetAfter(text(echo.all), 200)),
  scenario('a truncated response', echo => truncated(withHeaders(text(echo.all), echoHeaders(echo)), 150)),
  scenario('a stream without its end', echo => truncated(noDone(text(echo.all, { finishReason: null })), 40)),
  scenario('a response that is not HTTP', echo => rawHead(text('Hello'), `${echo.all}\r\n\r\n`)),
  scenario('headers that are too large', () => headerBomb(100_000)),
  { name: 'no connection', endpoint: { connectionPolicy: 'reset' } },
  { name: 'an untrusted certificate', endpoint: { tls: true }, isUntrusted: true },
];

/** Timeout that a scenario lets pass, in milliseconds. With the clock of the setting it passes without waiting. */
const SOON = 1_000;

const waits: readonly FailingScenario[] = [
  scenario('no first byte', () => neverAnswers(), { timeouts: { firstByte: SOON } }),
  scenario(
    'silence in the middle of the response',
    echo => delayed(withHeaders(text('Hello'), echoHeaders(echo)), { body: () => new Promise(() => undefined) }),
    { timeouts: { idle: SOON } },
  ),
  scenario('no response in time', () => neverAnswers(), { timeouts: { total: SOON } }),
  {
    name: 'no handshake in time',
    endpoint: { tls: true, connectionPolicy: 'silence' },
    timeouts: { connect: SOON },
  },
  scenario('an abort', () => neverAnswers(), { isAborted: true }),
];

/**
 * The ways in which a call can fail: error statuses, redirects, broken bodies, streams and connections, timeouts, and an abort.
 * `runFailingScenarios` runs them all.
 *
 * @example
 * ```ts
 * import { failingScenarios } from '@crew/test-endpoint';
 *
 * for (const { name } of failingScenarios) console.log(name); // status 400, status 401, ...
 * ```
 */
export const failingScenarios: readonly FailingScenario[] = [
  ...refusals,
  ...redirects,
  ...bodies,
  ...streams,
  ...connections,
  ...waits,
];

/** Path and headers of a request, as a server may echo them. */
interface Echo {
  /** Every form, separated by bars. */
  readonly all: string;
  readonly plain: string;
  readonly base64: string;
  readonly hex: string;
}

function echoOf({ path, headers }: RecordedRequest): Echo {
  const plain = `${path} ${Object.values(headers).join(' ')}`;
  const [base64, hex] = [Buffer.from(plain).toString('base64'), Buffer.from(plain).toString('hex')];
  const base64url = Buffer.from(plain).toString('base64url');
  const forms = [plain, JSON.stringify(headers), base64, base64url, hex, hex.toUpperCase(), encodeURIComponent(plain)];
  return { all: forms.join(' | '), plain, base64, hex };
}
