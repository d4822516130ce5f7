import {
  bomb,
  chunked,
  closesOnReuse,
  compressed,
  connectionClose,
  contextOverflow,
  crlf,
  delayed,
  errorBody,
  errorMidStream,
  headerBomb,
  html,
  neverAnswers,
  noDone,
  quotaExhausted,
  type Reply,
  rateLimited,
  rawHead,
  redirect,
  resetAfter,
  status,
  text,
  throttled,
  truncated,
  withComments,
} from '@crew/test-endpoint';

/** Kind of a call: one response, a stream, a stream that is left after its first part, or a call that is aborted. */
export type Kind = 'call' | 'stream' | 'leave' | 'abort';

/**
 * Expected effect of a fault: the request is `answered`, it is sent again after a `renewal` of the credential, or it fails with an
 * error of this code, which is retried or not.
 */
export type Effect =
  | 'answered'
  | 'renewal'
  | {
      readonly code: string;
      readonly retried: boolean;
      /** True if the connection is lost before any byte of the response. A reused connection is then replaced at once. */
      readonly isConnectionLost?: boolean | undefined;
    };

/** One way in which the endpoint responds. */
export interface Fault {
  readonly name: string;
  readonly weight: number;
  readonly effect: Effect;
  /** Kinds of calls that the fault applies to. Default: all. */
  readonly kinds?: readonly Kind[] | undefined;
  /** True if the endpoint stops responding, so that the deadline of the client ends the call. */
  readonly isSilent?: boolean | undefined;
  reply(answer: string, random: () => number): Reply;
}

/** Maximum size of a response that the client accepts, in bytes. */
export const MAX_RESPONSE_BYTES = 262_144;

const CALLS: readonly Kind[] = ['call'];
const STREAMS: readonly Kind[] = ['stream'];
const notRetried = (code: string): Effect => ({ code, retried: false });
const retried = (code: string): Effect => ({ code, retried: true });
const randomBelow = (random: () => number, limit: number): number => Math.floor(random() * limit);

const harmlessFaults: readonly Fault[] = [
  { name: 'none', weight: 600, effect: 'answered', reply: answer => text(answer) },
  {
    name: 'slow head',
    weight: 20,
    effect: 'answered',
    reply: (answer, random) => delayed(text(answer), { headers: randomBelow(random, 50) }),
  },
  {
    name: 'chunks of any size',
    weight: 40,
    effect: 'answered',
    reply: (answer, random) =>
      chunked(text(answer), [1 + randomBelow(random, 9), 1 + randomBelow(random, 90), 1 + randomBelow(random, 200)]),
  },
  {
    name: 'drip',
    weight: 10,
    effect: 'answered',
    reply: answer => throttled(text(answer), { bytesPerTick: 97, everyMs: 3 }),
  },
  { name: 'gzip', weight: 20, effect: 'answered', reply: answer => compressed(text(answer), 'gzip') },
  { name: 'brotli', weight: 20, effect: 'answered', reply: answer => compressed(text(answer), 'br') },
  { name: 'CRLF and comments', weight: 20, effect: 'answered', reply: answer => withComments(crlf(text(answer))) },
  { name: 'no [DONE]', weight: 20, effect: 'answered', reply: answer => noDone(text(answer)) },
  { name: 'connection: close', weight: 20, effect: 'answered', reply: answer => connectionClose(text(answer)) },
  { name: 'closed on reuse', weight: 5, effect: 'answered', reply: answer => closesOnReuse(text(answer)) },
];

