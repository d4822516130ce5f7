import { Agent, type CrewEvent, Task, tool } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { callsTo, counted, lastText, ScriptedLLM, untilAborted } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const find = tool({
  name: 'find',
  description: 'Finds a book.',
  parameters: { type: 'object', properties: { title: { type: 'string' } } },
  execute: ({ title }) => `${title} is on shelf 3`,
});

describe('an agent', () => {
  test('does a task with its tools and resolves to the answer', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), 'Shelf 3.']);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    const task = new Task({ description: 'Where is Emma?', expectedOutput: 'A shelf', agent });
    expect(await agent.executeTask(task)).toBe('Shelf 3.');
    expect(lastText(llm.requests[1])).toBe('Emma is on shelf 3');
  });

  test('streams its events, deltas included, the last one with the output', async () => {
    const llm = new ScriptedLLM([callsTo(['find', { title: 'Emma' }]), counted('On shelf 3.')]);
    const agent = new Agent({ ...persona, llm, tools: [find] });
    const events: CrewEvent[] = [];
    for await (const event of agent.stream({ description: 'Where is Emma?', expectedOutput: 'A shelf' })) {
      events.push(event);
    }
    expect(events.map(event => event.type)).toEqual([
      'agent-start',
      'turn-start',
      'turn-finish',
      'tool-start',
      'tool-finish',
      'turn-start',
      'turn-delta',
      'turn-delta',
      'turn-delta',
      'turn-finish',
      'agent-finish',
    ]);
    expect(events.at(-1)).toMatchObject({ output: 'On shelf 3.', usage: { inputTokens: 10, outputTokens: 1 } });
  });

  test('throws what failed at the end of its stream', async () => {
    const agent = new Agent({ ...persona, llm: new ScriptedLLM([new Error('no line')]), maxRetryLimit: 0 });
    const types: string[] = [];
    const read = async () => {
      for await (const event of agent.stream({ description: 'Say.', expectedOutput: 'It' })) types.push(event.type);
    };
    await expect(read()).rejects.toThrow('no line');
    expect(types.at(-1)).toBe('agent-error');
  });

  test('cancels the work when its stream is left early', async () => {
    let aborted = false;
    const llm = new ScriptedLLM(({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return untilAborted(signal);
    });
    for await (const event of new Agent({ ...persona, llm }).stream({ description: 'Say.', expectedOutput: 'It' })) {
      if (event.type === 'turn-start') break;
    }
    expect(aborted).toBe(true);
  });
});
