import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { expectedOutcome, type Plan, type ReceivedRequest } from './plan.ts';

/** Maximum number of remembered attempts that may still arrive after their client ended the call. */
const MAX_LATE_ATTEMPTS = 1_000;

/**
 * Record of both sides of every call: the attempts of the client and the requests at the endpoint. It stores only the calls in
 * progress and counts the others, so that growing memory is memory of the tested code.
 */
export class Ledger {
  /** Attempts of the client that the endpoint has not received, as `call.attempt`. */
  readonly #unseen = new Set<string>();
  /** Attempts that may have been in transit when the client ended their call. */
  readonly #lateAttempts = new Set<string>();
  #lateAttemptsDropped = 0;
  readonly #requests = new Map<number, ReceivedRequest[]>();
  readonly #attempts = new Map<number, number>();
  readonly #problems: string[] = [];
  readonly outcomes = new Map<string, number>();
  readonly faults = new Map<string, number>();
  /** Duration of each call, in microseconds. */
  readonly latencies: RecordableHistogram = createHistogram({ figures: 3 });
  calls = 0;
  attempts = 0;
  requests = 0;
  /** Number of other attempts that the endpoint never received, because their connection was lost. */
  unseenOfCompleted = 0;

  /** Number of attempts that the endpoint never received because their client ended the call. */
  get unseenOfAborted(): number {
    return this.#lateAttemptsDropped + this.#lateAttempts.size;
  }

  /** Called before the client sends an attempt. */
  onAttempt(call: number, attempt: number): void {
    this.attempts += 1;
    this.#attempts.set(call, (this.#attempts.get(call) ?? 0) + 1);
    this.#unseen.add(`${call}.${attempt}`);
  }

  /** Called when the endpoint receives a request. Returns the index of the request within its call. */
  onRequest(call: number, attempt: string, isConnectionReused: boolean): number {
    this.requests += 1;
    if (this.#lateAttempts.delete(attempt)) return 0;
    if (!this.#unseen.delete(attempt)) this.#addProblem(`attempt ${attempt} arrived twice, or was never made`);
    const seen = this.#requests.get(call) ?? [];
    this.#requests.set(call, seen);
    return seen.push({ isConnectionReused }) - 1;
  }

  /** Called when a call ends. Its outcome and the number of its requests must be those of the plan. */
  onCallEnd(plan: Plan, outcome: string, milliseconds: number): void {
    const { id, kind, faults, hasShortDeadline } = plan;
    const isEndedByClient = (kind === 'abort' && outcome === 'ABORTED') || (hasShortDeadline && outcome === 'TIMEOUT');
    const requests = this.#requests.get(id) ?? [];
    const attempts = this.#attempts.get(id) ?? 0;
    this.calls += 1;
    this.latencies.record(Math.max(1, Math.round(milliseconds * 1000)));
    count(this.outcomes, outcome);
    for (const { name } of faults.slice(0, requests.length)) count(this.faults, name);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (!this.#unseen.delete(`${id}.${attempt}`)) continue;
      if (isEndedByClient) this.#addLateAttempt(`${id}.${attempt}`);
      else this.unseenOfCompleted += 1;
    }
    this.#requests.delete(id);
    this.#attempts.delete(id);
    if (isEndedByClient) return;
    const planned = expectedOutcome(plan, requests);
    if (outcome === planned) return;
    const names = faults.slice(0, requests.length).map(({ name }) => name);
    this.#addProblem(
      `call ${id} (${kind}) ended with ${outcome}, instead of ${planned ?? 'another request'}, after ${names.join(', ')}`,
    );
  }

  /** Returns the differences between both sides. `dropped` is the number of requests on connections that the endpoint had closed. */
  problems(started: number, dropped: number): readonly string[] {
    const all = [...this.#problems];
    if (this.calls !== started) all.push(`${started} calls were started, and ${this.calls} ended`);
    const unseen = this.unseenOfCompleted + this.unseenOfAborted;
    if (this.attempts !== this.requests + unseen) {
      all.push(`${this.attempts} attempts are not ${this.requests} requests and ${unseen} that never arrived`);
    }
    if (this.unseenOfCompleted > dropped || dropped > unseen) {
      all.push(`${unseen} attempts never arrived, but the endpoint dropped ${dropped} connections`);
    }
    return all;
  }

  #addLateAttempt(attempt: string): void {
    this.#lateAttempts.add(attempt);
    const [oldest] = this.#lateAttempts;
    if (this.#lateAttempts.size <= MAX_LATE_ATTEMPTS || oldest === undefined) return;
    this.#lateAttempts.delete(oldest);
    this.#lateAttemptsDropped += 1;
  }

  #addProblem(problem: string): void {
    if (this.#problems.length < 50) this.#problems.push(problem);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
