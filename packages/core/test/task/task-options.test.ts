import { Agent, ConfigurationError, type FileWriter, Task, type TaskOptions, tool } from '@crew/core';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ScriptedLLM } from '../scripted-llm.ts';

const agent = new Agent({
  role: 'Librarian',
  goal: 'Find books',
  backstory: 'You know every shelf.',
  llm: new ScriptedLLM([]),
});
const files: FileWriter = { write: async () => undefined };
const taskOptions = { description: 'Where is Emma?', expectedOutput: 'A shelf' };
const find = tool({ name: 'find', description: 'Finds.', parameters: { type: 'object' }, execute: () => '' });

/** Calls the constructor with unchecked options, like a program without types. */
function construct(options: object): Task {
  return new Task(options as TaskOptions);
}

const wrong: Record<string, readonly [unknown[], string]> = {
  description: [['', ' ', 3, null, undefined], 'description of a task must be a non-empty string'],
  expectedOutput: [['', 3, null, undefined], 'expectedOutput of task "Where is Emma\\?" must be a non-empty string'],
  attachments: [['a.png', {}, null], 'attachments of .* must be a list of content parts'],
  name: [['', 3, null], 'name of .* must be a non-empty string'],
  agent: [['Librarian', {}, null], 'agent of .* must be an Agent'],
  tools: [[find, ['find'], [find, find], null], 'tools of .* must be a list of tools'],
  context: [['all', ['First'], [taskOptions], null], 'context of .* must be a list of tasks'],
  outputSchema: [['object', 3, null], 'outputSchema of .* must be a schema'],
  outputFile: [['', 3, null], 'outputFile of .* must be a non-empty string'],
  files: [[{}, 'disk', null], 'files of .* must be a FileWriter, such as nodeFiles\\(\\)'],
  guardrail: [[3, '', [3], [''], true, null], 'guardrail of .* must be a function, a sentence, or a list of them'],
  guardrailMaxRetries: [[-1, 1.5, '3', null], 'guardrailMaxRetries of .* must be a whole number of at least 0'],
  asyncExecution: [['yes', 1, null], 'asyncExecution of .* must be true or false'],
  humanInput: [[true, 'ask', null], 'humanInput of .* must be a function'],
  condition: [[true, null], 'condition of .* must be a function'],
  callback: [['print', null], 'callback of .* must be a function'],
};

describe('options of a task', () => {
  for (const [option, [values, message]] of Object.entries(wrong)) {
    it.each(values.map(value => [value]))(`rejects the option ${option}: %o`, value => {
      expect(() => construct({ ...taskOptions, [option]: value })).toThrow(ConfigurationError);
      expect(() => construct({ ...taskOptions, [option]: value })).toThrow(new RegExp(message));
    });
  }

  it('rejects an unknown option and lists the known ones', () => {
    expect(() => construct({ ...taskOptions, expected_output: 'x' })).toThrow(
      /^"expected_output" is not an option of task "Where is Emma\?"\. The options are: description, expectedOutput,/,
    );
  });

  it.each([[undefined], [null], ['Where?'], [[]]])('rejects %o instead of an options object', options => {
    expect(() => construct(options as unknown as object)).toThrow(ConfigurationError);
  });

  it('rejects an outputFile without a files writer', () => {
    expect(() => new Task({ ...taskOptions, outputFile: 'a.md' })).toThrow(
      /has an outputFile but no files writer\. Set files: nodeFiles\(\) of @crew\/core\/node/,
    );
  });

  it.each([
    ['/etc/passwd', 'is not relative'],
    ['\\\\server\\share', 'is not relative'],
    ['C:\\out.md', 'is not relative'],
    ['c:out.md', 'is not relative'],
    ['../out.md', 'leaves its folder'],
    ['a/../../out.md', 'leaves its folder'],
    ['a\\..\\out.md', 'leaves its folder'],
    ['a/.. /out.md', 'leaves its folder'],
    ['a/', 'does not name a file'],
    ['.', 'does not name a file'],
    ['a\u0000.md', 'has a control character'],
    ['a\n.md', 'has a control character'],
  ])('rejects the outputFile %j', (outputFile, fault) => {
    expect(() => new Task({ ...taskOptions, files, outputFile })).toThrow(ConfigurationError);
    expect(() => new Task({ ...taskOptions, files, outputFile })).toThrow(new RegExp(fault));
  });

  it.each([['out.md'], ['a/b/out.md'], ['./out.md'], ['a..b.md'], ['{topic}.md']])(
    'accepts the outputFile %j',
    outputFile => {
      expect(new Task({ ...taskOptions, files, outputFile }).outputFile).toBe(outputFile);
    },
  );

  it('rejects a schema that cannot describe itself, and names the remedy', () => {
    const outputSchema = v.object({ shelf: v.number() });
    expect(() => construct({ ...taskOptions, outputSchema })).toThrow(/toStandardJsonSchema/);
  });

  it('fills in the defaults', () => {
    expect(new Task({ ...taskOptions, agent })).toMatchObject({
      name: 'Where is Emma?',
      tools: undefined,
      context: undefined,
      guardrails: [],
      guardrailMaxRetries: 3,
      asyncExecution: false,
    });
  });

  it('names a task after the beginning of its description', () => {
    const { name } = new Task({ ...taskOptions, description: `Find\n  ${'every '.repeat(30)}book` });
    expect(name).toMatch(/^Find every every .*…$/);
    expect(name).toHaveLength(60);
  });
});

describe('options of Task.execute', () => {
  it('rejects a task without an agent', async () => {
    await expect(new Task(taskOptions).execute()).rejects.toThrow(/Task "Where is Emma\?" has no agent/);
  });

  it('rejects a task that needs the outputs of others and has no context', async () => {
    const first = new Task({ ...taskOptions, agent });
    await expect(new Task({ ...taskOptions, agent, context: [first] }).execute()).rejects.toThrow(/Run them in a Crew/);
  });

  it.each<[string, unknown]>([
    ['inputs', 'Emma'],
    ['inputs', [1]],
    ['context', {}],
    ['signal', {}],
    ['callbacks', {}],
    ['input', {}],
  ])('rejects %s: %o as an option of execute', async (option, value) => {
    await expect(new Task({ ...taskOptions, agent }).execute({ [option]: value })).rejects.toBeInstanceOf(
      ConfigurationError,
    );
  });
});
