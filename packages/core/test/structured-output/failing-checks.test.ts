import { ConfigurationError, StructuredOutputError, Task, ToolInputError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastText, ScriptedLLM } from '../scripted-llm.ts';

const withUrl = z.object({ url: z.string().transform(text => new URL(text)) });
const { '~standard': standard } = withUrl;
/** The same, of a library that gives a promise. */
const withUrlLater: typeof withUrl = Object.create(withUrl, {
  '~standard': { value: { ...standard, validate: async (value: unknown) => standard.validate(value) } },
});

describe('a schema whose check throws', () => {
  it.each([
    ['at once', withUrl],
    ['later', withUrlLater],
  ])('%s is told to the model like any other problem', async (_when, schema) => {
    const llm = new ScriptedLLM(['{"url":"not a url"}', '{"url":"https://crew.example/"}']);
    const { object } = await llm.generateObject('Where?', schema);
    expect(object.url.href).toBe('https://crew.example/');
    expect(lastText(llm.requests[1])).toMatch(/^Your reply cannot be used: .*Invalid URL/);
  });

  it('each time is a StructuredOutputError in the end', async () => {
    const llm = new ScriptedLLM(() => '{"url":"not a url"}');
    await expect(llm.generateObject('Where?', withUrl)).rejects.toBeInstanceOf(StructuredOutputError);
  });

  it('is told to a model that called a tool with it', async () => {
    const visit = tool({ name: 'visit', description: 'Visits.', parameters: withUrl, execute: () => 'seen' });
    const context = { signal: new AbortController().signal, toolCallId: 'c', runId: 'r', authContext: undefined };
    const error = await visit.run('{"url":"not a url"}', context).catch((thrown: unknown) => thrown);
    expect(ToolInputError.isInstance(error) && error.message).toMatch(/do not fit its parameters: .*Invalid URL/);
  });
});

describe('a JSON Schema that cannot be used', () => {
  const inside = (schema: object) => ({ type: 'object', properties: { a: schema } }) as never;

  it.each([
    ['a reference to nowhere', inside({ $ref: '#/$defs/none' }), /"#\/\$defs\/none" has no target/],
    ['one in a list', inside({ anyOf: [{ type: 'null' }, { $ref: 'other.json' }] }), /has no target/],
    ['one behind another', { ...Object(inside({ $ref: '#/$defs/b' })), $defs: { b: { $ref: '#/c' } } }, /"#\/c"/],
    ['a pattern that is none', inside({ type: 'string', pattern: '(' }), /Invalid regular expression/],
    ['a pattern of names that is none', inside({ patternProperties: { '(': {} } }), /Invalid regular expression/],
    [
      'a property that has none',
      inside({ properties: { b: null } }),
      /properties\/a\/properties\/b is neither an object/,
    ],
    ['a list in place of one', inside({ not: { anyOf: [[]] } }), /anyOf\/0 is neither an object nor a boolean/],
    ['a bad one among dependencies', inside({ dependencies: { a: ['b'], b: { pattern: '(' } } }), /Invalid regular/],
    ['an unusable item', inside({ items: { $ref: 'x' }, prefixItems: [true] }), /has no target/],
  ])('because of %s is a ConfigurationError at construction', (_what, outputSchema, said) => {
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
  ])('is not one with %s', (_what, outputSchema) => {
    expect(() => new Task({ description: 'Go.', expectedOutput: 'It', outputSchema })).not.toThrow();
  });

  it('because it never ends is one when it is used', async () => {
    const endless = inside({ $ref: '#/properties/a' });
    const asked = new ScriptedLLM(() => '{"a":1}').generateObject('Where?', endless);
    await expect(asked).rejects.toBeInstanceOf(ConfigurationError);
  });
});
