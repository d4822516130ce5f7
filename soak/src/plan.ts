import { drawFault, type Fault, type Kind } from './faults.ts';

/** Number of attempts after the first. */
export const RETRIES = 2;
/** Number of times that HttpLLM replaces a reused connection that was lost before a response, in addition to the retries. */
const REPLACEMENTS = 3;
/** Maximum number of requests of one call: the first, its retries and replacements, and one with a renewed credential. */
const MAX_REQUESTS = 1 + RETRIES + REPLACEMENTS + 1;

/** A call and the responses to its requests, determined by the seed and the number of the call. */
export interface Plan {
  readonly id: number;
  readonly kind: Kind;
  /** Milliseconds after which a call of kind `abort` is aborted. */
  readonly abortAfter: number;
  readonly answer: string;
  /** Faults in the order of the requests. Not all of them may be needed. */
  readonly faults: readonly Fault[];
  /**
   * True if the call may meet silence, and therefore has a short deadline. On a busy machine it can expire before the silence, so a
   * timeout of such a call is always correct. A timeout of any other call never is.
   */
  readonly hasShortDeadline: boolean;
}

/** A request that the endpoint received. */
export interface ReceivedRequest {
  /** True if its connection had carried another request before. */
  readonly isConnectionReused: boolean;
}

/** Creates the plan of a call. */
export function planCall(seed: number, id: number): Plan {
  const random = seededRandom(seed, id);
  const kind = kindOf(random());
  const abortAfter = random() * 20;
  const answer = `Answer ${id}${' and so on'.repeat(Math.floor(random() * 20))}.`;
  const faults = Array.from({ length: MAX_REQUESTS }, () => drawFault(kind, random));
  return { id, kind, abortAfter, answer, faults, hasShortDeadline: faults.some(({ isSilent }) => isSilent) };
}

function kindOf(share: number): Kind {
  if (share < 0.5) return 'call';
  if (share < 0.85) return 'stream';
  return share < 0.93 ? 'leave' : 'abort';
}

/** Returns the reply to the request with this index of a call. */
export function replyTo(plan: Plan, index: number, seed: number): ReturnType<Fault['reply']> {
  const fault = plan.faults[index];
  // The ledger reports a call with too many requests.
  if (fault === undefined) return { status: 501, headers: { 'x-should-retry': 'false' } };
  return fault.reply(plan.answer, seededRandom(seed, plan.id, index));
}

/**
 * Returns the expected outcome of a call with these requests: `answered`, `left`, or the code of an error. Returns `undefined` if
 * the call should have made more or fewer requests.
 */
export function expectedOutcome({ kind, faults }: Plan, requests: readonly ReceivedRequest[]): string | undefined {
  let retries = 0;
  let replacements = 0;
  let isRenewed = false;
  for (const [index, { isConnectionReused }] of requests.entries()) {
    const effect = faults[index]?.effect;
    let outcome: string | undefined;
    if (effect === undefined) return undefined;
    if (effect === 'answered') outcome = kind === 'leave' ? 'left' : 'answered';
    else if (effect === 'renewal') {
      if (isRenewed) outcome = 'AUTHENTICATION';
      isRenewed = true;
    } else if (effect.isConnectionLost && isConnectionReused && replacements < REPLACEMENTS) replacements += 1;
    else if (effect.retried && retries < RETRIES) retries += 1;
    else outcome = effect.code;
    if (outcome !== undefined) return index === requests.length - 1 ? outcome : undefined;
  }
  return undefined;
}

/** Returns a generator of pseudo-random numbers from 0 to 1, determined by the seeds: mulberry32 over a mix of them. */
function seededRandom(...seeds: readonly number[]): () => number {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) ^ (mixed >>> 15), 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
