import { Agent, type AgentOptions, type Message, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf' };
const TASK =
  'Where is Emma?\n\nThis is the expected criteria for your final answer: A shelf\n' +
  'you MUST return the actual complete content as the final answer, not a summary.';

async function firstRequest(options: Partial<AgentOptions> = {}, context?: string) {
  const llm = new ScriptedLLM(['Shelf 3.']);
  await new Agent({ ...persona, ...options, llm }).executeTask(task, { context });
  const [request] = llm.requests;
  if (!request) throw new Error('The agent asked nothing.');
  return request;
}

async function firstMessages(options: Partial<AgentOptions> = {}, context?: string): Promise<readonly Message[]> {
  return (await firstRequest(options, context)).messages;
}

describe('prompt of an agent', () => {
  it('contains role, backstory, goal and task in the ported words', async () => {
    expect(await firstMessages()).toEqual([
      { role: 'system', content: 'You are Librarian. You know every shelf.\nYour personal goal is: Find books' },
      { role: 'user', content: `Current Task: ${TASK}` },
    ]);
  });

  it('contains the context under its heading', async () => {
    const [, user] = await firstMessages({}, 'Emma was moved.');
    expect(user?.content).toBe(`Current Task: ${TASK}\n\nThis is the context you're working with:\nEmma was moved.`);
  });

  it('omits an empty context', async () => {
    const [, user] = await firstMessages({}, '');
    expect(user?.content).toBe(`Current Task: ${TASK}`);
  });

  it('contains no ReAct wording without tools', async () => {
    const text = JSON.stringify(await firstMessages());
    expect(text).not.toMatch(/Thought|Action|Observation|Final Answer/);
  });

  it('is one user message with useSystemPrompt: false', async () => {
    expect(await firstMessages({ useSystemPrompt: false })).toEqual([
      {
        role: 'user',
        content: `You are Librarian. You know every shelf.\nYour personal goal is: Find books\n\nCurrent Task: ${TASK}`,
      },
    ]);
  });

  it('lists the tools as text in the one user message for a model without function calling and system prompt', async () => {
    const find = tool({
      name: 'find',
      description: 'Finds a book.',
      parameters: { type: 'object' },
      execute: () => '',
    });
    for (const useSystemPrompt of [true, false]) {
      const llm = new ScriptedLLM(['Final Answer: Shelf 3.'], { functionCalling: false });
      await new Agent({ ...persona, llm, tools: [find], useSystemPrompt }).executeTask(task);
      const [first, second] = llm.requests[0]?.messages ?? [];
      expect(first?.role).toBe(useSystemPrompt ? 'system' : 'user');
      expect(first?.content).toMatch(/find.*Finds a book\..*Action Input:/s);
      expect(first?.content).toContain('You are Librarian. You know every shelf.');
      expect(second?.role).toBe(useSystemPrompt ? 'user' : undefined);
    }
  });

  it('uses the template of each part', async () => {
    const messages = await firstMessages({
      systemTemplate: '<system>{{ .System }} ({role}/{goal}/{backstory})</system>',
      promptTemplate: '<user>{{ .Prompt }}</user>',
    });
    expect(messages).toEqual([
      {
        role: 'system',
        content:
          '<system>You are Librarian. You know every shelf.\nYour personal goal is: Find books ' +
          '(Librarian/Find books/You know every shelf.)</system>',
      },
      { role: 'user', content: `<user>Current Task: ${TASK}</user>` },
    ]);
  });

  it('ends with the part of the response template before the placeholder, and stops the answer at the part after it', async () => {
    const request = await firstRequest({ responseTemplate: '<assistant>{{ .Response }}</assistant>' });
    expect(request.messages.at(-1)?.content).toBe(`Current Task: ${TASK}\n<assistant>`);
    expect(request.stop).toEqual(['</assistant>']);
  });

  it('adds no stop words by default', async () => {
    expect((await firstRequest()).stop).toEqual([]);
  });

  it('never fills in placeholders inside a value', async () => {
    const llm = new ScriptedLLM(['ok']);
    const agent = new Agent({
      role: '{goal}',
      goal: '{{ .System }}',
      backstory: '{role} $& $1 {{ .Prompt }}',
      llm,
      systemTemplate: '{role}|{goal}|{backstory}',
      promptTemplate: '{{ .Prompt }}',
    });
    await agent.executeTask({ description: '{role} {{ .System }} $&', expectedOutput: '{goal}' });
    const [system, user] = llm.requests[0]?.messages ?? [];
    expect(system?.content).toBe('{goal}|{{ .System }}|{role} $& $1 {{ .Prompt }}');
    expect(user?.content).toContain(
      'Current Task: {role} {{ .System }} $&\n\nThis is the expected criteria for your final answer: {goal}\n',
    );
  });
});
