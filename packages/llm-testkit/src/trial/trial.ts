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
import { PROMPT_MS, within } from '../check/assertions.ts';
import { chatCompletionsFormat, type DecodedRequest, type ScriptedTurn, type WireFormat } from '../wire-format.ts';
import { ControlledIssuer } from './issuer.ts';
import { RunningClock } from './running-clock.ts';

/** Number of chunks of a stream that are sent before the pause. */
const CHUNKS_BEFORE_PAUSE = 4;

const PATH = '/v1/chat/completions';

/** The reply to one accepted request. */
type ReplySource = Reply | ((request: RecordedRequest) => Reply | Promise<Reply>);

/** Options of a trial. */
export interface TrialOptions {
  /** Serves TLS even if the description does not require it. The adapter trusts its authority (`trusted`) or not (`unknown`). */
  readonly tls?: 'trusted' | 'unknown' | undefined;
  /** Skips short sleeps of the adapter's clock, so that retries take no time. Do not set it in a check of a deadline. */
  readonly skipsShortSleeps?: boolean | undefined;
}

/** The environment of one check: an LLM and its endpoint. */
export class Trial implements AsyncDisposable {
  readonly issuer: ControlledIssuer;
  readonly clock: RunningClock;
  readonly harness: LeakHarness = createLeakHarness();
  readonly wireFormat: WireFormat;
  readonly capabilities: AdapterCapabilities;
  /** Reply to requests for which the queue has none. */
  defaultReply: ReplySource | undefined;
  /** The requests to the model so far, including refused ones. */
  readonly requests: RecordedRequest[] = [];
  readonly #queue: ReplySource[] = [];
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  #endpoint: Endpoint | undefined;
  #adapter: AdapterUnderTest | undefined;
  #credential: CredentialCheck | undefined;

  constructor(
    { wireFormat = chatCompletionsFormat, capabilities = {} }: AdapterDescription,
    options: TrialOptions = {},
  ) {
    this.clock = new RunningClock(options);
    this.wireFormat = wireFormat;
    this.capabilities = capabilities;
    this.issuer = new ControlledIssuer((label, value) => this.harness.plant(label, value));
  }

  /** Starts an endpoint and creates an LLM of the adapter for it. */
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

  /** URL to which the LLM posts. */
  get url(): string {
    return this.endpoint.origin + PATH;
  }

  /** Appends replies to the queue. */
  reply(...replies: readonly ReplySource[]): void {
    this.#queue.push(...replies);
  }

  /** Returns a reply with the given turn of the model. */
  modelTurn(turn: ScriptedTurn | string): (request: RecordedRequest) => Reply {
    return request => this.wireFormat.encodeTurn(typeof turn === 'string' ? { text: turn } : turn, request);
  }

  /** Returns the reply with a delay between the chunks of its body. */
  withDelay(reply: (request: RecordedRequest) => Reply, betweenChunks: Delay): (request: RecordedRequest) => Reply {
    return request => delayed(reply(request), { betweenChunks });
  }

  /** Returns the reply with a pause after its first text, until the promise is settled. */
  pausedAfterStart(
    reply: (request: RecordedRequest) => Reply,
    until: Promise<unknown>,
  ): (request: RecordedRequest) => Reply {
    let sent = 0;
    return this.withDelay(reply, () => (sent++ < CHUNKS_BEFORE_PAUSE ? nextTurn() : until));
  }

  /** Returns the request with the given index, decoded. */
  decodedRequest(index: number): DecodedRequest {
    const request = this.requests.at(index);
    if (request === undefined) {
      throw new Error(`Request ${index} was never sent. The number of requests is ${this.requests.length}.`);
    }
    return this.wireFormat.decodeRequest(request);
  }

  /** Refuses every credential from now on, instead of using the adapter's credential check. */
  refuse(refusal: (request: RecordedRequest) => Refusal): void {
    this.#credential = refusal;
  }

  /** Resolves when the given number of requests has arrived. */
  whenRequested(count = 1): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.requests.length >= count) resolve();
    else this.#waiters.push({ count, resolve });
    return within(PROMPT_MS * 2, promise, `Request ${count} to the model`);
  }

  /** Resolves when the connections or HTTP/2 streams of all requests so far are closed. */
  async whenAllClosed(): Promise<void> {
    const ends = this.requests.map(request => this.endpoint.whenClosed(request));
    await within(PROMPT_MS, Promise.all(ends), 'The end of the abandoned request');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [this.#adapter?.llm.close(), this.#adapter?.close?.()].map(async end => end);
    const closed = within(PROMPT_MS, Promise.allSettled(ends), 'close()').catch(() => undefined);
    await closed;
    await this.#endpoint?.close();
  }

  async #open(description: AdapterDescription, { tls }: TrialOptions): Promise<void> {
    const { endpoint: options } = description;
    this.#endpoint = await startEndpoint({
      ...options,
      tls: await tlsOptions(description, tls),
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
      throw new Error(
        "`create` returned no `credential` check. Return one, or set `capabilities: { credential: 'none' }`.",
      );
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
    const reply = this.#route(request) ?? this.#queue.shift() ?? this.defaultReply;
    if (reply === undefined) throw new Error('the check scripted no reply to it');
    return typeof reply === 'function' ? reply(request) : reply;
  }

  #route(request: RecordedRequest): ReplySource | undefined {
    const path = request.path.split('?', 1)[0] ?? '';
    const routes = this.#adapter?.routes ?? {};
    return Object.hasOwn(routes, path) ? routes[path] : undefined;
  }

  #opened<T>(part: T | undefined): T {
    if (part === undefined) throw new Error('The trial is not open.');
    return part;
  }
}

/** Returns the TLS options of the endpoint: those of the description, or a certificate that all checks share. */
async function tlsOptions(
  { endpoint = {} }: AdapterDescription,
  tls: TrialOptions['tls'],
): Promise<EndpointOptions['tls']> {
  if (typeof endpoint.tls === 'object') return endpoint.tls;
  return tls !== undefined || endpoint.tls || endpoint.http2 ? await serverCertificate() : endpoint.tls;
}

let cachedCertificate: Promise<EndpointTls> | undefined;

/** Returns a certificate for loopback and its authority, which the endpoints of all checks share. */
function serverCertificate(): Promise<EndpointTls> {
  cachedCertificate ??= issueServerCertificate();
  return cachedCertificate;
}

async function issueServerCertificate(): Promise<EndpointTls> {
  const authority = await createAuthority();
  const names = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] };
  return { authority, certificate: await authority.issue({ commonName: 'localhost', ...names }) };
}
