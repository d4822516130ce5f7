import {
  AuthenticationError,
  type BaseLLM,
  ConfigurationError,
  ConnectionError,
  type CrewEvent,
  EmptyReplyError,
  fallback,
  notifyListeners,
  RateLimitError,
  ResponseError,
  type StreamPart,
  TimeoutError,
  wrapLLM,
} from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Script, ScriptedLLM } from './scripted-llm.ts';

const limited = () => new RateLimitError('slow down', { status: 429 });

async function textOf(llm: BaseLLM): Promise<string> {
  let text = '';
  for await (const part of llm.stream('Go')) if (part.type === 'text') text += part.text;
  return text;
}

describe('fallback', () => {
  it.each([
    ['a rate limit', limited()],
    ['a lost connection', new ConnectionError('lost')],
    ['a timeout of its own', new TimeoutError('slow')],
    ['a failing server', new ResponseError('down', { status: 503 })],
  ])('fallback tries the next LLM after %s, generated and streamed', async (_what, error) => {
    const first = new ScriptedLLM([error, error]);
    const second = new ScriptedLLM(['from b', 'from b']);
    const llm = fallback([first, second]);
    expect((await llm.generate('Go')).text).toBe('from b');
    expect(await textOf(llm)).toBe('from b');
    expect([first.unused, second.unused]).toEqual([0, 0]);
  });

  it.each([
    ['a refused credential', new AuthenticationError('refused', { status: 401 })],
    ['a wrong request', new ResponseError('wrong', { status: 400 })],
    ['a wrong option', new ConfigurationError('wrong')],
  ])('fallback does not try the next LLM after %s', async (_what, error) => {
    const llm = fallback([new ScriptedLLM([error]), new ScriptedLLM(['never'])]);
    await expect(llm.generate('Go')).rejects.toBe(error);
  });

  it('fallback applies to the given kinds of errors only', async () => {
    const on = [AuthenticationError, { isInstance: (e: unknown) => e instanceof Error && e.message.includes('odd') }];
    const named = fallback(
      [new ScriptedLLM([new AuthenticationError('no'), new Error('odd')]), new ScriptedLLM(['b', 'b'])],
      { on },
    );
    expect((await named.generate('Go')).text).toBe('b');
    expect((await named.generate('Go')).text).toBe('b');
    await expect(
      fallback([new ScriptedLLM([limited()]), new ScriptedLLM(['b'])], { on }).generate('Go'),
    ).rejects.toThrow('slow down');
  });

  it('fallback tries every LLM and then throws the last error', async () => {
    const last = limited();
    const llms = [new ScriptedLLM([limited()]), new ScriptedLLM([limited()]), new ScriptedLLM([last])];
    await expect(fallback(llms).generate('Go')).rejects.toBe(last);
    expect(llms.map(llm => llm.requests.length)).toEqual([1, 1, 1]);
  });

  it('fallback starts with the first LLM again in the next turn', async () => {
    const llm = fallback([new ScriptedLLM([limited(), 'a']), new ScriptedLLM(['b'])]);
    expect([(await llm.generate('1')).text, (await llm.generate('2')).text]).toEqual(['b', 'a']);
  });

  it('fallback continues after an empty reply if that kind is given', async () => {
    const script: Script[] = [{ text: '' }, { text: '' }];
    const llm = fallback([new ScriptedLLM(script), new ScriptedLLM(['b', 'b'])], { on: [EmptyReplyError] });
    expect((await llm.generate('Go')).text).toBe('b');
    expect(await textOf(llm)).toBe('b');
    const alone = fallback([new ScriptedLLM([{ text: '', finishReason: 'length' }])], { on: [EmptyReplyError] });
    await expect(alone.generate('Go')).rejects.toThrow(/cut off \(length\)/);
  });

  it('fallback does not change the LLM once a part was emitted', async () => {
    class Breaking extends ScriptedLLM {
      override async *respondStream(): AsyncIterable<StreamPart> {
        yield { type: 'text', text: 'half an ' };
        throw new ConnectionError('lost');
      }
    }
    const second = new ScriptedLLM(['b']);
    const parts: StreamPart[] = [];
    const reading = (async () => {
      for await (const part of fallback([new Breaking([]), second]).stream('Go')) parts.push(part);
    })();
    await expect(reading).rejects.toThrow('lost');
    expect(parts).toEqual([{ type: 'text', text: 'half an ' }]);
    expect(second.requests).toEqual([]);
  });

  it('fallback does not retry a cancelled turn', async () => {
    const controller = new AbortController();
    const second = new ScriptedLLM(['b']);
    const first = new ScriptedLLM([
      () => {
        controller.abort();
        throw limited();
      },
    ]);
    const asking = fallback([first, second]).generate('Go', { signal: controller.signal });
    await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
    expect(second.requests).toEqual([]);
  });

  it('fallback emits a retry event for each change, and counts tokens and turns once', async () => {
    const usage = { inputTokens: 1, outputTokens: 2 };
    const inner = [new ScriptedLLM([limited()]), new ScriptedLLM([{ text: 'b', usage, model: 'model-b' }])];
    const llm = fallback(inner);
    const events: CrewEvent[] = [];
    const { model } = await llm.generate('Go', { callbacks: [event => events.push(event)] });
    expect(model).toBe('model-b');
    expect(events.map(({ type }) => type)).toEqual(['turn-start', 'turn-retry', 'turn-finish']);
    expect(events[1]).toMatchObject({ attempt: 1, delayMs: 0, error: { code: 'RATE_LIMIT' }, runId: events[0]?.runId });
    expect(llm.usage).toEqual(usage);
    expect(inner.map(one => one.usage.inputTokens)).toEqual([0, 0]);
  });

  it('fallback has only the capabilities that all LLMs have', () => {
    const a = new ScriptedLLM([], { contextWindow: 9_000, model: 'a', stop: ['X'] });
    const b = new ScriptedLLM([], { contextWindow: 4_000, functionCalling: false, stopWords: false, stop: ['X', 'Y'] });
    const llm = fallback([a, b]);
    expect([llm.supportsFunctionCalling(), llm.supportsStopWords(), llm.getContextWindowSize()]).toEqual([
      false,
      true,
      4_000,
    ]);
    expect([llm.model, llm.stop]).toEqual(['a', ['X', 'Y']]);
  });

  it('fallback uses the temperature of each LLM, and sends stop words only if it supports them', async () => {
    const a = new ScriptedLLM([limited()], { temperature: 0.1, stopWords: false });
    const b = new ScriptedLLM(['said END more'], { temperature: 0.2 });
    const { text } = await fallback([a, b]).generate('Go', { stop: 'END' });
    expect(text).toBe('said ');
    expect([a, b].map(({ requests: [request] }) => [request?.temperature, request?.stop])).toEqual([
      [0.1, []],
      [0.2, ['END']],
    ]);
  });

  it('a fallback can be wrapped, and can contain wrapped LLMs', async () => {
    const cache = new Map();
    const llm = wrapLLM(fallback([wrapLLM(new ScriptedLLM([limited()]), {}), new ScriptedLLM(['b'])]), { cache });
    expect([(await llm.generate('Go')).text, (await llm.generate('Go')).text]).toEqual(['b', 'b']);
  });

  it('fallback closes all LLMs, even if one fails to close, and receives their credential events', async () => {
    const [a, b] = [new ScriptedLLM([]), new ScriptedLLM([])];
    vi.spyOn(a, 'close').mockRejectedValue(new Error('stuck'));
    const closed = vi.spyOn(b, 'close');
    const llm = fallback([a, b]);
    const heard = vi.fn();
    llm.on('credential', heard);
    notifyListeners(b, { type: 'credential', at: 0, action: 'renewed', authenticator: 'oauth' });
    expect(heard).toHaveBeenCalledOnce();
    await expect(llm.close()).rejects.toThrow('stuck');
    expect(closed).toHaveBeenCalledOnce();
  });

  it('concurrent turns of a fallback do not mix', async () => {
    const turn = fc.record({ fails: fc.nat(3), ticks: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 10 }), async turns => {
        class Echo extends ScriptedLLM {
          readonly #place: number;
          constructor(place: number) {
            super([]);
            this.#place = place;
          }
          override async respond({ messages }: Parameters<ScriptedLLM['respond']>[0]) {
            const index = Number(messages[0]?.content);
            for (let tick = 0; tick < (turns[index]?.ticks ?? 0); tick += 1) await undefined;
            if (this.#place < (turns[index]?.fails ?? 0)) throw limited();
            return { text: `${index} by ${this.#place}` };
          }
        }
        const llm = fallback([new Echo(0), new Echo(1), new Echo(2), new Echo(3)]);
        const answers = await Promise.all(turns.map((_, index) => llm.generate(String(index))));
        expect(answers.map(({ text }) => text)).toEqual(turns.map(({ fails }, index) => `${index} by ${fails}`));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['an empty list', [], {}],
    ['a string instead of an LLM', ['gpt'], {}],
    ['names instead of error classes', [new ScriptedLLM([])], { on: ['RateLimitError'] }],
  ])('a fallback with %s is a ConfigurationError', (_what, llms, options) => {
    const make = (): BaseLLM => Reflect.apply(fallback, undefined, [llms, options]);
    expect(make).toThrow(ConfigurationError);
  });
});
