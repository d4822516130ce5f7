import { Agent, Crew, type CrewEvent, runToolLoop, Task, tool } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

describe('finish reasons of outputs', () => {
  test.each(['stop', 'length', 'content-filter', 'refusal', 'unknown'] as const)(
    'an answer that ended with %s says so in every output and event [W5]',
    async finishReason => {
      const events: CrewEvent[] = [];
      const llm = new ScriptedLLM(() => ({ text: 'Half an ans', finishReason }));
      const agent = new Agent({ role: 'Pilot', goal: 'Bring ships in', backstory: 'You know every bar.', llm });
      const task = new Task({ description: 'Advise.', expectedOutput: 'A sentence.', agent });
      const callbacks = [(event: CrewEvent) => events.push(event)];

      const output = await new Crew({ tasks: [task] }).kickoff({ callbacks });
      expect([output.finishReason, output.tasks[0]?.finishReason]).toEqual([finishReason, finishReason]);
      expect((await task.execute()).finishReason).toBe(finishReason);
      await agent.executeTask({ description: 'Advise.', expectedOutput: 'A sentence.' }, { callbacks });

      const ends = events.filter(event => event.type.endsWith('-finish') && event.type !== 'turn-finish');
      expect(ends.map(event => event.type)).toEqual(['agent-finish', 'task-finish', 'crew-finish', 'agent-finish']);
      for (const end of ends) expect(end).toMatchObject({ finishReason });
    },
  );

  test('the calls of a refusal are not run [W5]', async () => {
    let runs = 0;
    const pay = tool({ name: 'pay', description: 'Pays.', parameters: { type: 'object' }, execute: () => (runs += 1) });
    const toolCalls = [{ id: 'a', name: 'pay', arguments: '{}' }];
    const llm = new ScriptedLLM([{ text: 'I cannot.', toolCalls, finishReason: 'refusal' }, 'I cannot do that.']);
    const { text } = await runToolLoop(llm, { messages: 'Pay.', tools: [pay] });
    expect([text, runs]).toEqual(['I cannot do that.', 0]);
  });
});
