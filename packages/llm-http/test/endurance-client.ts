import { getEventListeners, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { RenewingCredential } from '../src/adapter.ts';
import { type Authenticator, HttpLLM } from '../src/index.ts';
import type { EndpointFigures } from './endurance-endpoint.ts';

/** Resources that are left after a batch of calls. */
export interface AfterBatch {
  readonly answered: number;
  /** Bytes that are alive. */
  readonly heap: number;
  /** Listeners of the signal that all calls share. */
  readonly onSignal: number;
  readonly onProcess: number;
}

/** Equal batches, one after the other, and what the endpoint saw of them. */
export interface Batches {
  readonly after: readonly AfterBatch[];
  readonly endpoint: EndpointFigures;
}

export interface EnduranceFigures {
  readonly sequential: Batches;
  readonly concurrent: Batches;
  /** Sockets and timers that are open after everything was closed. */
  readonly left: readonly string[];
}

const BATCHES = 4;
const SEQUENTIAL = 500;
const CONCURRENT = 500;
/** Calls that compile the code and fill the caches, so that the batches differ in nothing but their number. */
const WARM_UP = 500;

const { signal } = new AbortController();
const token = new RenewingCredential({ obtain: async () => ({ value: 'token', expiresAt: Date.now() + 3_600_000 }) });
const auth: Authenticator = {
  name: 'token',
  authenticate(request, context) {
    const value = token.fresh();
    if (value !== undefined) return request.setHeader('authorization', `Bearer ${value}`);
    return token
      .get(context.signal, context.emit)
      .then(obtained => request.setHeader('authorization', `Bearer ${obtained}`));
  },
};

/** One call in two is streamed. */
async function ask(llm: HttpLLM, index: number): Promise<number> {
  const options = { signal, timeout: 60_000, callbacks: [() => undefined] };
  if (index % 2 === 0) return (await llm.call('Hello', options)) === 'Hello' ? 1 : 0;
  let text = '';
  for await (const part of llm.stream('Hello', options)) if (part.type === 'text') text += part.text;
  return text === 'Hello' ? 1 : 0;
}

async function sequential(llm: HttpLLM, calls: number): Promise<number> {
  let answered = 0;
  for (let index = 0; index < calls; index += 1) answered += await ask(llm, index);
  return answered;
}

async function concurrent(llm: HttpLLM, calls: number): Promise<number> {
  const all = Array.from({ length: calls }, (_, index) => ask(llm, index));
  return (await Promise.all(all)).reduce((sum, one) => sum + one, 0);
}

async function afterBatch(answered: number): Promise<AfterBatch> {
  // Work caused by the last responses has not ended yet.
  await wait(50);
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await wait(0);
  }
  return {
    answered,
    heap: process.memoryUsage().heapUsed,
    onSignal: getEventListeners(signal, 'abort').length,
    onProcess: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

async function batches(run: (llm: HttpLLM, calls: number) => Promise<number>, calls: number): Promise<Batches> {
  const worker = new Worker(new URL('endurance-endpoint.ts', import.meta.url));
  const [url]: string[] = await once(worker, 'message');
  const llm = new HttpLLM({ endpoint: url ?? '', auth, timeouts: { total: 120_000, firstByte: 120_000 } });
  await run(llm, WARM_UP);
  const after: AfterBatch[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) after.push(await afterBatch(await run(llm, calls)));
  await llm.close();
  // Listened for before it is caused: the last message and the exit may come in one turn of the event loop.
  const exited = once(worker, 'exit');
  worker.postMessage('figures');
  const [endpoint]: EndpointFigures[] = await once(worker, 'message');
  await exited;
  if (endpoint === undefined) throw new Error('The endpoint gave no figures.');
  return { after, endpoint };
}

const sequentially = await batches(sequential, SEQUENTIAL);
const atOnce = await batches(concurrent, CONCURRENT);
const left = process.getActiveResourcesInfo().filter(kind => /TCP|TLS|Timeout/.test(kind));
console.log(JSON.stringify({ sequential: sequentially, concurrent: atOnce, left } satisfies EnduranceFigures));
