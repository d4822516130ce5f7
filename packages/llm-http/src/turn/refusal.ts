import type {
  AuthContext,
  Authenticator,
  OutgoingRequest,
  Refusal,
  RefusalResult,
  ResponseHead,
} from '../auth/authenticator.ts';
import { authenticationFault } from './authenticate.ts';
import type { Endpoint } from './endpoint.ts';
import type { TurnState } from './turn-state.ts';

/** Tells every authenticator of a response. */
export function tellReceived(authenticators: readonly Authenticator[], head: ResponseHead, context: AuthContext): void {
  for (const authenticator of authenticators) {
    try {
      authenticator.onResponse?.(head, context);
    } catch (thrown) {
      throw authenticationFault(authenticator, thrown);
    }
  }
}

/**
 * The authenticators whose credential a response refuses. A 401 does not say whose; a limited rate is no refusal.
 * `bodyStart` is read only when somebody wants it.
 */
export function refusing(
  authenticators: readonly Authenticator[],
  head: ResponseHead,
  bodyStart: () => string,
): readonly Authenticator[] | undefined {
  if (head.status === 401) return authenticators;
  if (head.status === 429) return undefined;
  const asked = authenticators.filter(one => one.isRefusal !== undefined);
  if (asked.length === 0) return undefined;
  const refusal = { ...head, bodyStart: bodyStart() };
  const own = asked.find(one => isRefusal(one, refusal));
  return own === undefined ? undefined : [own];
}

function isRefusal(authenticator: Authenticator, refusal: Refusal): boolean {
  try {
    return authenticator.isRefusal?.(refusal) === true;
  } catch (thrown) {
    throw authenticationFault(authenticator, thrown);
  }
}

/** Asks them what became of it. Whether the request is to be sent again. */
export async function resendAfterRefusal(
  endpoint: Endpoint,
  turn: TurnState,
  asked: readonly Authenticator[],
  request: OutgoingRequest,
  refusal: Refusal,
  context: AuthContext,
): Promise<boolean> {
  const answer = await answerTo(endpoint, turn, asked, request, refusal, context);
  if (answer === 'renewed' && !turn.renewed) {
    turn.renewed = true;
    return true;
  }
  if (answer === 'challenged' && !turn.challenged) {
    turn.challenged = true;
    return true;
  }
  return false;
}

async function answerTo(
  endpoint: Endpoint,
  turn: TurnState,
  asked: readonly Authenticator[],
  request: OutgoingRequest,
  refusal: Refusal,
  context: AuthContext,
): Promise<RefusalResult> {
  if (turn.renewed && turn.challenged) return false;
  let renewed = false;
  for (const authenticator of asked) {
    turn.emit({
      type: 'credential',
      action: 'refused',
      authenticator: authenticator.name,
      at: endpoint.clock.wall(),
    });
    if (authenticator.onRefusal === undefined) continue;
    let answer: RefusalResult;
    try {
      answer = await turn.scope.guard(Promise.resolve(authenticator.onRefusal(request, refusal, context)));
    } catch (thrown) {
      throw authenticationFault(authenticator, thrown);
    }
    // A challenge explains the refusal: nobody else's credential was at fault.
    if (answer === 'challenged') return answer;
    renewed ||= answer === 'renewed';
  }
  return renewed && 'renewed';
}
