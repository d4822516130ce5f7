import {
  AbortError,
  BaseLLM,
  type CallOptions,
  ConfigurationError,
  type JsonValue,
  type Prompt,
  ResponseError,
  StructuredOutputError,
} from '@crew/core';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type Script, ScriptedLLM } from '../scripted-llm.ts';

const jsonSchema = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer', minimum: 0 } },
  required: ['city', 'people'],
  additionalProperties: false,
} as const;

const BERN = '{"city":"Bern","people":137000}';

async function objectFrom(...script: Script[]) {
  const llm = new ScriptedLLM(script);
  const { object } = await llm.generateObject('Which city?', jsonSchema);
  expect(llm.unused).toBe(0);
  return object;
}

describe('schemas of generateObject', () => {
  it('returns a typed, transformed value with defaults for a zod schema', async () => {
    const schema = z.object({ city: z.string(), people: z.number().int(), country: z.string().default('CH') });
    const { object } = await new ScriptedLLM([BERN]).generateObject('Which city?', schema);
    expectTypeOf(object).toEqualTypeOf<{ city: string; people: number; country: string }>();
    expect(object).toEqual({ city: 'Bern', people: 137_000, country: 'CH' });
  });

  it('returns a typed value for a valibot schema', async () => {
    const schema = toStandardJsonSchema(v.object({ city: v.string(), people: v.number() }));
    const { object } = await new ScriptedLLM([BERN]).generateObject('Which city?', schema);
    expectTypeOf(object).toEqualTypeOf<{ city: string; people: number }>();
    expect(object).toEqual({ city: 'Bern', people: 137_000 });
  });

  it('returns a typed value for an arktype schema', async () => {
    const schema = type({ city: 'string', people: 'number.integer' });
    const { object } = await new ScriptedLLM([BERN]).generateObject('Which city?', schema);
    expectTypeOf(object).toEqualTypeOf<{ city: string; people: number }>();
    expect(object).toEqual({ city: 'Bern', people: 137_000 });
  });

  it('returns a value for a JSON Schema', async () => {
    const { object } = await new ScriptedLLM([BERN]).generateObject('Which city?', jsonSchema);
    expectTypeOf(object).toEqualTypeOf<JsonValue>();
    expect(object).toEqual({ city: 'Bern', people: 137_000 });
  });

  it('rejects a valibot schema that cannot describe itself, and names the remedy', async () => {
    const schema = v.object({ city: v.string() });
    // @ts-expect-error: the types reject it too.
    const asking = new ScriptedLLM([]).generateObject('Which city?', schema);
    await expect(asking).rejects.toThrow(/toStandardJsonSchema/);
    await expect(asking).rejects.toThrow(ConfigurationError);
  });
});

describe('value in a reply', () => {
  it.each([
    ['as a whole', BERN],
    ['with white space around it', `\n  ${BERN}\n`],
    ['in a fenced block', `Here it is:\n\`\`\`json\n${BERN}\n\`\`\`\nAnything else?`],
    ['in a fenced block without a language', `\`\`\`\n${BERN}\n\`\`\``],
    ['in the second of two fenced blocks', `\`\`\`sh\nls\n\`\`\`\nand\n\`\`\`json\n${BERN}\n\`\`\``],
    ['as the first balanced object', `Sure! ${BERN} Is that {all}?`],
    ['after brackets that are not JSON', `See [1] and {this}: ${BERN}`],
    ['after an object that does not fit', `Instead of {"city":"Rome"} I say ${BERN}`],
    ['with brackets and quotes in its strings', 'So: {"city":"B} \\" {rn","people":1} yes.'],
  ])('finds the value %s', async (_form, reply) => {
    expect(await objectFrom(reply)).toMatchObject({ people: expect.any(Number) });
  });

  it.each([
    ['in prose', (draft: string) => `First draft: ${draft}. Final: ${BERN}`],
    ['in fenced blocks', (draft: string) => `\`\`\`json\n${draft}\n\`\`\`\nBetter:\n\`\`\`json\n${BERN}\n\`\`\``],
    ['in a fenced block before prose', (draft: string) => `\`\`\`json\n${draft}\n\`\`\`\nNo: ${BERN}`],
    ['before a value that does not fit', (draft: string) => `${draft}\n${BERN}\nSee [1] and {"people":"many"}.`],
    ['after 150 references', (draft: string) => `${'[1] '.repeat(150)}${draft}. So: ${BERN}`],
  ])('returns the last value that fits, as earlier ones are drafts (%s) [W7]', async (_form, reply) => {
    expect(await objectFrom(reply('{"city":"Rome","people":1}'))).toEqual({ city: 'Bern', people: 137_000 });
  });

  it('finds a number or a string in a fenced block', async () => {
    const llm = new ScriptedLLM(['```json\n41\n```\nor rather\n```json\n42\n```']);
    expect((await llm.generateObject('How many?', z.number())).object).toBe(42);
  });

  // Far deeper than any stack. The complexity tests prove that the work is linear.
  it('finds no value in a hostile reply of 60,000 brackets', async () => {
    const llm = new ScriptedLLM(['{'.repeat(60_000), '['.repeat(60_000), '{"a'.repeat(20_000)]);
    await expect(llm.generateObject('Go', jsonSchema)).rejects.toThrow(StructuredOutputError);
  });
});

