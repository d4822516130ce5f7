import { outcomeOf, type Plan, type SeenRequest } from './plan.ts';

/** Both sides of every call: what the client did, and what the endpoint saw. */
export class Ledger {
  /** Attempts that the client made and the endpoint has not seen, as `call.attempt`. */
  readonly #unseen = new Set<string>();
  /** Attempts of aborted calls that were on their way, perhaps, when their call ended. */
  readonly #mayBeLate = new Set<string>();
  readonly #requests = new Map<number, SeenRequest[]>();
  readonly #usedConnections = new Set<number>();
  readonly #attempts = new Map<number, number>();
  readonly #complaints: string[] = [];
  readonly outcomes = new Map<string, number>();
  readonly faults = new Map<string, number>();
  readonly latencies: number[] = [];
  calls = 0;
  attempts = 0;
  requests = 0;
  /** Other attempts that the endpoint never saw: their connection had died. */
  unseenOfOthers = 0;

  /** Attempts of calls that were to be aborted, and that the endpoint never saw. */
  get unseenOfAborted(): number {
    return this.#mayBeLate.size;
  }

  /** The client is about to send. */
  attempted(call: number, attempt: number): void {
    this.attempts += 1;
    this.#attempts.set(call, (this.#attempts.get(call) ?? 0) + 1);
    this.#unseen.add(`${call}.${attempt}`);
  }

  /** The endpoint received a request. Which one of the call it is, from 0. */
  received(call: number, attempt: string, connection: number): number {
    this.requests += 1;
    const onUsedConnection = this.#usedConnections.has(connection);
    this.#usedConnections.add(connection);
    if (this.#mayBeLate.delete(attempt)) return 0;
    if (!this.#unseen.delete(attempt)) this.#complain(`attempt ${attempt} came twice, or was never made`);
    const seen = this.#requests.get(call) ?? [];
    this.#requests.set(call, seen);
    return seen.push({ onUsedConnection }) - 1;
  }

  /** The call is over: it must have ended as planned, after as many requests as planned. */
  ended(plan: Plan, outcome: string, milliseconds: number): void {
    const { id, kind, faults } = plan;
    const requests = this.#requests.get(id) ?? [];
    const attempts = this.#attempts.get(id) ?? 0;
    this.calls += 1;
    this.latencies.push(milliseconds);
    count(this.outcomes, outcome);
    for (const { name } of faults.slice(0, requests.length)) count(this.faults, name);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (!this.#unseen.delete(`${id}.${attempt}`)) continue;
      if (kind === 'abort') this.#mayBeLate.add(`${id}.${attempt}`);
      else this.unseenOfOthers += 1;
    }
    this.#requests.delete(id);
    this.#attempts.delete(id);
    if (kind === 'abort' && outcome === 'ABORTED') return;
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

  #complain(complaint: string): void {
    if (this.#complaints.length < 50) this.#complaints.push(complaint);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
