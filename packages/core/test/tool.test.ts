import { ConfigurationError, type ToolContext, ToolInputError, tool } from '@crew/core';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';

const context: ToolContext = {
  signal: new AbortController().signal,
  runId: 'run',
  toolCallId: 'call',
  authContext: undefined,
};

describe('parameters', () => {
  const settings = { name: 'weather', description: 'Tells the weather.' };
  const withZod = tool({
    ...settings,
    parameters: z.object({ city: z.string(), days: z.number().int().default(1) }),
    execute: ({ city, days }) => {
      expectTypeOf(city).toEqualTypeOf<string>();
      expectTypeOf(days).toEqualTypeOf<number>();
      return `${city} ${days}`;
    },
  });
  const withArktype = tool({
    ...settings,
    parameters: type({ city: 'string', days: 'number = 1' }),
    execute: ({ city, days }) => `${city} ${days}`,
  });
  const withValibot = tool({
    ...settings,
    parameters: toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number(), 1) })),
    execute: ({ city, days }) => `${city} ${days}`,
  });

  it.each([
    ['zod', withZod],
    ['arktype', withArktype],
    ['valibot', withValibot],
  ])(
    'converts the parameters of %s for the model, validates arguments, and adds defaults',
    async (_library, weather) => {
      expect(weather.parameters).toMatchObject({
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      });
      expect(weather.parameters).not.toHaveProperty('$schema');
      expect(await weather.run('{"city":"Oslo"}', context)).toBe('Oslo 1');
      const error = await weather.run('{"city":5}', context).catch(thrown => thrown);
      expect(ToolInputError.isInstance(error)).toBe(true);
      expect(error.message).toMatch(/arguments for "weather" do not fit its parameters: .*city/);
    },
  );

  it('validates arguments with a JSON Schema', async () => {
    const weather = tool({
      ...settings,
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      execute: input => input['city'],
    });
    expect(await weather.run('{"city":"Oslo"}', context)).toBe('Oslo');
    await expect(weather.run('{}', context)).rejects.toThrow('does not have required property "city"');
  });

  it('copies parameters, so that later changes have no effect', () => {
    const parameters = { type: 'object', properties: {} };
    const weather = tool({ ...settings, parameters, execute: () => '' });
    parameters.type = 'array';
    expect(weather.parameters).toEqual({ type: 'object', properties: {} });
  });

  it('freezes its copy of the parameters, but not the schema itself', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string', enum: ['Oslo'] } } };
    const weather = tool({ ...settings, parameters, execute: () => '' });
    expect(Object.isFrozen(parameters.properties.city)).toBe(false);
    expect(() => ((weather.parameters['properties'] as Record<string, unknown>)['more'] = 1)).toThrow(TypeError);
  });

  it('sends parameters with references unchanged, and validates with them', async () => {
    const parameters = {
      type: 'object',
      properties: { city: { $ref: '#/$defs/name' } },
      $defs: { name: { type: 'string', minLength: 2 } },
    };
    const weather = tool({ ...settings, parameters, execute: () => 'fine' });
    expect(JSON.parse(JSON.stringify(weather.parameters))).toEqual(parameters);
    expect(weather.parameters).toEqual(parameters);
    await expect(weather.run('{"city":"O"}', context)).rejects.toThrow(ToolInputError);
    expect(await weather.run('{"city":"Oslo"}', context)).toBe('fine');
  });

  it.each([
    [
      'anyOf',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      /city: .* Expected "string".; city: .* Expected "null"/,
    ],
    [
      'oneOf',
      { oneOf: [{ type: 'integer' }, { minimum: 1 }] },
      /city: Instance does not match exactly one .*2 matches/,
    ],
    ['not', { not: { type: 'integer' } }, /city: Instance matched "not" schema/],
  ])('validates arguments with %s', async (_keyword, city, problem) => {
    const weather = tool({ ...settings, parameters: { type: 'object', properties: { city } }, execute: () => 'fine' });
    await expect(weather.run('{"city":5}', context)).rejects.toThrow(problem);
  });

  it('keeps the types of the function in execute', async () => {
    expectTypeOf(withZod.execute).parameter(0).toEqualTypeOf<{ city: string; days: number }>();
    expect(await withZod.execute({ city: 'Oslo', days: 2 }, context)).toBe('Oslo 2');
  });
});

describe('options', () => {
  const good = { name: 'a', description: 'A.', parameters: { type: 'object' }, execute: () => '' };
  it.each([
    ['no name', { ...good, name: '' }, 'must be letters, digits'],
    ['a name with a space', { ...good, name: 'a b' }, 'must be letters, digits'],
    ['a name of 65 characters', { ...good, name: 'a'.repeat(65) }, 'must be letters, digits'],
    ['no description', { ...good, description: ' ' }, 'description of tool "a" must be'],
    ['no function', { ...good, execute: 'x' }, 'execute of tool "a" must be a function'],
    ['maxUses 0', { ...good, maxUses: 0 }, 'maxUses'],
    ['a fractional maxUses', { ...good, maxUses: 1.5 }, 'maxUses'],
    ['a negative timeout', { ...good, timeout: -1 }, 'timeout'],
    ['a flag that is not a boolean', { ...good, sequential: 'yes' }, 'sequential of tool "a" must be true or false'],
    ['an unknown option', { ...good, maxUse: 1 }, '"maxUse" is not an option of tool "a"'],
    ['missing options', undefined, 'must be one object'],
    ['no schema', { ...good, parameters: undefined }, 'must be a schema'],
    ['a list as the schema', { ...good, parameters: [] }, 'must be a schema'],
    ['a schema without JSON Schema', { ...good, parameters: v.object({}) }, 'toStandardJsonSchema()'],
    [
      'a schema that cannot be converted to JSON Schema',
      { ...good, parameters: z.object({ at: z.date() }) },
      'cannot be converted',
    ],
    [
      'a schema with a function in it',
      { ...good, parameters: { type: 'object', parse: () => '' } },
      'not a plain JSON Schema',
    ],
    ['a schema with a cycle', { ...good, parameters: cyclic() }, 'not a plain JSON Schema'],
    [
      'a schema with a big integer',
      { ...good, parameters: { type: 'object', maxProperties: 1n } },
      'not a plain JSON Schema',
    ],
    [
      'a schema with a number that is not finite',
      { ...good, parameters: { type: 'object', properties: { n: { maximum: Number.POSITIVE_INFINITY } } } },
      'not a plain JSON Schema',
    ],
    ['a timeout that is not a number', { ...good, timeout: '5' }, 'timeout'],
    ['a reference without a target', { ...good, parameters: { $ref: '#/$defs/none' } }, 'not a usable JSON Schema'],
  ])('rejects %s with a ConfigurationError', (_what, settings, said) => {
    expect(() => tool(settings as never)).toThrow(ConfigurationError);
    expect(() => tool(settings as never)).toThrow(said);
  });
});

function cyclic(): object {
  const schema: Record<string, unknown> = { type: 'object' };
  schema['not'] = schema;
  return schema;
}
