import { decodeTurn } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { answer } from './answers.ts';
import { decode, finish, fromParts, text } from './decoded-stream.ts';
import { callDelta, DONE, delta, event } from './event-bytes.ts';

/** Returns an event whose choice has a message. */
function messageEvent(message: object, beside: object = {}): string {
  return event({ choices: [{ index: 0, ...beside, message, finish_reason: 'stop' }] });
}

describe('streamed arguments', () => {
  const first = { index: 0, id: 'call_a', function: { name: 'pay', arguments: '' } };
  const pieces = (texts: readonly string[], beside: object = { index: 0 }) =>
    texts.map(written => callDelta({ ...beside, function: { arguments: written } }));
  const named = (texts: readonly string[]) =>
    texts.map(written => callDelta({ ...first, function: { name: 'pay', arguments: written } }));

  it.each<[string, readonly string[]]>([
    ['anew behind an empty object', ['{}', '{"sum"', ':5}']],
    ['anew behind an empty object in pieces', ['{', '}', '{"sum"', ':5}']],
    ['anew behind null', ['null', '{"sum"', ':5}']],
    ['anew within a fragment', ['{}{"sum":5}']],
    ['once more as a whole', ['{"sum"', ':5}', '{"sum":5}']],
    ['once more in pieces', ['{"sum"', ':5}', '{"su', 'm":5}']],
    ['once more in pieces without the end', ['{"sum"', ':5}', '{"su']],
    ['once more within a fragment', ['{"sum"', ':5}{"sum":5}']],
    ['twice more', ['{"sum":5}', '{"sum":5}', ' {"sum":5}']],
  ])('are read once if they begin %s [W14]', async (_how, texts) => {
    for (const fragments of [
      [callDelta(first), ...pieces(texts)],
      [callDelta(first), ...pieces(texts, {})],
      named(texts),
    ]) {
      const parts = await decode(...fragments, delta({}, 'tool_calls'));
      expect(finish(parts).toolCalls).toEqual([{ id: 'call_a', name: 'pay', arguments: '{"sum":5}' }]);
    }
  });

  it('are streamed once if they begin anew behind an empty object, or are repeated [W14]', async () => {
    for (const texts of [
      ['{}', '{"sum"', ':5}'],
      ['{"sum"', ':5}', '{"su', 'm":5}'],
    ]) {
      const parts = await decode(callDelta(first), ...pieces(texts), delta({}, 'tool_calls'));
      expect(fromParts(parts)).toEqual(finish(parts).toolCalls);
    }
  });

  it('are the last ones if a complete object is followed by another one [W14]', async () => {
    const parts = await decode(callDelta(first), ...pieces(['{"sum":5}', '{"sum"', ':6}']), delta({}, 'tool_calls'));
    expect(finish(parts).toolCalls).toEqual([{ id: 'call_a', name: 'pay', arguments: '{"sum":6}' }]);
  });

  it('stay empty if nothing follows an empty object [W14]', async () => {
    const parts = await decode(callDelta(first), ...pieces(['{', '}']), delta({}, 'tool_calls'));
    expect(finish(parts).toolCalls).toEqual([{ id: 'call_a', name: 'pay', arguments: '{}' }]);
    expect(fromParts(parts)).toEqual(finish(parts).toolCalls);
  });
});

