import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { outcomeOf, type Plan, type SeenRequest } from './plan.ts';

/** Attempts of calls that their client ended and that are remembered, should they still arrive. */
const MOST_LATE = 1_000;

/**
 * Both sides of every call: what the client did, and what the endpoint saw. It holds the calls under way and counts the
 * others, so that memory that grows is the memory of what is tested.
 */
export class Ledger {
  /** Attempts that the client made and the endpoint has not seen, as `call.attempt`. */
  readonly #unseen = new Set<string>();
  /** Attempts that were on their way, perhaps, when the client ended their call. */
  readonly #mayBeLate = new Set<string>();
  #neverSeen = 0;
  readonly #requests = new Map<number, SeenRequest[]>();
  readonly #attempts = new Map<number, number>();
  readonly #complaints: string[] = [];
  readonly outcomes = new Map<string, number>();
  readonly faults = new Map<string, number>();
  /** In microseconds. */
  readonly latencies: RecordableHistogram = createHistogram({ figures: 3 });
  calls = 0;
  attempts = 0;
  requests = 0;
  /** Other attempts that the endpoint never saw: their connection had died. */
  unseenOfOthers = 0;

  /** Attempts of calls that their client could end at any time, and that the endpoint never saw. */
  get unseenOfAborted(): number {
    return this.#neverSeen + this.#mayBeLate.size;
  }

  /** The client is about to send. */
  attempted(call: number, attempt: number): void {
    this.attempts += 1;
    this.#attempts.set(call, (this.#attempts.get(call) ?? 0) + 1);
    this.#unseen.add(`${call}.${attempt}`);
  }

  /** The endpoint received a request. Which one of the call it is, from 0. */
  received(call: number, attempt: string, onUsedConnection: boolean): number {
    this.requests += 1;
    if (this.#mayBeLate.delete(attempt)) return 0;
    if (!this.#unseen.delete(attempt)) this.#complain(`attempt ${attempt} came twice, or was never made`);
    const seen = this.#requests.get(call) ?? [];
    this.#requests.set(call, seen);
    return seen.push({ onUsedConnection }) - 1;
  }

  /** The call is over: it must have ended as planned, after as many requests as planned. */
  ended(plan: Plan, outcome: string, milliseconds: number): void {
    const { id, kind, faults, isImpatient } = plan;
    const isEndedByClient = (kind === 'abort' && outcome === 'ABORTED') || (isImpatient && outcome === 'TIMEOUT');
    const requests = this.#requests.get(id) ?? [];
    const attempts = this.#attempts.get(id) ?? 0;
    this.calls += 1;
    this.latencies.record(Math.max(1, Math.round(milliseconds * 1000)));
    count(this.outcomes, outcome);
    for (const { name } of faults.slice(0, requests.length)) count(this.faults, name);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (!this.#unseen.delete(`${id}.${attempt}`)) continue;
      if (isEndedByClient) this.#mayStillCome(`${id}.${attempt}`);
      else this.unseenOfOthers += 1;
    }
    this.#requests.delete(id);
    this.#attempts.delete(id);
    if (isEndedByClient) return;
    const planned = outcomeOf(plan, requests);
    if (outcome === planned) return;
    const names = faults.slice(0, requests.length).map(({ name }) => name);
    this.#complain(
      `call ${id} (${kind}) ended with ${outcome}, instead of ${planned ?? 'another request'}, after ${names.join(', ')}`,
    );
  }

  /** What does not add up. `dropped`: requests that met a connection which the endpoint had closed. */
  complaints(started: number, dropped: number): readonly string[] {
    const all = [...this.#complaints];
    if (this.calls !== started) all.push(`${started} calls were started, and ${this.calls} ended`);
    const unseen = this.unseenOfOthers + this.unseenOfAborted;
    if (this.attempts !== this.requests + unseen) {
      all.push(`${this.attempts} attempts are not ${this.requests} requests and ${unseen} that never arrived`);
    }
    if (this.unseenOfOthers > dropped || dropped > unseen) {
      all.push(`${unseen} attempts never arrived, but the endpoint dropped ${dropped} connections`);
    }
    return all;
  }

  #mayStillCome(attempt: string): void {
    this.#mayBeLate.add(attempt);
    const [oldest] = this.#mayBeLate;
    if (this.#mayBeLate.size <= MOST_LATE || oldest === undefined) return;
    this.#mayBeLate.delete(oldest);
    this.#neverSeen += 1;
  }

  #complain(complaint: string): void {
    if (this.#complaints.length < 50) this.#complaints.push(complaint);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
