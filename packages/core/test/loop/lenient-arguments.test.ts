import { runToolLoop, tool } from '@crew/core';
import { describe, expect, it } from 'vitest';
import { callsTo, ScriptedLLM } from '../scripted-llm.ts';

/** Returns the input that the tool receives for the written arguments, or the error that the model receives. */
async function inputOf(protocol: string, written: string): Promise<unknown> {
  const inputs: unknown[] = [];
  const run = tool({
    name: 'run',
    description: 'Runs.',
    parameters: {},
    execute: input => {
      inputs.push(input);
      return 'ran';
    },
  });
  const functionCalling = protocol === 'function-calling';
  const turn = functionCalling ? callsTo(['run', written]) : `Action: run\nAction Input: ${written}`;
  const llm = new ScriptedLLM([turn, functionCalling ? 'Done.' : 'Final Answer: Done.'], { functionCalling });
  const { messages } = await runToolLoop(llm, { messages: 'Go', tools: [run] });
  const [call] = messages.flatMap(message => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
  if (inputs.length > 0) expect(JSON.parse(call?.arguments || '{}')).toEqual(inputs[0]);
  return inputs[0] ?? messages.find(({ role }) => role === 'tool')?.content;
}

describe.each(['function-calling', 'react'])('arguments in the %s protocol', protocol => {
  it.each([
    ['an object', '{"a": 1}', { a: 1 }],
    ['an object as a string', '"{\\"a\\": 1}"', { a: 1 }],
    ['an object as a string in a string', JSON.stringify(JSON.stringify('{"a": 1}')), { a: 1 }],
    ['a broken object as a string', JSON.stringify("{'a': 1,}"), { a: 1 }],
    ['a brace too many', '{"a": 1}}', { a: 1 }],
    ['braces too many', '{"a": {"b": 1}}}}', { a: { b: 1 } }],
    ["a template's token behind it", '{"a": 1}<|im_end|>', { a: 1 }],
    ["another template's token behind it", '{"a": 1}\n</tool_call>', { a: 1 }],
    ['prose behind it', '{"a": 1}\nThis looks for it.', { a: 1 }],
    ['a code fence', '```json\n{"a": 1}\n```', { a: 1 }],
    ['single quotes', "{'a': 'x'}", { a: 'x' }],
    ['a trailing comma', '{"a": 1,}', { a: 1 }],
    ['a missing brace', '{"a": "x"', { a: 'x' }],
    ["Python's constants", '{"a": True, "b": None}', { a: true, b: null }],
    ['nothing', '', {}],
    ['null', 'null', {}],
    ['null as a string', '"null"', {}],
    ['an empty string', '""', {}],
    ['an escape of a regular expression', '{"a": "\\d+"}', { a: '\\d+' }],
    ['doubled braces', '{{"a": 1}}', { a: 1 }],
    ['doubled braces inside too', '{{"a": {{"b": "{{x}}"}}}}', { a: { b: '{{x}}' } }],
    ['doubled braces outside only', '{{"a": {"b": {"c": 1}}}}', { a: { b: { c: 1 } } }],
    ['doubled braces around single quotes', "{{'a': 1}}", { a: 1 }],
  ])('are read with %s [W25] [C2]', async (_what, written, input) => {
    expect(await inputOf(protocol, written)).toEqual(input);
  });

  it.each([
    ['one line', '{"code": """print(1)"""}', { code: 'print(1)' }],
    ['single quotes', "{'code': '''print(1)'''}", { code: 'print(1)' }],
    [
      'several lines',
      '{"code": """\nif x:\n  print("a, b")\n""", "n": 1}',
      { code: '\nif x:\n  print("a, b")\n', n: 1 },
    ],
    ['braces', '{"code": """f"{x}" + \'}\'"""}', { code: 'f"{x}" + \'}\'' }],
    ['a quote at the end', '{"code": """say "hi""""}', { code: 'say "hi"' }],
    ['quotes of the other kind', '{"code": \'\'\'a = """b"""\'\'\'}', { code: 'a = """b"""' }],
    ['an escape', '{"code": """a\\nb"""}', { code: 'a\\nb' }],
    ['none', '{"code": """"""}', { code: '' }],
    ['triple quotes inside a string only', "{\"code\": \"x = '''a'''\",}", { code: "x = '''a'''" }],
  ])('keep the text of a string in triple quotes (%s) [C2]', async (_what, written, input) => {
    expect(await inputOf(protocol, written)).toEqual(input);
  });

  it.each([
    ['are cut off before a value', '{"a": '],
    ['are cut off after a name', '{"a": 1, "b"'],
    ['are cut off in a string', '{"a": "half'],
    ['are cut off in a number', '{"a": 10'],
    ['are cut off in triple quotes', '{"a": """half'],
    ['go on behind the object', '{"a": 1}, "b": 2}'],
    ['call a function', '{"a": f(x)}'],
    ['have a placeholder for a value', '{"a": {{name}}}'],
  ])('are refused if they %s [W25] [C2]', async (_what, written) => {
    expect(await inputOf(protocol, written)).toMatch(
      /^Error: The arguments for "run" (are not valid JSON|must be one)/,
    );
  });
});

describe('arguments of a tool that is run directly', () => {
  it('are read leniently too [W25]', async () => {
    const echo = tool({ name: 'echo', description: 'Echoes.', parameters: {}, execute: input => input });
    const context = { signal: new AbortController().signal, runId: '', toolCallId: '', authContext: undefined };
    expect(await echo.run('{"a": 1}}<|im_end|>', context)).toBe('{"a":1}');
  });
});
