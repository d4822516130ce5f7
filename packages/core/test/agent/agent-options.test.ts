import { Agent, type AgentOptions, ConfigurationError, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

const llm = new ScriptedLLM([]);
const agentOptions = { role: 'Librarian', goal: 'Find books', backstory: 'You know every shelf.', llm };
const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => '' });

/** Calls the constructor with unchecked options, like a program without types. */
function construct(options: object): Agent {
  return new Agent(options as AgentOptions);
}

const wrong: Record<string, readonly [unknown[], string]> = {
  role: [['', '  ', 3, null, undefined], 'role of an agent must be a non-empty string'],
  goal: [['', 3, null, undefined], 'goal of agent "Librarian" must be a non-empty string'],
  backstory: [['', {}, null, undefined], 'backstory of agent "Librarian" must be a non-empty string'],
  llm: [['gpt-4', {}, null, undefined], 'llm of agent "Librarian" must be a BaseLLM; there is no default model'],
  tools: [
    [find, [{ name: 'x' }], ['find'], [find, find], [null], null],
    'tools of .* must be a list of tools made with tool',
  ],
  maxIterations: [[0, -1, 1.5, '5', Number.NaN, null], 'maxIterations of .* must be a whole number of at least 1'],
  maxRetryLimit: [[-1, 0.5, '2', null], 'maxRetryLimit of .* must be a whole number of at least 0'],
  maxExecutionTime: [
    [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5', null],
    'maxExecutionTime of .* must be a positive number of seconds',
  ],
  maxRpm: [[0, -1, Number.NaN, '5', null], 'maxRpm of .* must be a positive number'],
  cache: [['yes', 1, null], 'cache of .* must be true or false'],
  useSystemPrompt: [['yes', 1, null], 'useSystemPrompt of .* must be true or false'],
  systemTemplate: [['', 1, null], 'systemTemplate of .* must be a non-empty string'],
  promptTemplate: [['', 1, null], 'promptTemplate of .* must be a non-empty string'],
  responseTemplate: [['no marker', 1, null], 'responseTemplate of .* must be a string with {{ .Response }} in it'],
  respectContextWindow: [['yes', null], 'respectContextWindow of .* must be true or false'],
  callbacks: [[() => undefined, ['x'], null], 'callbacks of .* must be a list of functions'],
  clock: [[Date, {}, null], 'clock of .* must be a Clock'],
};

describe('options of an agent', () => {
  for (const [option, [values, message]] of Object.entries(wrong)) {
    it.each(values.map(value => [value]))(`rejects the option ${option}: %o`, value => {
      expect(() => construct({ ...agentOptions, [option]: value })).toThrow(ConfigurationError);
      expect(() => construct({ ...agentOptions, [option]: value })).toThrow(new RegExp(message));
    });
  }

  it('rejects an unknown option and lists the known ones', () => {
    expect(() => construct({ ...agentOptions, maxIter: 3 })).toThrow(
      /^"maxIter" is not an option of agent "Librarian"\. The options are: role, goal, .*maxIterations/,
    );
  });

  it.each([[undefined], [null], ['Librarian'], [[]]])('rejects %o instead of an options object', options => {
    expect(() => construct(options as unknown as object)).toThrow(ConfigurationError);
  });

  it('fills in the defaults', () => {
    expect(new Agent(agentOptions)).toMatchObject({
      tools: [],
      maxIterations: 25,
      maxRetryLimit: 2,
      maxExecutionTime: undefined,
      rateLimiter: undefined,
      cache: false,
      useSystemPrompt: true,
      respectContextWindow: true,
      callbacks: [],
    });
  });

  it('copies the options: changing a list afterwards does not change the agent', () => {
    const tools = [find];
    const agent = new Agent({ ...agentOptions, tools });
    tools.length = 0;
    expect(agent.tools).toEqual([find]);
  });
});

describe('options of executeTask', () => {
  const agent = new Agent(agentOptions);
  const task = { description: 'Say.', expectedOutput: 'A word' };

  it.each<[string, unknown]>([
    ['context', 3],
    ['tools', [{ name: 'x' }]],
    ['signal', 'now'],
    ['callbacks', () => undefined],
    ['steps', {}],
    ['stepPrefix', 1],
    ['stream', 'yes'],
    ['timeout', 5],
  ])('rejects %s: %o as an option of executeTask', async (option, value) => {
    await expect(agent.executeTask(task, { [option]: value })).rejects.toBeInstanceOf(ConfigurationError);
  });

  it.each([[undefined], ['Say.'], [{ description: 'Say.' }]])('rejects %o as a task', async wrongTask => {
    await expect(agent.executeTask(wrongTask as unknown as typeof task)).rejects.toThrow(/takes a Task/);
  });
});
