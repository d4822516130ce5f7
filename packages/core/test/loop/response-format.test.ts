import { ResponseError, runToolLoop, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  execute: ({ a, b }) => Number(a) + Number(b),
});

const responseFormat = { name: 'sum', schema: { type: 'object', properties: { sum: { type: 'number' } } } } as const;

const refused = (serverMessage: string) => (): never => {
  throw new ResponseError('refused', { status: 400, serverMessage });
};

describe('rejected response format', () => {
  it('repeats a turn with the schema in the prompt, for the rest of the run, when the provider rejects the response format', async () => {
    const llm = new ScriptedLLM([
      refused('json mode cannot be combined with tool/function calling'),
      callsTo(['add', { a: 1, b: 2 }]),
      '{"sum":3}',
    ]);
    const { text } = await runToolLoop(llm, {
      messages: [
        { role: 'system', content: 'You add.' },
        { role: 'user', content: '1 + 2?' },
      ],
      tools: [add],
      responseFormat,
    });
    expect(text).toBe('{"sum":3}');
    expect(llm.requests.map(request => request.responseFormat)).toEqual([responseFormat, undefined, undefined]);
    expect(llm.requests.map(({ tools }) => tools?.length)).toEqual([1, 1, 1]);
    const [system] = llm.requests[1]?.messages ?? [];
    expect(system?.content).toMatch(/^You add\.\n\nGive your final answer as nothing but one JSON value/);
    expect(llm.requests[2]?.messages[0]).toBe(system);
  });

  it('puts both in the prompt when the provider rejects the response format and then the tools', async () => {
    const llm = new ScriptedLLM([
      refused('response_format is not supported'),
      refused('this model does not support tools'),
      'Final Answer: {"sum":3}',
    ]);
    const { text } = await runToolLoop(llm, { messages: '1 + 2?', tools: [add], responseFormat });
    expect(text).toBe('{"sum":3}');
    expect(String(llm.requests[2]?.messages[0]?.content)).toContain(JSON.stringify(responseFormat.schema));
  });
});

it('ends the run when the provider rejects a response format that was not sent', async () => {
  const llm = new ScriptedLLM([refused('response_format is not supported')]);
  await expect(runToolLoop(llm, { messages: 'Go', tools: [add] })).rejects.toThrow(ResponseError);
});
