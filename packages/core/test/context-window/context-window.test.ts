import {
  ConfigurationError,
  ContextWindowExceededError,
  type CrewEvent,
  type Message,
  ResponseError,
  runToolLoop,
  type ToolLoopOptions,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { factsIn, StrictLLM, type StrictSettings } from './strict-llm.ts';

const WINDOW = 8192;

/** Returns an error that ends the run: nothing recovers from it. */
const excess = (tokens: number): Error => new Error(`A request of ${tokens} tokens was sent.`);
/** Returns the error of a server. */
const overflow = (tokens: number): Error =>
  new ContextWindowExceededError('The conversation is too long for the model.', {
    status: 400,
    serverMessage: `${tokens}`,
  });

const messages: readonly Message[] = [
  { role: 'system', content: 'You are a reader of many pages.' },
  { role: 'user', content: 'Current Task: read all pages and tell the facts.' },
];

/** Returns a tool whose results have these lengths, each with a fact at its beginning. */
function fetchTool(length: (page: number) => number) {
  return tool({
    name: 'fetch',
    description: 'Fetches a page.',
    parameters: { type: 'object', properties: { page: { type: 'number' } } },
    execute: ({ page }) => `FACT ${page} ${'lorem ipsum dolor sit amet '.repeat(Math.ceil(length(Number(page)) / 27))}`,
  });
}

function strict(settings: Partial<StrictSettings> & { rounds: number }): StrictLLM {
  return new StrictLLM({ contextWindow: WINDOW, charactersPerToken: 3, onExcess: excess, ...settings });
}

function run(llm: StrictLLM, length: (page: number) => number, options: Partial<ToolLoopOptions> = {}) {
  return runToolLoop(llm, { messages, tools: [fetchTool(length)], maxToolRounds: 300, ...options });
}

function facts(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `FACT ${from + index}`);
}

describe.each([true, false])('run of 200 rounds in a window of 8,192 tokens, function calling %s', functionCalling => {
  it('finishes without a request that exceeds the window, and loses or reorders nothing', async () => {
    const llm = strict({ rounds: 200, functionCalling });
    const { text, usage } = await run(llm, page => (page % 40 === 0 ? 60_000 : page % 7 === 0 ? 9_000 : 700));
    expect(Math.max(...llm.sizes)).toBeLessThanOrEqual(WINDOW);
    expect(llm.requests).toHaveLength(201);
    expect(llm.summaries.length).toBeGreaterThan(5);
    expect(factsIn(text)).toEqual(facts(1, 200));
    // Every turn is counted exactly once, including summaries.
    expect(usage.inputTokens).toBe(llm.sizes.reduce((sum, size) => sum + size, 0));
    expect(usage).toEqual(llm.usage);
    for (const request of llm.requests) {
      expect(String(request.messages[0]?.content)).toContain('You are a reader of many pages.');
      expect(String(request.messages[1]?.content)).toContain('read all pages and tell the facts');
    }
  });

  it('finishes when the estimate is far too low, because reported usage corrects it', async () => {
    const llm = strict({ rounds: 200, functionCalling, charactersPerToken: 2 });
    const { text } = await run(llm, page => (page % 40 === 0 ? 60_000 : page % 7 === 0 ? 6_000 : 700));
    expect(Math.max(...llm.sizes)).toBeLessThanOrEqual(WINDOW);
    expect(factsIn(text)).toEqual(facts(1, 200));
  });

  it('finishes when the provider reports no usage', async () => {
    const llm = strict({ rounds: 200, functionCalling, reportsUsage: false, charactersPerToken: 3.6 });
    const { text } = await run(llm, page => (page % 9 === 0 ? 12_000 : 900));
    expect(factsIn(text)).toEqual(facts(1, 200));
  });

  it('finishes when the window is unknown, with the size that the server states in its error', async () => {
    const settings = { rounds: 200, functionCalling, claimedWindow: Number.POSITIVE_INFINITY, onExcess: overflow };
    const llm = strict(settings);
    const { text } = await run(llm, page => (page % 9 === 0 ? 12_000 : 900));
    expect(factsIn(text)).toEqual(facts(1, 200));
  });

  it('finishes when the estimate is far too low and the server rejects a request', async () => {
    const llm = strict({
      rounds: 60,
      functionCalling,
      charactersPerToken: 1.5,
      reportsUsage: false,
      onExcess: overflow,
    });
    const { text } = await run(llm, page => (page % 9 === 0 ? 12_000 : 900));
    expect(factsIn(text)).toEqual(facts(1, 60));
  });
});

