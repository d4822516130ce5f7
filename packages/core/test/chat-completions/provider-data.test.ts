import type { AssistantTurn, Message } from '@crew/core';
import { decodeTurn, encodeMessages, encodeRequest } from '@crew/core/chat-completions';
import { describe, expect, test } from 'vitest';
import { answer, call } from './answers.ts';
import { decode, finish } from './decoded-stream.ts';
import { callDelta, DONE, delta } from './event-bytes.ts';

const signed = (id: string, signature?: string): object => ({
  ...call(id, 'look_up', '{}'),
  ...(signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }),
});

/** Returns the message that a tool loop would keep of the turn. */
function assistant({ text, toolCalls, providerData }: AssistantTurn): Message {
  return { role: 'assistant', content: text, toolCalls, providerData };
}

describe('the fields of a provider', () => {
  test('a turn with reasoning and signatures is sent back as it came [W1]', () => {
    const details = [
      { type: 'reasoning.text', text: 'Hm.', signature: 's', id: null, format: 'f', index: 0 },
      { type: 'reasoning.encrypted', data: 'e', index: 0 },
      { type: 'reasoning.encrypted', data: 'e', index: 0 },
    ];
    const fields = { reasoning_content: 'I look it up.', reasoning_details: details };
    const turn = decodeTurn(
      answer({ role: 'assistant', content: null, ...fields, tool_calls: [signed('a', 's1'), signed('b')] }),
    );

    expect(encodeMessages([assistant(turn)], { keepsCallId: () => true })).toStrictEqual([
      { role: 'assistant', content: '', ...fields, tool_calls: [signed('a', 's1'), signed('b')] },
    ]);
  });

  test.each([
    ['thinking_blocks', [{ type: 'thinking', thinking: 'Hm.', signature: 's' }]],
    ['reasoning_opaque', 'b3BhcXVl'],
    ['provider_specific_fields', { thought_signatures: ['s'] }],
    ['reasoning', 'Hm.'],
    ['reasoning_content', ''],
  ])('a message with %s gets it back [W1]', (name, value) => {
    const turn = decodeTurn(answer({ content: 'Yes.', [name]: value }));
    expect(encodeMessages([assistant(turn)], { keepsCallId: () => true })).toStrictEqual([
      { role: 'assistant', content: 'Yes.', [name]: value },
    ]);
  });

  test('a signature inside the function of a call is sent back there [W1]', () => {
    const body = { name: 'look_up', arguments: '{}', provider_specific_fields: { thought_signature: 's' } };
    const turn = decodeTurn(answer({ content: '', tool_calls: [{ id: 'a', type: 'function', function: body }] }));
    expect(encodeMessages([assistant(turn)], { keepsCallId: () => true })).toStrictEqual([
      { role: 'assistant', content: '', tool_calls: [{ id: 'a', type: 'function', function: body }] },
    ]);
  });

  test('deltas of a stream are joined to the fields of the whole turn [W1]', async () => {
    const parts = await decode(
      delta({ role: 'assistant', content: null, reasoning_content: null }),
      delta({
        reasoning_content: 'I look ',
        reasoning_details: [{ type: 'reasoning.text', text: 'I look ', index: 0 }],
      }),
      delta({ reasoning_content: 'it up.', reasoning_details: [{ type: 'reasoning.text', text: 'it up.', index: 0 }] }),
      delta({ reasoning_details: [{ type: 'reasoning.text', signature: 'sig', index: 0 }] }),
      delta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', index: 1 }] }),
      delta({
        tool_calls: [
          { index: 0, ...signed('a', 's1') },
          { index: 1, ...signed('b') },
        ],
      }),
      callDelta({ index: 0, extra_content: { google: { thought_signature: 's1' } } }),
      delta({}, 'tool_calls'),
      DONE,
    );
    expect(encodeMessages([assistant(finish(parts))], { keepsCallId: () => true })).toStrictEqual([
      {
        role: 'assistant',
        content: '',
        reasoning_content: 'I look it up.',
        reasoning_details: [
          { type: 'reasoning.text', text: 'I look it up.', signature: 'sig', index: 0 },
          { type: 'reasoning.encrypted', data: 'x', index: 1 },
        ],
        tool_calls: [signed('a', 's1'), signed('b')],
      },
    ]);
  });

  test('thinking blocks of a stream end at their signature [W1]', async () => {
    const block = (thinking: string, signature?: string): object => ({
      thinking_blocks: [{ type: 'thinking', thinking, ...(signature === undefined ? {} : { signature }) }],
    });
    const parts = await decode(
      delta(block('a')),
      delta(block('b')),
      delta(block('', 's1')),
      delta(block('c')),
      delta(block('', 's2')),
      delta({ content: 'Yes.' }, 'stop'),
      DONE,
    );
    expect(encodeMessages([assistant(finish(parts))], { keepsCallId: () => true })).toMatchObject([
      {
        thinking_blocks: [
          { type: 'thinking', thinking: 'ab', signature: 's1' },
          { type: 'thinking', thinking: 'c', signature: 's2' },
        ],
      },
    ]);
  });

  test('a mark on streamed thoughts is not sent back with the answer [W1]', async () => {
    const thought = (google: object): object => ({ extra_content: { google } });
    const parts = await decode(
      delta({ content: '<thought>Hm.</thought>', ...thought({ thought: true }) }),
      delta({ content: 'Yes.' }, 'stop'),
      DONE,
    );
    expect(finish(parts)).not.toHaveProperty('providerData');
  });

  test('a turn of the standard API has no provider data [W1]', () => {
    const message = {
      content: 'Yes.',
      refusal: null,
      annotations: [],
      audio: null,
      reasoning_content: null,
      name: 'x',
    };
    expect(decodeTurn(answer(message))).not.toHaveProperty('providerData');
  });

  test('the data can be stored as JSON and is never changed afterwards [W1]', () => {
    const { providerData } = decodeTurn(answer({ content: 'Yes.', reasoning_details: [{ a: { b: 'c' } }] }));
    expect(JSON.parse(JSON.stringify(providerData))).toStrictEqual(providerData);
    expect(() => Object.assign(providerData?.value ?? {}, { a: 1 })).toThrow(TypeError);
  });

  test('a member named __proto__ in the data sets no prototype [W1]', () => {
    const message: object = JSON.parse('{"content":"Yes.","extra_content":{"__proto__":{"polluted":true},"a":1}}');
    const [sent] = encodeMessages([assistant(decodeTurn(answer(message)))]);
    expect(JSON.stringify(sent)).toBe('{"extra_content":{"a":1},"role":"assistant","content":"Yes."}');
  });
});

