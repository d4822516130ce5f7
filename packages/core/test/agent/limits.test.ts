import { Agent, ContextWindowExceededError, type Tool, ToolLoopError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, lastText, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };

function counter(settings: Partial<Tool> = {}) {
  const runs: string[] = [];
  const find = tool({
    name: 'find',
    description: 'Finds a book.',
    parameters: { type: 'object', properties: { title: { type: 'string' } } },
    ...settings,
    execute: ({ title }) => {
      runs.push(String(title));
      if (title === 'Lost') throw new Error('it is lost');
      return `${title} is on shelf ${runs.length}`;
    },
  });
  return { find, runs };
}

describe('maxIterations', () => {
  it('maxIterations of 1 allows two model calls, the second one ending with a user message and without tools', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), 'Shelf 1.']);
    const { find } = counter();
    const agent = new Agent({ ...persona, llm, tools: [find], maxIterations: 1 });
    expect(await agent.executeTask(task)).toBe('Shelf 1.');
    expect(llm.requests).toHaveLength(2);
    expect(llm.requests[1]?.messages.at(-1)?.role).toBe('user');
    expect(llm.requests[1]?.tools).toBeUndefined();
  });

  it('maxIterations defaults to 25: the run fails after 26 model calls and is not retried', async () => {
    const llm = new ScriptedLLM(() => callsTo(['find', { title: 'Emma' }]));
    const { find, runs } = counter();
    const agent = new Agent({ ...persona, llm, tools: [find] });
    await expect(agent.executeTask(task)).rejects.toBeInstanceOf(ToolLoopError);
    expect(llm.requests).toHaveLength(26);
    expect(runs).toHaveLength(25);
  });
});

describe('cache', () => {
  const twice = [
    callsTo(['find', { title: 'Emma' }]),
    callsTo(['find', { title: 'Emma' }]),
    callsTo(['find', { title: 'Lost' }]),
    callsTo(['find', { title: 'Lost' }]),
    'done',
  ];

  it('runs a tool again for the same call unless cache is true', async () => {
    const { find, runs } = counter();
    await new Agent({ ...persona, llm: new ScriptedLLM(twice), tools: [find] }).executeTask(task);
    expect(runs).toEqual(['Emma', 'Emma', 'Lost', 'Lost']);
  });

  it('caches successful tool results, never failures', async () => {
    const { find, runs } = counter();
    const llm = new ScriptedLLM(twice);
    await new Agent({ ...persona, llm, tools: [find], cache: true }).executeTask(task);
    expect(runs).toEqual(['Emma', 'Lost', 'Lost']);
    expect(lastText(llm.requests[2])).toContain('Emma is on shelf 1');
  });

  it('does not cache the results of a tool with cache: false', async () => {
    const { find, runs } = counter({ cache: false });
    await new Agent({ ...persona, llm: new ScriptedLLM(twice), tools: [find], cache: true }).executeTask(task);
    expect(runs).toHaveLength(4);
  });

  it('caches no results beyond the run', async () => {
    const { find, runs } = counter();
    const llm = new ScriptedLLM([...twice, ...twice]);
    const agent = new Agent({ ...persona, llm, tools: [find], cache: true });
    await agent.executeTask(task);
    await agent.executeTask(task);
    expect(runs).toEqual(['Emma', 'Lost', 'Lost', 'Emma', 'Lost', 'Lost']);
  });
});

describe('respectContextWindow', () => {
  const context = 'Emma was moved from shelf to shelf. '.repeat(200);

  it('respectContextWindow: false rejects a conversation that does not fit, without a request or a retry', async () => {
    const llm = new ScriptedLLM(['never'], { contextWindow: 500 });
    const agent = new Agent({ ...persona, llm, respectContextWindow: false });
    await expect(agent.executeTask(task, { context })).rejects.toBeInstanceOf(ContextWindowExceededError);
    expect(llm.requests).toHaveLength(0);
  });

  it('summarises a conversation that outgrows the window by default', async () => {
    const long = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => context });
    const llm = new ScriptedLLM(
      request =>
        request.messages.length === 2 && lastText(request).includes('Where is Emma?')
          ? callsTo(['find', {}])
          : 'Shelf 3.',
      { contextWindow: 1_500 },
    );
    const types: string[] = [];
    const agent = new Agent({ ...persona, llm, tools: [long], callbacks: [event => void types.push(event.type)] });
    expect(await agent.executeTask(task)).toBe('Shelf 3.');
    expect(types).toContain('context-summarised');
    for (const { messages } of llm.requests) expect(llm.countTokens(messages)).toBeLessThanOrEqual(1_500);
  });
});

describe('resultAsAnswer', () => {
  it('returns the successful result of a tool with resultAsAnswer as the answer', async () => {
    const { find } = counter({ resultAsAnswer: true });
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }])]);
    expect(await new Agent({ ...persona, llm, tools: [find] }).executeTask(task)).toBe('Emma is on shelf 1');
  });

  it('does not return a failed result of a tool with resultAsAnswer as the answer', async () => {
    const { find } = counter({ resultAsAnswer: true });
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Lost' }]), 'I do not know.']);
    expect(await new Agent({ ...persona, llm, tools: [find] }).executeTask(task)).toBe('I do not know.');
  });
});
