import { AbortError, Agent, type CrewEvent, Task, type TaskOutput } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { counted, lastText, ScriptedLLM } from '../scripted-llm.ts';
import { persona, taskOptions } from './make-task.ts';

const agentOf = (llm: ScriptedLLM): Agent => new Agent({ ...persona, llm });

describe('task with a schema, guardrails and human input', () => {
  it('checks schema, guardrails and human input in this order, each on the accepted output, and counts every turn', async () => {
    const asked: string[] = [];
    const llm = new ScriptedLLM(
      ['no JSON', '{"shelf":"three"}', '{"shelf":3}', '{"shelf":4}', '{"shelf":5}'].map(counted),
    );
    const answers = ['It moved.', ''];
    const task = new Task({
      ...taskOptions,
      agent: agentOf(llm),
      outputSchema: z.object({ shelf: z.number() }),
      guardrail: [
        ({ parsed }) => {
          asked.push(`guardrail ${parsed.shelf}`);
          return parsed.shelf === 3 ? 'Shelf 3 is empty.' : true;
        },
        ({ parsed }) => ({ ok: true, value: { shelf: parsed.shelf * 10 } }),
      ],
      humanInput: ({ parsed }) => {
        asked.push(`human ${parsed.shelf}`);
        return answers.shift() ?? '';
      },
      callback: ({ parsed }) => {
        asked.push(`callback ${parsed.shelf}`);
      },
    });
    const output = await task.execute({ context: 'Emma was moved.' });
    expect(output.parsed).toEqual({ shelf: 50 });
    expect(asked).toEqual(['guardrail 3', 'guardrail 4', 'human 40', 'guardrail 5', 'human 50', 'callback 50']);
    expect(output.usage).toEqual({ inputTokens: 50, outputTokens: 5 });
    // After the guardrail: the original context and its feedback. After the human: the same with the remark.
    expect(lastText(llm.requests[3])).toMatch(/Emma was moved\.[\s\S]*Shelf 3 is empty\./);
    expect(lastText(llm.requests[4])).toMatch(/Emma was moved\.[\s\S]*It moved\./);
    expect(lastText(llm.requests[4])).not.toContain('Shelf 3 is empty.');
  });

  it.each(['guardrail', 'humanInput'] as const)('starts nothing more after a cancellation in %s', async place => {
    const controller = new AbortController();
    const begun: string[] = [];
    const note = (name: string): void => {
      begun.push(name);
      if (name === place) controller.abort();
    };
    const task = new Task({
      ...taskOptions,
      agent: agentOf(new ScriptedLLM(['Shelf 3.'])),
      guardrail: () => {
        note('guardrail');
        return true;
      },
      humanInput: () => {
        note('humanInput');
        return '';
      },
      outputFile: 'shelf.txt',
      files: { write: async () => note('file') },
      callback: (_output: TaskOutput) => note('callback'),
    });
    await expect(task.execute({ signal: controller.signal })).rejects.toBeInstanceOf(AbortError);
    expect(begun.at(-1)).toBe(place);
  });

  it('does not call humanInput after a listener cancelled the run', async () => {
    const controller = new AbortController();
    let asked = 0;
    const task = new Task({
      ...taskOptions,
      agent: agentOf(new ScriptedLLM(['Shelf 3.'])),
      guardrail: () => true,
      humanInput: () => {
        asked += 1;
        return '';
      },
    });
    const callbacks = [({ type }: CrewEvent) => type === 'guardrail' && controller.abort()];
    await expect(task.execute({ signal: controller.signal, callbacks })).rejects.toBeInstanceOf(AbortError);
    expect(asked).toBe(0);
  });
});