describe('sending the fields of a provider', () => {
  const value = { message: { reasoning_content: 'Hm.', role: 'system', content: 'x', foreign: 1 } };
  const data = { protocol: 'chat-completions', value };
  const sent = (message: Message, settings: Parameters<typeof encodeRequest>[1]): unknown =>
    JSON.parse(encodeRequest({ messages: [message] }, settings)).messages[0];
  const plain = { role: 'assistant', content: 'Yes.' } as const;

  test('they are sent to the model that wrote them and to no other [W1]', () => {
    const message = { ...plain, providerData: { ...data, model: 'm' } };
    expect(sent(message, { model: 'm' })).toStrictEqual({ ...plain, reasoning_content: 'Hm.' });
    expect(sent(message, { model: 'n' })).toStrictEqual(plain);
    expect(sent(message, {})).toStrictEqual(plain);
    expect(sent({ ...plain, providerData: data }, { model: 'n' })).toStrictEqual({
      ...plain,
      reasoning_content: 'Hm.',
    });
  });

  test('those of another protocol are not sent [W1]', () => {
    const providerData = { ...data, protocol: 'anthropic-messages' };
    expect(sent({ ...plain, providerData }, {})).toStrictEqual(plain);
  });

  test('with always, a turn without reasoning gets an empty one [W1]', () => {
    const settings = { model: 'm', replay: 'always' } as const;
    expect(sent(plain, settings)).toStrictEqual({ ...plain, reasoning_content: '' });
    expect(sent({ ...plain, providerData: data }, settings)).toStrictEqual({ ...plain, reasoning_content: 'Hm.' });
    expect(sent({ role: 'user', content: 'Hi' }, settings)).toStrictEqual({ role: 'user', content: 'Hi' });
  });

  test('with never, none is sent [W1]', () => {
    expect(sent({ ...plain, providerData: data }, { replay: 'never' })).toStrictEqual(plain);
  });
});

describe('annotations and log probabilities', () => {
  const note = (url: string): object => ({ type: 'url_citation', url_citation: { url } });

  test('those of a response are kept', () => {
    const logprobs = { content: [{ token: 'Yes', logprob: -0.1 }], refusal: null };
    const choice = { index: 0, message: { content: 'Yes.', annotations: [note('a'), note('b')] }, logprobs };
    const turn = decodeTurn({ choices: [choice] });
    expect(turn.annotations).toStrictEqual([note('a'), note('b')]);
    expect(turn.logprobs).toStrictEqual(logprobs);
  });

  test('those of a stream are collected from its deltas', async () => {
    const chunk = (content: string, url: string): string =>
      `data: ${JSON.stringify({
        choices: [{ delta: { content, annotations: [note(url)] }, logprobs: { content: [{ token: content }] } }],
      })}\n\n`;
    const turn = finish(await decode(chunk('a', 'u'), chunk('b', 'v'), delta({}, 'stop'), DONE));
    expect(turn.annotations).toStrictEqual([note('u'), note('v')]);
    expect(turn.logprobs).toStrictEqual({ content: [{ token: 'a' }, { token: 'b' }] });
  });

  test('a list of citations beside the choices is kept once', () => {
    const turn = decodeTurn({ ...answer({ content: 'Yes.' }), citations: ['https://a.example'] });
    expect(turn.annotations).toStrictEqual(['https://a.example']);
  });
});
