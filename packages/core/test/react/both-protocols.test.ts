import {
  AbortError,
  type CrewEvent,
  type Message,
  runToolLoop,
  type ToolContext,
  ToolLoopError,
  type ToolProtocolName,
  tool,
} from '@crew/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decidingLLM } from './two-protocols.ts';

const add = tool({
  name: 'add',
  description: 'Adds two numbers.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  execute: ({ a, b }) => Number(a) + Number(b),
});

const fails = tool({
  name: 'fails',
  description: 'Never works.',
  parameters: { type: 'object', properties: {} },
  execute: () => {
    throw new Error('out of order');
  },
});

function results(messages: readonly Message[] | undefined): string[] {
  return (messages ?? []).flatMap(message => (message.role === 'tool' ? [message.content] : []));
}

/** The same decisions result in the same run in both protocols: each of these tests runs once with each. */
describe.each<ToolProtocolName>(['function-calling', 'react'])('run with the %s protocol', protocol => {
  it('uses tools until the model answers, and returns the protocol', async () => {
    const llm = decidingLLM(protocol, [
      { thought: 'First the sum.', use: 'add', input: { a: 1, b: 2 } },
      { use: 'add', input: { a: 3, b: 4 } },
      { answer: 'It is 7.' },
    ]);
    const run = await runToolLoop(llm, { messages: 'What is 1 + 2 + 4?', tools: [add] });
    expect(run).toMatchObject({ text: 'It is 7.', turns: 3, toolCalls: 2, toolProtocol: protocol });
    expect(run.messages).toEqual([
      { role: 'user', content: 'What is 1 + 2 + 4?' },
      {
        role: 'assistant',
        content: 'First the sum.',
        toolCalls: [{ id: 'call00000', name: 'add', arguments: '{"a":1,"b":2}' }],
      },
      { role: 'tool', toolCallId: 'call00000', name: 'add', content: '3' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call00001', name: 'add', arguments: '{"a":3,"b":4}' }] },
      { role: 'tool', toolCallId: 'call00001', name: 'add', content: '7' },
      { role: 'assistant', content: 'It is 7.' },
    ]);
  });

  it('sends the error of a tool to the model', async () => {
    const llm = decidingLLM(protocol, [
      { use: 'fails', input: {} },
      { use: 'add', input: { a: 'one' } },
      { use: 'multiply', input: {} },
      { answer: 'I give up.' },
    ]);
    const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [add, fails] });
    expect(results(messages)).toEqual([
      'Error: out of order',
      expect.stringMatching(/^Error: The arguments for "add" do not fit its parameters/),
      'Error: there is no tool "multiply". The tools are: "add", "fails".',
    ]);
  });

  it('requires an answer after maxToolRounds rounds, without tools and with a user message', async () => {
    const llm = decidingLLM(protocol, [{ use: 'add', input: { a: 1, b: 2 } }, { answer: 'Three.' }]);
    const { text, messages } = await runToolLoop(llm, { messages: 'Go', tools: [add], maxToolRounds: 1 });
    expect(text).toBe('Three.');
    expect(llm.requests[1]?.tools).toBeUndefined();
    expect(llm.requests[1]?.messages.at(-1)?.role).toBe('user');
    expect(JSON.stringify(llm.requests[1]?.messages)).not.toContain('Adds two numbers');
    expect(messages.at(-2)).toMatchObject({ role: 'user', content: expect.stringContaining('final answer') });
  });

  it('ends in a ToolLoopError when the model uses a tool where an answer is required', async () => {
    const use: Decision = { use: 'add', input: { a: 1, b: 2 } };
    const running = runToolLoop(decidingLLM(protocol, [use, use]), { messages: 'Go', tools: [add], maxToolRounds: 1 });
    await expect(running).rejects.toThrow(ToolLoopError);
  });

  it('adds a note to the result of an identical call in the next turn', async () => {
    const use: Decision = { use: 'add', input: { a: 1, b: 2 } };
    const { messages } = await runToolLoop(decidingLLM(protocol, [use, use, { answer: '3' }]), {
      messages: 'Go',
      tools: [add],
    });
    expect(results(messages)).toEqual(['3', expect.stringContaining('This was an identical call')]);
  });

  it('answers with the result of a tool with resultAsAnswer', async () => {
    const report = tool({
      name: 'report',
      description: 'Writes the report.',
      parameters: { type: 'object', properties: {} },
      resultAsAnswer: true,
      execute: () => 'The report.',
    });
    const llm = decidingLLM(protocol, [{ use: 'report', input: {} }]);
    expect((await runToolLoop(llm, { messages: 'Go', tools: [report] })).text).toBe('The report.');
  });

  it('runs availableFunctions', async () => {
    const { name, description, parameters } = add;
    const llm = decidingLLM(protocol, [{ use: 'add', input: { a: 1, b: 2 } }, { answer: '3' }]);
    const { messages } = await runToolLoop(llm, {
      messages: 'Go',
      tools: [{ name, description, parameters }],
      availableFunctions: { add: ({ a, b }: { a: number; b: number }) => a + b },
    });
    expect(results(messages)).toEqual(['3']);
  });

  it('continues from the messages of an earlier run, whichever protocol it used', async () => {
    const other: ToolProtocolName = protocol === 'react' ? 'function-calling' : 'react';
    const first = await runToolLoop(decidingLLM(other, [{ use: 'add', input: { a: 1, b: 2 } }, { answer: 'Three.' }]), {
      messages: 'What is 1 + 2?',
      tools: [add],
    });
    const llm = decidingLLM(protocol, [{ use: 'add', input: { a: 3, b: 3 } }, { answer: 'Six.' }]);
    const messages: Message[] = [...first.messages, { role: 'user', content: 'And twice that?' }];
    const second = await runToolLoop(llm, { messages, tools: [add] });
    expect(second.text).toBe('Six.');
    expect(second.messages.slice(0, 5)).toEqual(messages);
    expect(results(second.messages)).toEqual(['3', '6']);
  });

  it('emits text deltas as events when it streams', async () => {
    const events: CrewEvent[] = [];
    const llm = decidingLLM(protocol, [{ thought: 'Add.', use: 'add', input: { a: 1, b: 2 } }, { answer: 'Three.' }]);
    const { text } = await runToolLoop(llm, {
      messages: 'Go',
      tools: [add],
      stream: true,
      callbacks: [event => events.push(event)],
    });
    expect(text).toBe('Three.');
    const streamed = events.flatMap(event => (event.type === 'turn-delta' ? [event.text] : [])).join('');
    expect(streamed).toContain('Three.');
    expect(events.filter(({ type }) => type === 'tool-finish')).toHaveLength(1);
  });

  it('passes the ids of run and call and the authContext to the tool', async () => {
    let seen: ToolContext | undefined;
    const look = tool({
      name: 'look',
      description: 'Looks.',
      parameters: { type: 'object' },
      execute: (_input, context) => {
        seen = context;
      },
    });
    const tenant = { tenant: 'a' };
    const llm = decidingLLM(protocol, [{ use: 'look', input: {} }, { answer: 'ok' }]);
    await runToolLoop(llm, { messages: 'Go', tools: [look], runId: 'run-1', authContext: tenant });
    expect(seen).toMatchObject({ runId: 'run-1', toolCallId: 'call00000', authContext: tenant });
  });

  it('answers each call exactly once, whatever the model decides and whenever the run is cancelled', async () => {
    const decision = fc.oneof(
      fc.record({ use: fc.constantFrom('add', 'ADD', 'fails', 'nothing', ''), input: fc.jsonValue() }),
      fc.record({ answer: fc.constantFrom('done', 'ok') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(decision, { maxLength: 6 }), fc.nat(12), async (script, abortAt) => {
        const controller = new AbortController();
        let moment = 0;
        const tick = (): void => {
          moment += 1;
          if (moment === abortAt) controller.abort();
        };
        const llm = decidingLLM(protocol, [...script, { answer: 'the end' }]);
        const messages = await runToolLoop(llm, {
          messages: 'Go',
          tools: [add, fails],
          maxToolRounds: 4,
          signal: controller.signal,
          callbacks: [tick],
        }).then(
          run => run.messages,
          error => {
            expect(AbortError.isInstance(error) || ToolLoopError.isInstance(error)).toBe(true);
            return error.messages as readonly Message[];
          },
        );
        const asked = messages.flatMap(message => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
        const answered = messages.flatMap(message => (message.role === 'tool' ? [message.toolCallId] : []));
        expect(answered).toEqual(asked.map(({ id }) => id));
        expect(new Set(answered).size).toBe(answered.length);
      }),
      { numRuns: 150 },
    );
  });
});

describe('requests of the ReAct protocol', () => {
  it('describes the tools and the form in the system message, without tool definitions', async () => {
    const llm = decidingLLM('react', [{ use: 'add', input: { a: 1, b: 2 } }, { answer: 'Three.' }]);
    await runToolLoop(llm, {
      messages: [
        { role: 'system', content: 'You are a calculator.' },
        { role: 'user', content: 'What is 1 + 2?' },
      ],
      tools: [add],
    });
    const [first, second] = llm.requests;
    expect(first?.tools).toBeUndefined();
    const [system, user] = first?.messages ?? [];
    expect(system?.content).toMatch(/^You are a calculator\.\n\n/);
    expect(system?.content).toContain(JSON.stringify(add.parameters));
    expect(user).toEqual({ role: 'user', content: 'What is 1 + 2?' });
    // The same objects again, so that their cached encodings and token counts remain valid.
    expect(second?.messages[0]).toBe(system);
    expect(second?.messages.slice(2)).toEqual([
      { role: 'assistant', content: 'Action: add\nAction Input: {"a":1,"b":2}' },
      { role: 'user', content: 'Observation: 3' },
    ]);
  });

  it('describes the form in the first user message if there is no system message', async () => {
    const llm = decidingLLM('react', [{ answer: 'Three.' }]);
    await runToolLoop(llm, { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }], tools: [add] });
    const [message] = llm.requests[0]?.messages ?? [];
    expect(message?.role).toBe('user');
    expect(message?.content).toEqual([
      { type: 'text', text: expect.stringContaining('Action Input:') },
      { type: 'text', text: 'Hi' },
    ]);
  });

  it('adds "\\nObservation:" to the stop words of the caller and the LLM', async () => {
    const llm = decidingLLM('react', [{ answer: 'Three.' }], { stop: ['own'] });
    await runToolLoop(llm, { messages: 'Go', tools: [add], stop: 'mine' });
    expect(llm.requests[0]?.stop).toEqual(['own', 'mine', '\nObservation:']);
    expect(llm.stop).toEqual(['own']);
  });

  it('never sends two user messages in a row', async () => {
    const llm = decidingLLM('react', [{ use: 'add', input: { a: 1, b: 2 } }, { answer: 'Three.' }]);
    const messages: Message[] = [
      { role: 'user', content: 'Be quick.' },
      { role: 'user', content: 'Go' },
    ];
    await runToolLoop(llm, { messages, tools: [add], maxToolRounds: 1 });
    expect(llm.requests.map(request => request.messages.map(({ role }) => role))).toEqual([
      ['user'],
      ['user', 'assistant', 'user'],
    ]);
  });

  it('describes the response format in words, because an enforced one would leave no room for the labels', async () => {
    const llm = decidingLLM('react', [{ answer: '{"sum":3}' }]);
    const schema = { type: 'object', properties: { sum: { type: 'number' } } } as const;
    await runToolLoop(llm, { messages: 'Go', tools: [add], responseFormat: { name: 'sum', schema } });
    expect(llm.requests[0]?.responseFormat).toBeUndefined();
    expect(llm.requests[0]?.messages[0]?.content).toContain(JSON.stringify(schema));
  });

  it('renders earlier answers in the form, and parallel calls of an earlier function-calling run one by one', async () => {
    const llm = decidingLLM('react', [{ answer: 'ok' }]);
    await runToolLoop(llm, {
      messages: [
        { role: 'user', content: 'Go' },
        {
          role: 'assistant',
          content: 'Both.',
          toolCalls: [
            { id: 'x', name: 'add', arguments: '{"a":1,"b":1}' },
            { id: 'y', name: 'add', arguments: '{"a":2,"b":2}' },
          ],
        },
        { role: 'tool', toolCallId: 'x', content: '2' },
        { role: 'tool', toolCallId: 'y', content: '4' },
        { role: 'assistant', content: 'Two and four.' },
        { role: 'user', content: 'Again' },
      ],
      tools: [add],
    });
    expect(llm.requests[0]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'Thought: Both.\nAction: add\nAction Input: {"a":1,"b":1}' },
      { role: 'user', content: 'Observation: 2' },
      { role: 'assistant', content: 'Action: add\nAction Input: {"a":2,"b":2}' },
      { role: 'user', content: 'Observation: 4' },
      { role: 'assistant', content: 'Final Answer: Two and four.' },
      { role: 'user', content: 'Again' },
    ]);
  });

  it('requires a tool in words if toolChoice does, in the first turn only', async () => {
    const llm = decidingLLM('react', [{ use: 'add', input: { a: 1, b: 2 } }, { answer: 'Three.' }]);
    await runToolLoop(llm, { messages: 'Go', tools: [add], toolChoice: { name: 'add' } });
    expect(llm.requests.map(({ messages }) => String(messages[0]?.content).includes('Use the tool add now.'))).toEqual([
      true,
      false,
    ]);
  });

  it('does not mention tools if toolChoice is none', async () => {
    const llm = decidingLLM('react', [{ answer: 'Three.' }]);
    const { text } = await runToolLoop(llm, { messages: 'Go', tools: [add], toolChoice: 'none' });
    expect(llm.requests[0]?.messages).toEqual([{ role: 'user', content: 'Go' }]);
    expect(text).toContain('Three.');
  });
});
