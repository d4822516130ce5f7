import {
  type AssistantTurn,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  type CrewEvent,
  notifyListeners,
  type ObservedTurn,
  type Prompt,
  RateLimiter,
  runToolLoop,
  type StreamPart,
  type TurnRequest,
  tool,
  wrapLLM,
} from '@crew/core';
import { describe, expect, it, vi } from 'vitest';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';
import { VirtualClock } from './virtual-clock.ts';

const usage = { inputTokens: 7, outputTokens: 3 };

async function streamed(llm: BaseLLM, prompt: Prompt = 'Go'): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of llm.stream(prompt)) parts.push(part);
  return parts;
}

describe('wrapLLM', () => {
  it('a wrapped LLM has the capabilities and fields of the inner LLM', async () => {
    const inner = new ScriptedLLM(['ok'], {
      model: 'm',
      stop: 'END',
      temperature: 0.5,
      functionCalling: false,
      stopWords: false,
      contextWindow: 999,
    });
    const llm = wrapLLM(inner, {});
    expect(llm).toBeInstanceOf(BaseLLM);
    expect([llm.model, llm.stop, llm.temperature]).toEqual(['m', ['END'], 0.5]);
    expect([llm.supportsFunctionCalling(), llm.supportsStopWords(), llm.getContextWindowSize()]).toEqual([
      false,
      false,
      999,
    ]);
    inner.stop = ['STOP'];
    llm.temperature = 0;
    expect([llm.stop, inner.temperature]).toEqual([['STOP'], 0]);
    expect((await llm.generate('Go')).text).toBe('ok');
    expect(inner.requests[0]?.temperature).toBe(0);
  });

  it('only the outermost LLM counts tokens and emits events', async () => {
    const inner = new ScriptedLLM([{ text: 'ok', usage }]);
    const events: string[] = [];
    inner.on('turn-start', () => events.push('inner'));
    const llm = wrapLLM(wrapLLM(inner, {}), { observe: () => undefined });
    llm.on('turn-start', () => events.push('outer'));
    const told: CrewEvent[] = [];
    await llm.generate('Go', { callbacks: [event => told.push(event)] });
    expect(llm.usage).toEqual(usage);
    expect(inner.usage.inputTokens).toBe(0);
    expect(events).toEqual(['outer']);
    expect(told.map(({ type }) => type)).toEqual(['turn-start', 'turn-finish']);
  });

  it('a wrapped LLM receives events of credentials that the inner LLM renews in the background', () => {
    const inner = new ScriptedLLM([]);
    const heard = vi.fn();
    const stop = wrapLLM(wrapLLM(inner, {}), {}).on('credential', heard);
    const event = { type: 'credential', at: 0, action: 'renewed', authenticator: 'oauth' } as const;
    notifyListeners(inner, event);
    stop();
    notifyListeners(inner, event);
    expect(heard.mock.calls).toEqual([[event]]);
  });

  it('a wrapped LLM streams the parts of the inner LLM', async () => {
    const parts = await streamed(wrapLLM(new ScriptedLLM(['one two']), {}));
    expect(parts.map(({ type }) => type)).toEqual(['text', 'text', 'finish']);
  });

  it('a wrapped LLM runs tools, and its call() keeps the contract of call()', async () => {
    const add = tool({
      name: 'add',
      description: 'Adds.',
      parameters: { type: 'object' },
      execute: ({ a, b }) => Number(a) + Number(b),
    });
    const script = [callsTo(['add', { a: 1, b: 2 }]), 'three'];
    expect((await runToolLoop(wrapLLM(new ScriptedLLM(script), {}), { messages: 'Go', tools: [add] })).text).toBe(
      'three',
    );
    const { name, description, parameters } = add;
    const options = { tools: [{ name, description, parameters }] };
    const called = await wrapLLM(new ScriptedLLM(script), {}).call('Go', {
      ...options,
      availableFunctions: { add: () => 3 },
    });
    expect(called).toBe('three');
    expect(await wrapLLM(new ScriptedLLM(script), {}).call('Go', options)).toMatchObject({
      toolCalls: [{ name: 'add' }],
    });
    expect(await wrapLLM(new ScriptedLLM(['hi']), {}).call('Go')).toBe('hi');
  });

  it('wrapLLM wraps a hand-written LLM', async () => {
    class HandWritten extends BaseLLM {
      async call(): Promise<string> {
        return 'by hand END and more';
      }
      supportsFunctionCalling(): boolean {
        return false;
      }
      supportsStopWords(): boolean {
        return false;
      }
      getContextWindowSize(): number {
        return 4096;
      }
    }
    const llm = wrapLLM(new HandWritten({ stop: 'END' }), {});
    expect((await llm.generate('Go')).text).toBe('by hand ');
  });

  it.each([
    ['generate()', (llm: BaseLLM, messages: Prompt) => llm.generate(messages)],
    [
      'runToolLoop()',
      (llm: BaseLLM, _messages: Prompt, options?: CallOptions) => runToolLoop(llm, { ...options, messages: 'x' }),
    ],
  ])(
    'a wrapped hand-written call() that calls %s is rejected instead of recursing endlessly',
    async (_what, recurse) => {
      let calls = 0;
      class Recursive extends BaseLLM {
        async call(messages: Prompt, options?: CallOptions): Promise<string> {
          calls += 1;
          return (await recurse(this, messages, options)).text;
        }
        supportsFunctionCalling(): boolean {
          return false;
        }
        supportsStopWords(): boolean {
          return false;
        }
        getContextWindowSize(): number {
          return 4096;
        }
      }
      const llm = wrapLLM(wrapLLM(new Recursive(), {}), { cache: new Map() });
      const error = await llm.generate('Go').catch(thrown => thrown);
      expect(ConfigurationError.isInstance(error)).toBe(true);
      expect(error.message).toContain('Recursive.call() called');
      expect(calls).toBe(1);
    },
  );

  it('closing a wrapped LLM closes the inner LLM', async () => {
    const inner = new ScriptedLLM([]);
    const close = vi.spyOn(inner, 'close');
    await using _ = wrapLLM(inner, {});
    await wrapLLM(inner, {}).close();
    expect(close).toHaveBeenCalledOnce();
  });

  it.each([
    ['an observer', { observe: 'yes' }],
    ['a cache', { cache: {} }],
    ['a rateLimit', { rateLimit: 'fast' }],
    ['a number of requests', { rateLimit: 0 }],
    ['a hook', { respond: 1 }],
  ])('%s that is invalid is a ConfigurationError', (_what, options) => {
    // @ts-expect-error: invalid for the compiler, except for the number of requests.
    const wrap = (): BaseLLM => wrapLLM(new ScriptedLLM([]), options);
    expect(wrap).toThrow(ConfigurationError);
  });
});

