import { ConfigurationError, StructuredOutputError, Task, ToolInputError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastText, ScriptedLLM } from '../scripted-llm.ts';

const withUrl = z.object({ url: z.string().transform(text => new URL(text)) });
const { '~standard': standard } = withUrl;
/** The same schema with an asynchronous check. */
const withUrlLater: typeof withUrl = Object.create(withUrl, {
  '~standard': { value: { ...standard, validate: async (value: unknown) => standard.validate(value) } },
});

describe('schema whose check throws', () => {
  it.each([
    ['at once', withUrl],
    ['later', withUrlLater],
  ])('gives the model feedback when the check of a schema throws %s', async (_when, schema) => {
    const llm = new ScriptedLLM(['{"url":"not a url"}', '{"url":"https://crew.example/"}']);
    const { object } = await llm.generateObject('Where?', schema);
    expect(object.url.href).toBe('https://crew.example/');
    expect(lastText(llm.requests[1])).toMatch(/^Your reply cannot be used: .*Invalid URL/);
  });

  it('fails with a StructuredOutputError when the check of a schema throws in every attempt', async () => {
    const llm = new ScriptedLLM(() => '{"url":"not a url"}');
    await expect(llm.generateObject('Where?', withUrl)).rejects.toBeInstanceOf(StructuredOutputError);
  });

  it("gives the model feedback when the check of a tool's parameters throws", async () => {
    const visit = tool({ name: 'visit', description: 'Visits.', parameters: withUrl, execute: () => 'seen' });
    const context = { signal: new AbortController().signal, toolCallId: 'c', runId: 'r', authContext: undefined };
    const error = await visit.run('{"url":"not a url"}', context).catch((thrown: unknown) => thrown);
    expect(ToolInputError.isInstance(error) && error.message).toMatch(/do not fit its parameters: .*Invalid URL/);
  });
});

describe('unusable JSON Schema', () => {
  const inside = (schema: object) => ({ type: 'object', properties: { a: schema } }) as never;

  it.each([
    ['a dangling reference', inside({ $ref: '#/$defs/none' }), /"#\/\$defs\/none" has no target/],
    ['a dangling reference in a list', inside({ anyOf: [{ type: 'null' }, { $ref: 'other.json' }] }), /has no target/],
    [
      'a dangling reference behind another',
      { ...Object(inside({ $ref: '#/$defs/b' })), $defs: { b: { $ref: '#/c' } } },
      /"#\/c"/,
    ],
    ['an invalid pattern', inside({ type: 'string', pattern: '(' }), /Invalid regular expression/],
    ['an invalid pattern of names', inside({ patternProperties: { '(': {} } }), /Invalid regular expression/],
    [
      'a property without a schema',
      inside({ properties: { b: null } }),
      /properties\/a\/properties\/b is neither an object/,
    ],
    ['a list instead of a schema', inside({ not: { anyOf: [[]] } }), /anyOf\/0 is neither an object nor a boolean/],
    [
      'an invalid schema among dependencies',
      inside({ dependencies: { a: ['b'], b: { pattern: '(' } } }),
      /Invalid regular/,
    ],
    ['an unusable item', inside({ items: { $ref: 'x' }, prefixItems: [true] }), /has no target/],
  ])('rejects a JSON Schema with %s at construction', (_what, outputSchema, said) => {
    const make = () => new Task({ description: 'Go.', expectedOutput: 'It', outputSchema });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(said);
  });

  it.each([
    ['definitions that nobody uses', { type: 'object', $defs: { a: { $ref: '#/none' } } }],
    ['a property named as a keyword', inside({ properties: { $ref: { type: 'string' }, pattern: {}, $defs: {} } })],
    [
      'a pattern in an annotation',
      { ...Object(inside({})), 'x-example': { pattern: '*.ts', properties: { a: null } } },
    ],
    ['a reference in an annotation', inside({ example: { $ref: 'http://x/y' } })],
    ['the keywords of older drafts', inside({ items: [{}, true], dependencies: { a: ['b'], b: {} } })],
    ['itself inside', inside({ $ref: '#' })],
    ['examples', { type: 'object', default: { $ref: '#/none' }, examples: [{ $ref: '#/none' }] }],
  ])('accepts a JSON Schema with %s', (_what, outputSchema) => {
    expect(() => new Task({ description: 'Go.', expectedOutput: 'It', outputSchema })).not.toThrow();
  });

  it('rejects a JSON Schema with endless references when it is used', async () => {
    const endless = inside({ $ref: '#/properties/a' });
    const asked = new ScriptedLLM(() => '{"a":1}').generateObject('Where?', endless);
    await expect(asked).rejects.toBeInstanceOf(ConfigurationError);
  });
});
