import { Agent, CrewError, Task, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { callsTo, counted, lastText, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const find = tool({
  name: 'find',
  description: 'Finds a book.',
  parameters: { type: 'object', properties: { title: { type: 'string' } } },
  execute: ({ title }) => `${title} is on shelf 3`,
});
const count = tool({ name: 'count', description: 'Counts.', parameters: { type: 'object' }, execute: () => '7' });

const names = (llm: ScriptedLLM) => llm.requests[0]?.tools?.map(({ name }) => name) ?? [];

describe('Agent.executeTask', () => {
  it('runs the tools and resolves to the answer', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), 'Shelf 3.']);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    const task = new Task({ description: 'Where is Emma?', expectedOutput: 'A shelf', agent });
    expect(await agent.executeTask(task)).toBe('Shelf 3.');
    expect(lastText(llm.requests[1])).toBe('Emma is on shelf 3');
  });

  it("uses the tools of the task instead of the agent's", async () => {
    const llm = new ScriptedLLM(['ok']);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    await agent.executeTask({ description: 'Count.', expectedOutput: 'A number', tools: [count] });
    expect(names(llm)).toEqual(['count']);
  });

  it('uses no tools when the task has an empty list', async () => {
    const llm = new ScriptedLLM(['ok']);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    await agent.executeTask({ description: 'Think.', expectedOutput: 'A thought', tools: [] });
    expect(llm.requests[0]?.tools).toBeUndefined();
  });

  it('uses the tools of the call before all others', async () => {
    const llm = new ScriptedLLM(['ok']);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    await agent.executeTask({ description: 'Count.', expectedOutput: 'A number', tools: [] }, { tools: [count] });
    expect(names(llm)).toEqual(['count']);
  });

  it('offers the same tools as text to a model without function calling', async () => {
    const llm = new ScriptedLLM(
      ['Thought: look\nAction: find\nAction Input: {"title": "Emma"}\nObservation:', 'Final Answer: Shelf 3.'],
      { functionCalling: false },
    );
    const agent = new Agent({ ...persona, llm, tools: [find] });
    expect(await agent.executeTask({ description: 'Where is Emma?', expectedOutput: 'A shelf' })).toBe('Shelf 3.');
  });

  it('gives the model feedback until the answer fits the schema of the task', async () => {
    const outputSchema = z.object({ shelf: z.number() });
    const llm = new ScriptedLLM(['{"shelf": "three"}', '{"shelf": 3}']);
    const agent = new Agent({ ...persona, llm });
    const answer = await agent.executeTask({ description: 'Where is Emma?', expectedOutput: 'A shelf', outputSchema });
    expect(answer).toBe('{"shelf": 3}');
    expect(llm.requests[0]?.responseFormat).toMatchObject({ schema: { type: 'object', required: ['shelf'] } });
    expect(llm.requests[1]?.messages.at(-2)).toEqual({ role: 'assistant', content: '{"shelf": "three"}' });
    expect(lastText(llm.requests[1])).toMatch(/cannot be used: shelf: /);
  });

  it('rejects with the conversation so far, including tool results, and the token usage', async () => {
    const llm = new ScriptedLLM([
      { ...callsTo(['find', { title: 'Emma' }]), usage: { inputTokens: 10, outputTokens: 1 } },
      new Error('no line'),
    ]);
    const agent = new Agent({ ...persona, llm, tools: [find], maxRetryLimit: 0 });
    const error = await agent
      .executeTask({ description: 'Where is Emma?', expectedOutput: 'A shelf' })
      .catch((thrown: unknown) => thrown);
    if (!CrewError.isInstance(error)) throw new Error('It did not fail with a CrewError.');
    expect(error.messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(error.usage).toEqual({ inputTokens: 10, outputTokens: 1 });
    expect(Object.keys(error)).not.toContain('messages');
  });

  it('keeps no state from one run to the next', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), counted('one'), counted('two')]);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    const before = JSON.stringify(agent, (key, value) => (key === 'llm' ? undefined : value));
    await agent.executeTask({ description: 'First', expectedOutput: 'A number' });
    await agent.executeTask({ description: 'Second', expectedOutput: 'A number' });
    expect(llm.requests[2]?.messages).toHaveLength(2);
    expect(JSON.stringify(llm.requests[2]?.messages)).not.toMatch(/Emma|First|one/);
    expect(JSON.stringify(agent, (key, value) => (key === 'llm' ? undefined : value))).toBe(before);
  });
});