describe('observe', () => {
  it('observe is called once per turn, including failed, streamed and abandoned ones', async () => {
    const seen: ObservedTurn[] = [];
    const clock = new VirtualClock();
    const inner = new ScriptedLLM([
      async ({ signal }) => {
        await clock.sleep(250, signal);
        return 'one';
      },
      new Error('broken'),
      'two parts',
      'left early',
    ]);
    const llm = wrapLLM(inner, { observe: turn => void seen.push(turn), clock });
    await llm.generate('first');
    await llm.generate('second').catch(() => undefined);
    await streamed(llm, 'third');
    for await (const _part of llm.stream('fourth')) break;
    expect(seen.map(({ turn, error, streamed }) => [turn?.text, error?.name, streamed])).toEqual([
      ['one', undefined, false],
      [undefined, 'CrewError', false],
      ['two parts', undefined, true],
      [undefined, 'AbortError', true],
    ]);
    expect(seen.map(({ request }) => request.messages[0]?.content)).toEqual(['first', 'second', 'third', 'fourth']);
    expect(seen.map(({ durationMs }) => durationMs)).toEqual([250, 0, 0, 0]);
  });

  it('an error thrown by observe, at once or later, does not break the turn', async () => {
    const throwing = wrapLLM(new ScriptedLLM(['a']), {
      observe: () => {
        throw new Error('observer');
      },
    });
    expect((await throwing.generate('Go')).text).toBe('a');
    const rejecting = wrapLLM(new ScriptedLLM(['b']), { observe: async () => Promise.reject(new Error('observer')) });
    expect((await rejecting.generate('Go')).text).toBe('b');
  });
});

