import { type AssistantTurn, type CrewEvent, fallback, type Message, runToolLoop, tool } from '@crew/core';
import { describe, expect, test } from 'vitest';
import { estimateTokens } from '../../src/messages/estimate-tokens.ts';
import { Journal } from '../journal.ts';
import { ScriptedLLM } from '../scripted-llm.ts';

const data = { protocol: 'some-protocol', value: { blocks: ['secret thought'] } };
const lookUp = tool({
  name: 'look_up',
  description: 'Looks up.',
  parameters: { type: 'object' },
  execute: () => 'noon',
});
const callTurn = (fields: Partial<AssistantTurn> = {}): AssistantTurn => ({
  text: '',
  toolCalls: [{ id: 'a', name: 'look_up', arguments: '{}' }],
  providerData: data,
  ...fields,
});

/** Returns the provider data of the assistant messages. */
function dataOf(messages: readonly Message[] | undefined): unknown[] {
  return (messages ?? []).flatMap(message => (message.role === 'assistant' ? [message.providerData] : []));
}

describe('provider data in the tool loop', () => {
  test.each([false, true])('is sent back with its turn and kept with the answer, streamed: %s [W1]', async stream => {
    const llm = new ScriptedLLM([callTurn(), { text: 'Noon.', providerData: data }], { model: 'm' });
    const { messages, generation } = await runToolLoop(llm, { messages: 'When?', tools: [lookUp], stream });
    expect(dataOf(llm.requests[1]?.messages)).toStrictEqual([{ ...data, model: 'm' }]);
    expect(dataOf(messages)).toHaveLength(2);
    expect(generation.providerData).toStrictEqual({ ...data, model: 'm' });
  });

  test('survives a replay from a journal [W1]', async () => {
    const journal = new Journal();
    const script = [callTurn(), 'Noon.'];
    await runToolLoop(new ScriptedLLM(script), { messages: 'When?', tools: [lookUp], steps: journal });
    const recording = { steps: new Map([...journal.steps].slice(0, 2)), ids: journal.ids };
    const llm = new ScriptedLLM(['Noon.']);
    await runToolLoop(llm, { messages: 'When?', tools: [lookUp], steps: new Journal(recording) });
    expect(dataOf(llm.requests[0]?.messages)).toStrictEqual([data]);
  });

  test('is dropped when the turn is cut at a stop word [W1]', async () => {
    const llm = new ScriptedLLM([{ text: 'Noon. END more', providerData: data }]);
    expect(await llm.generate('When?', { stop: 'END' })).not.toHaveProperty('providerData');
  });

  test('is dropped when ids are renamed, unless its protocol knows calls by position [W1]', async () => {
    const twice = (protocol: string): AssistantTurn => callTurn({ providerData: { ...data, protocol } });
    for (const [protocol, kept] of [
      ['some-protocol', false],
      ['chat-completions', true],
    ] as const) {
      const llm = new ScriptedLLM([twice(protocol), twice(protocol), 'Noon.']);
      await runToolLoop(llm, { messages: 'When?', tools: [lookUp] });
      expect(dataOf(llm.requests[2]?.messages).map(Boolean)).toEqual([true, kept]);
    }
  });

  test('is dropped when the text beside calls is the answer and the calls are removed [W1]', async () => {
    const llm = new ScriptedLLM([callTurn(), callTurn({ text: 'Noon.' })]);
    const { messages } = await runToolLoop(llm, { messages: 'When?', tools: [lookUp], maxToolRounds: 1 });
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'Noon.' });
    expect(dataOf(messages)).toStrictEqual([data, undefined]);
  });

  test('is dropped when incomplete calls of a cut-off turn are removed [W1]', async () => {
    const toolCalls = [
      { id: 'a', name: 'look_up', arguments: '{}' },
      { id: 'b', name: 'look_up', arguments: '{"q' },
    ];
    const llm = new ScriptedLLM([callTurn({ toolCalls, finishReason: 'length' }), 'Noon.']);
    await runToolLoop(llm, { messages: 'When?', tools: [lookUp] });
    expect(dataOf(llm.requests[1]?.messages)).toEqual([undefined]);
  });

  test('goes back to the LLM of a fallback that wrote it and to no other [W1]', async () => {
    const fields = { message: { reasoning_content: 'Hm.' } };
    const providerData = { protocol: 'chat-completions', value: fields };
    const first = new ScriptedLLM([callTurn({ providerData }), 'Noon.']);
    const second = new ScriptedLLM([callTurn({ providerData })]);
    let turns = 0;
    first.respond = async function respond(request) {
      turns += 1;
      if (turns === 2) throw Object.assign(new Error('lost'), {});
      return ScriptedLLM.prototype.respond.call(this, request);
    };
    const llm = fallback([first, second], { on: [{ isInstance: () => true }] });
    await runToolLoop(llm, { messages: 'When?', tools: [lookUp] });
    const models = (requested: readonly Message[] | undefined): unknown[] =>
      dataOf(requested).map(found => Reflect.get(Object(found), 'model'));
    expect(models(second.requests[0]?.messages)).toEqual(['fallback/0']);
    expect(models(first.requests[1]?.messages)).toEqual([undefined, 'fallback/1']);
  });

  test('is counted in the estimate of tokens [W1]', () => {
    const message: Message = { role: 'assistant', content: 'Noon.' };
    const value = 'x'.repeat(4_000);
    const more = estimateTokens([{ ...message, providerData: { ...data, value } }]) - estimateTokens([message]);
    expect(more).toBeGreaterThanOrEqual(1_000);
  });

  test('is shown by events without its content [W1]', async () => {
    const events: CrewEvent[] = [];
    const llm = new ScriptedLLM([callTurn(), 'Noon.']);
    await runToolLoop(llm, { messages: 'When?', tools: [lookUp], callbacks: [event => events.push(event)] });
    expect(JSON.stringify(events)).not.toContain('secret thought');
    const turn = events.find(event => event.type === 'turn-finish');
    expect(turn?.generation.providerData).toStrictEqual({ protocol: 'some-protocol', value: null, model: undefined });
  });

  test.each([{ protocol: 1, value: 1 }, { protocol: 'p' }, { protocol: 'p', value: 1n }])(
    'data of the wrong shape is refused with its place [W1]',
    async providerData => {
      const message = { role: 'assistant', content: 'x', providerData } as unknown as Message;
      await expect(new ScriptedLLM(['x']).generate([message])).rejects.toThrow('messages[0].providerData');
    },
  );

  test('is not changed by the caller after the messages were passed [W1]', async () => {
    const value = { blocks: ['a'] };
    const llm = new ScriptedLLM(() => {
      value.blocks.push('b');
      return 'Noon.';
    });
    await llm.generate([{ role: 'assistant', content: 'x', providerData: { protocol: 'p', value } }]);
    expect(dataOf(llm.requests[0]?.messages)).toStrictEqual([{ protocol: 'p', value: { blocks: ['a'] } }]);
  });
});
