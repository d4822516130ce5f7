import { getEventListeners } from 'node:events';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { CrewError } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import { type RecordedRequest, type Reply, startEndpoint } from '@crew/test-endpoint';
import { LONGEST } from './fault.ts';
import { Ledger } from './ledger.ts';
import { marking, renewed } from './marked-authenticator.ts';
import { type Plan, planCall, RETRIES, replyTo } from './plan.ts';

/** Deadline of calls that may meet silence, in milliseconds. */
const SHORT = 1_500;
/** Deadline of all other calls, in milliseconds. It passes only if a call hangs, however busy the machine is. */
const LONG = 120_000;

/** Milliseconds between two looks at what is still open after the end, and how often is looked. */
const STEP = 20;
const MOST_STEPS = 500;

/** Length, load and faults of a soak. */
export interface SoakOptions {
  /** Ends the soak after this time. Default: only `calls` ends it. */
  readonly seconds?: number | undefined;
  /** Ends the soak after this many calls. Default: only `seconds` ends it. */
  readonly calls?: number | undefined;
  /** Decides every fault. The same seed gives each call the same faults. */
  readonly seed: number;
  /** Calls under way at a time. */
  readonly concurrency: number;
}

/** What a soak measured. */
export interface SoakFigures {
  readonly seed: number;
  readonly seconds: number;
  readonly calls: number;
  readonly attempts: number;
  readonly requests: number;
  /** Attempts that never reached the endpoint, and connections that it dropped. */
  readonly unseen: number;
  readonly dropped: number;
  readonly renewals: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Milliseconds for which the event loop stood still at the longest. */
  readonly longestStall: number;
  readonly connections: { readonly total: number; readonly mostOpen: number; readonly leftOpen: number };
  /** Abort listeners left on the signal that all calls share. */
  readonly listeners: number;
  /** Bytes alive after a tenth of the time, and at the end. Of use with `--expose-gc` only. */
  readonly heap: { readonly early: number; readonly late: number };
  /** What does not add up. Empty when every call is accounted for. */
  readonly complaints: readonly string[];
}

/** Asks an endpoint that answers with faults all the time, and compares what becomes of each call with what must. */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  const { seconds = Number.POSITIVE_INFINITY, calls = Number.POSITIVE_INFINITY, seed, concurrency } = options;
  if (!Number.isFinite(Math.min(seconds, calls))) throw new TypeError('Give `seconds` or `calls`: a soak has to end.');
  const ledger = new Ledger();
  const plans = new Map<number, Plan>();
  const endpoint = await startEndpoint({
    keepAliveTimeout: 60_000,
    respond: request => {
      const [call, attempt] = ids(request);
      const plan = plans.get(call);
      const index = ledger.received(call, attempt, request.priorRequests > 0);
      // Requests would fill the memory.
      if (ledger.requests % 500 === 0) endpoint.clear();
      return plan === undefined ? ({ status: 501 } satisfies Reply) : replyTo(plan, index, seed);
    },
  });
  const credential = renewed();
  const auth = marking(credential, ledger);
  const connect = (limit: number): HttpLLM =>
    new HttpLLM({
      endpoint: endpoint.url,
      auth,
      retry: { retries: RETRIES, baseDelay: 5, maxDelay: 40 },
      timeouts: { connect: LONG, firstByte: limit, idle: limit, total: LONG * 10 },
      maxResponseBytes: LONGEST,
    });
  const [patient, impatient] = [connect(LONG), connect(SHORT)];
  const shared = new AbortController();
  const loop = monitorEventLoopDelay();
  loop.enable();
  let started = 0;
  let mostOpen = 0;
  let early = 0;
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;

  const worker = async (): Promise<void> => {
    while (elapsed() < seconds && started < calls) {
      const plan = planCall(seed, started++);
      plans.set(plan.id, plan);
      const from = performance.now();
      const outcome = await run(plan.isImpatient ? impatient : patient, plan, shared.signal);
      ledger.ended(plan, outcome, performance.now() - from);
      plans.delete(plan.id);
      mostOpen = Math.max(mostOpen, endpoint.connections.open);
      if (early === 0 && Math.max(elapsed() / seconds, started / calls) > 0.1) early = heapInUse();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const took = elapsed();
  loop.disable();
  await Promise.all([patient.close(), impatient.close()]);
  for (let steps = 0; endpoint.connections.open > 0 && steps < MOST_STEPS; steps += 1) await wait(STEP);
  const leftOpen = endpoint.connections.open;
  const { total, dropped } = endpoint.connections;
  await endpoint.close();

  const { latencies } = ledger;
  return {
    seed,
    seconds: took,
    calls: ledger.calls,
    attempts: ledger.attempts,
    requests: ledger.requests,
    unseen: ledger.unseenOfAborted + ledger.unseenOfOthers,
    dropped,
    renewals: credential.count,
    outcomes: Object.fromEntries(ledger.outcomes),
    faults: Object.fromEntries(ledger.faults),
    latency: {
      p50: latencies.percentile(50) / 1000,
      p99: latencies.percentile(99) / 1000,
      max: latencies.max / 1000,
    },
    longestStall: Math.round(loop.max / 1e6),
    connections: { total, mostOpen, leftOpen },
    listeners: getEventListeners(shared.signal, 'abort').length,
    heap: { early, late: heapInUse() },
    complaints: ledger.complaints(started, dropped),
  };
}

/** How the call ended: `answered`, `left`, or the code of its error. */
async function run(llm: HttpLLM, plan: Plan, shared: AbortSignal): Promise<string> {
  const aborting = new AbortController();
  const timer = plan.kind === 'abort' ? setTimeout(() => aborting.abort(), plan.abortAfter) : undefined;
  const signal = plan.kind === 'abort' ? aborting.signal : shared;
  try {
    return await ask(llm, plan, signal);
  } catch (error) {
    return CrewError.isInstance(error) ? error.code : `no CrewError: ${String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}

async function ask(llm: HttpLLM, { id, kind, answer }: Plan, signal: AbortSignal): Promise<string> {
  const options = { signal, authContext: id };
  let text = '';
  if (kind === 'call' || kind === 'abort') text = await llm.call('Answer.', options);
  else {
    for await (const part of llm.stream('Answer.', options)) {
      if (kind === 'leave') return 'left';
      if (part.type === 'text') text += part.text;
    }
  }
  return text === answer ? 'answered' : 'another answer';
}

function ids({ headers }: RecordedRequest): [call: number, attempt: string] {
  const attempt = headers['x-attempt'] ?? '';
  return [Number(attempt.split('.')[0]), attempt];
}

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
