import { Agent, ConfigurationError, type ContentPart, Crew, Task } from '@crew/core';
import { expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

const attachments: readonly ContentPart[] = [
  { type: 'image', url: 'https://host.example/shelf.png', detail: 'low' },
  { type: 'file', data: 'JVBERi0xLjQK', mediaType: 'application/pdf', name: 'list.pdf' },
];
const texts = { description: 'Where is {book}?', expectedOutput: 'A shelf' };
const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };

it.each([true, false])(
  'the attachments of a task follow its text, with useSystemPrompt: %s [W22]',
  async useSystemPrompt => {
    const llm = new ScriptedLLM(() => 'Shelf 3');
    const agent = new Agent({ ...persona, llm, useSystemPrompt });
    const task = new Task({ ...texts, agent, attachments });
    await task.execute({ inputs: { book: 'Emma' } });
    await new Crew({ tasks: [task] }).kickoff({ inputs: { book: 'Emma' } });
    await agent.executeTask(task);
    await agent.executeTask({ ...texts, attachments });
    expect(llm.requests).toHaveLength(4);
    for (const { messages } of llm.requests) {
      const content = messages.at(-1)?.content;
      expect(content?.slice(1)).toEqual(attachments);
      expect(content?.[0]).toMatchObject({ type: 'text', text: expect.stringContaining('Current Task: Where is') });
    }
  },
);

it('a new attempt after a guardrail has the attachments, too [W22]', async () => {
  const llm = new ScriptedLLM(['Shelf?', 'Shelf 3']);
  const agent = new Agent({ ...persona, llm });
  const guardrail = ({ raw }: { readonly raw: string }) => raw.endsWith('3') || 'Name a number.';
  await new Task({ ...texts, agent, attachments, guardrail }).execute();
  expect(llm.requests.map(({ messages }) => messages.at(-1)?.content.slice(1))).toEqual([attachments, attachments]);
});

it('an invalid attachment is a ConfigurationError of the task that names it [W22]', () => {
  const construct = (part: object) => Reflect.construct(Task, [{ ...texts, attachments: [...attachments, part] }]);
  for (const part of [
    { type: 'video' },
    { type: 'image' },
    { type: 'file', data: 'a b://c', mediaType: 'text/plain' },
  ]) {
    expect(() => construct(part)).toThrow(ConfigurationError);
    expect(() => construct(part)).toThrow('attachments[2]');
  }
});

it('a task copies its attachments [W22]', () => {
  const list = [...attachments];
  const task = new Task({ ...texts, attachments: list });
  list.length = 0;
  expect(task.attachments).toEqual(attachments);
  expect(Object.isFrozen(task.attachments?.[0])).toBe(true);
});
