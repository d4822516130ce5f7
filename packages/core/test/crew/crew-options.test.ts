import { Agent, ConfigurationError, Crew, type CrewOptions, Task, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

const llm = new ScriptedLLM([]);
const make = (role: string, options = {}) => new Agent({ role, goal: 'Find', backstory: 'Long', llm, ...options });
const agent = make('Librarian');
const task = (description: string, options = {}) => new Task({ description, expectedOutput: 'It', agent, ...options });
const first = task('First');
const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => '' });

/** Calls the constructor with unchecked options, like a program without types. */
function construct(options: object): Crew {
  return new Crew(options as CrewOptions);
}

const wrong: Record<string, readonly [unknown[], string]> = {
  tasks: [[first, ['First'], [{}], null, undefined], 'tasks of a crew must be a list of tasks'],
  agents: [[agent, ['Librarian'], null], 'agents of a crew must be a list of agents'],
  name: [['', 3, null], 'name of a crew must be a non-empty string'],
  process: [['parallel', true, null], 'process of a crew must be "sequential" or "hierarchical"'],
  managerLLM: [['gpt-4', {}, null], 'managerLLM of a crew must be a BaseLLM'],
  managerAgent: [['boss', llm, null], 'managerAgent of a crew must be an Agent'],
  maxRpm: [[0, -1, '5', null], 'maxRpm of a crew must be a positive number'],
  callbacks: [[() => undefined, null], 'callbacks of a crew must be a list of functions'],
  clock: [[{}, null], 'clock of a crew must be a Clock'],
};

describe('options of a crew', () => {
  for (const [option, [values, message]] of Object.entries(wrong)) {
    it.each(values.map(value => [value]))(`rejects the option ${option}: %o`, value => {
      expect(() => construct({ tasks: [first], [option]: value })).toThrow(ConfigurationError);
      expect(() => construct({ tasks: [first], [option]: value })).toThrow(new RegExp(message));
    });
  }

  it('rejects an unknown option', () => {
    expect(() => construct({ tasks: [first], verbose: true })).toThrow(/^"verbose" is not an option of a crew/);
  });

  it('rejects an empty list of tasks', () => {
    expect(() => new Crew({ tasks: [] })).toThrow(/at least one task/);
  });

  it('rejects a sequential task without an agent, and names it', () => {
    const idle = new Task({ description: 'Nobody does it', expectedOutput: 'It' });
    expect(() => new Crew({ tasks: [first, idle] })).toThrow(/Task "Nobody does it" has no agent/);
  });

  it('rejects a task that is in the crew twice', () => {
    expect(() => new Crew({ tasks: [first, first] })).toThrow(/Task "First" is in the crew twice/);
  });

  it('rejects a context task that comes later, is the task itself, or is not in the crew', () => {
    const second = task('Second', { context: [first] });
    expect(() => new Crew({ tasks: [second, first] })).toThrow(
      'Task "Second" has "First" as context, which does not come earlier.',
    );
    expect(() => new Crew({ tasks: [second] })).toThrow(
      'Task "Second" has "First" as context, which is not in the crew.',
    );
  });

  it('rejects a manager in a sequential crew', () => {
    expect(() => new Crew({ tasks: [first], managerLLM: llm })).toThrow(/A sequential crew has no manager/);
    expect(() => new Crew({ tasks: [first], managerAgent: make('Boss') })).toThrow(/A sequential crew has no manager/);
  });

  it.each([
    ['no manager', {}, /either a managerLLM or a managerAgent/],
    ['two managers', { managerLLM: llm, managerAgent: make('Boss') }, /either a managerLLM or a managerAgent/],
    [
      'a manager who is one of the agents',
      { managerAgent: agent },
      /The manager "Librarian" is also one of the agents/,
    ],
    ['a manager with tools', { managerAgent: make('Boss', { tools: [find] }) }, /The manager "Boss" has tools/],
    [
      'two agents of the same role',
      { managerLLM: llm, agents: [make(' "librarian"')] },
      /cannot tell the agents .* apart/,
    ],
  ])('rejects a hierarchical crew with %s', (_what, options, message) => {
    expect(() => new Crew({ tasks: [first], process: 'hierarchical', ...options })).toThrow(ConfigurationError);
    expect(() => new Crew({ tasks: [first], process: 'hierarchical', ...options })).toThrow(message);
  });

  it('rejects a hierarchical crew without agents', () => {
    const tasks = [new Task({ description: 'First', expectedOutput: 'It' })];
    expect(() => new Crew({ tasks, process: 'hierarchical', managerLLM: llm })).toThrow(/needs agents to delegate to/);
  });

  it('adds the agents of the tasks', () => {
    expect(new Crew({ tasks: [first] }).agents).toEqual([agent]);
  });
});

describe('options of kickoff', () => {
  const crew = new Crew({ tasks: [first] });

  it.each<[string, unknown]>([
    ['inputs', 'Emma'],
    ['inputs', ['Emma']],
    ['input', { book: 'Emma' }],
    ['signal', 3],
    ['steps', { run: 1 }],
  ])('rejects %s: %o as an option of kickoff', async (option, value) => {
    await expect(crew.kickoff({ [option]: value })).rejects.toBeInstanceOf(ConfigurationError);
  });

  it.each<[unknown, unknown]>([
    [undefined, {}],
    [{}, {}],
    [[1], {}],
    [[{}], { concurrency: 0 }],
    [[{}], { concurrency: 1.5 }],
    [[{}], { parallel: 2 }],
    [[{}], { inputs: {} }],
  ])('rejects kickoffForEach(%o, %o)', async (list, options) => {
    await expect(crew.kickoffForEach(list as [], options as object)).rejects.toBeInstanceOf(ConfigurationError);
  });
});
