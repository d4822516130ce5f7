import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BaseLLM } from '@crew/core';
import {
  type CredentialCheck,
  createAuthority,
  createLeakHarness,
  type Delay,
  delayed,
  type Endpoint,
  type EndpointOptions,
  type EndpointTls,
  type LeakHarness,
  type RecordedRequest,
  type Refusal,
  type Reply,
  startEndpoint,
} from '@crew/test-endpoint';
import type { AdapterCapabilities, AdapterDescription, AdapterUnderTest } from '../adapter.ts';
import { PROMPTLY, within } from '../check/assertions.ts';
import { type AdapterWire, chatCompletionsWire, type WireRequest, type WireTurn } from '../wire-format.ts';
import { ControlledIssuer } from './issuer.ts';
import { RunningClock } from './running-clock.ts';

/** Pieces of a stream that are sent before the rest is held back. */
const HEAD = 4;

const PATH = '/v1/chat/completions';

/** What the endpoint does with one request that it let in. */
export type Answer = Reply | ((request: RecordedRequest) => Reply | Promise<Reply>);

/** How the endpoint of a check differs from the description's. */
export interface TrialOptions {
  /** Serve TLS in any case, and let the adapter trust its authority, or not. */
  readonly tls?: 'trusted' | 'unknown' | undefined;
  /** The adapter's clock skips short sleeps, so that retries cost no time. Not for a check of a deadline. */
  readonly skipsPauses?: boolean | undefined;
}

/** One LLM at one endpoint, for one check. */
export class Trial implements AsyncDisposable {
  readonly issuer: ControlledIssuer;
  readonly clock: RunningClock;
  readonly harness: LeakHarness = createLeakHarness();
  readonly wire: AdapterWire;
  readonly capabilities: AdapterCapabilities;
  /** The answer to whatever the queue has none for. */
  always: Answer | undefined;
  /** The requests to the model so far, refused ones included. */
  readonly requests: RecordedRequest[] = [];
  readonly #queue: Answer[] = [];
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #endpoint: Endpoint | undefined;
  #adapter: AdapterUnderTest | undefined;
  #credential: CredentialCheck | undefined;

  constructor({ wire = chatCompletionsWire, capabilities = {} }: AdapterDescription, options: TrialOptions = {}) {
    this.clock = new RunningClock(options);
    this.wire = wire;
    this.capabilities = capabilities;
    this.issuer = new ControlledIssuer((label, value) => this.harness.plant(label, value));
  }

