import { describe, expect, it } from 'vitest';
import { decode, finish, fromParts } from './decoded-stream.ts';
import { callDelta, DONE, delta, event } from './event-bytes.ts';

describe('decodeEvents with repeated tool calls', () => {
  const pay = (written: string, ...left: readonly string[]) => {
    const whole = { index: 0, id: 'call_a', function: { name: 'pay', arguments: written } };
    return Object.fromEntries(Object.entries(whole).filter(([key]) => !left.includes(key)));
  };

  it.each([
    ['nothing under index, id and name', ['{"sum":', '5}', ''].map(text => pay(text))],
    ['a line break under index, id and name', ['{"sum":5}', '\n'].map(text => pay(text))],
    ['nothing under id and name', ['{"sum":', '5}', ''].map(text => pay(text, 'index'))],
    ['nothing under index and name', [pay('{"sum":5}'), pay('', 'id')]],
    ['nothing under the name alone', [pay('{"sum":5}'), pay('', 'id', 'index')]],
    ['the whole call', [pay('{"sum":'), pay('5}'), pay('{"sum":5}')]],
    ['the whole call without its index', [pay('{"sum":'), pay('5}'), pay('{"sum":5}', 'index')]],
  ])('decodes a tool call once although %s is repeated at the end', async (_what, fragments) => {
    for (const parts of [
      await decode(...fragments.map(fragment => callDelta(fragment)), delta({}, 'tool_calls')),
      await decode(callDelta(...fragments), DONE),
    ]) {
      expect(finish(parts).toolCalls).toEqual([{ id: 'call_a', name: 'pay', arguments: '{"sum":5}' }]);
      expect(fromParts(parts)).toEqual(finish(parts).toolCalls);
    }
  });

  it('decodes a tool call once although the last chunk contains the whole message', async () => {
    const message = { role: 'assistant', content: null, tool_calls: [pay('{"sum":5}')] };
    const last = event({ choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
    const parts = await decode(callDelta(pay('{"sum":')), callDelta(pay('5}')), last, DONE);
    expect(finish(parts).toolCalls).toEqual([{ id: 'call_a', name: 'pay', arguments: '{"sum":5}' }]);
  });

  it('assembles a tool call from fragments that have only the name in common', async () => {
    const fragments = ['{"sum":', '5}'].map(text => pay(text, 'index', 'id'));
    const parts = await decode(...fragments.map(fragment => callDelta(fragment)), delta({}, 'tool_calls'));
    expect(finish(parts).toolCalls).toEqual([{ id: 'call00000', name: 'pay', arguments: '{"sum":5}' }]);
  });

  it.each([
    ['under the same index and id', { index: 0, id: 'x' }, ['{"sum":5}', '{"sum":6}']],
    ['under the same id', { id: 'x' }, ['{"sum":5}', '{"sum":6}']],
    ['with neither index nor id', {}, ['{"sum":5}', '{"sum":6}']],
    ['with neither, its name first', {}, ['{"sum":5}', '', undefined]],
    ['without an id, its name first', { index: 0 }, ['{"sum":5}', '', undefined]],
  ])('decodes a second call of the same name after a complete one, %s', async (_how, place, texts) => {
    const fragments = texts.map(text => ({
      ...place,
      function: text === undefined ? { arguments: '{"sum":6}' } : { name: 'pay', arguments: text },
    }));
    const parts = await decode(...fragments.map(fragment => callDelta(fragment)), delta({}, 'tool_calls'));
    expect(finish(parts).toolCalls.map(call => call.arguments)).toEqual(['{"sum":5}', '{"sum":6}']);
    expect(fromParts(parts)).toEqual(finish(parts).toolCalls);
  });
});