describe('result longer than the window', () => {
  it('splits a result that is longer than the window, and summarises all its parts in order', async () => {
    const llm = strict({ rounds: 1 });
    const lines = facts(1, 400).map(fact => `${fact} ${'and so on '.repeat(20)}`);
    const fetch = tool({
      name: 'fetch',
      description: 'Fetches a page.',
      parameters: { type: 'object' },
      execute: () => lines.join('\n'),
    });
    const { text } = await runToolLoop(llm, { messages, tools: [fetch] });
    expect(llm.summaries.length).toBeGreaterThan(3);
    expect(factsIn(text)).toEqual(facts(1, 400));
  });

  it('splits a result without spaces, but never within a character', async () => {
    const seen: string[] = [];
    const llm = strict({
      rounds: 1,
      charactersPerToken: 1,
      summarise: text => {
        seen.push(text);
        return 'smileys';
      },
    });
    const fetch = tool({
      name: 'fetch',
      description: 'Fetches a page.',
      parameters: { type: 'object' },
      execute: () => '😀'.repeat(20_000),
    });
    await runToolLoop(llm, { messages, tools: [fetch] });
    expect(seen.join('').match(/😀/gu)).toHaveLength(20_000);
    expect(seen.join('')).not.toMatch(/\p{Surrogate}/u);
  });

  it('fails with advice when a result is too long for any number of summaries', async () => {
    const running = run(strict({ rounds: 1 }), () => 4_000_000);
    await expect(running).rejects.toThrow(/context window is 8192 tokens.*let the tools return less/s);
    await expect(running).rejects.toThrow(ContextWindowExceededError);
  });
});