describe('a whole message behind deltas', () => {
  const deltas = [
    delta({ role: 'assistant', content: '' }),
    delta({ reasoning_content: 'because' }),
    delta({ content: 'High ' }),
    delta({ content: 'tide.' }),
    callDelta({ index: 0, id: 'a', function: { name: 'pay', arguments: '{"sum":' } }),
    callDelta({ index: 0, function: { arguments: '5}' } }),
  ];
  const whole = {
    role: 'assistant',
    content: 'High tide.',
    reasoning_content: 'because',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'pay', arguments: '{ "sum": 5 }' } }],
  };

  it.each([
    ['alone', {}],
    ['beside an empty delta', { delta: {} }],
  ])('%s does not double the turn [W15]', async (_where, beside) => {
    const parts = await decode(...deltas, messageEvent(whole, beside), DONE);
    expect(text(parts)).toBe('High tide.');
    expect(finish(parts)).toMatchObject({
      reasoning: 'because',
      toolCalls: [{ id: 'a', name: 'pay', arguments: '{"sum":5}' }],
    });
  });

  it('adds the parts that the deltas lack [W15]', async () => {
    const started = callDelta({ index: 0, id: 'a', function: { name: 'pay', arguments: '{"sum":' } });
    const parts = await decode(delta({ content: 'High ' }), started, messageEvent(whole), DONE);
    expect(text(parts)).toBe('High tide.');
    expect(finish(parts)).toMatchObject({ reasoning: 'because', toolCalls: [{ arguments: '{ "sum": 5 }' }] });
    const only = await decode(delta({ role: 'assistant' }), messageEvent(whole), DONE);
    expect(finish(only)).toMatchObject({ text: 'High tide.', toolCalls: [{ id: 'a' }] });
  });

  it('does not double inline reasoning, and ignores a text that differs [W15]', async () => {
    const inline = ['<think>because</think>', 'High tide.'].map(content => delta({ content }));
    const repeated = await decode(...inline, messageEvent({ content: '<think>because</think>High tide.' }), DONE);
    expect(finish(repeated)).toMatchObject({ text: 'High tide.', reasoning: 'because' });
    const trimmed = await decode(delta({ content: ' High tide.' }), messageEvent({ content: 'High tide.' }), DONE);
    expect(finish(trimmed).text).toBe(' High tide.');
  });

  it('does not double the text of a stream whose fragments are messages [W15]', async () => {
    const fragments = ['High ', 'tide.'].map(content => event({ choices: [{ message: { content } }] }));
    expect(text(await decode(...fragments, DONE))).toBe('High tide.');
    expect(text(await decode(...fragments, messageEvent({ content: 'High tide.' }), DONE))).toBe('High tide.');
  });
});

describe('function_call, the older form of a tool call', () => {
  it('is decoded in a response [W28]', () => {
    const turn = decodeTurn(
      answer({ content: null, function_call: { name: 'pay', arguments: '{"sum":5}' } }, 'function_call'),
    );
    expect(turn).toMatchObject({ text: '', finishReason: 'tool-calls' });
    expect(turn.toolCalls).toEqual([{ id: 'call00000', name: 'pay', arguments: '{"sum":5}' }]);
  });

  it('is decoded in a stream [W28]', async () => {
    const fragments = [{ name: 'pay', arguments: '' }, { arguments: '{"sum"' }, { arguments: ':5}' }];
    const events = fragments.map(function_call => delta({ function_call }));
    const parts = await decode(...events, delta({}, 'function_call'), DONE);
    expect(finish(parts)).toMatchObject({
      finishReason: 'tool-calls',
      toolCalls: [{ id: 'call00000', name: 'pay', arguments: '{"sum":5}' }],
    });
    expect(fromParts(parts)).toEqual(finish(parts).toolCalls);
  });

  it('is ignored beside tool_calls, and if it is null [W28]', () => {
    const both = { function_call: { name: 'pay', arguments: '{}' } };
    const calls = [{ id: 'a', function: { name: 'pay', arguments: '{}' } }];
    expect(decodeTurn(answer({ ...both, tool_calls: calls })).toolCalls).toHaveLength(1);
    expect(decodeTurn(answer({ content: 'a', function_call: null })).toolCalls).toEqual([]);
  });
});

describe('an error without content beside an answer', () => {
  it.each([
    ['null', null],
    ['an empty object', {}],
    ['an empty text', ''],
    ['an object of empty members', { code: 0, message: '', type: null, details: [] }],
  ])('is no error if it is %s [W28]', async (_what, error) => {
    expect(decodeTurn({ ...answer({ content: 'a' }, 'stop'), error }).text).toBe('a');
    expect(text(await decode(event({ error, choices: [{ delta: { content: 'a' } }] }), DONE))).toBe('a');
  });

  it('is an error without an answer, and with a message [W28]', () => {
    expect(() => decodeTurn({ error: {} })).toThrow('error');
    expect(() => decodeTurn({ ...answer({ content: 'a' }), error: { message: 'Overloaded' } })).toThrow('Overloaded');
  });
});
