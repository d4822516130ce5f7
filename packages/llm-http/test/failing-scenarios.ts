import type { HttpLLMOptions } from '@crew/llm-http';
import {
  compressed,
  contextOverflow,
  delayed,
  type EndpointOptions,
  errorBody,
  errorMidStream,
  headerBomb,
  html,
  json,
  neverAnswers,
  noDone,
  quotaExhausted,
  type RecordedRequest,
  type Reply,
  rateLimited,
  rawHead,
  redirect,
  resetAfter,
  sse,
  status,
  text,
  truncated,
  withContentType,
  withHeaders,
} from '@crew/test-endpoint';

/** One way in which a call fails while, or after, its credential was sent. */
export interface FailingScenario {
  readonly name: string;
  /** What the server answers. It sends back all that it was sent, in every form. */
  respond?(echo: Echo, elsewhere: string): Reply;
  readonly endpoint?: EndpointOptions | undefined;
  readonly options?: Partial<HttpLLMOptions> | undefined;
  /** The caller aborts as soon as the server has the request. */
  readonly aborts?: boolean | undefined;
  /** Whether any request arrives. Default true. */
  readonly arrives?: boolean | undefined;
}

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

const REPEATED = (echo: Echo): Record<string, string> => ({
  'retry-after-ms': '1',
  'x-request-id': echo.plain,
  'www-authenticate': `Bearer error="invalid_token", error_description="${echo.base64}"`,
  server: echo.hex,
});

const refusals = [400, 401, 403, 404, 407, 408, 409, 413, 422, 429, 500, 502, 503, 529].map(
  (code): FailingScenario => ({
    name: `status ${code}`,
    respond: echo => errorBody(code, { message: echo.all, code: echo.plain, headers: REPEATED(echo) }),
  }),
);

const redirects = ([301, 302, 303, 307, 308] as const).map(
  (code): FailingScenario => ({
    name: `redirect ${code} to another endpoint`,
    respond: (echo, elsewhere) => redirect(code, `${elsewhere}/?from=${encodeURIComponent(echo.plain)}`),
  }),
);

const bodies: readonly FailingScenario[] = [
  { name: 'an error that is text', respond: echo => errorBody(500, { form: 'text', message: echo.all }) },
  { name: 'an error that is a page', respond: echo => html(echo.all, { headers: REPEATED(echo) }) },
  { name: 'a bare error', respond: echo => errorBody(400, { form: 'bare', message: echo.all }) },
  { name: 'a long error', respond: echo => status(400, { body: 'x'.repeat(990) + echo.all }) },
  { name: 'an overflow', respond: echo => withHeaders(contextOverflow(), REPEATED(echo)) },
  { name: 'a quota that is used up', respond: echo => withHeaders(quotaExhausted(), REPEATED(echo)) },
  {
    name: 'a limit that lasts too long',
    respond: echo => withHeaders(rateLimited(), { ...REPEATED(echo), 'retry-after-ms': '9999999' }),
  },
  { name: 'a page with status 200', respond: echo => html(echo.all, { status: 200 }) },
  { name: 'an error with status 200', respond: echo => json({ error: { message: echo.all } }) },
  { name: 'an answer that is no completion', respond: echo => json({ choices: echo.all }) },
  { name: 'no JSON', respond: echo => withContentType(status(200, { body: echo.all }), 'application/json') },
  {
    name: 'a wrong content coding',
    respond: echo => status(200, { body: echo.all, headers: { 'content-encoding': 'gzip' } }),
  },
  {
    name: 'an unknown content coding',
    respond: echo => status(200, { body: 'x', headers: { 'content-encoding': echo.plain } }),
  },
  {
    name: 'an answer that is too long',
    respond: echo => compressed(status(200, { body: echo.all.repeat(50) }), 'gzip'),
    options: { maxResponseBytes: 1_000 },
  },
];

const streams: readonly FailingScenario[] = [
  { name: 'an event that is an error', respond: echo => sse([{ error: { message: echo.all, code: echo.plain } }]) },
  { name: 'an event that is no JSON', respond: echo => sse(`data: {"${echo.all}\n\n`) },
  { name: 'an error in mid-stream', respond: echo => errorMidStream(text('Hello there'), 1, { message: echo.all }) },
];

const connections: readonly FailingScenario[] = [
  { name: 'a reset before the answer', respond: () => resetAfter(text('Hello'), 0) },
  { name: 'a reset in the answer', respond: echo => resetAfter(text(echo.all), 200) },
  { name: 'a truncated answer', respond: echo => truncated(withHeaders(text(echo.all), REPEATED(echo)), 150) },
  { name: 'a stream without its end', respond: echo => truncated(noDone(text(echo.all, { finishReason: null })), 40) },
  { name: 'no HTTP', respond: echo => rawHead(text('Hello'), `${echo.all}\r\n\r\n`) },
  { name: 'headers that are too large', respond: () => headerBomb(100_000) },
  { name: 'no connection', endpoint: { accept: 'reset' }, arrives: false },
  { name: 'a certificate that is not trusted', endpoint: { tls: true }, options: { ca: undefined }, arrives: false },
];

const waits: readonly FailingScenario[] = [
  { name: 'no first byte', respond: () => neverAnswers(), options: { timeouts: { firstByte: 30 } } },
  {
    name: 'silence in the answer',
    respond: echo => delayed(withHeaders(text('Hello'), REPEATED(echo)), { body: 5_000 }),
    options: { timeouts: { idle: 30 } },
  },
  { name: 'no answer in time', respond: () => neverAnswers(), options: { timeouts: { total: 40 } } },
  {
    name: 'no handshake in time',
    endpoint: { tls: true, accept: 'silence' },
    options: { timeouts: { connect: 30 } },
    arrives: false,
  },
  { name: 'an abort', respond: () => neverAnswers(), aborts: true },
];

export const failingScenarios: readonly FailingScenario[] = [
  ...refusals,
  ...redirects,
  ...bodies,
  ...streams,
  ...connections,
  ...waits,
];