  /** Starts an endpoint and has the adapter make an LLM for it. */
  static async open(description: AdapterDescription, options: TrialOptions = {}): Promise<Trial> {
    const trial = new Trial(description, options);
    try {
      await trial.#open(description, options);
      return trial;
    } catch (thrown) {
      await trial[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get llm(): BaseLLM {
    return this.#opened(this.#adapter).llm;
  }

  get endpoint(): Endpoint {
    return this.#opened(this.#endpoint);
  }

  /** The URL that the LLM posts to. */
  get url(): string {
    return this.endpoint.origin + PATH;
  }

  /** Adds answers to the end of the queue. */
  answer(...answers: readonly Answer[]): void {
    this.#queue.push(...answers);
  }

  /** An answer: this is what the model says. */
  says(turn: WireTurn | string): (request: RecordedRequest) => Reply {
    return request => this.wire.reply(typeof turn === 'string' ? { text: turn } : turn, request);
  }

  /** The same with a delay between the pieces of its body. */
  slowly(answer: (request: RecordedRequest) => Reply, betweenChunks: Delay): (request: RecordedRequest) => Reply {
    return request => delayed(answer(request), { betweenChunks });
  }

  /** The same, of which only the beginning with some text is sent until the promise is settled. */
  heldBack(answer: (request: RecordedRequest) => Reply, until: Promise<unknown>): (request: RecordedRequest) => Reply {
    let sent = 0;
    return this.slowly(answer, () => (sent++ < HEAD ? nextTurn() : until));
  }

  /** What the request of that number said. */
  read(index: number): WireRequest {
    const request = this.requests.at(index);
    if (request === undefined) throw new Error(`Request ${index} never came: there were ${this.requests.length}.`);
    return this.wire.read(request);
  }

  /** Refuses every credential from now on, whatever the adapter's own check says. */
  refuse(refusal: (request: RecordedRequest) => Refusal): void {
    this.#credential = refusal;
  }

  /** Resolves when so many requests have come. */
  whenRequested(count = 1): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.requests.length >= count) resolve();
    else this.#waiters.push({ count, resolve });
    return within(PROMPTLY * 2, promise, `Request ${count} to the model`);
  }

  /** Resolves when the connections (or streams) of all requests so far are closed. */
  async whenAllClosed(): Promise<void> {
    const ends = this.requests.map(request => this.endpoint.whenClosed(request));
    await within(PROMPTLY, Promise.all(ends), 'The end of the request that nobody waits for any more');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [this.#adapter?.llm.close(), this.#adapter?.close?.()].map(async end => end);
    const closed = within(PROMPTLY, Promise.allSettled(ends), 'close()').catch(() => undefined);
    await closed;
    await this.#endpoint?.close();
  }

  async #open(description: AdapterDescription, { tls }: TrialOptions): Promise<void> {
    const { endpoint: options } = description;
    this.#endpoint = await startEndpoint({
      ...options,
      tls: await securing(description, tls),
      path: '*',
      credential: request => this.#admit(request),
      respond: request => this.#respond(request),
    });
    this.#adapter = await description.create({
      endpoint: this.url,
      ca: tls === 'unknown' ? undefined : this.#endpoint.ca,
      clock: this.clock,
      issuer: this.issuer,
      secret: (label, value = `crew-secret-${randomBytes(16).toString('hex')}`) => this.harness.plant(label, value),
    });
    this.#credential = this.#adapter.credential;
    if (this.#credential === undefined && (this.capabilities.credential ?? 'renewed') !== 'none') {
      throw new Error("`create` gave no `credential` check. Give one, or say `capabilities: { credential: 'none' }`.");
    }
  }

  #admit(request: RecordedRequest): ReturnType<CredentialCheck> {
    if (this.#route(request) !== undefined) return true;
    this.requests.push(request);
    const reached = this.#waiters.filter(({ count }) => this.requests.length >= count);
    this.#waiters = this.#waiters.filter(waiter => !reached.includes(waiter));
    for (const { resolve } of reached) resolve();
    return this.#credential?.(request) ?? true;
  }

  #respond(request: RecordedRequest): Reply | Promise<Reply> {
    const answer = this.#route(request) ?? this.#queue.shift() ?? this.always;
    if (answer === undefined) throw new Error('the check scripted no answer for it');
    return typeof answer === 'function' ? answer(request) : answer;
  }

  #route(request: RecordedRequest): Answer | undefined {
    const path = request.path.split('?', 1)[0] ?? '';
    const routes = this.#adapter?.routes ?? {};
    return Object.hasOwn(routes, path) ? routes[path] : undefined;
  }

  #opened<T>(part: T | undefined): T {
    if (part === undefined) throw new Error('This trial is not open.');
    return part;
  }
}

/** The TLS that the endpoint speaks: the description's own, or one with a certificate that all checks share. */
async function securing(
  { endpoint = {} }: AdapterDescription,
  tls: TrialOptions['tls'],
): Promise<EndpointOptions['tls']> {
  if (typeof endpoint.tls === 'object') return endpoint.tls;
  return tls !== undefined || endpoint.tls || endpoint.http2 ? await serverCertificate() : endpoint.tls;
}

let made: Promise<EndpointTls> | undefined;

/** A certificate for loopback, and its authority: made once, since each check has an endpoint of its own to show it. */
export function serverCertificate(): Promise<EndpointTls> {
  made ??= make();
  return made;
}

async function make(): Promise<EndpointTls> {
  const authority = await createAuthority();
  const names = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] };
  return { authority, certificate: await authority.issue({ commonName: 'localhost', ...names }) };
}
