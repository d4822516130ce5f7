import { drawFault, type Fault, type Kind } from './fault.ts';
import { randomFrom } from './random.ts';

/** Attempts after the first. */
export const RETRIES = 2;
/** So often HttpLLM replaces a used connection that died before it answered, beside the retries. */
const REPLACEMENTS = 3;
/** Requests that one call can make: the first, its retries and replacements, and one with a renewed credential. */
const MOST_REQUESTS = 1 + RETRIES + REPLACEMENTS + 1;

/** A call and what its requests are answered with. All of it follows from the seed and the call's number. */
export interface Plan {
  readonly id: number;
  readonly kind: Kind;
  /** Milliseconds after which a call of kind `abort` is aborted. */
  readonly abortAfter: number;
  readonly answer: string;
  /** In the order of the requests; not all may be needed. */
  readonly faults: readonly Fault[];
  /**
   * The call may meet silence, and is made with short deadlines. A busy machine may let these pass before the silence, so
   * that a timeout of such a call is right at any time; a timeout of any other call never is.
   */
  readonly isImpatient: boolean;
}

/** A request as the endpoint saw it. */
export interface SeenRequest {
  /** Whether its connection had carried another request before. */
  readonly onUsedConnection: boolean;
}

export function planCall(seed: number, id: number): Plan {
  const random = randomFrom(seed, id);
  const kind = kindBy(random());
  const abortAfter = random() * 20;
  const answer = `Answer ${id}${' and so on'.repeat(Math.floor(random() * 20))}.`;
  const faults = Array.from({ length: MOST_REQUESTS }, () => drawFault(kind, random));
  return { id, kind, abortAfter, answer, faults, isImpatient: faults.some(({ isSilent }) => isSilent) };
}

function kindBy(share: number): Kind {
  if (share < 0.5) return 'call';
  if (share < 0.85) return 'stream';
  return share < 0.93 ? 'leave' : 'abort';
}

/** What request number `index` of a call is answered with. */
export function replyTo(plan: Plan, index: number, seed: number): ReturnType<Fault['reply']> {
  const fault = plan.faults[index];
  // More requests than there may be: the ledger complains of it.
  if (fault === undefined) return { status: 501, headers: { 'x-should-retry': 'false' } };
  return fault.reply(plan.answer, randomFrom(seed, plan.id, index));
}

/**
 * How a call must end that made these requests: `answered`, `left`, or the code of an error; `undefined` when it must
 * not have ended there, but made another request, or one less.
 */
export function outcomeOf({ kind, faults }: Plan, requests: readonly SeenRequest[]): string | undefined {
  let retries = 0;
  let replacements = 0;
  let isRenewed = false;
  for (const [index, { onUsedConnection }] of requests.entries()) {
    const effect = faults[index]?.effect;
    let outcome: string | undefined;
    if (effect === undefined) return undefined;
    if (effect === 'answered') outcome = kind === 'leave' ? 'left' : 'answered';
    else if (effect === 'renewal') {
      if (isRenewed) outcome = 'AUTHENTICATION';
      isRenewed = true;
    } else if (effect.dies && onUsedConnection && replacements < REPLACEMENTS) replacements += 1;
    else if (effect.retried && retries < RETRIES) retries += 1;
    else outcome = effect.code;
    if (outcome !== undefined) return index === requests.length - 1 ? outcome : undefined;
  }
  return undefined;
}
