import { isCutOff } from '../chat-completions/finish-reason.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { deepFreeze } from '../json.ts';
import { mergeModelSettings } from '../llm/model-settings.ts';
import { type AssistantTurn, toGeneration, turnExtras } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './middleware-llm.ts';

/**
 * A store for cached turns: a `Map`, or your own implementation. An error thrown by the store counts as a cache miss.
 *
 * @example
 * ```ts
 * import { type AssistantTurn, type BaseLLM, type TurnCache, wrapLLM } from '@crew/core';
 *
 * // Keeps the newest thousand turns.
 * class RecentTurns implements TurnCache {
 *   readonly #turns = new Map<string, AssistantTurn>();
 *
 *   get(key: string): AssistantTurn | undefined {
 *     return this.#turns.get(key);
 *   }
 *
 *   set(key: string, turn: AssistantTurn): void {
 *     this.#turns.set(key, turn);
 *     for (const oldest of this.#turns.keys()) {
 *       if (this.#turns.size <= 1_000) return;
 *       this.#turns.delete(oldest);
 *     }
 *   }
 * }
 *
 * export function withCache(llm: BaseLLM): BaseLLM {
 *   return wrapLLM(llm, { cache: new RecentTurns() });
 * }
 * ```
 */
export interface TurnCache {
  /** Returns the turn stored under the key (64 hexadecimal digits). */
  get(key: string): AssistantTurn | undefined | Promise<AssistantTurn | undefined>;
  /** Stores a turn. It is plain data that JSON can represent. */
  set(key: string, turn: AssistantTurn): unknown;
}

/** Options for caching turns. */
export interface CacheOptions {
  /** The cache for replies, such as a `Map`. Failed, empty and cut-off turns are not cached. Default: no cache. */
  readonly cache?: TurnCache | undefined;
  /**
   * Returns an additional part of the cache key, such as the tenant in `authContext`. Return `undefined` to bypass the
   * cache. Default: turns without an `authContext` share one scope, and turns with one bypass the cache.
   */
  cacheScope?(request: TurnRequest): string | undefined;
}

/** Returns hooks that answer repeated requests from the cache. Concurrent identical requests are all sent. */
export function addCache(
  hooks: TurnHooks,
  cache: TurnCache,
  getScope: NonNullable<CacheOptions['cacheScope']>,
  model: string | undefined,
): TurnHooks {
  const getKey = async (request: TurnRequest): Promise<string | undefined> => {
    const scope = getScope(request);
    return scope === undefined ? undefined : cacheKey([model, scope, ...requestIdentity(request)]);
  };
  return {
    async respond(request) {
      const key = await getKey(request);
      const cached = await readTurn(cache, key);
      if (cached !== undefined) return cached;
      const turn = await hooks.respond(request);
      await storeTurn(cache, key, turn);
      return turn;
    },
    async *respondStream(request) {
      const key = await getKey(request);
      const cached = await readTurn(cache, key);
      if (cached !== undefined) {
        yield { type: 'finish', generation: toGeneration(cached) };
        return;
      }
      for await (const part of hooks.respondStream(request)) {
        if (part.type === 'finish') await storeTurn(cache, key, part.generation);
        yield part;
      }
    },
  };
}

async function readTurn(cache: TurnCache, key: string | undefined): Promise<AssistantTurn | undefined> {
  if (key === undefined) return undefined;
  try {
    return await cache.get(key);
  } catch {
    return undefined;
  }
}

/** Stores a turn without usage and request ID: they belong to its request, and a cached turn costs no tokens. */
async function storeTurn(cache: TurnCache, key: string | undefined, turn: AssistantTurn): Promise<void> {
  const { text, reasoning, toolCalls, finishReason, model } = toGeneration(turn);
  if (key === undefined || isCutOff(finishReason) || (text.trim() === '' && toolCalls.length === 0)) return;
  const calls = toolCalls.map(({ id, name, arguments: json }) => Object.freeze({ id, name, arguments: json }));
  try {
    const extras = deepFreeze(structuredClone(turnExtras(turn)));
    const stored = { text, reasoning, toolCalls: Object.freeze(calls), finishReason, model, ...extras };
    await cache.set(key, Object.freeze(stored));
  } catch {
    // A failing store does not affect the turn.
  }
}

/** Returns all parts of a request on which the reply depends. */
function requestIdentity(request: TurnRequest): readonly unknown[] {
  const { messages, tools, toolChoice, responseFormat, stop } = request;
  const toolDefinitions = tools?.map(({ name, description, parameters, strict }) => ({
    name,
    description,
    parameters,
    strict,
  }));
  return [messages, toolDefinitions, toolChoice, responseFormat, stop, Object.entries(mergeModelSettings(request))];
}

/** Returns the SHA-256 of the parts, so that the store does not reveal prompts. */
async function cacheKey(parts: readonly unknown[]): Promise<string> {
  let text: string;
  try {
    // Each part is wrapped in a list, so that undefined differs from null.
    text = JSON.stringify(parts.map(part => (part === undefined ? [] : [part])));
  } catch (cause) {
    throw new ConfigurationError(
      'The request cannot be cached, because a part of it cannot be converted to JSON. Pass only JSON values.',
      { cause },
    );
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}
