import { expect, it } from 'vitest';
import { ConfigurationError, runToolLoop } from '../src/index.ts';
import { ScriptedLLM } from './scripted-llm.ts';

// Values that JavaScript programs can pass.
const wrong: readonly (readonly [string, object])[] = [
  ['signal', { signal: 'no' }],
  ['signal', { signal: null }],
  ['callbacks', { callbacks: () => undefined }],
  ['callbacks', { callbacks: ['no'] }],
  ['timeout', { timeout: '5' }],
];

it.each(wrong)(
  'an invalid %s is a ConfigurationError that names it, and no request is sent: %j',
  async (name, options) => {
    const llm = new ScriptedLLM(['Hello', 'Hello']);
    const streamed = async (): Promise<void> => {
      for await (const _part of llm.stream('Hello', options));
    };
    const loop = () => runToolLoop(llm, { messages: 'Hello', ...options });
    for (const asked of [() => llm.generate('Hello', options), streamed, loop]) {
      await expect(asked()).rejects.toBeInstanceOf(ConfigurationError);
      await expect(asked()).rejects.toThrow(`${name} must be`);
    }
    expect(llm.requests).toHaveLength(0);
  },
);

it('a listener that is not a function is a ConfigurationError', () => {
  const llm = new ScriptedLLM([]);
  expect(() => Reflect.apply(llm.on, llm, ['credential', 'x'])).toThrow(ConfigurationError);
});
