import { runToolLoop, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, lastText, ScriptedLLM } from '../scripted-llm.ts';

/** Returns the text that the model receives when a tool returns the result. */
async function sentResult(result: unknown): Promise<string> {
  const look = tool({ name: 'look', description: 'Looks.', parameters: {}, execute: () => result });
  const llm = new ScriptedLLM([callsTo(['look', {}]), 'Done.']);
  expect((await runToolLoop(llm, { messages: 'Go', tools: [look] })).text).toBe('Done.');
  return lastText(llm.requests[1]);
}

async function* numbers() {
  yield 1;
}

class Sealed {
  readonly #secret = 1;
  read() {
    return this.#secret;
  }
}

describe('results that JSON empties', () => {
  it.each([
    ['an error', new Error('no route'), 'Error: no route'],
    ['an error of a class', new TypeError('no route'), 'Error: no route'],
    ['an error inside', { tries: [new Error('no route')] }, '{"tries":["Error: no route"]}'],
    ['a map of strings', new Map([['a', 1]]), '{"a":1}'],
    ['a map with other keys', new Map([[1, 'a']]), '[[1,"a"]]'],
    ['a map in a map', new Map([['a', new Map([['b', 1n]])]]), '{"a":{"b":"1"}}'],
    ['a set', new Set([1, 2]), '[1,2]'],
    ['a set inside', { a: new Set(['x']) }, '{"a":["x"]}'],
    ['headers', new Headers({ etag: 'x' }), '{"etag":"x"}'],
    ['search parameters', new URLSearchParams('a=1&a=2'), '[["a","1"],["a","2"]]'],
    ['a regular expression', { found: /x/u }, '{"found":"/x/u"}'],
    ['a number that JSON has no form for', { mean: Number.NaN }, '{"mean":"NaN"}'],
    ['undefined', undefined, '(no output)'],
    ['an empty string', '', '(no output)'],
    ['white space', ' \n', '(no output)'],
  ])('sends the content of %s to the model [W8]', async (_what, result, text) => {
    expect(await sentResult(result)).toBe(text);
  });

  it.each([
    ['a response', new Response('x'), /Response/],
    ['a stream', new ReadableStream(), /ReadableStream/],
    ['an asynchronous iterator', numbers(), /asynchronous iterator/],
    ['an iterator', [1].values(), /iterator/],
    ['bytes', new Uint8Array([1]), /bytes \(Uint8Array\)/],
    ['a buffer of bytes', new ArrayBuffer(1), /bytes \(ArrayBuffer\)/],
    ['a blob', new Blob(['x']), /bytes \(Blob\)/],
    ['a weak map', new WeakMap(), /WeakMap/],
    ['an object with private fields only', new Sealed(), /Sealed/],
  ])('says that %s cannot be written [W8]', async (_what, result, named) => {
    const text = await sentResult(result);
    expect(text).toMatch(/^Error: The tool returned .* cannot be written as text/);
    expect(text).toMatch(named);
    expect(await sentResult({ inside: [result] })).toMatch(/^\{"inside":\["\[.* cannot be written as JSON\]"\]\}$/);
  });

  it.each([
    ['an empty object', {}, '{}'],
    ['an empty list', [], '[]'],
    [
      'an instance with fields',
      new (class Point {
        x = 1;
      })(),
      '{"x":1}',
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['a URL', new URL('http://a/'), '"http://a/"'],
  ])('sends %s as JSON [W8]', async (_what, result, text) => {
    expect(await sentResult(result)).toBe(text);
  });

  it('answers with an empty result of a tool with resultAsAnswer unchanged [W8]', async () => {
    const look = tool({ name: 'look', description: 'Looks.', parameters: {}, resultAsAnswer: true, execute: () => '' });
    const result = await runToolLoop(new ScriptedLLM([callsTo(['look', {}])]), { messages: 'Go', tools: [look] });
    expect(result.text).toBe('');
    expect(result.messages.at(-1)?.content).toBe('(no output)');
  });
});
