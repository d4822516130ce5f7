import { Agent, type BaseLLM, ConfigurationError, fallback, type ModelSettings, tool, wrapLLM } from '@crew/core';
import { encodeRequest } from '@crew/core/chat-completions';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from './scripted-llm.ts';

const ALL: ModelSettings = {
  temperature: 0,
  topP: 0.5,
  maxTokens: 100,
  seed: 7,
  reasoningEffort: 'low',
  parallelToolCalls: false,
  extraBody: { service_tier: 'flex' },
};
const NAMES = Object.keys(ALL) as readonly (keyof ModelSettings)[];
const persona = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.' };
const task = { description: 'Find it', expectedOutput: 'A shelf.' };
const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => 'Shelf 3' });

function settingsOf(request: ModelSettings | undefined): ModelSettings {
  return Object.fromEntries(NAMES.map(name => [name, request?.[name]]));
}

describe('model settings', () => {
  it('the settings of an LLM apply to its turns, and can be changed between turns [W22]', async () => {
    const llm = new ScriptedLLM(['a', 'b'], ALL);
    await llm.generate('Hello');
    llm.maxTokens = 5;
    await llm.generate('Hello');
    expect(llm.requests.map(settingsOf)).toEqual([ALL, { ...ALL, maxTokens: 5 }]);
  });

  it('the settings of a turn replace those of the LLM, and extraBody is merged field by field [W22]', async () => {
    const llm = new ScriptedLLM(['a'], { ...ALL, extraBody: { a: 1, b: 1 } });
    const own = { temperature: 1, maxTokens: 2, parallelToolCalls: true, extraBody: { b: 2, c: null } };
    await llm.generate('Hello', own);
    expect(settingsOf(llm.requests[0])).toEqual({ ...ALL, ...own, extraBody: { a: 1, b: 2, c: null } });
  });

  it('the settings of an agent replace those of its LLM in every turn of its runs [W22]', async () => {
    const llm = new ScriptedLLM([callsTo(['find', {}]), 'Shelf 3'], { seed: 1, maxTokens: 9, extraBody: { a: 1 } });
    const agent = new Agent({ ...persona, ...ALL, llm, tools: [find], stop: 'END' });
    await agent.executeTask(task);
    const expected = { ...ALL, extraBody: { a: 1, service_tier: 'flex' } };
    expect(llm.requests.map(settingsOf)).toEqual([expected, expected]);
    expect(llm.requests.map(({ stop }) => stop)).toEqual([['END'], ['END']]);
  });

  it('the settings of an LLM reach its turns through wrapLLM and fallback [W22]', async () => {
    const inner = () => new ScriptedLLM(['a'], ALL);
    const wrapped = inner();
    await wrapLLM(wrapped, {}).generate('Hello');
    const [first, second] = [inner(), inner()];
    await fallback([first, second]).generate('Hello');
    expect([wrapped, first].map(llm => settingsOf(llm.requests[0]))).toEqual([ALL, ALL]);
  });

  it('two turns that differ in any one setting do not share a cached reply [W22]', async () => {
    const inner = new ScriptedLLM(() => 'a');
    const llm = wrapLLM(inner, { cache: new Map() });
    await llm.generate('Hello');
    for (const name of NAMES) await llm.generate('Hello', { [name]: ALL[name] });
    expect(inner.requests).toHaveLength(NAMES.length + 1);
  });

  const wrong: Record<string, readonly unknown[]> = {
    temperature: [Number.NaN, '1', null],
    topP: [-0.1, 1.1, '1', null],
    maxTokens: [0, -1, 1.5, '5', Number.POSITIVE_INFINITY, null],
    seed: [0.5, '7', null],
    reasoningEffort: ['', 3, null],
    parallelToolCalls: ['no', 0, null],
    extraBody: ['{}', [], null],
    stop: ['', [''], 3, null],
  };
  it.each(Object.entries(wrong))(
    'an invalid %s of an LLM, an agent or a turn is a ConfigurationError that names it [W22]',
    async (name, values) => {
      const llm = new ScriptedLLM(['a']);
      for (const value of values) {
        expect(() => new ScriptedLLM([], { [name]: value })).toThrow(ConfigurationError);
        expect(() => new ScriptedLLM([], { [name]: value })).toThrow(`${name} must be`);
        expect(() => new Agent({ ...persona, llm, [name]: value })).toThrow(`${name} of agent "Librarian" must be`);
        await expect(llm.generate('Hello', { [name]: value })).rejects.toThrow(`${name} must be`);
      }
      expect(llm.requests).toEqual([]);
    },
  );

  it('settings on Object.prototype are ignored [W22]', async () => {
    const llm: BaseLLM & { readonly requests: readonly ModelSettings[] } = new ScriptedLLM(['a', 'b']);
    for (const name of NAMES) {
      Object.defineProperty(Object.prototype, name, { value: ALL[name], configurable: true, writable: true });
    }
    try {
      await llm.generate('Hello');
      await new Agent({ ...persona, llm }).executeTask(task);
    } finally {
      for (const name of NAMES) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(llm.requests.map(settingsOf)).toEqual([{}, {}]);
  });
});

describe('encoded settings', () => {
  const messages = [{ role: 'user' as const, content: 'hi' }];

  it('all settings are encoded, and parallel_tool_calls only beside tools [W22]', () => {
    const expected = {
      temperature: 0,
      top_p: 0.5,
      max_tokens: 100,
      seed: 7,
      reasoning_effort: 'low',
      service_tier: 'flex',
    };
    const { messages: _sent, ...plain } = JSON.parse(encodeRequest({ messages, ...ALL }));
    expect(plain).toStrictEqual(expected);
    const {
      tools: _tools,
      messages: _again,
      ...withTools
    } = JSON.parse(encodeRequest({ messages, tools: [find] }, ALL));
    expect(withTools).toStrictEqual({ ...expected, parallel_tool_calls: false });
  });

  it('maxTokens is encoded in the field of the settings [W22]', () => {
    const body = JSON.parse(encodeRequest({ messages, maxTokens: 5 }, { maxTokensField: 'max_completion_tokens' }));
    expect(body).toStrictEqual({ messages, max_completion_tokens: 5 });
  });

  it.each(['messages', 'model', 'tools', 'stream'])(
    'an extraBody with %s is a ConfigurationError that names it [W22]',
    name => {
      for (const value of [[], null, 'x']) {
        const encode = () => encodeRequest({ messages, extraBody: { [name]: value } });
        expect(encode).toThrow(ConfigurationError);
        expect(encode).toThrow(`extraBody cannot replace the field "${name}"`);
      }
    },
  );

  it.each([true, false])(
    'strict: %s of a tool is encoded in its definition, also with a cache of results [W22]',
    async strict => {
      const parameters = { type: 'object', properties: {}, required: [], additionalProperties: false };
      const exact = tool({ name: 'exact', description: 'Finds.', parameters, execute: () => 'x', strict });
      const llm = new ScriptedLLM(['Shelf 3']);
      await new Agent({ ...persona, llm, tools: [exact, find], cache: true }).executeTask(task);
      const [request] = llm.requests;
      if (request === undefined) throw new Error('No request was sent.');
      const { tools } = JSON.parse(encodeRequest(request));
      expect(tools[0].function).toStrictEqual({ name: 'exact', description: 'Finds.', parameters, strict });
      expect(tools[1].function).not.toHaveProperty('strict');
    },
  );
});
