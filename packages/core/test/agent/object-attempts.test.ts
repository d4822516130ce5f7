import {
  Agent,
  type AgentOptions,
  runToolLoop,
  StructuredOutputError,
  type Tool,
  ToolLoopError,
  tool,
} from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, counted, lastText, type Script, ScriptedLLM } from '../scripted-llm.ts';

const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const outputSchema = { type: 'object', properties: { shelf: { type: 'number' } }, required: ['shelf'] };
const task = { description: 'Where is Emma?', expectedOutput: 'A shelf', outputSchema };
const fits = '{"shelf":3}';

function library(script: readonly Script[], options: Partial<AgentOptions> = {}, settings: Partial<Tool> = {}) {
  const runs: string[] = [];
  const find = tool({
    name: 'find',
    description: 'Finds a book.',
    parameters: { type: 'object', properties: { title: { type: 'string' } } },
    ...settings,
    execute: ({ title }) => {
      runs.push(String(title));
      return `${title} is upstairs`;
    },
  });
  const llm = new ScriptedLLM(script);
  const agent = new Agent({ ...persona, llm, tools: [find], ...options });
  return { agent, llm, runs };
}

const look = callsTo(['find', { title: 'Emma' }]);

describe('attempts at an answer that fits a schema', () => {
  it('share the uses of a tool with maxUses', async () => {
    const { agent, llm, runs } = library([look, 'Upstairs.', look, 'Up.', look, fits], {}, { maxUses: 1 });
    expect(await agent.executeTask(task)).toBe(fits);
    expect(runs).toEqual(['Emma']);
    expect(lastText(llm.requests[3])).toContain('"find" may be used once in a run, and was.');
  });

  it('share the cache of tool results', async () => {
    const { agent, runs } = library([look, 'Upstairs.', look, fits], { cache: true });
    expect(await agent.executeTask(task)).toBe(fits);
    expect(runs).toEqual(['Emma']);
  });

  it.each([true, false])('share the rounds of maxIterations (function calling: %s)', async functionCalling => {
    const call = functionCalling ? look : 'Action: find\nAction Input: {"title": "Emma"}';
    const say = (text: string): string => (functionCalling ? text : `Final Answer: ${text}`);
    const llm = new ScriptedLLM([call, say('Upstairs.'), say('Up.'), say(fits)], { functionCalling });
    const { agent, runs } = library([], { llm, maxIterations: 1 });
    expect(await agent.executeTask(task)).toBe(fits);
    expect(runs).toEqual(['Emma']);
    expect(llm.requests).toHaveLength(4);
    for (const request of llm.requests.slice(1)) {
      expect(request.tools).toBeUndefined();
      expect(lastText(request)).toContain('You have used all your tool calls');
    }
  });

  it('do not count an answer as a round: one is left after it', async () => {
    const { agent, llm, runs } = library([look, 'Upstairs.', look, fits], { maxIterations: 2 });
    expect(await agent.executeTask(task)).toBe(fits);
    expect(runs).toHaveLength(2);
    expect(llm.requests.map(({ tools }) => tools?.length)).toEqual([1, 1, 1, undefined]);
  });

  it('count the result of a tool with resultAsAnswer as an attempt', async () => {
    const { agent, llm, runs } = library([look, fits], { maxIterations: 1 }, { resultAsAnswer: true });
    expect(await agent.executeTask(task)).toBe(fits);
    expect(runs).toEqual(['Emma']);
    expect(llm.requests[1]?.tools).toBeUndefined();
  });

  it('end when a tool is called although the rounds are used up', async () => {
    const { agent, runs } = library([look, 'Upstairs.', look], { maxIterations: 1 });
    await expect(agent.executeTask(task)).rejects.toBeInstanceOf(ToolLoopError);
    expect(runs).toHaveLength(1);
  });

  it('share one conversation and one sum of tokens, also in the error', async () => {
    const { agent } = library([counted('one'), counted('two'), counted('three')]);
    const error = await agent.executeTask(task).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StructuredOutputError);
    expect(error).toMatchObject({ attempts: 3, usage: { inputTokens: 30, outputTokens: 3 } });
    const roles = (error as StructuredOutputError).messages?.map(({ role }) => role).join(' ');
    expect(roles).toBe('system user assistant user assistant user assistant');
  });
});

describe('summary during the attempts', () => {
  it('keeps the task, however long it is, and drops the feedback on the answer', async () => {
    const description = `Where is Emma? ${'It is a novel of three volumes. '.repeat(90)}`;
    const turns = ['Upstairs.', callsTo(['find', {}]), fits];
    const llm = new ScriptedLLM(
      ({ messages }) => {
        const summary = JSON.stringify(messages).includes('Reply with the summary only');
        return summary ? 'It was moved, it seems.' : (turns.shift() ?? 'never');
      },
      { contextWindow: 1_500 },
    );
    const find = tool({
      name: 'find',
      description: 'Finds.',
      parameters: { type: 'object' },
      execute: () => 'Emma was moved from shelf to shelf. '.repeat(60),
    });
    const types: string[] = [];
    const agent = new Agent({ ...persona, llm, tools: [find], callbacks: [event => void types.push(event.type)] });
    expect(await agent.executeTask({ ...task, description })).toBe(fits);
    expect(types).toContain('context-summarised');
    const last = llm.requests.at(-1)?.messages.map(({ content }) => String(content)) ?? [];
    expect(last.some(content => content.includes(description))).toBe(true);
    expect(last.some(content => content.startsWith('Your reply cannot be used'))).toBe(false);
  });
});

describe('tool loop of one attempt', () => {
  it('reports the number of turns and tool calls', async () => {
    const { agent } = library([]);
    const llm = new ScriptedLLM([look, 'Upstairs.']);
    const result = await runToolLoop(llm, { messages: 'Where is Emma?', tools: agent.tools });
    expect(result).toMatchObject({ turns: 2, toolCalls: 1, text: 'Upstairs.' });
  });

  it('reports its conversation and tokens when the schema turns out to be unusable', async () => {
    const endless = { type: 'object', properties: { shelf: { $ref: '#/properties/shelf' } } } as const;
    const { agent } = library([counted('{"shelf":3}')]);
    const run = agent.executeTask({ ...task, outputSchema: endless });
    await expect(run).rejects.toMatchObject({
      code: 'CONFIGURATION',
      messages: [{ role: 'system' }, { role: 'user' }, { role: 'assistant' }],
      usage: { inputTokens: 10, outputTokens: 1 },
    });
  });
});
