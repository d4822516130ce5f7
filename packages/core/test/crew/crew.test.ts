import { Agent, Crew, Task } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { counted, lastText, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };

describe('a sequential crew', () => {
  test('does its tasks in order, each told of the earlier outputs', async () => {
    const llm = new ScriptedLLM(['one', 'two', 'three'].map(counted));
    const agent = new Agent({ ...persona, llm });
    const tasks = ['First', 'Second', 'Third'].map(
      description => new Task({ description, expectedOutput: 'A number', agent }),
    );
    const output = await new Crew({ agents: [agent], tasks, process: 'sequential' }).kickoff();
    expect(`${output}`).toBe('three');
    expect(output.tasks.map(String)).toEqual(['one', 'two', 'three']);
    expect(output.usage).toEqual({ inputTokens: 30, outputTokens: 3 });
    expect(lastText(llm.requests[0])).not.toContain('context');
    expect(lastText(llm.requests[2])).toContain("This is the context you're working with:\none\n\n----------\n\ntwo");
  });
});