describe('reply that does not fit', () => {
  it("gives the model the validator's message, in the same conversation", async () => {
    const llm = new ScriptedLLM(['{"city":"Bern","people":-1}', BERN]);
    const { object } = await llm.generateObject('Which city?', jsonSchema);
    expect(object).toEqual({ city: 'Bern', people: 137_000 });
    const [question, reply, feedback] = llm.requests[1]?.messages ?? [];
    expect(question).toEqual({ role: 'user', content: 'Which city?' });
    expect(reply).toEqual({ role: 'assistant', content: '{"city":"Bern","people":-1}' });
    expect(feedback?.content).toMatch(/^Your reply cannot be used: people: .*0.*corrected JSON only/);
  });

  it('gives the model the schema when the reply contains no JSON', async () => {
    const llm = new ScriptedLLM(['Bern has 137,000 people.', BERN]);
    await llm.generateObject('Which city?', jsonSchema);
    expect(llm.requests[1]?.messages.at(-1)?.content).toContain(JSON.stringify(jsonSchema));
  });

  it.each(['{"city":"Bern","people":-1}', 'no', '{"city":"Be'])(
    'gives the model the schema whatever was wrong: %s [C1]',
    async reply => {
      const llm = new ScriptedLLM([{ text: reply, finishReason: reply.endsWith('Be') ? 'length' : 'stop' }, BERN]);
      await llm.generateObject('Which city?', jsonSchema);
      expect(llm.requests[1]?.messages.at(-1)?.content).toContain(JSON.stringify(jsonSchema));
    },
  );

  it('tells the model that its reply was cut off', async () => {
    const llm = new ScriptedLLM([{ text: '{"city":"Be', finishReason: 'length' }, BERN]);
    await llm.generateObject('Which city?', jsonSchema);
    expect(llm.requests[1]?.messages.at(-1)?.content).toMatch(/cut off \(length\)/);
  });

  it('fails with a StructuredOutputError and the last problems after three attempts', async () => {
    const llm = new ScriptedLLM(['no', 'no', '{"city":1,"people":1}', BERN]);
    const asking = llm.generateObject('Which city?', jsonSchema);
    await expect(asking).rejects.toThrow(StructuredOutputError);
    await expect(asking).rejects.toMatchObject({ attempts: 3, problems: expect.stringContaining('city') });
    expect(llm.unused).toBe(1);
  });

  it('makes as many attempts as maxAttempts allows', async () => {
    const llm = new ScriptedLLM(['no', BERN]);
    await expect(llm.generateObject('Which city?', jsonSchema, { maxAttempts: 1 })).rejects.toThrow(/in 1 attempt/);
    expect(llm.unused).toBe(1);
  });

  it.each([0, -1, 1.5, Number.NaN])('rejects maxAttempts: %s with a ConfigurationError', async maxAttempts => {
    const asking = new ScriptedLLM([]).generateObject('Which city?', jsonSchema, { maxAttempts });
    await expect(asking).rejects.toThrow(ConfigurationError);
  });

  it('counts the tokens of all attempts', async () => {
    const usage = { inputTokens: 10, outputTokens: 5 };
    const llm = new ScriptedLLM([
      { text: 'no', usage },
      { text: BERN, usage },
    ]);
    const result = await llm.generateObject('Which city?', jsonSchema);
    expect(result.usage).toEqual({ inputTokens: 20, outputTokens: 10 });
    expect(result.generation.text).toBe(BERN);
    expect(llm.usage).toEqual(result.usage);
  });
});

