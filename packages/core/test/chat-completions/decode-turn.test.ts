import {
  AuthenticationError,
  ContextWindowExceededError,
  ProtocolError,
  RateLimitError,
  ResponseError,
} from '@crew/core';
import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';

describe('decodeTurn reads a textbook answer', () => {
  it('with text, usage, model and id', () => {
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

  it('with tool calls, keeping the text that came along', () => {
    const turn = decodeTurn(
      answer({ content: 'Let me look.', tool_calls: [call('c1', 'search', '{"q":1}')] }, 'tool_calls'),
    );
    expect(turn.text).toBe('Let me look.');
    expect(turn.toolCalls).toEqual([{ id: 'c1', name: 'search', arguments: '{"q":1}' }]);
    expect(turn.finishReason).toBe('tool-calls');
  });
});

describe('decodeTurn reads content', () => {
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
  ])('that is %s', (_what, message, text) => {
    expect(decodeTurn(answer(message)).text).toBe(text);
  });

  it.each([
    ['reasoning_content', { content: 'a', reasoning_content: 'because' }],
    ['reasoning', { content: 'a', reasoning: 'because' }],
    ['both', { content: 'a', reasoning: 'because', reasoning_content: 'because' }],
    ['a thinking part', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'because' }] }, 'a'] }],
    ['<think> at the start of the text', { content: '\n<think>because</think>\n\na' }],
  ])('with reasoning in %s', (_where, message) => {
    const turn = decodeTurn(answer(message));
    expect(turn.text).toBe('a');
    expect(turn.reasoning).toBe('because');
  });

  it.each([
    ['in the middle of the text', 'say <think>x</think>'],
    ['beside reasoning that came by itself', '<think>x</think>'],
  ])('and leaves <think> %s alone', (where, content) => {
    const separate = where.startsWith('beside') ? { reasoning_content: 'r' } : {};
    expect(decodeTurn(answer({ content, ...separate })).text).toBe(content);
  });

  it('with <think> that was cut off by length', () => {
    const turn = decodeTurn(answer({ content: '<think>because of </thi' }, 'length'));
    expect(turn.text).toBe('');
    expect(turn.reasoning).toBe('because of </thi');
  });
});

describe('decodeTurn reads tool calls', () => {
  it.each([
    ['a text', '{"q":1}', '{"q":1}'],
    ['an object', { q: 1 }, '{"q":1}'],
    ['empty', '', '{}'],
    ['null', null, '{}'],
    ['missing', undefined, '{}'],
    ['no JSON', '{"q":', '{"q":'],
  ])('whose arguments are %s', (_what, written, read) => {
    const turn = decodeTurn(answer({ tool_calls: [call('c1', 'search', written)] }));
    expect(turn.toolCalls).toEqual([{ id: 'c1', name: 'search', arguments: read }]);
  });

  it('without ids, and makes up ones that are unique in the turn', () => {
    const calls = [
      call(undefined, 'a', '{}'),
      call('', 'b', '{}'),
      call('call_0', 'c', '{}'),
      call('x', 'd', '{}'),
      call('x', 'd', '{}'),
    ];
    const ids = decodeTurn(answer({ tool_calls: calls })).toolCalls.map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['call_0', 'call_1']);
    expect(ids[3]).toBe('x');
    expect(new Set(ids).size).toBe(5);
  });

  it('that have no function wrapper', () => {
    const turn = decodeTurn(answer({ tool_calls: [{ id: 'c', name: 'search', arguments: { q: 1 } }] }));
    expect(turn.toolCalls).toEqual([{ id: 'c', name: 'search', arguments: '{"q":1}' }]);
  });

  it('cut off by length: partial arguments stay, a call without a name goes', () => {
    const turn = decodeTurn(
      answer({ tool_calls: [call('c1', 'search', '{"q":'), call('c2', undefined, '')] }, 'length'),
    );
    expect(turn.finishReason).toBe('length');
    expect(turn.toolCalls).toEqual([{ id: 'c1', name: 'search', arguments: '{"q":' }]);
  });

  it('and refuses a call without a name in a complete turn', () => {
    expect(() => decodeTurn(answer({ tool_calls: [call('c1', undefined, '{}')] }))).toThrow(ProtocolError);
  });
});

