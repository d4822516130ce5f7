import { ConfigurationError, type JsonObject, type Message, type ToolDefinition, tool } from '@crew/core';
import { encodeRequest, encodeTools } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { prepareMessages } from '../../src/messages/prepare-messages.ts';

const messages: readonly Message[] = [{ role: 'user', content: 'hi' }];
const search: ToolDefinition = {
  name: 'search',
  description: 'Searches the notes.',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const wireSearch = { type: 'function', function: { ...search } };

describe('encodeTools', () => {
  it('encodes name, description and parameters of a tool and nothing else', () => {
    const tool = { ...search, maxUses: 3, run: async () => 'x' };
    expect(encodeTools([tool])).toStrictEqual([wireSearch]);
  });

  it.each([[undefined], [[]]])('encodes %j as undefined', tools => {
    expect(encodeTools(tools)).toBeUndefined();
  });
});

describe('encodeRequest', () => {
  it('encodes only the messages when nothing else is set', () => {
    expect(encodeRequest({ messages, stop: [], tools: [] })).toBe('{"messages":[{"role":"user","content":"hi"}]}');
  });

  it('encodes all options under their wire names', () => {
    const body = encodeRequest(
      {
        messages,
        tools: [search],
        toolChoice: 'required',
        responseFormat: { name: 'answer', schema: { type: 'object' } },
        stop: ['\nObservation:'],
        temperature: 0,
        topP: 0.5,
        maxTokens: 100,
        seed: 7,
        extraBody: { reasoning_effort: 'low' },
      },
      { model: 'm-1', stream: true, temperature: 1 },
    );
    expect(JSON.parse(body)).toStrictEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'hi' }],
      tools: [wireSearch],
      tool_choice: 'required',
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
      stop: ['\nObservation:'],
      temperature: 0,
      top_p: 0.5,
      max_tokens: 100,
      seed: 7,
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: 'low',
    });
  });

  it('uses the temperature of the settings when the turn has none', () => {
    expect(sent({}, { temperature: 0.2 })['temperature']).toBe(0.2);
  });

  it('accepts a single stop word', () => {
    expect(sent({ stop: 'END' })['stop']).toEqual(['END']);
  });

  it('names the one tool that must be called', () => {
    expect(sent({ tools: [search], toolChoice: { name: 'search' } })['tool_choice']).toEqual({
      type: 'function',
      function: { name: 'search' },
    });
  });

  it('sends no tool_choice without tools', () => {
    expect(sent({ toolChoice: 'auto' })).not.toHaveProperty('tool_choice');
  });

  it('never sends null, which strict servers reject', () => {
    const nothing = JSON.parse('null');
    expect(
      sent(
        {
          tools: [],
          temperature: nothing,
          seed: nothing,
          stop: nothing,
          toolChoice: nothing,
          responseFormat: nothing,
          extraBody: nothing,
        },
        { model: nothing },
      ),
    ).toStrictEqual({
      messages: [{ role: 'user', content: 'hi' }],
    });
  });

  it('lets extraBody replace a field, and remove one with null', () => {
    const body = sent(
      { maxTokens: 5, extraBody: { max_tokens: null, max_completion_tokens: 9, stream_options: null, seed: 3 } },
      { model: 'm', stream: true },
    );
    expect(body).toStrictEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      seed: 3,
      max_completion_tokens: 9,
    });
  });

  it.each([
    ['a cycle in extraBody', { extraBody: cyclic() }, 'metadata'],
    ['NaN', { temperature: Number.NaN }, 'temperature'],
    ['NaN inside extraBody', { extraBody: { a: { b: Number.NaN } } }, 'a'],
    ['an infinite number in a list', { extraBody: { logit_bias: [1, -Infinity] } }, 'logit_bias'],
    [
      'an infinite number in the schema of the answer',
      { responseFormat: { name: 'n', schema: { minimum: Infinity } } },
      'response_format',
    ],
    [
      'an infinite number in the schema of a tool',
      { tools: [{ ...search, parameters: { maximum: Infinity } }] },
      'search',
    ],
    ['a cycle in a schema', { tools: [{ ...search, parameters: cyclic() }] }, 'tools'],
  ])('names the field in the error for %s', (_what, turn, field) => {
    expect(() => encodeRequest({ messages, ...turn })).toThrow(ConfigurationError);
    expect(() => encodeRequest({ messages, ...turn })).toThrow(`"${field}"`);
  });

  it('encodes the current state of a message that was changed between two calls', () => {
    const changing = { role: 'user' as const, content: 'one' };
    encodeRequest({ messages: [changing] });
    changing.content = 'two';
    expect(encodeRequest({ messages: [changing] })).toContain('two');
  });

  it('encodes the current state of a tool that was changed between two calls, even if its top level is frozen', () => {
    const parameters = { type: 'object', properties: {} as Record<string, JsonObject> };
    const changing = Object.freeze({ ...search, parameters: Object.freeze(parameters) });
    encodeRequest({ messages, tools: [changing] });
    parameters.properties['extra'] = { type: 'number' };
    expect(encodeRequest({ messages, tools: [changing] })).toContain('extra');
  });

  it('distinguishes two tools that share a frozen schema', () => {
    const parameters = Object.freeze({ type: 'object' });
    const first = encodeRequest({ messages, tools: [{ name: 'a', description: 'A', parameters }] });
    const second = encodeRequest({ messages, tools: [{ name: 'b', description: 'A', parameters }] });
    expect(first).toContain('"a"');
    expect(second).toContain('"b"');
  });

  it('encodes a tool made with tool() only once', () => {
    const made = tool({ ...search, execute: () => '' });
    const first = encodeRequest({ messages, tools: [made] });
    const { stringify } = JSON;
    const written: unknown[] = [];
    JSON.stringify = (value: unknown, ...rest: never[]) => {
      written.push(value);
      return stringify(value, ...rest);
    };
    try {
      expect(encodeRequest({ messages, tools: [made] })).toBe(first);
    } finally {
      JSON.stringify = stringify;
    }
    expect(stringify(written)).not.toContain('Searches the notes.');
  });

  it('encodes a prepared message only once', () => {
    const [prepared] = prepareMessages([{ role: 'user', content: 'x'.repeat(50) }]);
    if (prepared === undefined) throw new Error('nothing prepared');
    const first = encodeRequest({ messages: [prepared] });
    let reads = 0;
    const watched = new Proxy(JSON.stringify, {
      apply(target, that, args) {
        if (args[0] !== null && typeof args[0] === 'object' && 'role' in args[0]) reads++;
        return Reflect.apply(target, that, args);
      },
    });
    const original = JSON.stringify;
    JSON.stringify = watched;
    try {
      expect(encodeRequest({ messages: [prepared] })).toBe(first);
    } finally {
      JSON.stringify = original;
    }
    expect(reads).toBe(0);
  });
});

function sent(
  turn: Omit<Parameters<typeof encodeRequest>[0], 'messages'>,
  settings?: Parameters<typeof encodeRequest>[1],
): Record<string, unknown> {
  return JSON.parse(encodeRequest({ messages, ...turn }, settings));
}

function cyclic(): JsonObject {
  const object: Record<string, JsonObject> = {};
  object['metadata'] = object;
  return object;
}
