import { runToolLoop, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, lastText, ScriptedLLM } from '../scripted-llm.ts';

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
  execute: ({ a, b }) => Number(a) + Number(b),
});
const call = callsTo(['add', { a: 1, b: 2 }]);

describe('text beside a tool call', () => {
  it('is the answer in the turn that requires one [W28]', async () => {
    const llm = new ScriptedLLM([call, { ...call, text: 'It is 3.' }]);
    const { text, toolCalls, messages } = await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 });
    expect(text).toBe('It is 3.');
    expect(toolCalls).toBe(1);
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'It is 3.' });
  });

  it('is no answer while tools are offered', async () => {
    const llm = new ScriptedLLM([{ ...call, text: 'Let me add.' }, 'It is 3.']);
    expect((await runToolLoop(llm, { messages: 'Go', tools: [add] })).text).toBe('It is 3.');
  });
});

describe('a tool call', () => {
  it('is not run if the model refused in the same turn [W5]', async () => {
    let runs = 0;
    const count = tool({
      name: 'count',
      description: 'Counts.',
      parameters: { type: 'object' },
      execute: () => ++runs,
    });
    const refusal = { ...callsTo(['count', {}]), text: 'I cannot help.', finishReason: 'refusal' as const };
    const llm = new ScriptedLLM([refusal, 'Still no.']);
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [count] });
    expect([text, runs]).toEqual(['Still no.', 0]);
    expect(lastText(llm.requests[1])).toContain('not run: the reply is a refusal');
  });

  it('with an invented name is in the conversation under a name that every server accepts [W9]', async () => {
    const llm = new ScriptedLLM([callsTo(['multi_tool_use.parallel', {}]), 'Done.']);
    await runToolLoop(llm, { messages: 'Go', tools: [add] });
    const [called] = (llm.requests[1]?.messages ?? []).flatMap(message =>
      message.role === 'assistant' ? (message.toolCalls ?? []) : [],
    );
    expect(called?.name).toBe('multi_tool_use_parallel');
    expect(lastText(llm.requests[1])).toContain('multi_tool_use.parallel');
  });
});

describe('tool call as text', () => {
  it.each([
    '<tool_call>{"name":"add","arguments":{"a":1,"b":2}}</tool_call>',
    'I add.\n<tool_call>\n{"name": "add", "arguments": {}}\n</tool_call>',
    'I add. <tool_call>{"name": "add", "arguments": {}}',
    '<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>',
    '<tool_call>add\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n</tool_call>',
    '<function=add>{"a": 1}</function>',
    '<function_calls><invoke name="add"></invoke></function_calls>',
    '<|tool_call|>[{"name":"add","arguments":{}}]',
    '<|tool_calls_begin|><|tool_call_begin|>function<|tool_sep|>add',
    '[TOOL_CALLS] [{"name": "add", "arguments": {}}]',
    '[TOOL_CALLS]add{"a": 1}',
    '{"name": "add", "arguments": {"a": 1}}',
    '{"type": "function", "name": "add", "parameters": {}}',
  ])('is reported to the model while tools are offered: %s [W28]', async reply => {
    const llm = new ScriptedLLM([reply, call, 'It is 3.']);
    const { text, toolCalls } = await runToolLoop(llm, { messages: 'Go', tools: [add] });
    expect([text, toolCalls]).toEqual(['It is 3.', 1]);
    expect(lastText(llm.requests[1])).toContain('contains a tool call as text');
    expect(llm.requests[1]?.messages.at(-2)).toEqual({ role: 'assistant', content: reply });
  });

  it.each([
    'Write `<tool_call>{"name":"add"}</tool_call>` to call it.',
    'The tag <tool_call> is for tools.',
    '<tool_call>{"name":"other"}</tool_call>',
    '{"name": "add", "price": 3}',
    '{"name": "Addison", "arguments": {}}',
  ])('is not what an answer with similar words is: %s', async reply => {
    const { text } = await runToolLoop(new ScriptedLLM([reply]), { messages: 'Go', tools: [add] });
    expect(text).toBe(reply);
  });

  it('is the answer if the model repeats it, or if no tools are offered [W28]', async () => {
    const reply = '<tool_call>{"name":"add","arguments":{}}</tool_call>';
    const repeats = new ScriptedLLM([reply, reply]);
    expect((await runToolLoop(repeats, { messages: 'Go', tools: [add] })).text).toBe(reply);
    expect((await runToolLoop(new ScriptedLLM([reply]), { messages: 'Go' })).text).toBe(reply);
  });
});
