import { Agent, Crew, type JsonValue, StructuredOutputError, Task, tool } from '@crew/core';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { Journal } from '../journal.ts';
import { callsTo, counted, lastText, type Script, ScriptedLLM } from '../scripted-llm.ts';

const taskOptions = { description: 'Where is Emma?', expectedOutput: 'A shelf' };
const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };

function agentOf(script: readonly Script[], settings = {}) {
  const llm = new ScriptedLLM(script, settings);
  return { llm, agent: new Agent({ ...persona, llm }) };
}

describe('outputSchema', () => {
  it('types and transforms the parsed value with zod', async () => {
    const { agent } = agentOf(['{"shelf": 3, "found": "2026-01-02"}']);
    const outputSchema = z.object({
      shelf: z.number(),
      found: z.string().transform(text => text.split('-')),
      by: z.string().default('me'),
    });
    const output = await new Task({ ...taskOptions, agent, outputSchema }).execute();
    expectTypeOf(output.parsed).toEqualTypeOf<{ shelf: number; found: string[]; by: string }>();
    expect(output.parsed).toEqual({ shelf: 3, found: ['2026', '01', '02'], by: 'me' });
    expect(output.json).toEqual({ shelf: 3, found: '2026-01-02' });
    expect(output.raw).toBe('{"shelf": 3, "found": "2026-01-02"}');
  });

  it('types the parsed value with valibot', async () => {
    const { agent } = agentOf(['{"shelf": 3}']);
    const outputSchema = toStandardJsonSchema(v.object({ shelf: v.number() }));
    const output = await new Task({ ...taskOptions, agent, outputSchema }).execute();
    expectTypeOf(output.parsed).toEqualTypeOf<{ shelf: number }>();
    expect(output.parsed.shelf).toBe(3);
  });

  it('types the parsed value with arktype', async () => {
    const { agent } = agentOf(['{"shelf": 3}']);
    const output = await new Task({ ...taskOptions, agent, outputSchema: type({ shelf: 'number' }) }).execute();
    expectTypeOf(output.parsed).toEqualTypeOf<{ shelf: number }>();
    expect(output.parsed.shelf).toBe(3);
  });

  it('checks the parsed value with a JSON Schema', async () => {
    const { agent } = agentOf(['{"shelf": 3}']);
    const outputSchema = { type: 'object', properties: { shelf: { type: 'number' } }, required: ['shelf'] } as const;
    const output = await new Task({ ...taskOptions, agent, outputSchema }).execute();
    expectTypeOf(output.parsed).toEqualTypeOf<JsonValue>();
    expect(output.parsed).toEqual({ shelf: 3 });
  });

  it('leaves parsed undefined without an outputSchema', async () => {
    const { agent } = agentOf(['{"shelf": 3}']);
    const output = await new Task({ ...taskOptions, agent }).execute();
    expectTypeOf(output.parsed).toEqualTypeOf<undefined>();
    expect(output.parsed).toBeUndefined();
    expect(output.json).toBeUndefined();
  });

  it('is sent as responseFormat if the model supports it, and in the prompt otherwise', async () => {
    const outputSchema = z.object({ shelf: z.number() });
    const can = agentOf(['{"shelf": 3}']);
    await new Task({ ...taskOptions, agent: can.agent, outputSchema }).execute();
    expect(can.llm.requests[0]?.responseFormat?.schema).toMatchObject({ type: 'object' });
    expect(lastText(can.llm.requests[0])).not.toContain('JSON Schema');
    const cannot = agentOf(['{"shelf": 3}'], { functionCalling: false });
    await new Task({ ...taskOptions, agent: cannot.agent, outputSchema }).execute();
    expect(cannot.llm.requests[0]?.responseFormat).toBeUndefined();
    expect(lastText(cannot.llm.requests[0])).toMatch(/fits this JSON Schema:\n\{.*"shelf"/);
  });

  it.each([
    ['the whole text', '{"shelf": 3}'],
    ['a fenced block', 'Here:\n```json\n{"shelf": 3}\n```\nDone.'],
    ['the first balanced object', 'It is {"shelf": 3}, I think }.'],
  ])('finds the value in %s', async (_what, reply) => {
    const { agent } = agentOf([reply]);
    const output = await new Task({ ...taskOptions, agent, outputSchema: z.object({ shelf: z.number() }) }).execute();
    expect(output.parsed).toEqual({ shelf: 3 });
  });

  it('gives the model feedback in the same conversation, with three attempts in all', async () => {
    const { agent, llm } = agentOf(['three', '{"shelf": "three"}', '{"shelf": 3}'].map(counted));
    const output = await new Task({ ...taskOptions, agent, outputSchema: z.object({ shelf: z.number() }) }).execute();
    expect(output.parsed).toEqual({ shelf: 3 });
    expect(output.usage.inputTokens).toBe(30);
    expect(llm.requests.map(({ messages }) => messages.length)).toEqual([2, 4, 6]);
    expect(output.messages).toHaveLength(7);
  });

  it('fails with a StructuredOutputError and the conversation after the third attempt', async () => {
    const { agent, llm } = agentOf(['a', 'b', 'c', '{"shelf": 3}'].map(counted));
    const run = new Task({ ...taskOptions, agent, outputSchema: z.object({ shelf: z.number() }) }).execute();
    const error = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StructuredOutputError);
    expect(error).toMatchObject({ attempts: 3, usage: { inputTokens: 30 } });
    expect(llm.requests).toHaveLength(3);
  });

  it('can be combined with tools', async () => {
    const find = tool({
      name: 'find',
      description: 'Finds.',
      parameters: { type: 'object' },
      execute: () => 'shelf 3',
    });
    const { agent, llm } = agentOf([callsTo(['find', {}]), 'On three.', callsTo(['find', {}]), '{"shelf": 3}']);
    const outputSchema = z.object({ shelf: z.number() });
    const output = await new Task({ ...taskOptions, agent, outputSchema, tools: [find] }).execute();
    expect(output.parsed).toEqual({ shelf: 3 });
    expect(
      new Set(output.messages.flatMap(message => (message.role === 'tool' ? [message.toolCallId] : []))).size,
    ).toBe(2);
    expect(llm.requests).toHaveLength(4);
  });

  it('shares the bound of maxIterations among all attempts', async () => {
    const find = tool({
      name: 'find',
      description: 'Finds.',
      parameters: { type: 'object' },
      execute: () => 'shelf 3',
    });
    const rounds = [callsTo(['find', {}]), callsTo(['find', {}])];
    const llm = new ScriptedLLM([...rounds, 'On three.', callsTo(['find', {}]), '{"shelf": 3}']);
    const agent = new Agent({ ...persona, llm, maxIterations: 3 });
    const outputSchema = z.object({ shelf: z.number() });
    await new Task({ ...taskOptions, agent, outputSchema, tools: [find] }).execute();
    expect(llm.requests.map(({ tools }) => tools !== undefined)).toEqual([true, true, true, true, false]);
  });

  it('types the callbacks of a task, and any task fits into a crew', async () => {
    const { agent } = agentOf(['{"shelf": 3}', 'done']);
    const seen: number[] = [];
    const structured = new Task({
      ...taskOptions,
      agent,
      outputSchema: z.object({ shelf: z.number() }),
      guardrail: ({ parsed }) => parsed.shelf > 0 || 'No such shelf.',
      humanInput: ({ parsed }) => (parsed.shelf === 3 ? '' : 'Three!'),
      callback: ({ parsed }) => void seen.push(parsed.shelf),
    });
    const plain = new Task({ ...taskOptions, agent, context: [structured] });
    const output = await new Crew({ tasks: [structured, plain] }).kickoff();
    expectTypeOf(output.parsed).toEqualTypeOf<unknown>();
    expect(output.tasks[0]?.parsed).toEqual({ shelf: 3 });
    expect(seen).toEqual([3]);
  });

  it('checks the value again when a run is replayed', async () => {
    const outputSchema = z.object({ shelf: z.number().transform(shelf => new Map([['shelf', shelf]])) });
    const first = new Journal();
    const { agent } = agentOf(['three', '{"shelf": 3}']);
    const output = await new Task({ ...taskOptions, agent, outputSchema }).execute({ steps: first });
    const replay = new Journal(first);
    const again = await new Task({ ...taskOptions, agent: agentOf([]).agent, outputSchema }).execute({ steps: replay });
    expect(again).toEqual(output);
    expect(again.parsed.shelf.get('shelf')).toBe(3);
    expect(first.started).toEqual(['turn/1', 'object/2/turn/1']);
    expect(replay.performed).toEqual([]);
  });
});
