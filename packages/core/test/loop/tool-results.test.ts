import { runToolLoop, type Tool, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, lastText, ScriptedLLM } from '../scripted-llm.ts';

const parameters = { type: 'object' } as const;

describe('tool with resultAsAnswer', () => {
  it('answers with the unchanged result of a tool, even if the same call failed in the previous turn', async () => {
    let uses = 0;
    const fetches = tool({
      name: 'fetch',
      description: 'Fetches.',
      parameters,
      resultAsAnswer: true,
      execute: () => {
        uses += 1;
        if (uses === 1) throw new Error('try again');
        return 'the page';
      },
    });
    const llm = new ScriptedLLM([callsTo(['fetch', {}]), callsTo(['fetch', {}])]);
    const { text, messages } = await runToolLoop(llm, { messages: 'Go', tools: [fetches] });
    expect(text).toBe('the page');
    expect(messages.at(-1)?.content).toMatch(/^the page\n\nThis was an identical call/);
  });

  it('answers with the result of a tool in the last round, before an answer is required', async () => {
    const fetches = tool({
      name: 'fetch',
      description: 'Fetches.',
      parameters,
      resultAsAnswer: true,
      execute: () => 'the page',
    });
    const llm = new ScriptedLLM([callsTo(['fetch', {}])]);
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [fetches], maxToolRounds: 1 });
    expect(text).toBe('the page');
    expect(llm.requests).toHaveLength(1);
  });

  it('answers with the cached result of a tool', async () => {
    let uses = 0;
    const look = (settings: Partial<Tool>) =>
      tool({
        name: 'look',
        description: 'Looks.',
        parameters,
        cache: true,
        execute: () => `look ${++uses}`,
        ...settings,
      });
    const llm = new ScriptedLLM([callsTo(['look', {}], ['look', { again: true }])]);
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [look({ resultAsAnswer: true })] });
    expect(text).toBe('look 1');
  });
});

describe('misbehaving tool', () => {
  const behaves = (run: () => unknown): Tool => ({
    name: 'odd',
    description: 'Odd.',
    parameters,
    run: run as Tool['run'],
  });

  it.each([
    [
      'throws what cannot be turned into a string',
      () => Promise.reject(Object.create(null)),
      'Error: something that cannot be described',
    ],
    [
      'throws at once',
      () => {
        throw new Error('at once');
      },
      'Error: at once',
    ],
    ['throws undefined', () => Promise.reject(undefined), 'Error: undefined'],
    ['resolves to nothing', async () => undefined, '(no output)'],
    ['resolves to an object', async () => ({ a: 1 }), '{"a":1}'],
    ['gives its result without a promise', () => 'plain', 'plain'],
  ])('does not end the run when a tool %s', async (_what, run, said) => {
    const llm = new ScriptedLLM([callsTo(['odd', {}]), 'Done.']);
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [behaves(run)] });
    expect(text).toBe('Done.');
    expect(lastText(llm.requests[1])).toBe(said);
  });
});

describe('cached tool', () => {
  it('returns cached results even if the maxUses of the tool are used up', async () => {
    const once = tool({
      name: 'once',
      description: 'Once.',
      parameters,
      cache: true,
      maxUses: 1,
      execute: () => 'known',
    });
    const llm = new ScriptedLLM([
      callsTo(['once', {}]),
      callsTo(['once', { other: 1 }]),
      callsTo(['once', {}]),
      'Done.',
    ]);
    await runToolLoop(llm, { messages: 'Go', tools: [once] });
    expect(lastText(llm.requests[2])).toMatch(/^Error: "once" may be used once/);
    expect(lastText(llm.requests[3])).toBe('known');
  });
});

describe('sequential tool', () => {
  it('runs a repeatable sequential tool alone each time, without a note to the model', async () => {
    let running = 0;
    let most = 0;
    const steps = tool({
      name: 'step',
      description: 'Steps.',
      parameters,
      sequential: true,
      repeatable: true,
      execute: async () => {
        running += 1;
        most = Math.max(most, running);
        await null;
        running -= 1;
        return 'stepped';
      },
    });
    const twice = callsTo(['step', {}], ['step', {}]);
    const llm = new ScriptedLLM([twice, twice, 'Done.']);
    const { messages, toolCalls } = await runToolLoop(llm, { messages: 'Go', tools: [steps] });
    expect([most, toolCalls]).toEqual([1, 4]);
    expect(messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))).toEqual(
      Array(4).fill('stepped'),
    );
  });
});
