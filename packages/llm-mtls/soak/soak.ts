import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createAuthority, delayed, type Endpoint, type RecordedRequest, startEndpoint, text } from '@crew/llm-testkit';
import { MtlsLLM } from '../src/index.ts';

/** Options of a soak test. */
export interface SoakOptions {
  readonly seconds: number;
  readonly http2: boolean;
  /** Requests per second. */
  readonly rate: number;
  /** Minimum number of certificates with which connections are made before the test ends. Default 1. */
  readonly minCertificates?: number | undefined;
}

/** Results of a soak test. Times are in milliseconds. */
export interface SoakFigures {
  readonly protocol: string;
  readonly seconds: number;
  readonly requests: number;
  readonly streams: number;
  readonly failures: readonly string[];
  readonly certificates: number;
  /** Number of certificates with which a connection was made. */
  readonly certificatesSeen: number;
  readonly connections: number;
  /** Longest time since the certificate of a new connection was replaced. */
  readonly maxStaleness: number;
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Connections that were still open a minute after the LLM was closed. */
  readonly leftOpen: number;
}

/** Timeout of each phase of a request, in milliseconds: far more than it takes on a busy machine. */
const TIMEOUT = 600_000;
/** Interval between two replacements of the certificate, in milliseconds. */
const REPLACE_INTERVAL = 1_000;
/** Interval between the starts of two streams, in milliseconds. Each lasts about two seconds, so that eight are open. */
const STREAM_INTERVAL = 250;
/** Maximum number of concurrent streams. */
const MAX_STREAMS = 8;
/** Maximum number of concurrent requests and streams. A busy machine sends the remaining requests later. */
const MAX_RUNNING = 20;
const WORDS = Array.from({ length: 20 }, (_, index) => `word${index}`).join(' ');

/** Sends requests at a steady rate and keeps streams open, while the certificate files are replaced continually. */
export async function soak({ seconds, http2, rate, minCertificates = 1 }: SoakOptions): Promise<SoakFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'crew-soak-'));
  const authority = await createAuthority({ commonName: 'Soak Root' });
  const respond = ({ json }: RecordedRequest) =>
    isStreamed(json) ? delayed(text(WORDS), { betweenChunks: 50 }) : text('Hello');
  const endpoint = await startEndpoint({ http2, tls: { authority }, clientCertificate: 'require', respond });
  const replacedAt: number[] = [];
  const replace = async (): Promise<void> => {
    const issued = await authority.issue({ commonName: `${replacedAt.length}`, usage: 'client' });
    // Certificate and key are replaced one after the other, each atomically, as careful programs do.
    for (const [name, content] of Object.entries({ 'tls.crt': issued.chain, 'tls.key': issued.key })) {
      writeFileSync(join(folder, `${name}.new`), content, { mode: 0o600 });
      renameSync(join(folder, `${name}.new`), join(folder, name));
    }
    replacedAt.push(Date.now());
  };
  await replace();

  const llm = new MtlsLLM({
    endpoint: endpoint.url,
    ca: authority.certificate,
    certFile: join(folder, 'tls.crt'),
    keyFile: join(folder, 'tls.key'),
    allowH2: http2,
    // A retry would hide a dropped request. The timeouts are long because a busy machine is slow to connect.
    retry: { retries: 0 },
    timeouts: { connect: TIMEOUT, firstByte: TIMEOUT, idle: TIMEOUT, total: TIMEOUT },
  });
  const failures: string[] = [];
  const latencies: number[] = [];
  const running = new Set<Promise<void>>();
  const run = (work: () => Promise<void>): void => {
    const done = work()
      .catch((error: Error) => void failures.push(`${error.name}: ${error.message}`))
      .finally(() => running.delete(done));
    running.add(done);
  };
  const request = async (): Promise<void> => {
    const from = performance.now();
    await llm.call('Hi');
    latencies.push(performance.now() - from);
  };
  let streams = 0;
  let openStreams = 0;
  const stream = async (): Promise<void> => {
    streams += 1;
    openStreams += 1;
    let last: unknown;
    try {
      for await (const part of llm.stream('Hi')) last = part.type === 'finish' ? part.generation.text : undefined;
    } finally {
      openStreams -= 1;
    }
    if (last !== WORDS) throw new Error('A stream ended early.');
  };

  try {
    const begin = performance.now();
    const due = { requests: 0, streams: 0, certificates: 1 };
    const all = seconds * rate;
    const isDone = (now: number): boolean =>
      now >= seconds * 1_000 &&
      due.requests >= all &&
      connectionFigures(endpoint.requests, replacedAt).certificatesSeen >= minCertificates;
    for (let now = 0; !isDone(now); now = performance.now() - begin) {
      const expected = Math.min(all, (now * rate) / 1_000);
      for (; due.requests < expected && running.size - openStreams < MAX_RUNNING - MAX_STREAMS; due.requests += 1)
        run(request);
      for (; due.streams < now / STREAM_INTERVAL && openStreams < MAX_STREAMS; due.streams += 1) run(stream);
      for (; due.certificates < now / REPLACE_INTERVAL; due.certificates += 1) await replace();
      await wait(2);
    }
    await Promise.all(running);
    await llm.close();
    const leftOpen = await countOpenConnections(endpoint);
    return {
      protocol: http2 ? 'HTTP/2' : 'HTTP/1.1',
      seconds,
      requests: latencies.length,
      streams,
      failures,
      certificates: replacedAt.length,
      ...connectionFigures(endpoint.requests, replacedAt),
      latency: percentiles(latencies),
      leftOpen,
    };
  } finally {
    await llm.close();
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Formats the results as one line. */
export function summary(figures: SoakFigures): string {
  const { latency, failures } = figures;
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return (
    `${figures.protocol}, ${figures.seconds} s: ${figures.requests} requests and ${figures.streams} streams, ` +
    `${failures.length} failed; ${figures.certificates} certificates, ${figures.certificatesSeen} of them seen on ` +
    `${figures.connections} connections, at most ${figures.maxStaleness} ms after its replacement; latency p50 ` +
    `${ms(latency.p50)}, p99 ${ms(latency.p99)}, max ${ms(latency.max)}; ${figures.leftOpen} sockets left open.` +
    (failures.length === 0 ? '' : `\n  ${[...new Set(failures)].slice(0, 5).join('\n  ')}`)
  );
}

/** Evaluates the first request of each connection. */
function connectionFigures(requests: readonly RecordedRequest[], replacedAt: readonly number[]) {
  const known = new Set<number>();
  const seen = new Set<number>();
  let maxStaleness = 0;
  for (const { connection, tls, at } of requests) {
    if (known.has(connection)) continue;
    known.add(connection);
    const generation = Number(/CN=(\d+)/u.exec(tls?.peer?.subject ?? '')?.[1]);
    seen.add(generation);
    maxStaleness = Math.max(maxStaleness, at - (replacedAt[generation + 1] ?? at));
  }
  return { connections: known.size, certificatesSeen: seen.size, maxStaleness };
}

async function countOpenConnections(endpoint: Endpoint): Promise<number> {
  const timer = new AbortController();
  const timeout = wait(60_000, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([endpoint.whenIdle(), timeout]);
  timer.abort();
  return endpoint.connections.open;
}

function percentiles(values: readonly number[]): SoakFigures['latency'] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function isStreamed(json: unknown): boolean {
  return typeof json === 'object' && json !== null && Reflect.get(json, 'stream') === true;
}
