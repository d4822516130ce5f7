import { copyOptions } from '../errors/check-options.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { type Clock, systemClock } from '../execution/clock.ts';
import { RateLimiter } from '../execution/rate-limiter.ts';
import type { BaseLLM } from '../llm/base-llm.ts';
import { sharedSettings } from '../llm/model-settings.ts';
import { type AssistantTurn, type StreamPart, toGeneration } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { Message } from '../messages/message.ts';
import { MiddlewareLLM, type TurnHooks } from './middleware-llm.ts';
import { addObserver, type ObservedTurn } from './observed-turn.ts';
import { addCache, type CacheOptions } from './turn-cache.ts';

/** Custom middleware: functions that surround the turns of an LLM. */
interface TurnMiddleware {
  /** Surrounds each turn. May change the request or the reply, call `next` again, or not call it at all. */
  respond?(request: TurnRequest, next: (request: TurnRequest) => Promise<AssistantTurn>): Promise<AssistantTurn>;
  /** Surrounds each streamed turn. Without it, `respond` surrounds streamed turns too, and they arrive as one part. */
  respondStream?(
    request: TurnRequest,
    next: (request: TurnRequest) => AsyncIterable<StreamPart>,
  ): AsyncIterable<StreamPart>;
}

/** Options of `wrapLLM`. They surround the LLM from the outside in: `observe`, `cache`, `respond`, `rateLimit`. */
export interface WrapOptions extends CacheOptions, TurnMiddleware {
  /** Called once per turn, when the turn has succeeded or failed. Exceptions thrown by the function are ignored. */
  observe?(turn: ObservedTurn): void;
  /** Requests per minute: a burst of as many, then an even pace; or a limiter, such as one shared with other LLMs. Default: no limit. */
  readonly rateLimit?: number | RateLimiter | undefined;
  /** The source of time. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Wraps an LLM in middleware: an observer, a cache, a rate limit, or your own functions. Returns an LLM like any other,
 * which can be wrapped again. Only the outermost LLM counts tokens and emits events. Its `model`, `stop`, `temperature`
 * and capabilities are those of the inner LLM, and closing it closes the inner LLM. See also `fallback`.
 *
 * @throws {ConfigurationError} if an option is invalid.
 *
 * @example
 * Cache replies, limit the rate, and log failures:
 *
 * ```ts
 * import { type BaseLLM, wrapLLM } from '@crew/core';
 *
 * export function forProduction(llm: BaseLLM): BaseLLM {
 *   return wrapLLM(llm, {
 *     cache: new Map(),
 *     rateLimit: 60,
 *     observe: ({ error, durationMs }) => {
 *       if (error) console.error(`${error.code} after ${Math.round(durationMs)} ms`);
 *     },
 *   });
 * }
 * ```
 *
 * @example
 * Add an instruction to every turn:
 *
 * ```ts
 * import { type BaseLLM, wrapLLM } from '@crew/core';
 *
 * export function inFrench(llm: BaseLLM): BaseLLM {
 *   return wrapLLM(llm, {
 *     respond: (request, next) =>
 *       next({ ...request, messages: [{ role: 'system', content: 'Answer in French.' }, ...request.messages] }),
 *   });
 * }
 * ```
 */
export function wrapLLM(llm: BaseLLM, options: WrapOptions): BaseLLM {
  return new WrappedLLM(llm, options);
}

class WrappedLLM extends MiddlewareLLM {
  override readonly toolsInHistory: boolean;
  readonly #inner: BaseLLM;
  readonly #hooks: TurnHooks;

  constructor(inner: BaseLLM, wrapOptions: WrapOptions) {
    const options = copyOptions(wrapOptions);
    if (typeof inner?.respond !== 'function')
      throw new ConfigurationError('The first argument of wrapLLM must be an LLM.');
    checkOptions(options);
    const { clock = systemClock } = options;
    super([inner], { model: inner.model, clock });
    this.#inner = inner;
    this.#hooks = createHooks(inner, options, clock);
    this.toolsInHistory = inner.toolsInHistory === true;
    // These may be changed on either LLM at any time.
    Object.defineProperties(this, { ...sharedSettings(inner), stop: sharedStop(inner) });
  }

  supportsFunctionCalling(): boolean {
    return this.#inner.supportsFunctionCalling();
  }

  supportsStopWords(): boolean {
    return this.#inner.supportsStopWords();
  }

  override supportsResponseFormat(): boolean {
    return this.#inner.supportsResponseFormat();
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

  override close(): Promise<void> {
    return this.#inner.close();
  }
}

/** Returns the hooks of the inner LLM with the middleware around them. */
function createHooks(inner: BaseLLM, options: WrapOptions, clock: Clock): TurnHooks {
  const { cache, rateLimit } = options;
  let hooks: TurnHooks = inner;
  if (rateLimit !== undefined) {
    const limiter = typeof rateLimit === 'number' ? new RateLimiter({ perMinute: rateLimit, clock }) : rateLimit;
    hooks = addRateLimit(hooks, limiter);
  }
  if (options.respond || options.respondStream) hooks = addMiddleware(hooks, options);
  if (cache !== undefined) hooks = addCache(hooks, cache, request => cacheScope(options, request), inner.model);
  if (options.observe) hooks = addObserver(hooks, turn => options.observe?.(turn), clock);
  return hooks;
}

/** Returns hooks that wait for the limiter before each request. */
function addRateLimit(hooks: TurnHooks, limiter: RateLimiter): TurnHooks {
  return {
    async respond(request) {
      await limiter.acquire(request.signal);
      return hooks.respond(request);
    },
    async *respondStream(request) {
      await limiter.acquire(request.signal);
      yield* hooks.respondStream(request);
    },
  };
}

/** Returns hooks surrounded by custom middleware. */
function addMiddleware(hooks: TurnHooks, middleware: TurnMiddleware): TurnHooks {
  const respond = (request: TurnRequest): Promise<AssistantTurn> =>
    middleware.respond ? middleware.respond(request, changed => hooks.respond(changed)) : hooks.respond(request);
  const asOnePart = async function* (request: TurnRequest): AsyncIterable<StreamPart> {
    yield { type: 'finish', generation: toGeneration(await respond(request)) };
  };
  const respondStream = (request: TurnRequest): AsyncIterable<StreamPart> => {
    if (middleware.respondStream) return middleware.respondStream(request, changed => hooks.respondStream(changed));
    return middleware.respond ? asOnePart(request) : hooks.respondStream(request);
  };
  return { respond, respondStream };
}

/** Returns the scope of a request in the cache. By default, tenants never share replies. */
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
    throw new ConfigurationError('cache must have the methods get and set. Pass a Map, or your own TurnCache.');
  }
  if (rateLimit !== undefined && typeof rateLimit !== 'number' && typeof rateLimit.acquire !== 'function') {
    throw new ConfigurationError('rateLimit must be a number of requests per minute, or a RateLimiter.');
  }
}

/** Returns the descriptor of a property that reads and writes the stop words of the inner LLM. */
function sharedStop(inner: BaseLLM): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get: () => inner.stop,
    set: (value: string[]) => {
      inner.stop = value;
    },
  };
}
