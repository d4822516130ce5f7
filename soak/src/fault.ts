import {
  bomb,
  chunked,
  closesOnReuse,
  compressed,
  connectionClose,
  contextOverflow,
  crlf,
  delayed,
  throttled,
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
  truncated,
  withComments,
} from '@crew/test-endpoint';

/** How a call is made: for one answer, as a stream, as a stream that is left at its first part, or to be aborted. */
export type Kind = 'call' | 'stream' | 'leave' | 'abort';

/**
 * What must become of a request that was answered so: `answered`; sent again after a `renewal` of the credential; or an
 * error with this code, which the retry policy may try to mend or not.
 */
export type Effect =
  | 'answered'
  | 'renewal'
  | {
      readonly code: string;
      readonly retried: boolean;
      /** The connection dies before any byte of an answer. A used one is then replaced at once. */
      readonly dies?: boolean | undefined;
    };

/** One way in which the endpoint answers. */
export interface Fault {
  readonly name: string;
  readonly weight: number;
  readonly effect: Effect;
  /** Default: every kind. */
  readonly kinds?: readonly Kind[] | undefined;
  /** The endpoint stops answering, and the client's deadline has to end the call. */
  readonly isSilent?: boolean | undefined;
  reply(answer: string, random: () => number): Reply;
}

/** The longest answer that is taken, in bytes. */
export const LONGEST = 262_144;

const AT_ONCE: readonly Kind[] = ['call'];
const STREAMED: readonly Kind[] = ['stream'];
const final = (code: string): Effect => ({ code, retried: false });
const passing = (code: string): Effect => ({ code, retried: true });
const some = (random: () => number, most: number): number => Math.floor(random() * most);

const harmless: readonly Fault[] = [
  { name: 'none', weight: 600, effect: 'answered', reply: answer => text(answer) },
  {
    name: 'slow head',
    weight: 20,
    effect: 'answered',
    reply: (answer, random) => delayed(text(answer), { headers: some(random, 50) }),
  },
  {
    name: 'pieces of any size',
    weight: 40,
    effect: 'answered',
    reply: (answer, random) =>
      chunked(text(answer), [1 + some(random, 9), 1 + some(random, 90), 1 + some(random, 200)]),
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
  { name: 'closed when used again', weight: 5, effect: 'answered', reply: answer => closesOnReuse(text(answer)) },
];

const refused: readonly Fault[] = [
  ...[408, 409, 500, 502, 503, 504, 529].map(
    (code): Fault => ({ name: `${code}`, weight: 8, effect: passing('RESPONSE'), reply: () => errorBody(code) }),
  ),
  {
    name: '429',
    weight: 20,
    effect: passing('RATE_LIMIT'),
    reply: () => rateLimited({ headers: { 'retry-after-ms': '10' } }),
  },
  { name: 'quota', weight: 3, effect: final('RATE_LIMIT'), reply: () => quotaExhausted() },
  { name: '401', weight: 20, effect: 'renewal', reply: () => errorBody(401) },
  { name: '400', weight: 5, effect: final('RESPONSE'), reply: () => errorBody(400) },
  { name: 'context overflow', weight: 3, effect: final('CONTEXT_WINDOW_EXCEEDED'), reply: () => contextOverflow() },
  { name: 'redirect', weight: 3, effect: final('RESPONSE'), reply: () => redirect(307, 'http://127.0.0.1:9/') },
];

const broken: readonly Fault[] = [
  {
    name: 'reset before the answer',
    weight: 20,
    effect: { code: 'CONNECTION', retried: true, dies: true },
    reply: answer => resetAfter(text(answer), 0),
  },
  {
    name: 'reset in the answer',
    weight: 10,
    effect: passing('CONNECTION'),
    kinds: AT_ONCE,
    reply: (answer, random) => resetAfter(text(answer), 1 + some(random, 200)),
  },
  {
    name: 'truncated',
    weight: 10,
    effect: passing('CONNECTION'),
    kinds: AT_ONCE,
    reply: (answer, random) => truncated(text(answer), some(random, 100)),
  },
  {
    name: 'truncated stream',
    weight: 20,
    effect: final('CONNECTION'),
    kinds: STREAMED,
    reply: (answer, random) => truncated(text(answer), 1 + some(random, 300)),
  },
  {
    name: 'error in the stream',
    weight: 20,
    effect: final('RESPONSE'),
    kinds: STREAMED,
    reply: answer => errorMidStream(text(answer), 1, { message: 'The model broke.' }),
  },
];

const unreadable: readonly Fault[] = [
  { name: 'a page', weight: 3, effect: final('PROTOCOL'), reply: () => html('Welcome', { status: 200 }) },
  {
    name: 'no JSON',
    weight: 3,
    effect: final('PROTOCOL'),
    kinds: AT_ONCE,
    reply: () => status(200, { body: '{"choices' }),
  },
  {
    name: 'an empty answer',
    weight: 3,
    effect: final('EMPTY_REPLY'),
    kinds: ['call', 'stream'],
    reply: () => text(''),
  },
  { name: 'no HTTP', weight: 3, effect: final('PROTOCOL'), reply: () => rawHead(text('x'), 'SMTP ready\r\n\r\n') },
  { name: 'too many headers', weight: 2, effect: final('PROTOCOL'), reply: () => headerBomb(65_536) },
  {
    name: 'bomb',
    weight: 2,
    effect: final('PROTOCOL'),
    kinds: AT_ONCE,
    reply: () => bomb({ decodedBytes: 8_388_608, encoding: 'gzip' }),
  },
  { name: 'silence', weight: 1, effect: final('TIMEOUT'), isSilent: true, reply: () => neverAnswers() },
  {
    name: 'silence in the answer',
    weight: 1,
    effect: final('TIMEOUT'),
    isSilent: true,
    reply: answer => delayed(text(answer), { body: () => new Promise(() => undefined) }),
  },
];

const ALL: readonly Fault[] = [...harmless, ...refused, ...broken, ...unreadable];

/** The fault of one request, by its weight. Those to be aborted are calls like others. */
export function drawFault(kind: Kind, random: () => number): Fault {
  const possible = ALL.filter(({ kinds }) => kinds === undefined || kinds.includes(kind === 'abort' ? 'call' : kind));
  let rest = random() * possible.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of possible) {
    rest -= fault.weight;
    if (rest < 0) return fault;
  }
  return possible[0] as Fault;
}
