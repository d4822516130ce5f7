import type { EndpointOptions } from '../endpoint/endpoint-options.ts';
import type { RecordedRequest } from '../endpoint/recorded-request.ts';
import { resetAfter, truncated } from '../fault/connection.ts';
import { errorMidStream, noDone, withContentType, withHeaders } from '../fault/content.ts';
import { delayed, neverAnswers, rawHead } from '../fault/delivery.ts';
import { compressed, headerBomb } from '../fault/size.ts';
import { json, redirect, sse, status, text } from '../reply/builders.ts';
import { contextOverflow, errorBody, html, quotaExhausted, rateLimited } from '../reply/errors.ts';
import type { Reply } from '../reply/reply.ts';

/** How long a client waits at the most, in milliseconds; what is absent is left to it. */
export interface ScenarioTimeouts {
  /** Until a connection is made. */
  readonly connect?: number | undefined;
  /** From sending a request to the first byte of the answer. */
  readonly firstByte?: number | undefined;
  /** Between two pieces of the answer. */
  readonly idle?: number | undefined;
  /** For everything together. */
  readonly total?: number | undefined;
}

/** One way in which a call fails while, or after, its credential was sent. */
export interface FailingScenario {
  readonly name: string;
  /**
   * What the server answers: most answers send back all that the server was sent, in every form. `elsewhere` is the
   * origin of a server that must get nothing. Absent where no request arrives.
   */
  respond?(request: RecordedRequest, elsewhere: string): Reply;
  /** How the endpoint is started. */
  readonly endpoint?: Pick<EndpointOptions, 'accept' | 'tls'> | undefined;
  /** What the client needs so that it fails soon. */
  readonly timeouts?: ScenarioTimeouts | undefined;
  /** The most bytes that the client may take as an answer. */
  readonly maxResponseBytes?: number | undefined;
  /** The client is not to trust the endpoint's authority. */
  readonly distrusts?: boolean | undefined;
  /** The caller aborts as soon as the server has the request. */
  readonly aborts?: boolean | undefined;
}

type Answer = (echo: Echo, elsewhere: string) => Reply;

const answering = (name: string, answer: Answer, rest: Partial<FailingScenario> = {}): FailingScenario => ({
  name,
  respond: (request, elsewhere) => answer(echoOf(request), elsewhere),
  ...rest,
});

const REPEATED = (echo: Echo): Record<string, string> => ({
  'retry-after-ms': '1',
  'x-request-id': echo.plain,
  'www-authenticate': `Bearer error="invalid_token", error_description="${echo.base64}"`,
  server: echo.hex,
});

const refusals = [400, 401, 403, 404, 407, 408, 409, 413, 422, 429, 500, 502, 503, 529].map(code =>
  answering(`status ${code}`, echo =>
    errorBody(code, { message: echo.all, code: echo.plain, headers: REPEATED(echo) }),
  ),
);

const redirects = ([301, 302, 303, 307, 308] as const).map(code =>
  answering(`redirect ${code} to another endpoint`, (echo, elsewhere) =>
    redirect(code, `${elsewhere}/?from=${encodeURIComponent(echo.plain)}`),
  ),
);

const bodies: readonly FailingScenario[] = [
  answering('an error that is text', echo => errorBody(500, { form: 'text', message: echo.all })),
  answering('an error that is a page', echo => html(echo.all, { headers: REPEATED(echo) })),
  answering('a bare error', echo => errorBody(400, { form: 'bare', message: echo.all })),
  answering('a long error', echo => status(400, { body: 'x'.repeat(990) + echo.all })),
  answering('an overflow', echo => withHeaders(contextOverflow(), REPEATED(echo))),
  answering('a quota that is used up', echo => withHeaders(quotaExhausted(), REPEATED(echo))),
  answering('a limit that lasts too long', echo =>
    withHeaders(rateLimited(), { ...REPEATED(echo), 'retry-after-ms': '9999999' }),
  ),
  answering('a page with status 200', echo => html(echo.all, { status: 200 })),
  answering('an error with status 200', echo => json({ error: { message: echo.all } })),
  answering('an answer that is no completion', echo => json({ choices: echo.all })),
  answering('no JSON', echo => withContentType(status(200, { body: echo.all }), 'application/json')),
  answering('a wrong content coding', echo => status(200, { body: echo.all, headers: { 'content-encoding': 'gzip' } })),
  answering('an unknown content coding', echo =>
    status(200, { body: 'x', headers: { 'content-encoding': echo.plain } }),
  ),
  answering('an answer that is too long', echo => compressed(status(200, { body: echo.all.repeat(50) }), 'gzip'), {
    maxResponseBytes: 1_000,
  }),
];

const streams: readonly FailingScenario[] = [
  answering('an event that is an error', echo => sse([{ error: { message: echo.all, code: echo.plain } }])),
  answering('an event that is no JSON', echo => sse(`data: {"${echo.all}\n\n`)),
  answering('an error in mid-stream', echo => errorMidStream(text('Hello there'), 1, { message: echo.all })),
];

const connections: readonly FailingScenario[] = [
  answering('a reset before the answer', () => resetAfter(text('Hello'), 0)),
  answering('a reset in the answer', echo => resetAfter(text(echo.all), 200)),
  answering('a truncated answer', echo => truncated(withHeaders(text(echo.all), REPEATED(echo)), 150)),
  answering('a stream without its end', echo => truncated(noDone(text(echo.all, { finishReason: null })), 40)),
  answering('no HTTP', echo => rawHead(text('Hello'), `${echo.all}\r\n\r\n`)),
  answering('headers that are too large', () => headerBomb(100_000)),
  { name: 'no connection', endpoint: { accept: 'reset' } },
  { name: 'a certificate that is not trusted', endpoint: { tls: true }, distrusts: true },
];

/** A deadline that is to pass, in milliseconds: on the setting's clock at once, on another one soon. */
const SOON = 1_000;

const waits: readonly FailingScenario[] = [
  answering('no first byte', () => neverAnswers(), { timeouts: { firstByte: SOON } }),
  answering(
    'silence in the answer',
    echo => delayed(withHeaders(text('Hello'), REPEATED(echo)), { body: () => new Promise(() => undefined) }),
    { timeouts: { idle: SOON } },
  ),
  answering('no answer in time', () => neverAnswers(), { timeouts: { total: SOON } }),
  {
    name: 'no handshake in time',
    endpoint: { tls: true, accept: 'silence' },
    timeouts: { connect: SOON },
  },
  answering('an abort', () => neverAnswers(), { aborts: true }),
];

/** The ways in which a call fails: refusals, redirects, broken bodies, streams and connections, and waits that end. */
export const failingScenarios: readonly FailingScenario[] = [
  ...refusals,
  ...redirects,
  ...bodies,
  ...streams,
  ...connections,
  ...waits,
];

/** A request's path and headers, as a server may repeat them. */
export interface Echo {
  /** In every form, one after the other. */
  readonly all: string;
  readonly plain: string;
  readonly base64: string;
  readonly hex: string;
}

export function echoOf({ path, headers }: RecordedRequest): Echo {
  const plain = `${path} ${Object.values(headers).join(' ')}`;
  const [base64, hex] = [Buffer.from(plain).toString('base64'), Buffer.from(plain).toString('hex')];
  const base64url = Buffer.from(plain).toString('base64url');
  const forms = [plain, JSON.stringify(headers), base64, base64url, hex, hex.toUpperCase(), encodeURIComponent(plain)];
  return { all: forms.join(' | '), plain, base64, hex };
}
