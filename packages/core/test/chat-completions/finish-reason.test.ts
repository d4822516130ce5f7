import { ResponseError } from '@crew/core';
import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, test } from 'vitest';
import { answer, call, thrown } from './answers.ts';
import { decode, failure, finish } from './decoded-stream.ts';
import { DONE, delta, event } from './event-bytes.ts';

describe('finish reasons', () => {
  test.each([
    'error',
    'insufficient_system_resource',
    'network_error',
    'ABORT',
    'engine-overloaded',
    'internalError',
    'timeout',
  ])('a response that ended with %s is an error with the partial text [W4]', word => {
    const body = answer({ content: 'Half a sen', tool_calls: [call('a', 'pay', '{}')] }, word);
    const error = thrown(() => decodeTurn(body, { server: 'https://a.example' }));
    expect(ResponseError.isInstance(error) && error.partialText).toBe('Half a sen');
    expect(error.message).toContain(word);
  });

  test('a stream that ended with a word for failure is an error with the partial text [W4]', async () => {
    const stream = decode(
      delta({ content: 'Half a ' }),
      delta({ content: 'sen' }, 'insufficient_system_resource'),
      DONE,
    );
    const error = await failure(stream);
    expect(ResponseError.isInstance(error) && error.partialText).toBe('Half a sen');
    expect(ResponseError.isInstance(error) && error.serverCode).toBe('insufficient_system_resource');
  });

  test.each([
    [{ code: 502, message: 'The upstream failed' }, 502],
    ['The upstream failed', undefined],
  ])('an error %j of the choice is the error of the turn [W4]', async (error, status) => {
    const choice = { index: 0, finish_reason: 'stop', error };
    const whole = thrown(() => decodeTurn({ choices: [{ ...choice, message: { content: 'Half' } }] }));
    const streamed = await failure(decode(event({ choices: [{ ...choice, delta: { content: 'Half' } }] }), DONE));
    for (const found of [whole, streamed]) {
      expect(found).toMatchObject({ status, partialText: 'Half', serverMessage: 'The upstream failed' });
    }
  });

  test.each([null, {}, '', { code: null }])('an error %j of the choice is none [W4]', error => {
    const choice = { index: 0, message: { content: 'Yes.' }, finish_reason: 'stop', error };
    expect(decodeTurn({ choices: [choice] }).text).toBe('Yes.');
  });

  test.each(['pause_turn', 'other', 'terrorism', 'default'])('the word %s is unknown and no failure [W4]', word => {
    expect(decodeTurn(answer({ content: 'Yes.' }, word)).finishReason).toBe('unknown');
  });

  test.each([
    { content: null, refusal: 'I cannot help.' },
    { content: [{ type: 'refusal', refusal: 'I cannot help.' }] },
  ])('a message with a refusal is a refusal, whose text is the text [W5]', message => {
    expect(decodeTurn(answer(message, 'stop'))).toMatchObject({ text: 'I cannot help.', finishReason: 'refusal' });
  });

  test('a refusal in deltas is a refusal, whose text is the text [W5]', async () => {
    const parts = await decode(
      delta({ role: 'assistant', content: '', refusal: null }),
      delta({ refusal: 'I cannot ' }),
      delta({ refusal: 'help.' }),
      delta({}, 'stop'),
      DONE,
    );
    expect(finish(parts)).toMatchObject({ text: 'I cannot help.', finishReason: 'refusal' });
  });
});
