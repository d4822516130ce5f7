import { isCutOff } from '../chat-completions/finish-reason.ts';
import { ConfigurationError } from '../errors/configuration-error.ts';
import { toGeneration } from '../llm/assistant-turn.ts';
import type { AssistantTurn } from '../llm/turn.ts';
import type { TurnRequest } from '../llm/turn-options.ts';
import type { TurnHooks } from './turn-hooks.ts';

/** Where answers are remembered: a `Map`, or a store of your own. What it throws is no worse than not knowing. */
export interface TurnCache {
  /** The turn that was kept under the key (64 hexadecimal digits). */
  get(key: string): AssistantTurn | undefined | Promise<AssistantTurn | undefined>;
  /** The turn is plain data, as JSON can carry it. */
  set(key: string, turn: AssistantTurn): unknown;
}

/** How turns are remembered. */
export interface CacheOptions {
  /** Answers to requests that were made before come from here: a `Map`, say. Failed and cut-off turns are not kept. */
  readonly cache?: TurnCache | undefined;
  /**
   * What tells answers apart besides the request: the tenant in `authContext`, say. `undefined` keeps a turn out of the
   * cache. Default: all turns without an `authContext` are alike, and those with one stay out.
   */
  cacheScope?(request: TurnRequest): string | undefined;
}

/** Turns that were asked for before come from the cache. Two that are asked for at the same time are both asked for. */
export function cached(
  hooks: TurnHooks,
  cache: TurnCache,
  scopeOf: NonNullable<CacheOptions['cacheScope']>,
  model: string | undefined,
): TurnHooks {
  const keyOf = async (request: TurnRequest): Promise<string | undefined> => {
    const scope = scopeOf(request);
    return scope === undefined ? undefined : cacheKey([model, scope, ...identity(request)]);
  };
  return {
    async respond(request) {
      const key = await keyOf(request);
      const known = await read(cache, key);
      if (known !== undefined) return known;
      const turn = await hooks.respond(request);
      await keep(cache, key, turn);
      return turn;
    },
    async *respondStream(request) {
      const key = await keyOf(request);
      const known = await read(cache, key);
      if (known !== undefined) {
        yield { type: 'finish', generation: toGeneration(known) };
        return;
      }
      for await (const part of hooks.respondStream(request)) {
        if (part.type === 'finish') await keep(cache, key, part.generation);
        yield part;
      }
    },
  };
}

async function read(cache: TurnCache, key: string | undefined): Promise<AssistantTurn | undefined> {
  if (key === undefined) return undefined;
  try {
    return await cache.get(key);
  } catch {
    return undefined;
  }
}

/** Usage and request id belong to the request that was made: a turn out of the cache costs nothing. */
async function keep(cache: TurnCache, key: string | undefined, turn: AssistantTurn): Promise<void> {
  const { text, reasoning, toolCalls, finishReason, model } = toGeneration(turn);
  if (key === undefined || isCutOff(finishReason) || (text.trim() === '' && toolCalls.length === 0)) return;
  const calls = toolCalls.map(({ id, name, arguments: written }) => Object.freeze({ id, name, arguments: written }));
  try {
    await cache.set(key, Object.freeze({ text, reasoning, toolCalls: Object.freeze(calls), finishReason, model }));
  } catch {
    // The turn is there all the same.
  }
}

/** Everything of a request that an answer depends on. */
function identity(request: TurnRequest): readonly unknown[] {
  const { messages, tools, toolChoice, responseFormat, stop, temperature, topP, maxTokens, seed, extraBody } = request;
  const offered = tools?.map(({ name, description, parameters }) => ({ name, description, parameters }));
  return [messages, offered, toolChoice, responseFormat, stop, temperature, topP, maxTokens, seed, extraBody];
}

/** SHA-256, so that a store shows nobody what was asked. */
async function cacheKey(parts: readonly unknown[]): Promise<string> {
  let text: string;
  try {
    // What is not set is told apart from null, which JSON would make of it.
    text = JSON.stringify(parts.map(part => (part === undefined ? [] : [part])));
  } catch (cause) {
    throw new ConfigurationError('The request cannot be cached: a part of it cannot be written as JSON.', { cause });
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}