const refusals: readonly Fault[] = [
  ...[408, 409, 500, 502, 503, 504, 529].map(
    (code): Fault => ({ name: `${code}`, weight: 8, effect: retried('RESPONSE'), reply: () => errorBody(code) }),
  ),
  {
    name: '429',
    weight: 20,
    effect: retried('RATE_LIMIT'),
    reply: () => rateLimited({ headers: { 'retry-after-ms': '10' } }),
  },
  { name: 'quota', weight: 3, effect: notRetried('RATE_LIMIT'), reply: () => quotaExhausted() },
  { name: '401', weight: 20, effect: 'renewal', reply: () => errorBody(401) },
  { name: '400', weight: 5, effect: notRetried('RESPONSE'), reply: () => errorBody(400) },
  {
    name: 'context overflow',
    weight: 3,
    effect: notRetried('CONTEXT_WINDOW_EXCEEDED'),
    reply: () => contextOverflow(),
  },
  { name: 'redirect', weight: 3, effect: notRetried('RESPONSE'), reply: () => redirect(307, 'http://127.0.0.1:9/') },
];

const brokenConnections: readonly Fault[] = [
  {
    name: 'reset before the response',
    weight: 20,
    effect: { code: 'CONNECTION', retried: true, isConnectionLost: true },
    reply: answer => resetAfter(text(answer), 0),
  },
  {
    name: 'reset in the response',
    weight: 10,
    effect: retried('CONNECTION'),
    kinds: CALLS,
    reply: (answer, random) => resetAfter(text(answer), 1 + randomBelow(random, 200)),
  },
  {
    name: 'truncated',
    weight: 10,
    effect: retried('CONNECTION'),
    kinds: CALLS,
    reply: (answer, random) => truncated(text(answer), randomBelow(random, 100)),
  },
  {
    name: 'truncated stream',
    weight: 20,
    effect: notRetried('CONNECTION'),
    kinds: STREAMS,
    reply: (answer, random) => truncated(text(answer), 1 + randomBelow(random, 300)),
  },
  {
    name: 'error in the stream',
    weight: 20,
    effect: notRetried('RESPONSE'),
    kinds: STREAMS,
    reply: answer => errorMidStream(text(answer), 1, { message: 'The model broke.' }),
  },
];

const invalidResponses: readonly Fault[] = [
  { name: 'HTML page', weight: 3, effect: notRetried('PROTOCOL'), reply: () => html('Welcome', { status: 200 }) },
  {
    name: 'invalid JSON',
    weight: 3,
    effect: notRetried('PROTOCOL'),
    kinds: CALLS,
    reply: () => status(200, { body: '{"choices' }),
  },
  {
    name: 'empty reply',
    weight: 3,
    effect: notRetried('EMPTY_REPLY'),
    kinds: ['call', 'stream'],
    reply: () => text(''),
  },
  {
    name: 'not HTTP',
    weight: 3,
    effect: notRetried('PROTOCOL'),
    reply: () => rawHead(text('x'), 'SMTP ready\r\n\r\n'),
  },
  { name: 'too many headers', weight: 2, effect: notRetried('PROTOCOL'), reply: () => headerBomb(65_536) },
  {
    name: 'decompression bomb',
    weight: 2,
    effect: notRetried('PROTOCOL'),
    kinds: CALLS,
    reply: () => bomb({ decodedBytes: 8_388_608, encoding: 'gzip' }),
  },
  { name: 'silence', weight: 1, effect: notRetried('TIMEOUT'), isSilent: true, reply: () => neverAnswers() },
  {
    name: 'silence in the response',
    weight: 1,
    effect: notRetried('TIMEOUT'),
    isSilent: true,
    reply: answer => delayed(text(answer), { body: () => new Promise(() => undefined) }),
  },
];

const FAULTS: readonly Fault[] = [...harmlessFaults, ...refusals, ...brokenConnections, ...invalidResponses];

/** Draws the fault of one request by weight. Calls that are aborted have the faults of other calls. */
export function drawFault(kind: Kind, random: () => number): Fault {
  const possible = FAULTS.filter(
    ({ kinds }) => kinds === undefined || kinds.includes(kind === 'abort' ? 'call' : kind),
  );
  let rest = random() * possible.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of possible) {
    rest -= fault.weight;
    if (rest < 0) return fault;
  }
  return possible[0] as Fault;
}
