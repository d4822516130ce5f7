import { getEventListeners } from 'node:events';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { CrewError } from '@crew/core';
import { HttpLLM } from '@crew/llm-http';
import { type RecordedRequest, type Reply, startEndpoint } from '@crew/test-endpoint';
import { MAX_RESPONSE_BYTES } from './faults.ts';
import { Ledger } from './ledger.ts';
import { type Plan, planCall, RETRIES, replyTo } from './plan.ts';
import { createCredential, recordingAuthenticator } from './recording-authenticator.ts';

/** Deadline of calls that may meet silence, in milliseconds. */
const SHORT_DEADLINE = 1_500;
/** Deadline of all other calls, in milliseconds. It passes only if a call hangs, however busy the machine is. */
const LONG_DEADLINE = 120_000;

/** Interval, in milliseconds, and maximum number of polls for open connections after the last call. */
const POLL_INTERVAL = 20;
const MAX_POLLS = 500;

/** Options of `soak`. */
export interface SoakOptions {
  /** Duration of the soak, in seconds. Default: unlimited. */
  readonly seconds?: number | undefined;
  /** Number of calls of the soak. Default: unlimited. */
  readonly calls?: number | undefined;
  /** Seed of the faults. The same seed gives each call the same faults. */
  readonly seed: number;
  /** Number of concurrent calls. */
  readonly concurrency: number;
}

/** Measurements of a soak. */
export interface SoakFigures {
  readonly seed: number;
  readonly seconds: number;
  readonly calls: number;
  readonly attempts: number;
  readonly requests: number;
  /** Number of attempts that never reached the endpoint. */
  readonly unseen: number;
  readonly dropped: number;
  readonly renewals: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Duration of the calls, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Longest stall of the event loop, in milliseconds. */
  readonly longestStall: number;
  readonly connections: { readonly total: number; readonly mostOpen: number; readonly leftOpen: number };
  /** Number of abort listeners that remain on the signal that all calls share. */
  readonly listeners: number;
  /** Heap in use after a tenth of the time, and at the end, in bytes. Meaningful only with `--expose-gc`. */
  readonly heap: { readonly early: number; readonly late: number };
  /** Calls whose outcome differs from their plan, and other differences. */
  readonly problems: readonly string[];
}

/** Sends requests to an endpoint that responds with faults, and compares the outcome of each call with the expected one. */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  const { seconds = Number.POSITIVE_INFINITY, calls = Number.POSITIVE_INFINITY, seed, concurrency } = options;
  if (!Number.isFinite(Math.min(seconds, calls))) throw new TypeError('A soak must end. Set `seconds` or `calls`.');
  const ledger = new Ledger();
  const plans = new Map<number, Plan>();
  const endpoint = await startEndpoint({
    keepAliveTimeout: 60_000,
    respond: request => {
      const [call, attempt] = attemptOf(request);
      const plan = plans.get(call);
      const index = ledger.onRequest(call, attempt, request.priorRequests > 0);
      // Recorded requests would fill the memory.
      if (ledger.requests % 500 === 0) endpoint.clear();
      return plan === undefined ? ({ status: 501 } satisfies Reply) : replyTo(plan, index, seed);
    },
  });
  const credential = createCredential();
  const auth = recordingAuthenticator(credential, ledger);
  const connect = (limit: number): HttpLLM =>
    new HttpLLM({
      endpoint: endpoint.url,
      auth,
      retry: { retries: RETRIES, baseDelay: 5, maxDelay: 40 },
      timeouts: { connect: LONG_DEADLINE, firstByte: limit, idle: limit, total: LONG_DEADLINE * 10 },
      maxResponseBytes: MAX_RESPONSE_BYTES,
    });
  const [patientLlm, impatientLlm] = [connect(LONG_DEADLINE), connect(SHORT_DEADLINE)];
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
      const outcome = await run(plan.hasShortDeadline ? impatientLlm : patientLlm, plan, shared.signal);
      ledger.onCallEnd(plan, outcome, performance.now() - from);
      plans.delete(plan.id);
      mostOpen = Math.max(mostOpen, endpoint.connections.open);
      if (early === 0 && Math.max(elapsed() / seconds, started / calls) > 0.1) early = heapInUse();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const took = elapsed();
  loop.disable();
  await Promise.all([patientLlm.close(), impatientLlm.close()]);
  for (let steps = 0; endpoint.connections.open > 0 && steps < MAX_POLLS; steps += 1) await wait(POLL_INTERVAL);
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
    unseen: ledger.unseenOfAborted + ledger.unseenOfCompleted,
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
    problems: ledger.problems(started, dropped),
  };
}

/** Makes a call, and returns its outcome: `answered`, `left`, or the code of its error. */
async function run(llm: HttpLLM, plan: Plan, shared: AbortSignal): Promise<string> {
  const aborting = new AbortController();
  const timer = plan.kind === 'abort' ? setTimeout(() => aborting.abort(), plan.abortAfter) : undefined;
  const signal = plan.kind === 'abort' ? aborting.signal : shared;
  try {
    return await ask(llm, plan, signal);
  } catch (error) {
    return CrewError.isInstance(error) ? error.code : `not a CrewError: ${String(error)}`;
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
  return text === answer ? 'answered' : 'another text';
}

function attemptOf({ headers }: RecordedRequest): [call: number, attempt: string] {
  const attempt = headers['x-attempt'] ?? '';
  return [Number(attempt.split('.')[0]), attempt];
}

function heapInUse(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
