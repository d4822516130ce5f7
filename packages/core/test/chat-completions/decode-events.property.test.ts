import { decodeTurn, encodeMessages, encodeRequest } from '@crew/core/chat-completions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './decoded-stream.ts';
import { bytesOf, callDelta, DONE, delta, event } from './event-bytes.ts';

const STREAM = [
  event({ id: 'a', choices: [{ delta: { role: 'assistant', content: null } }] }),
  ': keep-alive\n\n',
  delta({ reasoning_content: 'Größe – ' }),
  delta({ content: 'Grüße, 世界 ' }).replaceAll('\n', '\r\n'),
  delta({ content: '😀\u2028' }).replaceAll('\n', '\r'),
  callDelta({ index: 0, id: 'c0', function: { name: 'search', arguments: '{"q":"' } }),
  callDelta({ index: 0, function: { arguments: 'ключ"}' } }),
  delta({}, 'tool_calls'),
  event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }),
  DONE,
].join('');

describe('decodeEvents with any chunks', () => {
  it('decodes a stream that is split at every byte position', async () => {
    const bytes = bytesOf(STREAM);
    const whole = await decode(bytes);
    for (let at = 0; at <= bytes.length; at++) {
      expect(await decode(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    }
  });

  it('decodes a stream that is split at any positions, with any line ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(2000), { maxLength: 40 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        async (positions, lineEnd) => {
          const bytes = bytesOf(STREAM.replaceAll(/\r\n|\r|\n/g, lineEnd));
          expect(await decode(...split(bytes, positions))).toEqual(await decode(bytes));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('round trip', () => {
  it('preserves any text, however it is split into deltas', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), fc.nat(50), async (pieces, size) => {
        const stream = [...pieces.map(content => delta({ content })), delta({}, 'stop'), DONE].join('');
        const parts = await decode(...chunked(bytesOf(stream), size + 1));
        const last = parts.at(-1);
        const turn = decodeTurn({ choices: [{ message: { content: pieces.join('') }, finish_reason: 'stop' }] });
        expect(last?.type === 'finish' && last.generation).toEqual(turn);
        expect(parts.map(part => (part.type === 'text' ? part.text : '')).join('')).toBe(turn.text);
      }),
      { numRuns: 200 },
    );
  });

  it('sends any tool calls back with names and ids that strict servers accept [W9] [W18]', () => {
    const call = fc.record({
      id: fc.string({ minLength: 1 }),
      name: fc.string({ minLength: 1 }),
      arguments: fc.string(),
    });
    const calls = fc.uniqueArray(call, { minLength: 1, selector: ({ id }) => id });
    fc.assert(
      fc.property(fc.string(), calls, (content, toolCalls) => {
        const message = { role: 'assistant' as const, content, toolCalls };
        const [sent] = encodeMessages([message]);
        const [kept] = encodeMessages([message], { keepsCallId: () => true });
        const turn = decodeTurn({ choices: [{ message: sent }] });
        expect(turn.toolCalls.every(({ name }) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))).toBe(true);
        expect(turn.toolCalls.every(({ id }) => /^[a-zA-Z0-9]{9}$/.test(id))).toBe(true);
        expect(new Set(turn.toolCalls.map(({ id }) => id)).size).toBe(toolCalls.length);
        const sameIds = decodeTurn({ choices: [{ message: kept }] }).toolCalls.map(({ id }) => id);
        expect(sameIds).toEqual(toolCalls.map(({ id }) => id));
        for (const { arguments: written } of turn.toolCalls) expect(JSON.parse(written)).toBeTypeOf('object');
        expect(JSON.parse(encodeRequest({ messages: [message] }))).toEqual({ messages: [sent] });
      }),
    );
  });
});

function split(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(positions.map(position => position % bytes.length))].sort((a, b) => a - b);
  return [0, ...cuts].map((start, index) => bytes.subarray(start, cuts[index] ?? bytes.length));
}

function chunked(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