describe('cache', () => {
  it('the cache answers a repeated request, generated or streamed, and counts no tokens for it', async () => {
    const inner = new ScriptedLLM([{ text: 'one two', usage, requestId: 'r' }]);
    const llm = wrapLLM(inner, { cache: new Map() });
    expect((await llm.generate('Go')).usage).toEqual(usage);
    const again = await llm.generate('Go');
    expect(again).toMatchObject({ text: 'one two', usage: undefined, requestId: undefined });
    expect((await streamed(llm)).at(-1)).toMatchObject({ type: 'finish', generation: { text: 'one two' } });
    expect(llm.usage).toEqual(usage);
    expect(inner.requests).toHaveLength(1);
  });

  it('the cache stores a streamed turn', async () => {
    const inner = new ScriptedLLM(['one two']);
    const llm = wrapLLM(inner, { cache: new Map() });
    await streamed(llm);
    expect((await llm.generate('Go')).text).toBe('one two');
  });

  it('the cache key includes everything on which the reply depends', async () => {
    const requests = [
      {},
      { temperature: 0.1 },
      { seed: 1 },
      { maxTokens: 9 },
      { topP: 0.5 },
      { stop: 'x' },
      { extraBody: { a: 1 } },
      { extraBody: { a: 2 } },
      { responseFormat: { name: 'o', schema: {} } },
      { tools: [{ name: 't', description: 'd', parameters: {} }] },
      { tools: [{ name: 't', description: 'e', parameters: {} }] },
    ];
    const cache = new Map<string, AssistantTurn>();
    const inner = new ScriptedLLM(requests.map((_, index) => `answer ${index}`));
    const llm = wrapLLM(inner, { cache });
    for (const options of requests) await llm.generate('Go', options);
    for (const [index, options] of requests.entries()) {
      expect((await llm.generate('Go', options)).text).toBe(`answer ${index}`);
    }
    expect([...cache.keys()].every(key => /^[0-9a-f]{64}$/.test(key))).toBe(true);
    const other = wrapLLM(new ScriptedLLM(['of another model'], { model: 'other' }), { cache });
    expect((await other.generate('Go')).text).toBe('of another model');
  });

  it('the cache never shares replies between tenants', async () => {
    const cache = new Map<string, AssistantTurn>();
    const plain = wrapLLM(new ScriptedLLM(['for a', 'for b']), { cache });
    expect((await plain.generate('Go', { authContext: 'a' })).text).toBe('for a');
    expect((await plain.generate('Go', { authContext: 'b' })).text).toBe('for b');
    expect(cache.size).toBe(0);
    const scoped = wrapLLM(new ScriptedLLM(['for a', 'for b']), { cache, cacheScope: r => String(r.authContext) });
    for (const tenant of ['a', 'b', 'a', 'b']) {
      expect((await scoped.generate('Go', { authContext: tenant })).text).toBe(`for ${tenant}`);
    }
  });

  it('the cache stores no failed, empty or truncated turn', async () => {
    const cache = new Map<string, AssistantTurn>();
    const inner = new ScriptedLLM([
      new Error('broken'),
      { text: '' },
      { text: 'cut', finishReason: 'length' },
      'whole',
    ]);
    const llm = wrapLLM(inner, { cache });
    await expect(llm.generate('Go')).rejects.toThrow();
    await expect(llm.generate('Go')).rejects.toThrow();
    expect((await llm.generate('Go')).text).toBe('cut');
    expect(cache.size).toBe(0);
    expect((await llm.generate('Go')).text).toBe('whole');
  });

  it('cached tool calls are answered separately', async () => {
    const note = tool({ name: 'note', description: 'N.', parameters: { type: 'object' }, execute: () => 'noted' });
    const inner = new ScriptedLLM([callsTo(['note', {}]), 'done']);
    const llm = wrapLLM(inner, { cache: new Map() });
    for (let run = 0; run < 3; run += 1) {
      const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [note] });
      expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(1);
    }
    expect(inner.requests).toHaveLength(2);
  });

  it('a failing cache store does not affect the turn', async () => {
    const fails = async (): Promise<never> => {
      throw new Error('store');
    };
    const llm = wrapLLM(new ScriptedLLM(['a', 'b']), { cache: { get: fails, set: fails } });
    expect((await llm.generate('Go')).text).toBe('a');
    expect((await llm.generate('Go')).text).toBe('b');
  });
});

