import {
  AuthenticationError,
  ContextWindowExceededError,
  ProtocolError,
  RateLimitError,
  ResponseError,
} from '@crew/core';
import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { answer, thrown } from './answers.ts';

describe('usage of a response', () => {
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
  ])('decodes usage that is %s', (_what, usage, read) => {
    expect(decodeTurn({ ...answer({ content: 'a' }), usage }).usage).toEqual(read);
  });
});

describe('choices of a response', () => {
  it('decodes the choice with index 0', () => {
    const turn = decodeTurn({
      choices: [
        { index: 1, message: { content: 'b' } },
        { index: 0, message: { content: 'a' } },
      ],
    });
    expect(turn.text).toBe('a');
  });
});

describe('errors of decodeTurn', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['a list', [1]],
    ['no choices', { id: 'x', hello: 'world' }],
    ['empty choices', { choices: [], hello: 'world' }],
    ['a choice without a message', { choices: [{ hello: 'world' }] }],
  ])('throws a ProtocolError for %s', (_what, body) => {
    expect(() => decodeTurn(body)).toThrow(ProtocolError);
  });

  it('shows only the start of the body in a ProtocolError, on one line', () => {
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
  ])('throws the error of a response with status 200 that is %s', (_what, body, errorClass, status) => {
    const error = thrown(() => decodeTurn(body, { requestId: 'r-1' }));
    expect(error).toBeInstanceOf(errorClass);
    expect(error.message).toContain('broken');
    expect(error).toMatchObject({ status, requestId: 'r-1', serverMessage: 'broken' });
  });

  it('throws nothing for error: null beside choices', () => {
    expect(decodeTurn({ ...answer({ content: 'a' }), error: null }).text).toBe('a');
  });
});
