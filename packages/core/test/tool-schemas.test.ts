import { ConfigurationError, type JsonObject, type ToolContext, tool } from '@crew/core';
import { encodeTools } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const context: ToolContext = {
  signal: new AbortController().signal,
  runId: 'run',
  toolCallId: 'call',
  authContext: undefined,
};

function withParameters(parameters: JsonObject) {
  return tool({ name: 'take', description: 'Takes.', parameters, execute: () => 'taken' });
}

/** Returns the answer to an argument `a` with the schema. */
async function answerTo(schema: JsonObject, value: unknown): Promise<string> {
  const take = withParameters({ type: 'object', properties: { a: schema } });
  expect(take.parameters).toEqual({ type: 'object', properties: { a: schema } });
  return take.run(JSON.stringify({ a: value }), context).catch((thrown: Error) => thrown.message);
}

describe('parameters that are no object', () => {
  it.each([
    ['a string', { type: 'string' }],
    ['a list', { type: 'array', items: {} }],
    ['one of two types', { type: ['string', 'null'] }],
    ['a constant', { const: 1 }],
    ['an enumeration', { enum: ['a', 1] }],
    ['a union', { anyOf: [{ type: 'string' }, { oneOf: [{ type: 'null' }] }] }],
    ['an intersection', { allOf: [{}, { type: 'integer' }] }],
    ['a reference', { $ref: '#/$defs/name', $defs: { name: { type: 'string' } } }],
  ])('are refused at construction (%s) [W23]', (_what, parameters) => {
    expect(() => withParameters(parameters)).toThrow(ConfigurationError);
    expect(() => withParameters(parameters)).toThrow('parameters of tool "take" can never be an object');
  });

  it.each([
    ['a string', z.string()],
    ['a list', z.array(z.string())],
    ['a union', z.union([z.string(), z.number()])],
    ['a tuple', z.tuple([z.string()])],
  ])('are refused at construction as a schema of zod (%s) [W23]', (_what, parameters) => {
    const make = () => tool({ name: 'take', description: 'Takes.', parameters, execute: () => '' });
    expect(make).toThrow('can never be an object');
  });
});

describe('parameters that are an object without saying so', () => {
  it.each([
    ['nothing', {}, { type: 'object' }],
    ['properties', { properties: {} }, { type: 'object', properties: {} }],
    ['a type among others', { type: ['object', 'null'] }, { type: 'object' }],
    [
      'a union',
      { anyOf: [{ type: 'object' }, { type: 'null' }] },
      { type: 'object', anyOf: [{ type: 'object' }, { type: 'null' }] },
    ],
    ['a dialect', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' }, { type: 'object' }],
    ['a circular reference', { $ref: '#' }, { type: 'object', $ref: '#' }],
  ])('are sent with type "object" and without $schema (%s) [W23]', (_what, parameters, sent) => {
    if (!('$ref' in parameters)) expect(withParameters(parameters).parameters).toEqual(sent);
    const [encoded] = encodeTools([{ name: 'take', description: 'Takes.', parameters }]) ?? [];
    expect(encoded?.function.parameters).toEqual(sent);
  });

  it('are sent with type "object" as a union of zod, and are checked [W23]', async () => {
    const parameters = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), n: z.int() }),
      z.object({ kind: z.literal('b') }),
    ]);
    const take = tool({ name: 'take', description: 'Takes.', parameters, execute: ({ kind }) => kind });
    expect(take.parameters['type']).toBe('object');
    expect(take.parameters['oneOf'] ?? take.parameters['anyOf']).toHaveLength(2);
    expect(await take.run('{"kind":"b"}', context)).toBe('b');
    await expect(take.run('{"kind":"c"}', context)).rejects.toThrow('do not fit');
  });
});

describe('schemas in other dialects', () => {
  it.each([
    '^https\\:\\/\\/',
    '^[\\w-.]+$',
    '(?i)^https',
    '(?i:https)',
    '(?P<scheme>https)',
    '\\Ahttps\\Z',
    'https*+',
    '^\\-',
  ])('are sent unchanged and do not check the pattern %s [W24]', async pattern => {
    expect(await answerTo({ type: 'string', pattern }, 'anything')).toBe('taken');
    expect(await answerTo({ type: 'string', pattern }, 1)).toMatch(/Expected "string"/);
    expect(await answerTo({ not: { type: 'string', pattern } }, 'x')).toBe('taken');
    expect(await answerTo({ oneOf: [{ pattern }, { type: 'string' }] }, 'x')).toBe('taken');
    const names = { patternProperties: { [pattern]: { type: 'string' } }, additionalProperties: false };
    expect(await answerTo(names, { x: 1 })).toBe('taken');
  });

  it.each([
    [{ type: 'string', nullable: true }, null, 'taken'],
    [{ type: 'string', nullable: true, enum: ['x'] }, null, 'taken'],
    [{ type: 'string', nullable: true }, 1, 'Expected "string"'],
    [{ type: 'string', nullable: false }, null, 'Expected "string"'],
    [{ minimum: 3, exclusiveMinimum: true }, 3, '3 is less than or equal to 3'],
    [{ minimum: 3, exclusiveMinimum: true }, 4, 'taken'],
    [{ minimum: 3, exclusiveMinimum: false }, 3, 'taken'],
    [{ maximum: 3, exclusiveMaximum: true }, 3, '3 is greater than or equal to 3'],
    [{ type: 'any' }, 3, 'taken'],
    [{ type: 'STRING' }, 'x', 'taken'],
  ])('are honoured (%j of %j) [W24]', async (schema, value, answer) => {
    expect(await answerTo(schema, value)).toContain(answer);
  });
});

describe('integers of zod', () => {
  it('are sent without the bounds of safe integers, which are still checked [C6]', async () => {
    const parameters = z.object({
      n: z.int(),
      few: z.array(z.int().min(1)),
      minimum: z.literal(Number.MAX_SAFE_INTEGER),
    });
    const take = tool({ name: 'take', description: 'Takes.', parameters, execute: () => 'taken' });
    expect(take.parameters).toMatchObject({
      properties: {
        n: { type: 'integer' },
        few: { items: { type: 'integer', minimum: 1 } },
        minimum: { const: Number.MAX_SAFE_INTEGER },
      },
    });
    expect(JSON.stringify(take.parameters).match(/9007199254740991/g)).toHaveLength(1);
    await expect(take.run('{"n":1e300,"few":[],"minimum":9007199254740991}', context)).rejects.toThrow('do not fit');
  });
});