describe('summaries', () => {
  it('requests at most four summaries at the same time, and joins them in order', async () => {
    let running = 0;
    let most = 0;
    const llm = strict({
      rounds: 1,
      summarise: async text => {
        running += 1;
        most = Math.max(most, running);
        const found = factsIn(text);
        // Later parts complete first.
        for (let tick = 500 - Number(found[0]?.slice(5) ?? 0); tick > 0; tick -= 1) await undefined;
        running -= 1;
        return found.join(' ');
      },
    });
    const lines = facts(1, 400).map(fact => `${fact} ${'and so on '.repeat(40)}`);
    const fetch = tool({
      name: 'fetch',
      description: 'F.',
      parameters: { type: 'object' },
      execute: () => lines.join('\n'),
    });
    const { text } = await runToolLoop(llm, { messages, tools: [fetch] });
    expect(most).toBe(4);
    expect(factsIn(text)).toEqual(facts(1, 400));
  });

  it('puts the summaries in one message after the system message and the task', async () => {
    const llm = strict({ rounds: 12 });
    const { messages: all } = await run(llm, () => 3_000);
    expect(all.slice(0, 2)).toEqual(messages);
    expect(all[2]).toMatchObject({ role: 'user', content: expect.stringMatching(/too long to keep.*FACT 1 /s) });
    expect(all.filter(({ content }) => String(content).includes('too long to keep'))).toHaveLength(1);
  });

  it('emits an event for each summary', async () => {
    const events: CrewEvent[] = [];
    const llm = strict({ rounds: 12 });
    await run(llm, () => 3_000, { runId: 'run-1', callbacks: [event => events.push(event)] });
    const summarised = events.filter(event => event.type === 'context-summarised');
    expect(summarised.length).toBeGreaterThan(0);
    for (const event of summarised) {
      expect(event).toMatchObject({ parentId: 'run-1', contextWindow: WINDOW });
      expect(event.tokensAfter).toBeLessThan(event.tokensBefore);
    }
    const chunks = summarised.reduce((sum, event) => sum + event.chunks, 0);
    expect(chunks).toBe(llm.summaries.length);
    expect(events.filter(({ type }) => type === 'turn-start')).toHaveLength(llm.sizes.length);
  });

  it('runs summaries as steps, which a replay does not request again', async () => {
    const recorded = new Map<string, unknown>();
    const steps = {
      run: async <T>(name: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> => {
        if (recorded.has(name)) return structuredClone(recorded.get(name)) as T;
        const result = await action(new AbortController().signal);
        expect(recorded.has(name)).toBe(false);
        recorded.set(name, structuredClone(result));
        return result;
      },
      sleep: async () => undefined,
      now: async () => 0,
      randomId: async () => 'run',
    };
    const first = strict({ rounds: 12 });
    const { text } = await run(first, () => 3_000, { steps });
    const names = [...recorded.keys()].filter(name => name.startsWith('summary/'));
    expect(names).toHaveLength(first.summaries.length);
    expect(names[0]).toMatch(/^summary\/\d+\/1$/);
    const second = strict({ rounds: 12 });
    expect((await run(second, () => 3_000, { steps })).text).toBe(text);
    expect(second.sizes).toEqual([]);
  });

  it('retries summaries like any turn', async () => {
    let failed = false;
    const llm = strict({
      rounds: 12,
      summarise: text => {
        if (failed) return factsIn(text).join(' ');
        failed = true;
        throw new Error('overloaded');
      },
    });
    const retries: number[] = [];
    const { text } = await run(llm, () => 3_000, {
      retryTurn: async (error, retry) => {
        expect(error.message).toContain('overloaded');
        retries.push(retry);
        return true;
      },
    });
    expect(retries).toEqual([1]);
    expect(factsIn(text)).toEqual(facts(1, 12));
  });

  it('fails instead of summarising endlessly when summaries never get short enough', async () => {
    const llm = strict({ rounds: 12, summarise: text => text.slice(-16_000) });
    await expect(run(llm, () => 6_000)).rejects.toThrow(ContextWindowExceededError);
    expect(llm.summaries.length).toBeLessThan(20);
  });

  it('keeps an earlier question in addition to the task while it is short', async () => {
    const llm = strict({ rounds: 12 });
    const history: Message[] = [
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello Ada.' },
      { role: 'user', content: 'Read the pages.' },
    ];
    const { messages: all } = await run(llm, () => 3_000, { messages: history });
    expect(all.slice(0, 2).map(({ content }) => content)).toEqual(['My name is Ada.', 'Read the pages.']);
  });

  it('summarises an earlier question that is long', async () => {
    const llm = strict({ rounds: 1 });
    const history: Message[] = [
      { role: 'user', content: `FACT 0 ${'lorem ipsum '.repeat(2_500)}` },
      { role: 'assistant', content: 'I have read it.' },
      { role: 'user', content: 'Now read the pages.' },
    ];
    const { messages: all, text } = await run(llm, () => 1_000, { messages: history });
    expect(all[0]?.content).toBe('Now read the pages.');
    expect(factsIn(text)).toEqual(['FACT 0', 'FACT 1']);
  });
});

describe('messages that cannot be summarised', () => {
  it('fails before anything is sent when the task alone is longer than the window', async () => {
    const llm = strict({ rounds: 1 });
    const task: Message[] = [{ role: 'user', content: 'word '.repeat(10_000) }];
    await expect(run(llm, () => 10, { messages: task })).rejects.toThrow(
      /The conversation is about \d+ tokens long, and it cannot be summarised any further: .* 8192 tokens/,
    );
    expect(llm.sizes).toEqual([]);
  });

  it('sends a task that leaves less room for the answer', async () => {
    const llm = strict({ rounds: 0, charactersPerToken: 4 });
    const task: Message[] = [{ role: 'user', content: 'word '.repeat(5_500) }];
    await run(llm, () => 10, { messages: task });
    expect(llm.sizes[0]).toBeGreaterThan(WINDOW * 0.75);
  });
});

describe('respectContextWindow: false', () => {
  it('fails instead of summarising when respectContextWindow is false', async () => {
    const llm = strict({ rounds: 12 });
    const running = run(llm, () => 3_000, { respectContextWindow: false });
    await expect(running).rejects.toThrow(ContextWindowExceededError);
    await expect(running).rejects.toThrow(/respectContextWindow is false/);
    expect(llm.summaries).toEqual([]);
  });

  it("throws the server's own error when respectContextWindow is false", async () => {
    const settings = { rounds: 12, claimedWindow: Number.POSITIVE_INFINITY, onExcess: overflow };
    const running = run(strict(settings), () => 3_000, { respectContextWindow: false });
    await expect(running).rejects.toMatchObject({ name: 'ContextWindowExceededError', status: 400 });
  });
});

describe('context overflow of the provider', () => {
  it.each([
    [
      'in the response of a server',
      () => new ResponseError('refused', { status: 400, serverCode: 'context_length_exceeded' }),
    ],
    [
      'in the error of a hand-written LLM',
      () => new Error("HTTP 400: This model's maximum context length is 8192 tokens."),
    ],
  ])('recognises a context overflow %s', async (_who, onExcess) => {
    const llm = strict({ rounds: 30, claimedWindow: Number.POSITIVE_INFINITY, onExcess });
    const { text } = await run(llm, () => 3_000);
    expect(factsIn(text)).toEqual(facts(1, 30));
  });

  it.each([20_000, 100_000, 400_000])(
    'recovers from a result of %s characters when the server does not state its window',
    async length => {
      const onExcess = () => new ContextWindowExceededError('The prompt is too long (status 400).');
      for (const reportsUsage of [true, false]) {
        const llm = strict({ rounds: 3, claimedWindow: Number.POSITIVE_INFINITY, onExcess, reportsUsage });
        const { text } = await run(llm, page => (page === 2 ? length : 500));
        expect(factsIn(text)).toEqual(facts(1, 3));
      }
    },
  );

  it('uses exactly the window that the server states', async () => {
    const llm = strict({
      rounds: 60,
      claimedWindow: Number.POSITIVE_INFINITY,
      onExcess: () =>
        new ContextWindowExceededError('the available context size (8,192 tokens) is exceeded', { status: 400 }),
    });
    const events: CrewEvent[] = [];
    await run(llm, () => 3_000, { callbacks: [event => events.push(event)] });
    const windows = events.flatMap(event => (event.type === 'context-summarised' ? [event.contextWindow] : []));
    expect(new Set(windows)).toEqual(new Set([8192]));
  });

  it('fails with the overflow as its cause when it happens again and again', async () => {
    const llm = strict({ rounds: 5, contextWindow: 40, claimedWindow: WINDOW, onExcess: overflow });
    const running = run(llm, () => 3_000);
    await expect(running).rejects.toMatchObject({ name: 'ContextWindowExceededError', status: 400 });
    await expect(running).rejects.toHaveProperty('cause.name', 'ContextWindowExceededError');
  });
});

it('cancels the summaries of a cancelled run', async () => {
  const controller = new AbortController();
  let aborted = 0;
  class Slow extends StrictLLM {
    override async respond(request: Parameters<StrictLLM['respond']>[0]) {
      if (String(request.messages[0]?.content).includes('Reply with the summary only')) {
        request.signal.addEventListener('abort', () => {
          aborted += 1;
        });
        queueMicrotask(() => controller.abort());
        return new Promise<never>(() => undefined);
      }
      return super.respond(request);
    }
  }
  const llm = new Slow({ contextWindow: WINDOW, charactersPerToken: 3, onExcess: excess, rounds: 12 });
  await expect(run(llm, () => 3_000, { signal: controller.signal })).rejects.toThrow(/cancelled/);
  expect(aborted).toBeGreaterThan(0);
});

it.each([0, -1, Number.NaN])('rejects a window of %s tokens with a ConfigurationError', async contextWindow => {
  await expect(run(strict({ rounds: 1, contextWindow }), () => 10)).rejects.toThrow(ConfigurationError);
});
