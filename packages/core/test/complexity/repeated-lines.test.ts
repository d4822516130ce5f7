import { ProtocolError, runToolLoop, tool } from '@crew/core';
import { expect, test } from 'vitest';
import { collect } from '../chat-completions/decoded-stream.ts';
import { callDelta, DONE, delta, inPieces } from '../chat-completions/event-bytes.ts';
import { callsTo, lastText, ScriptedLLM } from '../scripted-llm.ts';

/** Counts the characters that `indexOf` and the trim methods read while the action runs. */
async function searched(action: () => unknown): Promise<number> {
  const { indexOf, trim, trimEnd } = String.prototype;
  let characters = 0;
  const found = (text: string, from: number, at: number): number => {
    characters += (at === -1 ? text.length : at) - from + 1;
    return at;
  };
  const trimmed = (text: string, result: string): string => {
    characters += text.length - result.length + 1;
    return result;
  };
  String.prototype.indexOf = function (this: string, wanted, from = 0) {
    return found(this, from, indexOf.call(this, wanted, from));
  };
  String.prototype.trim = function (this: string) {
    return trimmed(this, trim.call(this));
  };
  String.prototype.trimEnd = function (this: string) {
    return trimmed(this, trimEnd.call(this));
  };
  try {
    await action();
    return characters;
  } finally {
    Object.assign(String.prototype, { indexOf, trim, trimEnd });
  }
}

async function growth(action: (size: number) => unknown): Promise<number> {
  const small = await searched(() => action(500));
  return (await searched(() => action(4000))) / small;
}

const stream = (text: string) => collect(inPieces([text]));

test.each([
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
])('reads a stream whose lines end with %s in linear time', async (_name, end) => {
  expect(await growth(size => stream(`: ping${end}`.repeat(size) + DONE))).toBeLessThan(10);
});

test('reads a repeated call with trailing whitespace in linear time [X22]', async () => {
  const space = callDelta({ index: 0, function: { arguments: ' '.repeat(50) } });
  const again = callDelta({ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } });
  expect(await growth(size => stream(again + (space + again).repeat(size / 10) + DONE))).toBeLessThan(10);
});

test('does not take part of a reply that is nested too deep for the whole reply [X10]', async () => {
  const deep = `${'{"a":'.repeat(513)}1${'}'.repeat(513)}`;
  for (const reply of [deep, `So: ${deep}`]) {
    const llm = new ScriptedLLM([reply, '{"a":1}']);
    const { object } = await llm.generateObject('Go.', { type: 'object', required: ['a'] });
    expect(object).toEqual({ a: 1 });
    expect(lastText(llm.requests[1])).toContain('nested more than 512 levels');
  }
});

test('shortens invented tool names to one line [X9]', async () => {
  const name = `\u001b[2J\n\u202e${'x'.repeat(1_000_000)}`;
  const parameters = { type: 'object', additionalProperties: false } as const;
  const take = tool({ name: 'take', description: 'Takes.', parameters, execute: () => 'taken' });
  const calls = callsTo([name, {}], ['take', { [name]: 1 }]);
  const { messages } = await runToolLoop(new ScriptedLLM([calls, 'Done.']), { messages: 'Go.', tools: [take] });
  const told = messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
  expect(told).toHaveLength(2);
  for (const text of told) {
    expect(text).toMatch(/^[^\p{Cc}\p{Cf}]*$/u);
    expect(text.length).toBeLessThan(500);
  }
});

test('rejects an endless line of any field while it arrives', async () => {
  async function* endless(first: string): AsyncGenerator<Uint8Array> {
    yield* inPieces([first]);
    for (let count = 0; count < 10_000; count += 1) yield* inPieces(['x'.repeat(100)]);
    throw new Error('it was read on');
  }
  for (const first of ['data: ', ': ', 'event: ', `${delta({ content: 'a' })}x: `]) {
    await expect(collect(endless(first), { maxEventLength: 5000 })).rejects.toBeInstanceOf(ProtocolError);
  }
});