describe('schema in a request', () => {
  it('sends the schema as responseFormat, and not in the prompt, to an LLM with response formats', async () => {
    const llm = new ScriptedLLM([BERN]);
    await llm.generateObject('Which city?', jsonSchema, { temperature: 0 });
    expect(llm.requests[0]).toMatchObject({
      responseFormat: { name: 'output', schema: jsonSchema },
      messages: [{ role: 'user', content: 'Which city?' }],
      temperature: 0,
    });
  });

  it('sends the schema in the prompt to an LLM without response formats', async () => {
    const llm = new ScriptedLLM([BERN], { functionCalling: false });
    await llm.generateObject([{ role: 'user', content: [{ type: 'text', text: 'Which city?' }] }], jsonSchema);
    expect(llm.requests[0]?.responseFormat).toBeUndefined();
    expect(JSON.stringify(llm.requests[0]?.messages)).toContain('JSON Schema');
  });

  it('sends a schema without an object at the top level in the prompt', async () => {
    const llm = new ScriptedLLM(['[1, 2]']);
    const { object } = await llm.generateObject('Which numbers?', z.array(z.number()));
    expect(object).toEqual([1, 2]);
    expect(llm.requests[0]?.responseFormat).toBeUndefined();
  });

  it.each([
    "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
    'This response_format type is unavailable now',
    'json mode cannot be combined with tool/function calling',
  ])('sends the schema in the prompt after the provider reported: %s', async serverMessage => {
    const refused = new ResponseError('refused', { status: 400, serverMessage });
    const llm = new ScriptedLLM([refused, 'not yet', BERN]);
    const { object } = await llm.generateObject('Which city?', jsonSchema, { maxAttempts: 2 });
    expect(object).toEqual({ city: 'Bern', people: 137_000 });
    expect(llm.requests.map(({ responseFormat }) => responseFormat === undefined)).toEqual([false, true, true]);
    expect(String(llm.requests[1]?.messages.at(-1)?.content)).toContain(JSON.stringify(jsonSchema));
  });
});

describe('other errors of generateObject', () => {
  it('passes other errors of the provider through', async () => {
    const refused = new ResponseError('refused', { status: 400, serverMessage: 'bad seed' });
    const llm = new ScriptedLLM([refused]);
    await expect(llm.generateObject('Which city?', jsonSchema)).rejects.toBe(refused);
  });

  it('stops when the signal is aborted', async () => {
    const controller = new AbortController();
    const llm = new ScriptedLLM([
      () => {
        controller.abort();
        return 'no';
      },
      BERN,
    ]);
    const asking = llm.generateObject('Which city?', jsonSchema, { signal: controller.signal });
    await expect(asking).rejects.toThrow(AbortError);
    expect(llm.unused).toBe(1);
  });

  it('rejects a call inside call() with a ConfigurationError instead of a stack overflow', async () => {
    class Selfish extends BaseLLM {
      async call(messages: Prompt, options?: CallOptions): Promise<string> {
        await this.generateObject(messages, jsonSchema, options);
        return '';
      }
      supportsFunctionCalling(): boolean {
        return true;
      }
      supportsStopWords(): boolean {
        return true;
      }
      getContextWindowSize(): number {
        return 1000;
      }
    }
    await expect(new Selfish().generate('Go')).rejects.toThrow(/call\(\) called this\.generateObject\(\)/);
  });
});