describe('decodeTurn reads the finish reason', () => {
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
  ])('%s with %j as %s', (said, message, reason) => {
    expect(decodeTurn(answer(message, said)).finishReason).toBe(reason);
  });
});

describe('decodeTurn reads usage', () => {
  it.each([
    ['absent', undefined, undefined],
    ['null', null, undefined],
    ['empty', {}, undefined],
    ['without details', { prompt_tokens: 3, completion_tokens: 2 }, { inputTokens: 3, outputTokens: 2 }],
    [
      'with null details',
      { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: null },
      { inputTokens: 3, outputTokens: 2 },
    ],
    ['partial', { prompt_tokens: 3 }, { inputTokens: 3, outputTokens: 0 }],
    ['partial with a total', { prompt_tokens: 3, total_tokens: 5 }, { inputTokens: 3, outputTokens: 2 }],
    ['under other names', { input_tokens: 3, output_tokens: 2 }, { inputTokens: 3, outputTokens: 2 }],
    ['of other types', { prompt_tokens: '3', completion_tokens: -1 }, undefined],
  ])('that is %s', (_what, usage, read) => {
    expect(decodeTurn({ ...answer({ content: 'a' }), usage }).usage).toEqual(read);
  });
});

describe('decodeTurn reads choices', () => {
  it('and takes the one with index 0', () => {
    const turn = decodeTurn({
      choices: [
        { index: 1, message: { content: 'b' } },
        { index: 0, message: { content: 'a' } },
      ],
    });
    expect(turn.text).toBe('a');
  });
});

describe('decodeTurn throws', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['a list', [1]],
    ['no choices', { id: 'x', hello: 'world' }],
    ['empty choices', { choices: [], hello: 'world' }],
    ['a choice without a message', { choices: [{ hello: 'world' }] }],
  ])('a ProtocolError for %s', (_what, body) => {
    expect(() => decodeTurn(body)).toThrow(ProtocolError);
  });

  it('a ProtocolError that shows the start of the body, on one line, not all of it', () => {
    const body = { hello: `line\n\u001b[31m${'x'.repeat(5000)}` };
    const message = thrown(() => decodeTurn(body)).message;
    expect(message).toContain('{"hello":"line');
    expect([...message].every(character => character >= ' ')).toBe(true);
    expect(message.length).toBeLessThan(400);
  });

  it.each([
    ['an error object', { error: { message: 'broken', type: 'server_error', code: 500 } }, ResponseError, 500],
    ['an error text', { error: 'broken' }, ResponseError, undefined],
    ['an error beside choices', { error: { message: 'broken' }, choices: [] }, ResponseError, undefined],
    ['a bare error', { message: 'broken', type: 'x', code: 503 }, ResponseError, 503],
    [
      'an error in a list',
      [{ error: { message: 'broken', code: 400, status: 'INVALID_ARGUMENT' } }],
      ResponseError,
      400,
    ],
    ['a refused credential', { error: { message: 'broken', code: 401 } }, AuthenticationError, 401],
    ['a rate limit', { error: { message: 'broken', code: 429 } }, RateLimitError, 429],
    ['an exhausted quota', { error: { message: 'broken', code: 'insufficient_quota' } }, RateLimitError, undefined],
    [
      'an overflow',
      { error: { message: 'broken', type: 'exceed_context_size_error', code: 400 } },
      ContextWindowExceededError,
      400,
    ],
  ])('for a 200 answer that is %s', (_what, body, errorClass, status) => {
    const error = thrown(() => decodeTurn(body, { requestId: 'r-1' }));
    expect(error).toBeInstanceOf(errorClass);
    expect(error.message).toContain('broken');
    expect(error).toMatchObject({ status, requestId: 'r-1', serverMessage: 'broken' });
  });

  it('nothing for error: null beside choices', () => {
    expect(decodeTurn({ ...answer({ content: 'a' }), error: null }).text).toBe('a');
  });
});

function answer(message: object, finishReason?: unknown): { choices: object[] } {
  return { choices: [{ index: 0, message, finish_reason: finishReason }] };
}

function call(id: string | undefined, name: string | undefined, written: unknown): object {
  return { id, type: 'function', function: { name, arguments: written } };
}

function thrown(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
