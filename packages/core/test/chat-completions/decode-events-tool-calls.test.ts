import { ProtocolError } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { decode, failure, finish, fromParts } from './decoded-stream.ts';
import { callDelta, DONE, delta } from './event-bytes.ts';

describe('decodeEvents with tool calls', () => {
  const expected = [
    { id: 'c0', name: 'search', arguments: '{"q":"x"}' },
    { id: 'c1', name: 'read', arguments: '{"n":1}' },
  ];

  it.each([
    [
      'id and name first, then fragments',
      [
        { index: 0, id: 'c0', type: 'function', function: { name: 'search', arguments: '' } },
        { index: 0, function: { arguments: '{"q"' } },
        { index: 0, function: { arguments: ':"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'the first fragment beside id and name',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { index: 0, function: { arguments: ':"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { index: 1, function: { arguments: ':1}' } },
      ],
    ],
    [
      'fragments of two calls that interleave',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { index: 0, function: { arguments: ':"x"}' } },
        { index: 1, function: { arguments: ':1}' } },
      ],
    ],
    [
      'whole calls without index',
      [
        { id: 'c0', function: { name: 'search', arguments: '{"q":"x"}' } },
        { id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'fragments without index',
      [
        { id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { function: { arguments: ':"x"}' } },
        { id: 'c1', function: { name: 'read', arguments: '' } },
        { function: { arguments: '{"n":1}' } },
      ],
    ],
    [
      'fragments that repeat the id',
      [
        { id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { id: 'c0', function: { arguments: ':"x"}' } },
        { id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { id: 'c1', function: { arguments: ':1}' } },
      ],
    ],
    [
      'fragments that repeat index, id and name',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q"' } },
        { index: 0, id: 'c0', function: { name: 'search', arguments: ':"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n"' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: ':1}' } },
      ],
    ],
    [
      'whole calls that all have index 0',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: '{"q":"x"}' } },
        { index: 0, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'arguments as objects',
      [
        { index: 0, id: 'c0', function: { name: 'search', arguments: { q: 'x' } } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: { n: 1 } } },
      ],
    ],
    [
      'id, name and arguments one after another',
      [
        { index: 0, id: 'c0' },
        { index: 0, function: { name: 'search' } },
        { index: 0, function: { arguments: '{"q":"x"}' } },
        { index: 1, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
    [
      'indexes that begin elsewhere, with null members',
      [
        { index: 3, id: 'c0', function: { name: 'search', arguments: null } },
        { index: 3, id: null, function: { name: null, arguments: '{"q":"x"}' } },
        { index: 7, id: 'c1', function: { name: 'read', arguments: '{"n":1}' } },
      ],
    ],
  ])('assembles tool calls sent as %s', async (_how, fragments) => {
    const parts = await decode(...fragments.map(fragment => callDelta(fragment)), delta({}, 'tool_calls'));
    expect(finish(parts).toolCalls).toEqual(expected);
    expect(fromParts(parts)).toEqual(expected);
    expect(finish(parts).finishReason).toBe('tool-calls');
    expect(finish(await decode(callDelta(...fragments), DONE)).toolCalls).toEqual(expected);
  });

  it('decodes two calls of the same tool without ids under one index', async () => {
    const whole = { index: 0, function: { name: 'search', arguments: '{"q":1}' } };
    const parts = await decode(callDelta(whole), callDelta(whole), DONE);
    expect(finish(parts).toolCalls).toEqual([
      { id: 'call00000', name: 'search', arguments: '{"q":1}' },
      { id: 'call00001', name: 'search', arguments: '{"q":1}' },
    ]);
  });

  it.each([
    ['id', { id: 'x' }, {}],
    ['id and index', { id: 'x', index: 0 }, {}],
    ['index, without any id', { index: 0 }, {}],
    ['id under two indexes', { id: 'x', index: 0 }, { index: 1 }],
  ])('decodes calls of different names under the same %s as separate calls', async (_what, first, second) => {
    const place = { ...first, ...second };
    const fragments = [
      { ...first, function: { name: 'get_time', arguments: '' } },
      { ...place, function: { name: 'delete_all', arguments: '{"path"' } },
      { ...place, function: { name: 'delete_all', arguments: ':"/"}' } },
    ];
    for (const parts of [
      await decode(...fragments.map(fragment => callDelta(fragment)), delta({}, 'tool_calls')),
      await decode(callDelta(...fragments), DONE),
    ]) {
      const { toolCalls } = finish(parts);
      expect(toolCalls.map(({ name, arguments: written }) => [name, written])).toEqual([
        ['get_time', '{}'],
        ['delete_all', '{"path":"/"}'],
      ]);
      expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(2);
      expect(fromParts(parts)).toMatchObject([{ name: 'get_time' }, { name: 'delete_all', arguments: '{"path":"/"}' }]);
    }
  });

  it('assembles calls of one id under two indexes whose fragments interleave and repeat the name', async () => {
    const fragment = (index: number, name: string, written: string) => ({
      ...{ index, id: 'x' },
      function: { name, arguments: written },
    });
    const parts = await decode(
      callDelta(fragment(0, 'search', '{"q"')),
      callDelta(fragment(1, 'read', '{"n"')),
      callDelta(fragment(0, 'search', ':"x"}')),
      callDelta(fragment(1, 'read', ':1}')),
      delta({}, 'tool_calls'),
    );
    expect(fromParts(parts)).toMatchObject([
      { id: 'x', name: 'search', arguments: '{"q":"x"}' },
      { id: 'call00000', name: 'read', arguments: '{"n":1}' },
    ]);
  });

  it('decodes tool calls with finish reason stop', async () => {
    const whole = { id: 'c', function: { name: 'now' } };
    const turn = finish(await decode(callDelta(whole), delta({}, 'stop')));
    expect(turn).toMatchObject({ finishReason: 'tool-calls', toolCalls: [{ arguments: '{}' }] });
  });

  it('keeps partial arguments of a call that was cut off by length', async () => {
    const call = { index: 0, id: 'c', function: { name: 'search', arguments: '{"q":' } };
    const turn = finish(await decode(callDelta(call), delta({}, 'length')));
    expect(turn).toMatchObject({ finishReason: 'length', toolCalls: [{ id: 'c', arguments: '{"q":' }] });
  });

  it('keeps the raw text when a call was cut off by length before its name', async () => {
    const turn = finish(
      await decode(delta({ content: '<tool_call>{"na' }), callDelta({ index: 0, id: 'c' }), delta({}, 'length')),
    );
    expect(turn).toMatchObject({ finishReason: 'length', text: '<tool_call>{"na', toolCalls: [] });
  });

  it('rejects a call whose name never comes', async () => {
    const error = await failure(decode(delta({ content: 'a' }), callDelta({ index: 0, id: 'c' }), delta({}, 'stop')));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ partialText: 'a' });
  });
});
