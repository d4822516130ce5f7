import { ProtocolError } from '@crew/core';
import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { answer, call } from './answers.ts';

describe('textbook responses', () => {
  it('decodes text, usage, model and id', () => {
    expect(
      decodeTurn({
        id: 'chatcmpl-1',
        model: 'other-model',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 4,
          total_tokens: 14,
          prompt_tokens_details: { cached_tokens: 8 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      }),
    ).toStrictEqual({
      text: 'Hello',
      reasoning: undefined,
      toolCalls: [],
      finishReason: 'stop',
      usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 8, reasoningTokens: 2 },
      model: 'other-model',
      requestId: 'chatcmpl-1',
    });
  });

  it('decodes tool calls together with the text beside them', () => {
    const turn = decodeTurn(
      answer({ content: 'Let me look.', tool_calls: [call('c1', 'search', '{"q":1}')] }, 'tool_calls'),
    );
    expect(turn.text).toBe('Let me look.');
    expect(turn.toolCalls).toEqual([{ id: 'c1', name: 'search', arguments: '{"q":1}' }]);
    expect(turn.finishReason).toBe('tool-calls');
  });
});

describe('content of a response', () => {
  it.each([
    ['an empty text', { content: '' }, ''],
    ['null', { content: null }, ''],
    ['nothing', {}, ''],
    [
      'a list of text parts',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'output_text', text: 'b' },
        ],
      },
      'ab',
    ],
    ['a list with other things in it', { content: ['a', null, 3, { type: 'image' }, { text: 'b' }] }, 'ab'],
    ['a refusal', { content: null, refusal: 'I will not.' }, 'I will not.'],
  ])('decodes content that is %s', (_what, message, text) => {
    expect(decodeTurn(answer(message)).text).toBe(text);
  });

  it.each([
    ['reasoning_content', { content: 'a', reasoning_content: 'because' }],
    ['reasoning', { content: 'a', reasoning: 'because' }],
    ['both', { content: 'a', reasoning: 'because', reasoning_content: 'because' }],
    ['a thinking part', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'because' }] }, 'a'] }],
    ['<think> at the start of the text', { content: '\n<think>because</think>\n\na' }],
  ])('decodes reasoning in %s', (_where, message) => {
    const turn = decodeTurn(answer(message));
    expect(turn.text).toBe('a');
    expect(turn.reasoning).toBe('because');
  });

  it.each([
    ['in the middle of the text', 'say <think> aloud', {}],
    ['beside reasoning that came by itself', '<think>x</think>', { reasoning_content: 'r' }],
  ])('leaves <think> %s unchanged', (_where, content, separate) => {
    expect(decodeTurn(answer({ content, ...separate })).text).toBe(content);
  });

  it('decodes <think> that was cut off by length', () => {
    const turn = decodeTurn(answer({ content: '<think>because of </thi' }, 'length'));
    expect(turn.text).toBe('');
    expect(turn.reasoning).toBe('because of </thi');
  });
});

describe('tool calls of a response', () => {
  it.each([
    ['a text', '{"q":1}', '{"q":1}'],
    ['an object', { q: 1 }, '{"q":1}'],
    ['empty', '', '{}'],
    ['null', null, '{}'],
    ['missing', undefined, '{}'],
    ['no JSON', '{"q":', '{"q":'],
  ])('decodes tool calls whose arguments are %s', (_what, written, read) => {
    const turn = decodeTurn(answer({ tool_calls: [call('c1', 'search', written)] }));
    expect(turn.toolCalls).toEqual([{ id: 'c1', name: 'search', arguments: read }]);
  });

  it('adds ids that are unique in the turn to tool calls without them', () => {
    const calls = [
      call(undefined, 'a', '{}'),
      call('', 'b', '{}'),
      call('call00000', 'c', '{}'),
      call('x', 'd', '{}'),
      call('x', 'd', '{}'),
    ];
    const ids = decodeTurn(answer({ tool_calls: calls })).toolCalls.map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['call00000', 'call00001']);
    expect(ids[3]).toBe('x');
    expect(new Set(ids).size).toBe(5);
  });

  it.each([
    ['equal ids', { id: 'x' }],
    ['equal ids and indexes', { id: 'x', index: 0 }],
    ['equal indexes and no ids', { index: 0 }],
  ])('decodes tool calls with %s as separate calls', (_what, place) => {
    const calls = [
      { ...place, function: { name: 'get_time', arguments: '' } },
      { ...place, function: { name: 'delete_all', arguments: '{"path":"/"}' } },
      { ...place, function: { name: 'get_time', arguments: '' } },
      { ...place, function: { name: 'get_time', arguments: '' } },
    ];
    const { toolCalls } = decodeTurn(answer({ tool_calls: calls }));
    expect(toolCalls.map(({ name, arguments: written }) => [name, written])).toEqual([
      ['get_time', '{}'],
      ['delete_all', '{"path":"/"}'],
      ['get_time', '{}'],
      ['get_time', '{}'],
    ]);
    expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(4);
  });

  it('decodes tool calls without a function wrapper', () => {
    const turn = decodeTurn(answer({ tool_calls: [{ id: 'c', name: 'search', arguments: { q: 1 } }] }));
    expect(turn.toolCalls).toEqual([{ id: 'c', name: 'search', arguments: '{"q":1}' }]);
  });

  it('keeps partial arguments and drops a call without a name when the turn was cut off by length', () => {
    const turn = decodeTurn(
      answer({ tool_calls: [call('c1', 'search', '{"q":'), call('c2', undefined, '')] }, 'length'),
    );
    expect(turn.finishReason).toBe('length');
    expect(turn.toolCalls).toEqual([{ id: 'c1', name: 'search', arguments: '{"q":' }]);
  });

  it('rejects a call without a name in a complete turn', () => {
    expect(() => decodeTurn(answer({ tool_calls: [call('c1', undefined, '{}')] }))).toThrow(ProtocolError);
  });
});

describe('finish reason of a response', () => {
  const toolCalls = { tool_calls: [call('c', 'search', '{}')] };
  it.each([
    ['stop', {}, 'stop'],
    ['length', {}, 'length'],
    ['content_filter', {}, 'content-filter'],
    ['MAX_TOKENS', {}, 'length'],
    [undefined, {}, 'unknown'],
    [null, {}, 'unknown'],
    ['because', {}, 'unknown'],
    ['constructor', {}, 'unknown'],
    ['tool_calls', {}, 'unknown'],
    ['stop', toolCalls, 'tool-calls'],
    [undefined, toolCalls, 'tool-calls'],
    ['because', toolCalls, 'tool-calls'],
    ['length', toolCalls, 'length'],
  ])('decodes the finish reason %s with %j as %s', (said, message, reason) => {
    expect(decodeTurn(answer(message, said)).finishReason).toBe(reason);
  });
});