describe('rateLimit', () => {
  it('rateLimit starts a burst and then spaces requests evenly, including streamed ones, and does not delay cached replies [C8]', async () => {
    const clock = new VirtualClock();
    const starts: number[] = [];
    const answer = (): string => {
      starts.push(clock.monotonic());
      return 'ok';
    };
    const llm = wrapLLM(new ScriptedLLM([answer, answer, answer, answer]), { rateLimit: 2, cache: new Map(), clock });
    await Promise.all([llm.generate('1'), streamed(llm, '2'), streamed(llm, '3'), llm.generate('4')]);
    await llm.generate('1');
    expect(starts).toEqual([0, 0, 30_000, 60_000]);
    expect(clock.monotonic()).toBe(60_000);
  });

  it('a rate limiter can be shared by several LLMs', async () => {
    const clock = new VirtualClock();
    const rateLimit = new RateLimiter({ perMinute: 60, burst: 1, clock });
    const llms = [1, 2, 3].map(() => wrapLLM(new ScriptedLLM(['ok']), { rateLimit, clock }));
    await Promise.all(llms.map(llm => llm.generate('Go')));
    expect(clock.monotonic()).toBe(2_000);
  });

  it("the wait for the rate limit counts towards the turn's timeout", async () => {
    const clock = new VirtualClock();
    const llm = wrapLLM(new ScriptedLLM(['a', 'b']), { rateLimit: 1, clock });
    await llm.generate('Go');
    await expect(llm.generate('Go', { timeout: 1_000 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('respond', () => {
  it('respond may change the request and the reply, send it again, or not at all', async () => {
    const inner = new ScriptedLLM(['first', 'second']);
    const llm = wrapLLM(inner, {
      async respond(request, next) {
        if (request.messages[0]?.content === 'blocked') return { text: 'no comment' };
        const once = await next({ ...request, temperature: 0.9 });
        const twice = await next(request);
        return { ...twice, text: `${once.text}, ${twice.text}` };
      },
    });
    expect((await llm.generate('Go')).text).toBe('first, second');
    expect(inner.requests.map(({ temperature }) => temperature)).toEqual([0.9, undefined]);
    expect((await llm.generate('blocked')).text).toBe('no comment');
  });

  it('respond surrounds streamed turns, too, which then arrive as one part', async () => {
    const llm = wrapLLM(new ScriptedLLM(['one two']), {
      respond: async (request, next) => ({ ...(await next(request)), text: 'ONE TWO' }),
    });
    expect(await streamed(llm)).toMatchObject([{ type: 'text', text: 'ONE TWO' }, { type: 'finish' }]);
  });

  it('respondStream surrounds streamed turns instead of respond', async () => {
    const llm = wrapLLM(new ScriptedLLM(['one two']), {
      async *respondStream(request: TurnRequest, next): AsyncIterable<StreamPart> {
        for await (const part of next(request)) {
          yield part.type === 'text' ? { ...part, text: part.text.toUpperCase() } : part;
        }
      },
    });
    const texts = (await streamed(llm)).flatMap(part => (part.type === 'text' ? [part.text] : []));
    expect(texts).toEqual(['ONE', ' TWO']);
  });
});
