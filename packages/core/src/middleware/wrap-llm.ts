import { ConfigurationError } from '../errors/configuration-error.ts';
import { copyOptions } from '../errors/copy-options.ts';
import type { CrewEvent } from '../events/event.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import { BaseLLM } from '../llm/base-llm.ts';
import { callByTurns } from '../llm/call-by-turns.ts';
import type { AssistantTurn, StreamPart } from '../llm/turn.ts';
import type { CallOptions, TurnRequest } from '../llm/turn-options.ts';
import type { Message, Prompt } from '../messages/message.ts';
import { type CacheOptions, cached } from './cached.ts';
import { listenInside } from './listen-inside.ts';
import { type ObservedTurn, observed } from './observed.ts';
import { rateLimited } from './rate-limited.ts';
import { type Surrounding, surrounded } from './surrounded.ts';
import type { TurnHooks } from './turn-hooks.ts';

/** What `wrapLLM` puts around an LLM, from the outside in: `observe`, `cache`, `respond`, `rateLimit`. */
export interface WrapOptions extends CacheOptions, Surrounding {
  /** Told of each turn once, when it ended, also of a failed one. What it throws is dropped. */
  observe?(turn: ObservedTurn): void;
  /** Requests per minute, at an even pace; or a limiter that is shared with others. */
  readonly rateLimit?: number | RateLimiter | undefined;
  /** Where time comes from. Default: the machine's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Any LLM with something around it: an observer, a cache, a rate limit, code of your own. What comes back is an LLM like
 * any other and can be wrapped again. Tokens are counted and events are told by the outermost alone. Its `model`,
 * `stop`, `temperature` and abilities are those of the LLM inside, and closing it closes that one. See also `fallback`.
 *
 * @throws {ConfigurationError} when an option is wrong.
 */
export function wrapLLM(llm: BaseLLM, options: WrapOptions): BaseLLM {
  return new WrappedLLM(llm, options);
}

class WrappedLLM extends BaseLLM {
  override readonly toolsInHistory: boolean;
  readonly #inner: BaseLLM;
  readonly #hooks: TurnHooks;
  readonly #clock: Clock;

  constructor(inner: BaseLLM, given: WrapOptions) {
    const options = copyOptions(given);
    if (typeof inner?.respond !== 'function') throw new ConfigurationError('wrapLLM needs an LLM to wrap.');
    checkOptions(options);
    const { clock = systemClock } = options;
    super({ model: inner.model, clock });
    this.#inner = inner;
    this.#clock = clock;
    this.#hooks = hooksAround(inner, options, clock);
    this.toolsInHistory = inner.toolsInHistory === true;
    // These may be changed on either at any time.
    Object.defineProperties(this, { stop: sharedField(inner, 'stop'), temperature: sharedField(inner, 'temperature') });
  }

  call(messages: Prompt, options?: CallOptions): Promise<string | AssistantTurn> {
    return callByTurns(this, messages, options, this.#clock);
  }

  supportsFunctionCalling(): boolean {
    return this.#inner.supportsFunctionCalling();
  }

  supportsStopWords(): boolean {
    return this.#inner.supportsStopWords();
  }

  getContextWindowSize(): number {
    return this.#inner.getContextWindowSize();
  }

  override countTokens(messages: readonly Message[]): number {
    return this.#inner.countTokens(messages);
  }

  override respond(request: TurnRequest): Promise<AssistantTurn> {
    return this.#hooks.respond(request);
  }

  override respondStream(request: TurnRequest): AsyncIterable<StreamPart> {
    return this.#hooks.respondStream(request);
  }

  /** Renewals in the background belong to no turn: the LLM inside tells of them itself. */
  override on<Type extends CrewEvent['type']>(
    type: Type,
    listener: (event: Extract<CrewEvent, { readonly type: Type }>) => void,
  ): () => void {
    return listenInside(super.on(type, listener), [this.#inner], type, listener);
  }

  override close(): Promise<void> {
    return this.#inner.close();
  }
}

function hooksAround(inner: BaseLLM, options: WrapOptions, clock: Clock): TurnHooks {
  const { cache, rateLimit } = options;
  let hooks: TurnHooks = inner;
  if (rateLimit !== undefined) {
    const own = typeof rateLimit === 'number' ? new RateLimiter({ requestsPerMinute: rateLimit, clock }) : rateLimit;
    hooks = rateLimited(hooks, own);
  }
  if (options.respond || options.respondStream) hooks = surrounded(hooks, options);
  if (cache !== undefined) hooks = cached(hooks, cache, request => cacheScope(options, request), inner.model);
  if (options.observe) hooks = observed(hooks, turn => options.observe?.(turn), clock);
  return hooks;
}

/** Unless the caller says otherwise, what one tenant was told is never told to another. */
function cacheScope(options: CacheOptions, request: TurnRequest): string | undefined {
  if (options.cacheScope) return options.cacheScope(request);
  return request.authContext === undefined ? '' : undefined;
}

function checkOptions({ cache, rateLimit, ...hooks }: WrapOptions): void {
  for (const name of ['observe', 'respond', 'respondStream', 'cacheScope'] as const) {
    const hook: unknown = hooks[name];
    if (hook !== undefined && typeof hook !== 'function') throw new ConfigurationError(`${name} must be a function.`);
  }
  if (cache !== undefined && (typeof cache.get !== 'function' || typeof cache.set !== 'function')) {
    throw new ConfigurationError('cache needs the functions get and set: a Map has them.');
  }
  if (rateLimit !== undefined && typeof rateLimit !== 'number' && typeof rateLimit.acquire !== 'function') {
    throw new ConfigurationError('rateLimit must be a number of requests per minute, or a RateLimiter.');
  }
}

/** A field that is the one of the LLM inside. */
function sharedField<Key extends 'stop' | 'temperature'>(inner: BaseLLM, key: Key): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get: () => inner[key],
    set: (value: BaseLLM[Key]) => {
      inner[key] = value;
    },
  };
}
